/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Counters as they were told of: what was written is read back; a file that is cut or of something else has none, or the first of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "counter_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N 3000

static char directory[64], path[80];
static struct tracked_counter counters[N];
static struct telemetry telemetry = { .n_counters = N, .counters = counters };
static char texts[N][32];
static bool exact;
static size_t n_read;

static int begin(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/counters-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/counters", directory);
	for (size_t i = 0; i < N; i++) {
		snprintf(texts[i], sizeof(texts[i]), "rule-%zu", i);
		counters[i] = (struct tracked_counter){
			.kind = i % 5 ? ITEM_RULE : ITEM_TRAFFIC, .ifindex = (uint32_t)i % 7,
			.packets = i * i, .bytes = UINT64_MAX - i, .moved_packets = (int64_t)i, .moved_bytes = -3 * (int64_t)i,
		};
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			counters[i].text[j] = j == TEXT_RULE ? texts[i] : (char *)"text";
	}
	telemetry.n_counters = N;
	n_read = 0;
	exact = true;
	return 0;
}

static int end(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static void take(void *context, const struct tracked_counter *counter)
{
	assert_ptr_equal(context, &telemetry);
	if (exact) {
		assert_true(n_read < N);
		assert_int_equal(counter->kind, counters[n_read].kind);
		assert_int_equal(counter->ifindex, counters[n_read].ifindex);
		assert_int_equal(counter->packets, counters[n_read].packets);
		assert_int_equal(counter->bytes, counters[n_read].bytes);
		assert_int_equal(counter->moved_packets, counters[n_read].moved_packets);
		assert_int_equal(counter->moved_bytes, counters[n_read].moved_bytes);
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			assert_string_equal(counter->text[j], counters[n_read].text[j]);
	} else {
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			assert_true(strlen(counter->text[j]) < 65536);
	}
	n_read++;
}

static uint64_t read_file(void)
{
	n_read = 0;
	return counter_file_read(path, take, &telemetry);
}

static void comes_back(void **state)
{
	struct stat stat_now;

	assert_int_equal(read_file(), 0);
	assert_int_equal(n_read, 0);
	telemetry.counters_origin = 0x123456789;
	for (size_t n = 0; n <= N; n = n * 3 + 1) {
		telemetry.n_counters = n;
		counter_file_write(path, &telemetry);
		assert_int_equal(read_file(), 0x123456789);
		assert_int_equal(n_read, n);
	}
	assert_int_equal(stat(path, &stat_now), 0);
	assert_int_equal(stat_now.st_mode & 0777, 0600);
	/* Nothing is left beside it. */
	snprintf(path, sizeof(path), "%s/counters.new", directory);
	assert_int_not_equal(access(path, F_OK), 0);
}

static char *contents(size_t *size)
{
	struct stat stat_now;
	int file = open(path, O_RDONLY);
	char *data;

	assert_int_equal(fstat(file, &stat_now), 0);
	*size = (size_t)stat_now.st_size;
	data = malloc(*size);
	assert_int_equal(read(file, data, *size), *size);
	close(file);
	return data;
}

static void put(const char *data, size_t size)
{
	int file = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(file, data, size), size);
	close(file);
}

/* Those that are whole are read: a prefix. */
static void cut(void **state)
{
	size_t size, last = 0;
	char *data;

	counter_file_write(path, &telemetry);
	data = contents(&size);
	for (size_t at = 0; at < size; at += at < 200 ? 1 : 997) {
		put(data, at);
		read_file();
		assert_true(n_read >= last && n_read < N);
		last = n_read;
	}
	assert_true(last > 0);
	free(data);
}

static void damaged(void **state)
{
	size_t size;
	char *data;

	telemetry.n_counters = 4;
	counter_file_write(path, &telemetry);
	data = contents(&size);
	exact = false;
	for (size_t at = 0; at < size; at++) {
		data[at] ^= (char)0x81;
		put(data, size);
		read_file();
		/* Another version, another run of the machine; 56 to 63 are the origin. */
		assert_true(at >= 88 || (at >= 56 && at < 64) || n_read == 0);
		assert_true(n_read <= 4);
		data[at] ^= (char)0x81;
	}
	exact = true;
	put(data, size);
	read_file();
	assert_int_equal(n_read, 4);
	free(data);
}

/* It is said, and nothing else happens. */
static void no_place(void **state)
{
	counter_file_write("/dev/null/counters", &telemetry);
	counter_file_write("/dev/null/counters", &telemetry);
	snprintf(path, sizeof(path), "%s", directory);
	read_file();
	assert_int_equal(n_read, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = { TEST(comes_back), TEST(cut), TEST(damaged), TEST(no_place) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
