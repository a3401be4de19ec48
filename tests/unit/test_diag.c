/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "diag.h"
#include "source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct sources sources;
	struct diags diags;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	arena_init(&fixture->arena);
	sources_init(&fixture->sources, &fixture->arena);
	diags_init(&fixture->diags, &fixture->arena);
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

static struct source *add_source(struct fixture *fixture, const char *name, const char *text)
{
	return source_from_text(&fixture->sources, name, text, strlen(text));
}

/* Sorts and prints, and compares. */
static void assert_printed(struct fixture *fixture, bool colour, const char *expect)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	diags_sort(&fixture->diags);
	diags_print(&fixture->diags, out, colour);
	fclose(out);
	assert_string_equal(text, expect);
	free(text);
}

static void test_codes_are_unique_and_complete(void **state)
{
	for (int i = 0; i < N_CODES; i++) {
		const struct code_info *info = &code_table[i];

		assert_int_equal(strlen(info->text), 5);
		assert_int_equal(info->text[0], 'E');
		assert_int_equal(code_find(info->text), i);
		assert_true(strlen(info->title) > 5);
		assert_true(strlen(info->page) > 40);
		assert_int_equal(info->page[strlen(info->page) - 1], '\n');
	}
	assert_int_equal(code_find("e0101"), CODE_SYNTAX);
	assert_int_equal(code_find("E9999"), N_CODES);
	assert_int_equal(code_find(""), N_CODES);
}

static void test_whole_message(void **state)
{
	struct fixture *fixture = *state;
	struct source *source = add_source(fixture, "web.sp", "one\nrule a allwo tcp;\n");
	struct diag *diag = diag_report(&fixture->diags, CODE_UNKNOWN_WORD, (struct span){ source, 11, 16 }, "unknown word '%s'",
					"allwo");

	diag_note(&fixture->diags, diag, (struct span){ source, 0, 3 }, "the %s line", "first");
	diag_note(&fixture->diags, diag, (struct span){ 0 }, "no place");
	diag_help(&fixture->diags, diag, "did you mean '%s'?", "allow");
	diag->witness = "tcp 1.2.3.4:5 > 10.0.0.1:22 syn";
	assert_printed(fixture, false,
		       "web.sp:2:8: error[E0102]: unknown word 'allwo'\n"
		       "    rule a allwo tcp;\n"
		       "           ^~~~~\n"
		       "    packet: tcp 1.2.3.4:5 > 10.0.0.1:22 syn\n"
		       "    help: did you mean 'allow'?\n"
		       "web.sp:1:1: note: the first line\n"
		       "    one\n"
		       "    ^~~\n"
		       "    note: no place\n");
}

static void test_without_a_place(void **state)
{
	struct fixture *fixture = *state;

	diag_report(&fixture->diags, CODE_UNREADABLE_FILE, (struct span){ 0 }, "cannot read 'x'");
	assert_printed(fixture, false, "error[E0001]: cannot read 'x'\n");
}

static void test_sorted_by_source_and_place(void **state)
{
	struct fixture *fixture = *state;
	struct source *first = add_source(fixture, "z.sp", "abc"), *second = add_source(fixture, "a.sp", "abc");
	char order[6] = "";
	size_t n = 0;

	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ second, 0, 1 }, "4");
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ first, 2, 3 }, "3");
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ first, 1, 2 }, "1");
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ first, 1, 3 }, "2");
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ 0 }, "0");
	diags_sort(&fixture->diags);
	for (const struct diag *diag = fixture->diags.first; diag; diag = diag->next)
		order[n++] = diag->message[0];
	assert_string_equal(order, "01234");
	/* What comes later is still put at the end. */
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ first, 0, 1 }, "5");
	assert_string_equal(fixture->diags.last->message, "5");
}

static void test_spans_of_nothing_and_of_lines(void **state)
{
	struct fixture *fixture = *state;
	struct source *source = add_source(fixture, "x.sp", "ab\ncd");

	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, 1, 5 }, "over two lines");
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, 2, 2 }, "at the end of a line");
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, 5, 5 }, "at the end");
	assert_printed(fixture, false,
		       "x.sp:1:2: error[E0101]: over two lines\n    ab\n     ^\n"
		       "x.sp:1:3: error[E0101]: at the end of a line\n    ab\n      ^\n"
		       "x.sp:2:3: error[E0101]: at the end\n    cd\n      ^\n");
}

static void test_tabs_keep_the_caret_in_place(void **state)
{
	struct fixture *fixture = *state;
	struct source *source = add_source(fixture, "x.sp", "\ta\tbad");

	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, 3, 6 }, "m");
	assert_printed(fixture, false,
		       "x.sp:1:4: error[E0101]: m\n"
		       "            a       bad\n"
		       "                    ^~~\n");
}

static void test_bytes_that_are_not_printable(void **state)
{
	struct fixture *fixture = *state;
	struct source *source = add_source(fixture, "x\033.sp", "\033[31m\xc3\xa9 bad");

	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, 8, 11 }, "\033[0m%c", 7);
	assert_printed(fixture, false,
		       "x\\x1b.sp:1:9: error[E0101]: \\x1b[0m\\x07\n"
		       "    \\x1b[31m\xc3\xa9 bad\n"
		       "              ^~~\n");
}

