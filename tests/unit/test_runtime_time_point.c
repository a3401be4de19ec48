/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Points of time on the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "time_point.h"

#include <stdlib.h>
#include <time.h>

#define S 1000000000ll
#define NOW (1800000000 * S)

static void taken(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{ "2h", NOW - 7200 * S },
		{ "500ms", NOW - S / 2 },
		{ "365d", NOW - 365 * 86400 * S },
		{ "2026-01-30T10:00:00Z", 1769767200 * S },
		{ "2026-01-30t10:00:00z", 1769767200 * S },
		{ "2026-01-30 10:00:00Z", 1769767200 * S },
		{ "2026-01-30T10:00:00.123456789Z", 1769767200 * S + 123456789 },
		{ "2026-01-30T10:00:00,5Z", 1769767200 * S + S / 2 },
		{ "2026-01-30T10:00:00.1234567891Z", 1769767200 * S + 123456789 },
		{ "2026-01-30T12:30:00+02:30", 1769767200 * S },
		{ "2026-01-30T12:30:00+0230", 1769767200 * S },
		{ "2026-01-30T06:30:00-03:30", 1769767200 * S },
		{ "2026-01-30T10:00Z", 1769767200 * S },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2024-02-29T00:00:00Z", 1709164800 * S },
		/* Without an offset: the process is at Kathmandu. */
		{ "2026-01-30T15:45:00", 1769767200 * S },
		{ "2026-01-30 15:45", 1769767200 * S },
		{ "2026-01-30", 1769767200 * S - (15 * 3600 + 45 * 60) * S },
	};

	setenv("TZ", "NPT-5:45", 1);
	tzset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns = -1;

		if (!time_point_parse(cases[i].text, NOW, &ns))
			fail_msg("'%s' is refused", cases[i].text);
		if (ns != cases[i].ns)
			fail_msg("'%s' is %lld, not %lld", cases[i].text, (long long)ns, (long long)cases[i].ns);
	}
}

static void refused(void **state)
{
	static const char *const cases[] = {
		"", "2", "h", "-2h", "2 h", "yesterday", "2026", "2026-13-01", "2026-00-01", "2026-01-32", "2026-02-30T00:00:00Z",
		"2025-02-29", "2026-1-1", "2026-01-30T", "2026-01-30T10", "2026-01-30T24:00:00Z", "2026-01-30T10:60Z",
		"2026-01-30T10:00:00.Z", "2026-01-30T10:00:00Zulu", "2026-01-30T10:00:00+2", "2026-01-30T10:00:00+24:00",
		"1969-12-31T23:59:59Z", "20260130T100000Z", "2026-01-30Z2h", "2h30m", "0s",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns;

		if (time_point_parse(cases[i], NOW, &ns))
			fail_msg("'%s' is taken", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(taken), cmocka_unit_test(refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
