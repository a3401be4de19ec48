/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "time_point.h"

#include "duration.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define SECOND_NS 1000000000LL

/* `digits` of them, no more and no fewer. */
static bool number(const char **text, int digits, int least, int most, int *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)**text))
			return false;
		*value = 10 * *value + *(*text)++ - '0';
	}
	return *value >= least && *value <= most;
}

static bool skip(const char **text, const char *any)
{
	if (!**text || !strchr(any, **text))
		return false;
	(*text)++;
	return true;
}

static bool date(const char **text, struct tm *time)
{
	int year, month;

	if (!number(text, 4, 1970, 2200, &year) || !skip(text, "-") || !number(text, 2, 1, 12, &month) || !skip(text, "-") ||
	    !number(text, 2, 1, 31, &time->tm_mday))
		return false;
	time->tm_year = year - 1900;
	time->tm_mon = month - 1;
	return true;
}

/* "10:00", "10:00:00", "10:00:00.123" */
static bool time_of_day(const char **text, struct tm *time, int64_t *fraction)
{
	int64_t unit = SECOND_NS;

	if (!number(text, 2, 0, 23, &time->tm_hour) || !skip(text, ":") || !number(text, 2, 0, 59, &time->tm_min))
		return false;
	if (!skip(text, ":"))
		return true;
	if (!number(text, 2, 0, 60, &time->tm_sec))
		return false;
	if (!skip(text, ".,"))
		return true;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		unit /= 10;
		*fraction += (**text - '0') * unit;
	}
	return true;
}

/* "Z", "+02:00", "-0330"; *local if there is none. */
static bool offset(const char **text, int *seconds, bool *local)
{
	int sign = **text == '-' ? -1 : 1, hours, minutes;

	*local = !**text;
	*seconds = 0;
	if (*local || skip(text, "Zz"))
		return true;
	if (!skip(text, "+-") || !number(text, 2, 0, 23, &hours))
		return false;
	skip(text, ":");
	if (!number(text, 2, 0, 59, &minutes))
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool time_point_parse(const char *text, int64_t now_ns, int64_t *ns)
{
	struct tm time = { .tm_isdst = -1 }, checked;
	int64_t fraction = 0;
	time_t seconds;
	int behind;
	bool local;
	__u64 ago;

	if (duration_parse(text, &ago)) {
		*ns = now_ns - (int64_t)ago;
		return true;
	}
	if (!date(&text, &time) || (*text && (!skip(&text, "Tt ") || !time_of_day(&text, &time, &fraction))) ||
	    !offset(&text, &behind, &local) || *text)
		return false;
	checked = time;
	seconds = local ? mktime(&checked) : timegm(&checked);
	/* A 30th of February would be some other day. */
	if (checked.tm_mday != time.tm_mday && time.tm_sec < 60)
		return false;
	*ns = ((int64_t)seconds - behind) * SECOND_NS + fraction;
	return true;
}

int64_t time_point_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}
