/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items as points of InfluxDB: its line protocol. */
#ifndef SENTRY_DAEMON_INFLUX_LINES_H
#define SENTRY_DAEMON_INFLUX_LINES_H

#include "item.h"
#include "text_buffer.h"

/* One line with its newline. */
void influx_line(struct text_buffer *lines, const struct item *item, const char *host);

/* The time of an item's point, which no other item of the same series has. */
int64_t influx_time(const struct item *item);

#endif
