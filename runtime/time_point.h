/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Points of time on the command line: "2h" ago, "2026-01-30T10:00:00Z", "2026-01-30". */
#ifndef SENTRY_TIME_POINT_H
#define SENTRY_TIME_POINT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Nanoseconds since 1970. A duration (duration.h) is as long before now_ns; else RFC 3339, with a blank for the T if one
 * likes, seconds and offset may be left out: without an offset it is the time zone of this process. False if it is neither.
 */
bool time_point_parse(const char *text, int64_t now_ns, int64_t *ns);

int64_t time_point_now(void);

#endif
