/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "duration.h"

#include "set_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool duration_parse(const char *text, __u64 *ns)
{
	static const struct {
		const char *unit;
		__u64 ns;
	} units[] = {
		{ "ms", 1000000 }, { "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 }, { "d", 86400000000000 },
	};
	const __u64 most = 365 * 86400000000000;
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	number = strtoull(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0 && number > 0 && number <= most / units[i].ns) {
			*ns = number * units[i].ns;
			return true;
		}
	}
	return false;
}

char *clock_format(__u64 monotonic, char text[static CLOCK_TEXT])
{
	struct timespec now;
	struct tm utc;
	time_t seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	seconds = (time_t)(((__s64)now.tv_sec * 1000000000 + now.tv_nsec + (__s64)(monotonic - monotonic_ns())) / 1000000000);
	gmtime_r(&seconds, &utc);
	strftime(text, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return text;
}

__u64 monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
}

__u64 monotonic_ms(void)
{
	return monotonic_ns() / 1000000;
}
