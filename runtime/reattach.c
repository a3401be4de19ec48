/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "reattach.h"

#include "apply_report.h"
#include "capabilities.h"
#include "commit.h"
#include "interfaces.h"
#include "memory.h"
#include "netns.h"
#include "quiet.h"
#include "stage.h"

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

struct job {
	struct site site;
	struct site_state state;
	struct generation generation;
	bool found;
};

static bool job_open(struct job *job, const struct apply *apply, struct failure *why)
{
	*job = (struct job){ .site.lock = -1 };
	if (!capabilities_check(why) || (apply->netns && !netns_enter(apply->netns, why)) ||
	    !site_init(&job->site, apply->bpffs, why))
		return false;
	if (!site_lock(&job->site, why))
		return why->code ? false : failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	if (!state_open(&job->state, &job->site, why) || !commit_recover(&job->state, why))
		return false;
	switch (generation_current(&job->generation, &job->site, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	default:
		job->found = true;
		return true;
	}
}

static void job_close(struct job *job)
{
	if (job->found)
		generation_close(&job->generation);
	if (job->state.gate.bpf)
		state_close(&job->state);
	site_close(&job->site);
}

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

static bool put_program(struct job *job, const struct attachment *item, struct failure *why)
{
	const struct held *held = hooks_find(&job->state.hooks, &item->hook);
	unsigned int slot = SENTRY_SLOT_OF(gate_in_force(&job->state.gate));
	int program = generation_program(&job->generation, item);
	bool ok;

	if (program < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot open program '%s': %s", item->program,
				   strerror(errno));
	ok = gate_set_program(&job->state.gate, item->hook.means, held->number, slot, program, why);
	close(program);
	return ok;
}

static bool reattach_all(struct job *job, const struct plan *plan, struct failure *why)
{
	size_t n = 0, gone = 0;

	/* What the record says first: a kill in between leaves a hook that is said to be missing, and is made the next time. */
	if (!hooks_check_foreign(&job->state.hooks, plan, why) || !stage_rewrite(&job->generation, plan, why))
		return false;
	for (size_t i = 0; i < plan->n; i++) {
		const struct attachment *item = &plan->items[i];
		struct outcome outcome = { 0 };

		if (!is_there(item)) {
			gone++;
			continue;
		}
		if (hooks_find(&job->state.hooks, &item->hook)) {
			if (!put_program(job, item, why))
				return false;
			continue;
		}
		if (!hooks_add(&job->state.hooks, &job->state.gate, &job->site, item, &outcome, why) ||
		    !put_program(job, item, why))
			return false;
		report_attachment(item, &outcome);
		n++;
	}
	printf("%zu hook%s attached again", n, n == 1 ? "" : "s");
	if (gone)
		printf("; of %zu the interface is still gone", gone);
	putchar('\n');
	return true;
}

int reattach(const struct apply *apply)
{
	struct failure why = { 0 };
	sigset_t before;
	struct job job;
	bool ok;

	quiet_begin(&before);
	ok = job_open(&job, apply, &why);
	if (ok) {
		struct plan plan = plan_again(&job.generation.record);

		ok = reattach_all(&job, &plan, &why);
		plan_free(&plan);
	}
	quiet_end(&before);
	job_close(&job);
	return ok ? EXIT_GOOD : say_failure(&why);
}
