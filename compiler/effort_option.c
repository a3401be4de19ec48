/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "effort_option.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool effort_read_seconds(const char *text, double *seconds)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = { { "", 1 }, { "ms", 0.001 }, { "s", 1 }, { "m", 60 }, { "h", 3600 } };
	size_t digits = strspn(text, "0123456789.");
	char *end;

	/* strtod alone would take "nan", "-1" and "0x10". */
	if (!isdigit((unsigned char)*text))
		return false;
	*seconds = strtod(text, &end);
	if (end != text + digits || !isfinite(*seconds))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].unit)) {
			*seconds *= units[i].seconds;
			return true;
		}
	return false;
}

bool effort_read_count(const char *text, uint64_t *count)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*count = strtoull(text, &end, 10);
	return !*end && !errno && *count;
}
