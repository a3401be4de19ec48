/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Two days of a network that is made up: hosts that come and go with the hours, rules with noise, and on the first
 * day three things that do not belong there. They and nothing else must be told, whatever the seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "anomaly.h"
#include "series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A sanitizer wants to see the code, not the numbers. */
#ifdef __SANITIZE_ADDRESS__
#define N_SEEDS 1
#else
#define N_SEEDS 10
#endif
#define MOST_ALERTS 64

struct told {
	char name[32], subject[64];
	int64_t time_s;
	double score;
};

struct listener {
	size_t n;
	struct told told[MOST_ALERTS];
};

static void hear(void *context, const struct item *item)
{
	struct listener *listener = context;
	struct told *told = &listener->told[listener->n < MOST_ALERTS ? listener->n : MOST_ALERTS - 1];

	assert_int_equal(item->kind, ITEM_ALERT);
	assert_true(item->score > 0 && item->value > item->expected);
	assert_non_null(strstr(item->text[TEXT_DETAIL], item->text[TEXT_SUBJECT]));
	snprintf(told->name, sizeof(told->name), "%s", item->text[TEXT_NAME]);
	snprintf(told->subject, sizeof(told->subject), "%s", item->text[TEXT_SUBJECT]);
	told->time_s = item->time_ns / 1000000000;
	told->score = item->score;
	listener->n++;
	if (getenv("ANOMALY_TELL"))
		printf("%6.2f h %s\n", (double)(told->time_s % (96 * 3600)) / 3600, item->text[TEXT_DETAIL]);
}

/* Seconds since the made-up world began at which `name` told of `subject`; it must be once. */
static int64_t once(const struct listener *listener, const struct world *world, const char *name, const char *subject)
{
	int64_t found = -1;

	for (size_t i = 0; i < listener->n; i++) {
		const struct told *told = &listener->told[i];

		if (strncmp(told->name, name, strlen(name)) == 0 && strcmp(told->subject, subject) == 0) {
			assert_int_equal(found, -1);
			found = told->time_s - world->begin_s;
		}
	}
	if (found < 0)
		fail_msg("%s of %s was not told", name, subject);
	return found;
}

static void days(void **state)
{
	for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
		const struct anomaly_settings settings = ANOMALY_DEFAULTS;
		struct listener listener = { 0 };
		struct world world;
		struct anomaly *anomaly;
		int64_t at;

		world_begin(&world, seed);
		anomaly = anomaly_new(&settings, world_now(&world), hear, &listener);
		world_day(&world, anomaly, WORLD_ALL);
		assert_int_equal(listener.n, 3);
		at = once(&listener, &world, "rule-rate", "ssh");
		assert_in_range(at, WORLD_BURST_S, WORLD_BURST_S + 60);
		at = once(&listener, &world, "source-", WORLD_HEAVY);
		assert_in_range(at, WORLD_HEAVY_S, WORLD_HEAVY_S + 60);
		at = once(&listener, &world, "source-peers", WORLD_SCANNER);
		assert_in_range(at, WORLD_SCAN_S, WORLD_SCAN_S + 3600);
		world_day(&world, anomaly, WORLD_QUIET);
		assert_int_equal(listener.n, 3);
		anomaly_free(anomaly);
		world_end(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
