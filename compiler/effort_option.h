/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The values of `--timeout` and `--max-nodes`. */
#ifndef SENTRY_EFFORT_OPTION_H
#define SENTRY_EFFORT_OPTION_H

#include <stdbool.h>
#include <stdint.h>

/* "30", "0.5", "30s", "2m", "500ms", "1h". 0 is no limit. */
bool effort_read_seconds(const char *text, double *seconds);

/* A whole number from 1 on. */
bool effort_read_count(const char *text, uint64_t *count);

#endif
