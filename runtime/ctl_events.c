/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl events: log and sample records, as JSON Lines or text. */
#include "ctl.h"
#include "events.h"
#include "generation.h"
#include "json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static bool wanted(const struct ctl *ctl, const struct event_view *view)
{
	const struct manifest_rule *rule = event_rule(view);

	return (!ctl->rule || (rule && strcmp(rule->name, ctl->rule) == 0)) &&
	       (!ctl->verdict || (rule && strcmp(rule->verdict, ctl->verdict) == 0));
}

static void print_event(void *context, const struct event_view *view)
{
	const struct ctl *ctl = context;

	if (!wanted(ctl, view))
		return;
	if (ctl->format == CTL_TEXT)
		event_text(view, stdout);
	else
		json_print_line(event_json(view));
}

static void print_lost(void *context, const struct record *record, size_t part, __u64 lost)
{
	const struct ctl *ctl = context;

	say("%llu records of policy %s, generation %u, were lost: the ring buffer was full", (unsigned long long)lost,
	    record->parts[part].policy, record->generation);
	if (ctl->format != CTL_TEXT)
		json_print_line(json_pack("{s:s, s:s, s:s, s:I, s:I}", "schema", EVENT_SCHEMA, "kind", "lost", "policy",
				     record->parts[part].policy, "generation", (json_int_t)record->generation, "lost",
				     (json_int_t)lost));
}

static bool flush(void *context)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

/* A rule that the policy in force does not have would show nothing, for ever. */
static bool check_rule(const struct ctl *ctl, struct failure *why)
{
	struct generation generation;
	bool found = false;

	switch (generation_current(&generation, &ctl->site, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return true;
	case PRESENCE_FOUND:
		break;
	}
	for (size_t part = 0; part < generation.record.n_parts; part++) {
		const struct manifest *manifest = &generation.record.parts[part];

		for (size_t i = 0; i < manifest->n_rules; i++)
			found |= strcmp(manifest->rules[i].name, ctl->rule) == 0;
	}
	if (!found)
		failure_set(why, EXIT_USAGE, "--rule %s: policy %s has no rule of that name", ctl->rule,
		     generation.record.policies);
	generation_close(&generation);
	return found;
}

bool ctl_events(const struct ctl *ctl, struct failure *why)
{
	const struct event_sink sink = {
		.context = (void *)ctl, .event = print_event, .lost = print_lost, .batch_end = flush,
	};

	if (ctl->rule && !check_rule(ctl, why))
		return false;
	return ctl->follow ? events_follow(&ctl->site, &sink, why) : events_drain(&ctl->site, &sink, why);
}
