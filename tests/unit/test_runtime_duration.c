/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Times of the command line, and times of the monotonic clock as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "duration.h"

#include "set_parts.h"

#include <string.h>
#include <time.h>

#define MS 1000000ULL
#define S (1000 * MS)
#define DAY (86400 * S)

static void taken(void **state)
{
	static const struct {
		const char *text;
		__u64 ns;
	} cases[] = {
		{ "1ms", MS },		{ "500ms", 500 * MS },	{ "1s", S },		 { "60s", 60 * S },
		{ "060s", 60 * S },	{ "10m", 600 * S },	{ "1h", 3600 * S },	 { "2d", 2 * DAY },
		{ "365d", 365 * DAY },	{ "8760h", 365 * DAY }, { "31536000s", 365 * DAY },
		{ "31536000000ms", 365 * DAY },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		__u64 ns = 0;

		if (!duration_parse(cases[i].text, &ns))
			fail_msg("'%s' is refused", cases[i].text);
		assert_int_equal(ns, cases[i].ns);
	}
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"", "s", "60", "0s", "0", "-1s", "+1s", " 1s", "1 s", "1s ", "1S", "1.5s", "1m30s", "60sec", "1w",
		"1us", "0x10s", "366d", "8761h", "31536001s", "31536000001ms", "18446744073709551615s",
		"18446744073709551616s", "99999999999999999999999999999d", "18446744073710s", "s60", "never",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		__u64 ns = 7;

		if (duration_parse(texts[i], &ns))
			fail_msg("'%s' is taken", texts[i]);
		assert_int_equal(ns, 7);
	}
}

/* Now, and what is an hour away either way: of the day's clock, to the second. */
static void clock_of_day(void **state)
{
	static const int hours[] = { 0, 1, -1 };

	for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
		__u64 at = monotonic_ns() + (__u64)(hours[i] * 3600LL) * S;
		time_t wanted = time(NULL) + hours[i] * 3600;
		char text[CLOCK_TEXT];
		struct tm utc = { 0 };
		const char *end;

		/* The machine may have started less than an hour ago. */
		if (hours[i] < 0 && monotonic_ns() < 3600 * S)
			continue;
		assert_ptr_equal(clock_format(at, text), text);
		end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
		assert_non_null(end);
		assert_int_equal(*end, '\0');
		assert_in_range(timegm(&utc) - wanted + 2, 1, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),
		cmocka_unit_test(refused),
		cmocka_unit_test(clock_of_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
