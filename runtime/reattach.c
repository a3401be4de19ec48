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

static bool is_there(const struct attachment *item)
{
	char name[IF_NAMESIZE];

	return if_indextoname(item->hook.ifindex, name) != NULL;
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
};

static bool put_items(struct seat *seat, const struct generation *generation, const struct plan *plan,
		      unsigned int slot, struct tally *tally, struct failure *why)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct attachment *item = &plan->items[i];
		struct outcome outcome = { 0 };

		if (!is_there(item)) {
			tally->gone++;
			continue;
		}
		if (!hooks_find(&seat->state.hooks, &item->hook)) {
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

static bool reattach_one(struct seat *seat, const struct generation *generation, struct tally *tally,
			 struct failure *why)
{
	unsigned int slot = gate_slot(&seat->state.gate, generation->id.number);
	struct plan plan = plan_again(&generation->record);
	/* What the record says first: a kill in between leaves a hook that is said to be missing, and is made the next time. */
	bool ok = hooks_check_foreign(&seat->state.hooks, &plan, why) && stage_rewrite(generation, &plan, why) &&
		  put_items(seat, generation, &plan, slot, tally, why);

	plan_free(&plan);
	return ok;
}

/* The generation in force first. Then those that one can go back to: they shall not find the hook without a program. */
static bool reattach_all(struct seat *seat, struct failure *why)
{
	struct tally tally = { 0 }, ignored = { 0 };

	if (!reattach_one(seat, &seat->generation, &tally, why))
		return false;
	for (unsigned int slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
		struct generation_id id = { .number = seat->state.gate.state->slots[slot] };
		struct generation other;
		bool ok;

		if (!id.number || id.number == seat->generation.id.number)
			continue;
		if (!generation_open(&other, &seat->site, id, why))
			return false;
		ok = reattach_one(seat, &other, &ignored, why);
		generation_close(&other);
		if (!ok)
			return false;
	}
	printf("%zu hook%s attached again", tally.added, tally.added == 1 ? "" : "s");
	if (tally.gone)
		printf("; of %zu the interface is still gone", tally.gone);
	putchar('\n');
	return true;
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
