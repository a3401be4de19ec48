/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Tables of ClickHouse, and items as their rows: JSONEachRow. */
#ifndef SENTRY_DAEMON_CLICKHOUSE_ROWS_H
#define SENTRY_DAEMON_CLICKHOUSE_ROWS_H

#include "item.h"
#include "text_buffer.h"

/* CREATE TABLE IF NOT EXISTS; `database` as it is quoted. */
void clickhouse_table(struct text_buffer *sql, const char *database, enum item_kind kind);

/* One object and a newline. */
void clickhouse_row(struct text_buffer *rows, const struct item *item, const char *host);

#endif
