/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Times of the command line, as the language writes them: 500ms, 60s, 10m, 1h, 1d. */
#ifndef SENTRY_DURATION_H
#define SENTRY_DURATION_H

#include <linux/types.h>
#include <stdbool.h>

/* Up to 365 days. False if it is not one. */
bool duration_parse(const char *text, __u64 *ns);

/* The monotonic clock, which the kernel stamps packets with. */
__u64 monotonic_ns(void);
__u64 monotonic_ms(void);

#define CLOCK_TEXT 32
/* A time of the monotonic clock as one of day, "2026-01-30T10:00:00Z". */
char *clock_format(__u64 monotonic, char text[static CLOCK_TEXT]);

#endif