/* Text in any script is shown as it is, with the caret below its character; what would act on a terminal is not. */
static void test_text_of_other_scripts(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "n\xc3\xb6te \xd0\x96 \xe2\x80\xae\xc2\x9b\xef\xbb\xbf\xc0\x80\xed\xa0\x80 bad\n";
	struct source *source = add_source(fixture, "a.sp", text);
	uint32_t bad = (uint32_t)(strstr(text, "bad") - text), o = 1;

	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, o, o + 2 }, "\xc3\xb6 here");
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, bad, bad + 3 }, "there");
	assert_printed(fixture, false,
		       "a.sp:1:2: error[E0101]: \xc3\xb6 here\n"
		       "    n\xc3\xb6te \xd0\x96 \\xe2\\x80\\xae\\xc2\\x9b\\xef\\xbb\\xbf\\xc0\\x80\\xed\\xa0\\x80 bad\n"
		       "     ^\n"
		       "a.sp:1:24: error[E0101]: there\n"
		       "    n\xc3\xb6te \xd0\x96 \\xe2\\x80\\xae\\xc2\\x9b\\xef\\xbb\\xbf\\xc0\\x80\\xed\\xa0\\x80 bad\n"
		       "                                                                ^~~\n");
}

static void test_long_lines_are_cut(void **state)
{
	struct fixture *fixture = *state;
	char text[100001];
	struct source *source;
	size_t size;
	char *printed, *line, *caret;
	FILE *out;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text + 50000, "BAD", 3);
	source = add_source(fixture, "x.sp", text);
	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, 50000, 50003 }, "m");
	out = open_memstream(&printed, &size);
	diags_print(&fixture->diags, out, false);
	fclose(out);
	assert_true(size < 300);
	line = strchr(printed, '\n') + 1;
	caret = strchr(line, '\n') + 1;
	assert_memory_equal(line, "    ...xxx", 10);
	/* The caret stands below what it means. */
	assert_ptr_equal(line + (strchr(caret, '^') - caret), strstr(line, "BAD"));
	assert_int_equal(strspn(strchr(caret, '^'), "^~"), 3);
	assert_memory_equal(caret - 5, "x...\n", 5);
	free(printed);
}

/* Wherever the caret is, it is in the window and under its byte. */
static void test_window_at_every_place(void **state)
{
	struct fixture *fixture = *state;
	char text[401];

	for (uint32_t at = 0; at < 400; at++) {
		char *printed, *line, *caret;
		struct source *source;
		size_t size;
		FILE *out;

		memset(text, 'x', 400);
		text[400] = '\0';
		text[at] = '!';
		if (at > 9)
			text[7] = '\t';
		source = add_source(fixture, "x.sp", text);
		diags_init(&fixture->diags, &fixture->arena);
		diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ source, at, at + 1 }, "m");
		out = open_memstream(&printed, &size);
		diags_print(&fixture->diags, out, false);
		fclose(out);
		line = strchr(printed, '\n') + 1;
		caret = strchr(line, '\n') + 1;
		assert_true(caret - line < 130);
		assert_int_equal(line[strchr(caret, '^') - caret], '!');
		free(printed);
	}
}

static void test_limit(void **state)
{
	struct fixture *fixture = *state;
	struct source *source = add_source(fixture, "x.sp", "a");
	struct span span = { source, 0, 1 };

	fixture->diags.limit = 2;
	assert_non_null(diag_report(&fixture->diags, CODE_SYNTAX, span, "one"));
	assert_non_null(diag_report(&fixture->diags, CODE_SYNTAX, span, "two"));
	for (int i = 0; i < 3; i++) {
		struct diag *diag = diag_report(&fixture->diags, CODE_SYNTAX, span, "three");

		assert_null(diag);
		/* Notes and help of what is not kept are no error. */
		assert_null(diag_note(&fixture->diags, diag, span, "note"));
		assert_null(diag_help(&fixture->diags, diag, "help"));
	}
	assert_int_equal(fixture->diags.count[SEVERITY_ERROR], 5);
	assert_true(diags_have_errors(&fixture->diags));
	assert_printed(fixture, false,
		       "x.sp:1:1: error[E0101]: one\n    a\n    ^\n"
		       "x.sp:1:1: error[E0101]: two\n    a\n    ^\n"
		       "and 3 more errors\n");
}

static void test_severity_can_be_changed(void **state)
{
	struct fixture *fixture = *state;
	struct source *source = add_source(fixture, "x.sp", "a");
	struct span span = { source, 0, 1 };

	fixture->diags.severity[CODE_SYNTAX] = SEVERITY_WARNING;
	diag_report(&fixture->diags, CODE_SYNTAX, span, "lowered");
	fixture->diags.severity[CODE_SYNTAX] = SEVERITY_OFF;
	diag_report(&fixture->diags, CODE_SYNTAX, span, "silent");
	assert_false(diags_have_errors(&fixture->diags));
	assert_int_equal(fixture->diags.count[SEVERITY_WARNING], 1);
	assert_int_equal(fixture->diags.count[SEVERITY_OFF], 1);
	assert_printed(fixture, false, "x.sp:1:1: warning[E0101]: lowered\n    a\n    ^\n");
}

static void test_colour(void **state)
{
	struct fixture *fixture = *state;

	diag_report(&fixture->diags, CODE_SYNTAX, (struct span){ 0 }, "m");
	assert_printed(fixture, true, "\033[1;31merror[E0101]:\033[0m m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_are_unique_and_complete),
		cmocka_unit_test_setup_teardown(test_whole_message, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_a_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sorted_by_source_and_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spans_of_nothing_and_of_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tabs_keep_the_caret_in_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bytes_that_are_not_printable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text_of_other_scripts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lines_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window_at_every_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_severity_can_be_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_colour, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
