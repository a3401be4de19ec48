/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct writer w;
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	arena_init(&f->arena);
	writer_init(&f->w, &f->arena, "gen.c", false);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->arena);
	test_free(f);
	return 0;
}

static void test_indents_only_lines_with_text(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;

	writer_puts(w, "{");
	w->indent++;
	writer_puts(w, "");
	writer_text(w, "a");
	writer_text(w, "b");
	assert_int_equal(w->column, 10);
	writer_newline(w);
	w->indent--;
	writer_puts(w, "}");
	assert_string_equal(w->data, "{\n\n\tab\n}\n");
	assert_int_equal(w->line, 5);
}

static void test_line_directive_names_the_file_once(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;

	writer_puts(w, "first");
	writer_line(w, "edge.sp", 7);
	writer_puts(w, "seven");
	writer_line(w, "edge.sp", 7);
	writer_puts(w, "seven again");
	writer_line(w, "edge.sp", 8);
	writer_puts(w, "eight needs no directive");
	assert_string_equal(w->data, "first\n#line 7 \"edge.sp\"\nseven\n#line 7\nseven again\neight needs no directive\n");
}

/* The directive itself is a line: what follows it must bear its own physical number. */
static void test_return_gives_the_physical_line(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;

	writer_return(w);
	assert_int_equal(w->size, 0);
	writer_line(w, "edge.sp", 70);
	writer_puts(w, "x");
	writer_return(w);
	assert_string_equal(w->data, "#line 70 \"edge.sp\"\nx\n#line 4 \"gen.c\"\n");
	assert_int_equal(w->line, 4);
	assert_true(writer_is_at(w, "gen.c", 4));
	writer_return(w);
	assert_int_equal(w->line, 4);
}

static void test_no_line_keeps_the_books_but_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct writer *w = &f->w;

	writer_init(w, &f->arena, "gen.c", true);
	writer_line(w, "edge.sp", 70);
	assert_true(writer_is_at(w, "edge.sp", 70));
	writer_puts(w, "x");
	assert_true(writer_is_at(w, "edge.sp", 71));
	writer_return(w);
	assert_true(writer_is_at(w, "gen.c", 2));
	assert_string_equal(w->data, "x\n");
}

static void test_align_mixes_tabs_and_blanks(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;

	writer_align(w, 19);
	writer_puts(w, "x");
	assert_string_equal(w->data, "\t\t   x\n");
}

static void test_quotes_what_c_would_read_otherwise(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;

	writer_quote(w, "a\"b\\c\nd?\?/e\x7f");
	assert_string_equal(w->data, "\"a\\\"b\\\\c\\012d?\\?/e\\177\"");
}

static void test_comments_cannot_be_ended_from_within(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;

	writer_comment(w, "note \"*/ int x; /* ?\?/ \n***/ \\");
	assert_null(strstr(w->data, "*/"));
	assert_null(strstr(w->data, "/*"));
	assert_null(strstr(w->data, "?\?"));
	assert_null(strchr(w->data, '\n'));
	assert_string_equal(w->data, "note \"* / int x; / * ?\x20?/  ***" " / \\ ");
}

static void test_grows_past_its_first_room(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;

	for (int i = 0; i < 20000; i++)
		writer_printf(w, "%d,", i % 10);
	assert_int_equal(w->size, 40000);
	assert_int_equal(strlen(w->data), 40000);
	assert_memory_equal(w->data + 39996, "8,9,", 4);
}

static void test_long_text_of_one_printf(void **state)
{
	struct writer *w = &((struct fixture *)*state)->w;
	char name[2001];

	memset(name, 'n', 2000);
	name[2000] = '\0';
	writer_printf(w, "<%s>", name);
	assert_int_equal(w->size, 2002);
	assert_int_equal(w->data[2001], '>');
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_indents_only_lines_with_text),
		TEST(test_line_directive_names_the_file_once),
		TEST(test_return_gives_the_physical_line),
		TEST(test_no_line_keeps_the_books_but_writes_nothing),
		TEST(test_align_mixes_tabs_and_blanks),
		TEST(test_quotes_what_c_would_read_otherwise),
		TEST(test_comments_cannot_be_ended_from_within),
		TEST(test_grows_past_its_first_room),
		TEST(test_long_text_of_one_printf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
