/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How far sentryd has come with events: what is kept is there again; a file of something else, or of another run of the machine, says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event_marks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], path[80];

static int begin(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/marks-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/events", directory);
	return 0;
}

static int end(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static void fill(const char *file)
{
	struct event_marks *marks = event_marks_open(file);

	assert_int_equal(event_marks_generation(marks), 0);
	event_marks_set_generation(marks, 7);
	event_marks_add_lost(marks, 100, 0, 5);
	event_marks_add_lost(marks, 100, 1, 6);
	event_marks_add_lost(marks, 100, 0, UINT32_MAX);
	event_marks_close(marks);
}

static void test_it_comes_back(void **state)
{
	struct event_marks *marks;

	fill(path);
	marks = event_marks_open(path);
	assert_int_equal(event_marks_generation(marks), 7);
	assert_int_equal(event_marks_lost(marks, 100, 0), 5ull + UINT32_MAX);
	assert_int_equal(event_marks_lost(marks, 100, 1), 6);
	assert_int_equal(event_marks_lost(marks, 101, 0), 0);
	event_marks_close(marks);
}

static void test_only_in_memory(void **state)
{
	struct event_marks *marks;

	fill(NULL);
	marks = event_marks_open(NULL);
	assert_int_equal(event_marks_generation(marks), 0);
	event_marks_close(marks);
	/* As if nobody had asked for a file: there is no such directory. */
	fill("/nowhere/events");
	assert_int_not_equal(access("/nowhere", F_OK), 0);
}

static void test_the_oldest_make_room(void **state)
{
	struct event_marks *marks = event_marks_open(path);

	for (unsigned int i = 1; i <= EVENT_MARKS + 3; i++)
		event_marks_add_lost(marks, i, 0, i);
	for (unsigned int i = 1; i <= EVENT_MARKS + 3; i++)
		assert_int_equal(event_marks_lost(marks, i, 0), i <= 3 ? 0 : i);
	event_marks_close(marks);
}

static void change(off_t at, char byte)
{
	int file = open(path, O_WRONLY);

	assert_int_equal(pwrite(file, &byte, 1, at), 1);
	close(file);
}

static void test_files_of_others(void **state)
{
	/* Of another kind, of another run of the machine, cut, longer, empty. */
	static const int places[] = { 0, 16, 30 };
	static const off_t sizes[] = { 0, 1, 64, 100000 };
	struct event_marks *marks;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		fill(path);
		change(places[i], '~');
		fill(path);
		unlink(path);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(path);
		assert_int_equal(truncate(path, sizes[i]), 0);
		fill(path);
		marks = event_marks_open(path);
		assert_int_equal(event_marks_lost(marks, 100, 1), 6);
		event_marks_close(marks);
		unlink(path);
	}
}

/* Whoever may write there is not led elsewhere. */
static void test_links_are_not_followed(void **state)
{
	struct stat status;
	char other[80];

	snprintf(other, sizeof(other), "%s/other", directory);
	close(open(other, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(symlink(other, path), 0);
	fill(path);
	assert_int_equal(stat(other, &status), 0);
	assert_int_equal(status.st_size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_comes_back, begin, end),
		cmocka_unit_test_setup_teardown(test_only_in_memory, begin, end),
		cmocka_unit_test_setup_teardown(test_the_oldest_make_room, begin, end),
		cmocka_unit_test_setup_teardown(test_files_of_others, begin, end),
		cmocka_unit_test_setup_teardown(test_links_are_not_followed, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
