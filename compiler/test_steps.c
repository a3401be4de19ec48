/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "test_steps.h"

static int judge(struct arena *arena, const struct policy *policy, struct engine *engine, const struct test *test,
		 size_t packet, const struct test_watcher *watcher)
{
	const struct block *block = test->packets[packet].block;
	struct engine_runt runt = { block->malformed, block->first_id + SLOT_MALFORMED };
	struct frame frame = frame_build(arena, &test->packets[packet].spec);
	struct decision decision;
	int error = engine_judge(engine, policy_block_index(policy, block), &runt, &frame, &decision);

	if (!error)
		watcher->judged(watcher->context, packet, &frame, &decision);
	return error;
}

int test_steps_run(struct arena *arena, const struct policy *policy, struct engine *engine, const struct test *test,
		   const struct test_watcher *watcher)
{
	int error = engine->ops->reset(engine);

	engine->time_ns = ENGINE_TIME_BEGIN;
	for (size_t i = 0; i < test->n_steps && !error; i++) {
		const struct test_step *step = &test->steps[i];

		switch (step->kind) {
		case TEST_PACKET:
			error = judge(arena, policy, engine, test, step->packet, watcher);
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
