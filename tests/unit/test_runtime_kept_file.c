/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What is kept in a file is there under the same head; of another, of another size, or begun by half, nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct content {
	char head[8];
	unsigned number;
};

static char directory[] = "/tmp/kept-XXXXXX";
static char path[64];

static void open_content(struct kept_file *file, size_t bytes, bool alone)
{
	assert_true(kept_file_open(file, path, bytes, alone));
	assert_non_null(file->memory);
}

/* Returns the number that is kept under this head; one that is begun anew has the number 1. */
static unsigned number_under(const char head[8])
{
	struct kept_file file;
	struct content *content;
	unsigned number;

	open_content(&file, sizeof(*content), false);
	content = file.memory;
	if (!kept_file_holds(&file, head, 8)) {
		assert_int_equal(content->number, 0);
		content->number = 1;
		kept_file_begun(&file, head, 8);
	}
	number = content->number++;
	kept_file_close(&file);
	return number;
}

static void kept_under_its_head(void **state)
{
	(void)state;
	assert_int_equal(number_under("first  "), 1);
	assert_int_equal(number_under("first  "), 2);
	assert_int_equal(number_under("first  "), 3);
	assert_int_equal(number_under("second "), 1);
	assert_int_equal(number_under("first  "), 1);
}

/* Killed before the head was written: what was filled in is of no use. */
static void half_begun(void **state)
{
	struct kept_file file;

	(void)state;
	open_content(&file, sizeof(struct content), false);
	assert_false(kept_file_holds(&file, "third  ", 8));
	((struct content *)file.memory)->number = 7;
	kept_file_close(&file);
	assert_int_equal(number_under("third  "), 1);
}

static void another_size(void **state)
{
	struct kept_file file;

	(void)state;
	number_under("first  ");
	open_content(&file, 4096, false);
	for (size_t i = 0; i < 4096; i++)
		assert_int_equal(((char *)file.memory)[i], 0);
	kept_file_close(&file);
	assert_int_equal(number_under("first  "), 1);
}

static void locked(void **state)
{
	struct kept_file file, other;

	(void)state;
	open_content(&file, 4096, true);
	memset(file.memory, 'x', 4096);
	assert_false(kept_file_open(&other, path, 64, true));
	assert_int_equal(errno, EWOULDBLOCK);
	assert_null(other.memory);
	/* Nor was it made shorter under who has it. */
	assert_int_equal(((char *)file.memory)[4095], 'x');
	kept_file_close(&file);
	open_content(&other, 4096, true);
	assert_int_equal(((char *)other.memory)[4095], 'x');
	kept_file_close(&other);
}

static void what_cannot_be_had(void **state)
{
	struct kept_file file;

	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_false(kept_file_open(&file, path, 64, false));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_false(kept_file_open(&file, directory, 64, false));
	assert_int_equal(errno, EISDIR);
	assert_null(file.memory);
}

static void in_memory(void **state)
{
	struct kept_file file, none = { 0 };

	(void)state;
	assert_true(kept_file_open(&file, NULL, 64, false));
	assert_false(kept_file_holds(&file, "first  ", 8));
	kept_file_begun(&file, "first  ", 8);
	assert_true(kept_file_holds(&file, "first  ", 8));
	kept_file_close(&file);
	kept_file_close(&file);
	kept_file_close(&none);
	assert_int_not_equal(fcntl(0, F_GETFD), -1);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/file", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_under_its_head), cmocka_unit_test(half_begun), cmocka_unit_test(another_size),
		cmocka_unit_test(locked),              cmocka_unit_test(in_memory),  cmocka_unit_test(what_cannot_be_had),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
