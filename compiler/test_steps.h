/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The steps of one test, gone through in an engine: what `sentryc test` runs, and what coverage looks at. */
#ifndef SENTRY_TEST_STEPS_H
#define SENTRY_TEST_STEPS_H

#include "engine.h"

/* Told of each packet, by its index in test->packets, in order. */
struct test_watcher {
	void *context;
	void (*judged)(void *context, size_t packet, const struct frame *frame, const struct decision *decision);
};

/* From empty tables on, at ENGINE_TIME_BEGIN. 0, or negative errno with engine->error set. */
int test_steps_run(struct arena *arena, const struct policy *policy, struct engine *engine, const struct test *test,
		   const struct test_watcher *watcher);

#endif
