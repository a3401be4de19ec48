/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Items as rows of tables: which columns each kind has, and what stands in them. PostgreSQL, ClickHouse and InfluxDB have
 * the same, under the same names as JSON has where it has them.
 */
#ifndef SENTRY_DAEMON_ITEM_COLUMNS_H
#define SENTRY_DAEMON_ITEM_COLUMNS_H

#include "config.h"
#include "item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum column_type {
	COLUMN_TIME,    /* nanoseconds since 1970 */
	COLUMN_TEXT,
	COLUMN_ADDRESS, /* of IPv4 or IPv6 */
	COLUMN_U8,
	COLUMN_U16,
	COLUMN_U32,
	COLUMN_U64,
	COLUMN_DECIMAL,
	COLUMN_BYTES,
};

enum column_field {
	FIELD_TIME,
	FIELD_HOST, /* not of the item: the store adds it */
	FIELD_RUN,
	FIELD_SEQUENCE,
	FIELD_GENERATION,
	FIELD_POLICY,
	FIELD_BLOCK,
	FIELD_RULE,
	FIELD_LINE,
	FIELD_VERDICT,
	FIELD_DIRECTION,
	FIELD_INTERFACE,
	FIELD_HOOK,
	FIELD_KIND,
	FIELD_DETECTION,
	FIELD_SOURCE_IP,
	FIELD_SOURCE_PORT,
	FIELD_DEST_IP,
	FIELD_DEST_PORT,
	FIELD_PROTOCOL,
	FIELD_TCP_FLAGS,
	FIELD_ICMP_TYPE,
	FIELD_ICMP_CODE,
	FIELD_FRAGMENT,
	FIELD_VLAN,
	FIELD_SAMPLING,
	FIELD_FRAME,
	FIELD_COMMUNITY_ID,
	FIELD_PACKETS,
	FIELD_BYTES,
	FIELD_PACKETS_TOTAL,
	FIELD_BYTES_TOTAL,
	FIELD_FIRST_SEEN,
	FIELD_LAST_SEEN,
	FIELD_FLOW_END,
	FIELD_COUNTED_PROTOCOL,
	FIELD_COUNTED_FLAGS,
	FIELD_ALERT,
	FIELD_SUBJECT,
	FIELD_SCORE,
	FIELD_VALUE,
	FIELD_EXPECTED,
	FIELD_MESSAGE,
	FIELD_WHAT,
	FIELD_LOST,
	N_COLUMN_FIELDS,
};

struct column {
	const char *name;
	enum column_type type;
	bool optional; /* may have no value; a text without one is "" */
	bool label;    /* has few values, never addresses: what a time series may be told apart by */
};

extern const struct column item_columns[N_COLUMN_FIELDS];

/* "events", "flows", "rules", "traffic", "flags", "alerts", "lost" */
extern const char *const item_table_names[N_ITEM_KINDS + 1];
/* The columns of a kind, in order; ends with N_COLUMN_FIELDS. */
const enum column_field *item_table_columns(enum item_kind kind);

/* What all three take if the configuration does not say. */
#define ITEM_TABLES_ALL ((1U << N_ITEM_KINDS) - 1)

/* Who says it, as several hosts may write to one store: the key `host`, or the machine's name. */
const char *item_host_read(struct config_map *map);

struct column_value {
	bool present;
	uint8_t ip_version;   /* address */
	int64_t time_ns;      /* time */
	uint64_t number;      /* U8 to U64 */
	double decimal;
	const char *text;     /* in `room` or of the item; may be no UTF-8 */
	const uint8_t *bytes; /* address, bytes */
	size_t size;
	char room[ITEM_WORDS_SIZE];
};

/* The value is valid as long as the item's texts and the value are. Not of FIELD_HOST. */
void item_column_value(struct column_value *value, const struct item *item, enum column_field field);

#endif
