/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Counters as they were last told of, in a file that is replaced as a whole. Good until the machine starts again. */
#ifndef SENTRY_DAEMON_COUNTER_FILE_H
#define SENTRY_DAEMON_COUNTER_FILE_H

#include "telemetry.h"

/* What cannot be written is said. */
void counter_file_write(const char *path, const struct telemetry *telemetry);
/*
 * A file that is not there, of another version or of before the machine started, has none. Texts are good while `take` is called. Returns
 * the origin of the counters, 0 if there are none.
 */
uint64_t counter_file_read(const char *path, void (*take)(void *context, const struct tracked_counter *counter), void *context);

#endif
