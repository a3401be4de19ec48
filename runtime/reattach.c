/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "reattach.h"

#include "apply_report.h"
#include "interfaces.h"
#include "memory.h"
#include "quiet.h"
#include "seat.h"
#include "stage.h"

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* Where the interface is now. What is gone stays in the list as it was, for the next time. */
static struct plan plan_again(const struct record *record)
{
	struct plan plan = { .items = allocate(record->n, sizeof(*plan.items)) };

	for (size_t i = 0; i < record->n; i++) {
		struct attachment item = record->items[i];
		char name[IF_NAMESIZE];
		unsigned int number;

		/* One that was renamed is the same one. */
		if (!if_indextoname(item.hook.ifindex, name)) {
			number = if_nametoindex(item.interface);
			if (number)
				item.hook.ifindex = number;
		}
		plan.items[plan.n++] = item;
	}
	return plan;
}

static bool put_program(struct seat *seat, const struct generation *generation, const struct attachment *item,
			unsigned int slot, struct failure *why)
{
	const struct held *held = hooks_find(&seat->state.hooks, &item->hook);
	int program = generation_program(generation, item);
	bool ok;

	if (program < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot open program '%s': %s", item->program,
				   strerror(errno));
	ok = gate_set_program(&seat->state.gate, item->hook.means, held->number, slot, program, why);
	close(program);
	return ok;
}

struct tally {
	size_t added;
	size_t gone;
	struct failure refused; /* what has the name, or the number, now is of another kind: the last one */
};

static bool put_items(struct seat *seat, const struct generation *generation, const struct plan *plan,
		      const struct interfaces *interfaces, unsigned int slot, struct tally *tally, struct failure *why)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct attachment *item = &plan->items[i];
		const struct interface *interface = interfaces_numbered(interfaces, item->hook.ifindex);
		struct outcome outcome = { 0 };

		if (!interface) {
			tally->gone++;
			continue;
		}
		if (!hooks_find(&seat->state.hooks, &item->hook)) {
			/* The others have their policy all the same. */
			if (!interface_check(interface, &tally->refused))
				continue;
			if (!hooks_add(&seat->state.hooks, &seat->state.gate, &seat->site, item, &outcome, why))
				return false;
			report_attachment(item, &outcome);
			tally->added++;
		}
		if (!put_program(seat, generation, item, slot, why))
			return false;
	}
	return true;
}

static bool reattach_one(struct seat *seat, const struct generation *generation, const struct interfaces *interfaces,
			 struct tally *tally, struct failure *why)
{
	unsigned int slot = gate_slot(&seat->state.gate, generation->id.number);
	struct plan plan = plan_again(&generation->record);
	/* What the record says first: a kill in between leaves a hook that is said to be missing, and is made the next time. */
	bool ok = hooks_check_foreign(&seat->state.hooks, &plan, why) && stage_rewrite(generation, &plan, why) &&
		  put_items(seat, generation, &plan, interfaces, slot, tally, why);

	plan_free(&plan);
	return ok;
}

/* The generation in force first. Then those that one can go back to: they shall not find the hook without a program. */
static bool reattach_to(struct seat *seat, const struct interfaces *interfaces, struct failure *why)
{
	struct tally tally = { 0 }, ignored = { 0 };

	if (!reattach_one(seat, &seat->generation, interfaces, &tally, why))
		return false;
	for (unsigned int slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
		struct generation_id id = { .number = seat->state.gate.state->slots[slot] };
		struct generation other;
		bool ok;

		if (!id.number || id.number == seat->generation.id.number)
			continue;
		if (!generation_open(&other, &seat->site, id, why))
			return false;
		ok = reattach_one(seat, &other, interfaces, &ignored, why);
		generation_close(&other);
		if (!ok)
			return false;
	}
	if (tally.added)
		done_set("%zu hook%s attached again", tally.added, tally.added == 1 ? " is" : "s are");
	printf("%zu hook%s attached again", tally.added, tally.added == 1 ? "" : "s");
	if (tally.gone)
		printf("; of %zu the interface is still gone", tally.gone);
	putchar('\n');
	if (tally.refused.code)
		*why = tally.refused;
	return !tally.refused.code;
}

static bool reattach_all(struct seat *seat, struct failure *why)
{
	struct interfaces interfaces;
	bool ok = interfaces_read(&interfaces, why) && reattach_to(seat, &interfaces, why);

	interfaces_free(&interfaces);
	return ok;
}

int reattach(const struct apply *apply)
{
	struct failure why = { 0 };
	sigset_t before;
	struct seat seat;
	bool ok;

	quiet_begin(&before);
	ok = seat_open(&seat, apply, &why) &&
	     (seat.found || failure_set(&why, EXIT_ENVIRONMENT, "no policy is in force")) && reattach_all(&seat, &why);
	quiet_end(&before);
	seat_close(&seat);
	return ok ? EXIT_GOOD : say_failure(&why);
}
