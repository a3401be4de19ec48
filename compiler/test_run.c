/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "test_run.h"

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

static size_t block_index(const struct policy *policy, const struct block *block)
{
	size_t i = 0;

	while (policy->blocks[i] != block)
		i++;
	return i;
}

static int run_packet(struct arena *arena, const struct policy *policy, struct engine *engine,
		      const struct test_packet *packet, struct packet_result *result)
{
	const struct block *block = packet->block;
	struct engine_runt runt = { block->malformed, block->first_id + SLOT_MALFORMED };
	struct frame frame = frame_build(arena, &packet->spec);
	int error = engine_judge(engine, block_index(policy, block), &runt, &frame, &result->got);

	if (error)
		return error;
	result->packet = packet;
	result->got_by = place_of_slot(policy, result->got.slot);
	result->passed = result->got.verdict == packet->expect && (!packet->by || result->got.slot == packet->by_id);
	return 0;
}

/* Each test begins with empty tables, and at the same time. */
static int run_test(struct arena *arena, const struct policy *policy, struct engine *engine, const struct test *test,
		    struct test_result *result)
{
	int error = engine->ops->reset(engine);

	engine->time_ns = ENGINE_TIME_BEGIN;
	for (size_t i = 0; i < test->n_steps && !error; i++) {
		const struct test_step *step = &test->steps[i];
		struct packet_result *packet = &result->packets[step->packet];

		switch (step->kind) {
		case TEST_PACKET:
			error = run_packet(arena, policy, engine, &test->packets[step->packet], packet);
			if (!error && !packet->passed)
				result->passed = false;
			break;
		case TEST_WAIT:
			engine->time_ns += step->wait_ns;
			break;
		case TEST_ADD:
			error = engine->ops->add(engine, step->set->id, &step->element,
						 step->timeout_ns ? step->timeout_ns : step->set->timeout_ns);
			break;
		}
	}
	return error;
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
		error = run_test(arena, policy, engine, test, result);
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
