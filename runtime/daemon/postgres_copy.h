/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Items as rows of PostgreSQL's binary COPY: lengths stand before values, so that no name can be anything but a value.
 */
#ifndef SENTRY_DAEMON_POSTGRES_COPY_H
#define SENTRY_DAEMON_POSTGRES_COPY_H

#include "item.h"
#include "text_buffer.h"

#include <stdint.h>

/* "COPY events (time, host, …) FROM STDIN (FORMAT binary)" */
void postgres_copy_statement(struct text_buffer *sql, enum item_kind kind);

void postgres_copy_begin(struct text_buffer *rows);
void postgres_copy_row(struct text_buffer *rows, const struct item *item, const char *host);
void postgres_copy_end(struct text_buffer *rows);

#endif
