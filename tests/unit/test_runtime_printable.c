/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Bytes that a terminal would obey do not get there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "printable.h"

#include <stdlib.h>
#include <string.h>

static void escaped(void **state)
{
	static const struct {
		const char *text;
		const char *printed;
	} cases[] = {
		{ "", "" },
		{ "edge-web 1", "edge-web 1" },
		{ "\033[2Jx", "\\x1b[2Jx" },
		{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" }, /* U+009B is a terminal's CSI in one character */
		{ "\xc3\xa4\xc2\xa0", "\xc3\xa4\xc2\xa0" },
		{ "\xc2", "\xc2" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct printable room;

		assert_string_equal(printable(&room, cases[i].text), cases[i].printed);
		assert_int_equal(has_control(cases[i].text), strcmp(cases[i].text, cases[i].printed) != 0);
	}
}

static void cut_to_what_fits(void **state)
{
	char text[4096];

	memset(text, '\033', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t size = 0; size < sizeof(text); size++) {
		struct printable room;

		/* Of every length, whatever the bytes before: sanitizers watch. */
		assert_true(strlen(printable(&room, text + size)) < sizeof(room.text));
	}
}

static void lines_stay(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	print_lines(file, "one\n\ttwo\033[0m\xc2\x85");
	fclose(file);
	assert_string_equal(text, "one\n\ttwo\\x1b[0m\\xc2\\x85");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escaped), cmocka_unit_test(cut_to_what_fits), cmocka_unit_test(lines_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
