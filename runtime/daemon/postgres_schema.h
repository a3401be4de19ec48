/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The tables in PostgreSQL: made, brought to the version that this sentryd knows, parted by day, and the days that are too
 * old dropped. Several hosts may do so in one database at a time.
 */
#ifndef SENTRY_DAEMON_POSTGRES_SCHEMA_H
#define SENTRY_DAEMON_POSTGRES_SCHEMA_H

#include "postgres_link.h"

#include <stdbool.h>
#include <stdint.h>

#define POSTGRES_SCHEMA_VERSION 2
#define POSTGRES_NAME_SIZE 64 /* NAMEDATALEN */

struct postgres_schema {
	const char *name;    /* a plain lower-case name, which needs no quotes */
	bool migrate;        /* false: somebody else makes the tables; only the version is looked at */
	uint64_t timeout_ms; /* of a statement, in the server */
};

/* Letters a to z, digits, underscores; no digit first. */
bool postgres_schema_name_is_plain(const char *name);

/* Begins a transaction that finds the tables and has time limits. */
enum sink_result postgres_begin(struct postgres_link *link, const struct postgres_schema *schema,
				struct sink_error *error);

/* The tables are there, of the version that is known here; if not, and it may, it makes them so. */
enum sink_result postgres_schema_check(struct postgres_link *link, const struct postgres_schema *schema,
				       struct sink_error *error);

/* There is a partition of each table for this day, counted from 1970. */
enum sink_result postgres_schema_day(struct postgres_link *link, const struct postgres_schema *schema, int64_t day,
				     struct sink_error *error);

/* Drops what is of days before this one. */
enum sink_result postgres_schema_drop(struct postgres_link *link, const struct postgres_schema *schema, int64_t before,
				      struct sink_error *error);

/* Forgets which items were written so long ago that none of them can still be on its way. */
enum sink_result postgres_schema_forget(struct postgres_link *link, const struct postgres_schema *schema,
					struct sink_error *error);

#endif
