/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Sinks that come, go and come again while sentryd runs: who has the disk of a name, and what becomes of what waits there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fan_out.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_bool hang, retry;
static atomic_uint writes;
static atomic_uint_fast64_t written;
static char directory[64];

static enum sink_result play(void *sink, const struct batch *batch, struct sink_error *error)
{
	struct batch_cursor cursor;
	struct item item;

	writes++;
	while (hang && !sink_stopping())
		usleep(1000);
	if (hang || retry)
		return sink_fail(error, SINK_RETRY, "as told");
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item))
		written++;
	return SINK_DONE;
}

static void destroy(void *sink)
{
}

static const struct sink_kind kind = { .name = "script", .write = play, .destroy = destroy };

static int begin(void **state)
{
	hang = retry = false;
	writes = 0;
	written = 0;
	snprintf(directory, sizeof(directory), "/tmp/fan-out-XXXXXX");
	assert_non_null(mkdtemp(directory));
	return 0;
}

static int end(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static struct sink_settings sink_of(bool durable)
{
	return (struct sink_settings){ .worker = {
		.kind = &kind, .sink = &hang, .name = "s", .memory = 1 << 20, .disk = 64 << 20, .batch_items = 100,
		.batch_delay_ms = 1, .durable = durable, .spill_directory = directory,
	} };
}

static void deliver(struct fan_out *fan_out, unsigned int items)
{
	for (unsigned int i = 0; i < items; i++) {
		struct block *block = block_new();
		struct item item;

		item_clear(&item, ITEM_EVENT);
		assert_true(block_add(block, &item));
		fan_out_deliver(fan_out, block);
		block_free(block);
	}
}

static bool wait_for(const atomic_uint_fast64_t *number, uint64_t most)
{
	for (unsigned int i = 0; i < 5000 && *number != most; i++)
		usleep(1000);
	return *number == most;
}

/* Its name is free, but its disk is not until the one that was taken out has ended. */
static void out_and_in_again(void **state)
{
	struct telemetry telemetry = { 0 };
	struct fan_out *fan_out = fan_out_new(&telemetry);
	struct sink_settings first = sink_of(true), second = sink_of(true), third = sink_of(true);
	struct settings none = { 0 }, with_first = { .n_sinks = 1, .sinks = &first },
			with_second = { .n_sinks = 1, .sinks = &second }, with_third = { .n_sinks = 1, .sinks = &third };
	const struct sink_stats *stats;

	hang = true;
	fan_out_configure(fan_out, &with_first);
	usleep(50000);
	deliver(fan_out, 100);
	while (!writes)
		usleep(1000);
	fan_out_configure(fan_out, &none);
	assert_int_equal(telemetry.n_sinks, 0);
	fan_out_configure(fan_out, &with_second);
	fan_out_configure(fan_out, &none);
	fan_out_configure(fan_out, &with_third);
	assert_int_equal(telemetry.n_sinks, 1);
	stats = &telemetry.sinks[0]->stats;
	deliver(fan_out, 10);
	retry = true;
	hang = false;
	usleep(100000);
	/* Both have had to do with the same disk by now, and it is the third's. */
	deliver(fan_out, 10);
	for (unsigned int i = 0; i < 8000 && stats->accepted < 120; i++) {
		fan_out_tick(fan_out);
		usleep(1000);
	}
	assert_int_equal(stats->accepted, 120);
	assert_int_equal(stats->dropped, 0);
	deliver(fan_out, 1);
	for (unsigned int i = 0; i < 5000 && !stats->spilled; i++)
		usleep(1000);
	assert_true(stats->spilled > 0);
	retry = false;
	assert_true(wait_for(&written, 121));
	fan_out_free(fan_out);
}

/* The end does not wait longer for a predecessor that hangs than for anybody else. */
static void ends_with_one_that_leaves(void **state)
{
	struct telemetry telemetry = { 0 };
	struct fan_out *fan_out = fan_out_new(&telemetry);
	struct sink_settings first = sink_of(false), second = sink_of(true);
	struct settings with_first = { .n_sinks = 1, .sinks = &first }, none = { 0 },
			with_second = { .n_sinks = 1, .sinks = &second };
	time_t began;

	hang = true;
	fan_out_configure(fan_out, &with_first);
	usleep(50000);
	deliver(fan_out, 1);
	while (!writes)
		usleep(1000);
	fan_out_configure(fan_out, &none);
	fan_out_configure(fan_out, &with_second);
	began = time(NULL);
	alarm(20);
	fan_out_free(fan_out);
	alarm(0);
	assert_true(time(NULL) - began < 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(out_and_in_again, begin, end),
		cmocka_unit_test_setup_teardown(ends_with_one_that_leaves, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
