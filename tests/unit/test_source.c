/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct sources sources;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	arena_init(&fixture->arena);
	sources_init(&fixture->sources, &fixture->arena);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_fini(&fixture->arena);
	free(fixture);
	return 0;
}

static struct source *from_text(void **state, const char *text)
{
	struct fixture *fixture = *state;

	return source_from_text(&fixture->sources, "text", text, strlen(text));
}

static void assert_position(const struct source *source, uint32_t offset, uint32_t line, uint32_t column)
{
	struct position position = source_position(source, offset);

	assert_int_equal(position.line, line);
	assert_int_equal(position.column, column);
}

static void assert_line(const struct source *source, uint32_t line, const char *expect)
{
	size_t length;
	const char *text = source_line(source, line, &length);

	assert_int_equal(length, strlen(expect));
	assert_memory_equal(text, expect, length);
}

static void test_positions(void **state)
{
	const struct source *source = from_text(state, "ab\n\ncde\n");

	assert_int_equal(source->n_lines, 4);
	assert_position(source, 0, 1, 1);
	assert_position(source, 2, 1, 3); /* the newline is the last of its line */
	assert_position(source, 3, 2, 1);
	assert_position(source, 4, 3, 1);
	assert_position(source, 7, 3, 4);
	assert_position(source, 8, 4, 1); /* the end */
}

static void test_positions_agree_with_counting(void **state)
{
	char text[3000];
	const struct source *source;
	uint32_t line = 1, column = 1;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i * i % 7 == 1 ? '\n' : 'x';
	text[sizeof(text) - 1] = '\0';
	source = from_text(state, text);
	for (uint32_t i = 0; i < sizeof(text); i++) {
		assert_position(source, i, line, column);
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
}

static void test_lines(void **state)
{
	const struct source *source = from_text(state, "one\r\ntwo\n\nfour");

	assert_line(source, 1, "one");
	assert_line(source, 2, "two");
	assert_line(source, 3, "");
	assert_line(source, 4, "four");
	assert_line(source, 5, "");
	assert_line(source, 0, "");
}

static void test_empty_text_has_one_line(void **state)
{
	const struct source *source = from_text(state, "");

	assert_int_equal(source->size, 0);
	assert_int_equal(source->n_lines, 1);
	assert_position(source, 0, 1, 1);
	assert_line(source, 1, "");
}

static void test_text_is_copied_and_terminated(void **state)
{
	struct fixture *fixture = *state;
	char text[] = "a\0b";
	const struct source *source = source_from_text(&fixture->sources, "text", text, 3);

	text[0] = 'x';
	assert_memory_equal(source->text, "a\0b", 4);
	assert_null(source->path);
}

static void test_load_keeps_names_and_order(void **state)
{
	struct fixture *fixture = *state;
	char path[] = "/tmp/sentry-source-XXXXXX";
	struct source *first, *second;
	int fd = mkstemp(path);
	char block[1000];

	assert_true(fd >= 0);
	/* More than one read's worth. */
	memset(block, 'b', sizeof(block));
	for (int i = 0; i < 200; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	close(fd);
	assert_int_equal(source_load(&fixture->sources, path, "shown", &first), SOURCE_OK);
	assert_int_equal(source_load(&fixture->sources, path, "again", &second), SOURCE_OK);
	unlink(path);
	assert_int_equal(first->size, 200000);
	assert_int_equal(first->text[199999], 'b');
	assert_string_equal(first->name, "shown");
	assert_string_equal(first->path, path);
	assert_ptr_equal(fixture->sources.first, first);
	assert_ptr_equal(first->next, second);
	assert_ptr_equal(fixture->sources.last, second);
}

static void test_unreadable(void **state)
{
	struct fixture *fixture = *state;
	struct source *source;

	assert_int_equal(source_load(&fixture->sources, "/nonexistent/x.sp", "x.sp", &source), SOURCE_UNREADABLE);
	assert_int_equal(errno, ENOENT);
	assert_null(source);
	assert_int_equal(source_load(&fixture->sources, "/tmp", "tmp", &source), SOURCE_UNREADABLE);
	assert_int_equal(errno, EISDIR);
	assert_null(fixture->sources.first);
}

static void test_too_big(void **state)
{
	struct fixture *fixture = *state;
	char path[] = "/tmp/sentry-source-XXXXXX";
	struct source *source;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)SOURCE_MAX + 1), 0);
	close(fd);
	assert_int_equal(source_load(&fixture->sources, path, path, &source), SOURCE_TOO_BIG);
	unlink(path);
	assert_null(source);
	/* A file without an end does not end the compiler either. */
	assert_int_equal(source_load(&fixture->sources, "/dev/zero", "zero", &source), SOURCE_TOO_BIG);
}

/* The same file under all names that a policy may have for it, and no file of the same end. */
static void test_given_texts_stand_for_files(void **state)
{
	static const struct source_text given[] = {
		{ "edge.sp", "main", 4 }, { "lists/a.txt", "a", 1 }, { "../common/b.sp", "b", 1 },
		{ "/etc/c.sp", "c", 1 }, { "../../x/d.sp", "", 0 },
	};
	static const struct {
		const char *path;
		int index; /* -1: no such file */
	} cases[] = {
		{ "edge.sp", 0 }, { "./edge.sp", 0 }, { "lists//a.txt", 1 }, { "lists/./a.txt", 1 },
		{ "lists/x/../a.txt", 1 }, { "../common/../common/b.sp", 2 }, { "common/b.sp", -1 }, { "b.sp", -1 },
		{ "../../common/b.sp", -1 }, { "/etc/c.sp", 3 }, { "/etc/../etc/c.sp", 3 }, { "/../etc/c.sp", -1 },
		{ "etc/c.sp", -1 }, { "/home/edge/lists/a.txt", 1 }, { "/home/edge/xlists/a.txt", -1 },
		{ "../../x/d.sp", 4 }, { "../y/../../x/d.sp", 4 }, { "x/d.sp", -1 }, { "", -1 }, { ".", -1 }, { "-", -1 },
		{ "/dev/null", -1 },
	};
	struct fixture *fixture = *state;

	fixture->sources.given = given;
	fixture->sources.n_given = sizeof(given) / sizeof(given[0]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_identity identity;
		struct source *source;
		bool there = source_identify(&fixture->sources, cases[i].path, &identity);

		if (there != (cases[i].index >= 0))
			fail_msg("'%s' is %sthere", cases[i].path, there ? "" : "not ");
		errno = 0;
		assert_int_equal(source_load(&fixture->sources, cases[i].path, "shown", &source),
				 there ? SOURCE_OK : SOURCE_UNREADABLE);
		if (!there) {
			assert_null(source);
			assert_int_equal(errno, ENOENT);
			continue;
		}
		assert_int_equal(identity.inode, cases[i].index);
		assert_string_equal(source->text, given[cases[i].index].text);
		assert_string_equal(source->name, "shown");
		assert_string_equal(source->path, cases[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_positions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_positions_agree_with_counting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_text_has_one_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text_is_copied_and_terminated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_load_keeps_names_and_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_big, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given_texts_stand_for_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
