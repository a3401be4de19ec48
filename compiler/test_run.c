/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "test_run.h"

#include "test_steps.h"

static struct slot_place place_of_slot(const struct policy *policy, uint32_t slot)
{
	const struct block *block = NULL;
	const struct rule *rule = NULL;
	struct slot_place place = { .name = policy_slot_name(policy, slot, &block, &rule) };

	if (rule)
		place.span = rule->name_span;
	else if (block)
		place.span = slot == block->first_id + SLOT_DEFAULT ? block->default_span : block->span;
	if (!place.name)
		place.name = "(no rule)";
	return place;
}

/* Where the results of one test go. */
struct judging {
	const struct policy *policy;
	struct test_result *result;
};

static void judged(void *context, size_t index, const struct frame *frame, const struct decision *decision)
{
	struct judging *judging = context;
	struct packet_result *result = &judging->result->packets[index];
	const struct test_packet *packet = &judging->result->test->packets[index];

	result->packet = packet;
	result->got = *decision;
	result->got_by = place_of_slot(judging->policy, decision->slot);
	result->passed = decision->verdict == packet->expect && (!packet->by || decision->slot == packet->by_id);
	if (!result->passed)
		judging->result->passed = false;
}

int test_run(struct arena *arena, const struct policy *policy, struct engine *engine, struct test_suite *suite)
{
	suite->policy = policy;
	suite->results = ARENA_ARRAY(arena, struct test_result, policy->n_tests);
	for (size_t i = 0; i < policy->n_tests; i++) {
		const struct test *test = &policy->tests[i];
		struct test_result *result = &suite->results[i];
		int error;

		result->test = test;
		result->packets = ARENA_ARRAY(arena, struct packet_result, test->n_packets);
		result->passed = true;
		error = test_steps_run(arena, policy, engine, test,
				       &(struct test_watcher){ &(struct judging){ policy, result }, judged });
		if (error)
			return error;
		if (result->passed)
			suite->passed++;
		else
			suite->failed++;
	}
	return 0;
}

char *test_difference(struct arena *arena, const struct packet_result *result)
{
	const struct test_packet *packet = result->packet;
	struct span span = result->got_by.span;
	char *text;

	text = arena_printf(arena, "expected %s%s%s, got %s by %s", verdict_names[packet->expect],
			    packet->by ? " by " : "", packet->by ? packet->by : "", verdict_names[result->got.verdict],
			    result->got_by.name);
	if (span.source)
		text = arena_printf(arena, "%s (%s:%u)", text, span.source->name,
				    source_position(span.source, span.begin).line);
	return text;
}
