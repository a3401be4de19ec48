/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Items into PostgreSQL: one transaction a batch. With the rows it notes which of this sink's items are written, as ranges
 * of their numbers. A batch whose COMMIT was not answered comes again, and what of it is noted is left out: each item is
 * there once, whenever the connection, the server or sentryd died.
 */
#include "sink.h"

#include "failure.h"
#include "item_columns.h"
#include "memory.h"
#include "postgres_copy.h"
#include "postgres_link.h"
#include "postgres_schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_NS (86400LL * 1000000000LL)
#define DAY_MS (86400ULL * 1000)
#define UPKEEP_SECONDS 3600
#define UPKEEP_AGAIN_SECONDS 60
#define N_DAYS_KNOWN 8
#define NUMBER_SIZE 24

/* Items of one run of sentryd whose numbers follow each other. */
struct range {
	uint32_t run;
	uint64_t first, last;
};

struct ranges {
	size_t n;
	struct range *items;
};

struct sink_postgres {
	struct postgres_link link;
	struct postgres_schema schema;
	const char *host, *name;
	uint64_t keep_days;         /* 0: for ever */
	int64_t days[N_DAYS_KNOWN]; /* whose partitions are there */
	size_t n_days;
	bool doubted_days;          /* a row found no partition: they were looked at again */
	time_t upkeep_at;           /* CLOCK_MONOTONIC */
	struct ranges batch, done;
	struct text_buffer rows[N_ITEM_KINDS];
};

static void check_connection(struct config_map *map, const char *conninfo)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &message);

	if (!options)
		config_error(map, "connection", "connection: %.*s", message ? (int)strcspn(message, "\n") : 0,
			     message ? message : "");
	PQfreemem(message);
	PQconninfoFree(options);
}

static void *create(struct config_map *map)
{
	struct sink_postgres *sink = allocate(1, sizeof(*sink));
	uint64_t keep_ms;

	sink->name = config_text(map, "name", "postgres");
	sink->host = item_host_read(map);
	sink->link.conninfo = config_text(map, "connection", "");
	sink->link.password = config_secret(map, "password");
	sink->link.timeout_ms = config_duration(map, "timeout", 10000, 100, 600000);
	sink->schema.timeout_ms = sink->link.timeout_ms;
	sink->schema.name = config_text(map, "schema", "packet_sentry");
	sink->schema.migrate = config_bool(map, "migrate", true);
	keep_ms = config_duration(map, "keep", 0, DAY_MS, 36500 * DAY_MS);
	sink->keep_days = (keep_ms + DAY_MS - 1) / DAY_MS;
	check_connection(map, sink->link.conninfo);
	if (!postgres_schema_name_is_plain(sink->schema.name))
		config_error(map, "schema", "schema: lower-case letters, digits and underscores only");
	return sink;
}

static void destroy(void *context)
{
	struct sink_postgres *sink = context;

	postgres_disconnect(&sink->link);
	for (size_t i = 0; i < N_ITEM_KINDS; i++)
		text_free(&sink->rows[i]);
	free(sink->batch.items);
	free(sink->done.items);
	free(sink);
}

static int64_t day_of(int64_t time_ns)
{
	return time_ns / DAY_NS - (time_ns % DAY_NS < 0);
}

static time_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static bool day_known(const struct sink_postgres *sink, int64_t day)
{
	for (size_t i = 0; i < sink->n_days; i++) {
		if (sink->days[i] == day)
			return true;
	}
	return false;
}

static enum sink_result need_day(struct sink_postgres *sink, int64_t day, struct sink_error *error)
{
	enum sink_result result;

	if (day_known(sink, day))
		return SINK_DONE;
	result = postgres_schema_day(&sink->link, &sink->schema, day, error);
	if (result != SINK_DONE)
		return result;
	if (sink->n_days == N_DAYS_KNOWN)
		memmove(sink->days, sink->days + 1, --sink->n_days * sizeof(sink->days[0]));
	sink->days[sink->n_days++] = day;
	return SINK_DONE;
}

/* Partitions ahead of time and dropped ones. That it fails is no reason not to write. */
static void upkeep(struct sink_postgres *sink)
{
	int64_t today = time(NULL) / 86400;
	struct sink_error error;
	enum sink_result result;

	if (monotonic() < sink->upkeep_at)
		return;
	sink->upkeep_at = monotonic() + UPKEEP_SECONDS;
	result = need_day(sink, today, &error);
	if (result == SINK_DONE)
		result = need_day(sink, today + 1, &error);
	if (result == SINK_DONE && sink->keep_days)
		result = postgres_schema_drop(&sink->link, &sink->schema, today - (int64_t)sink->keep_days, &error);
	if (result == SINK_DONE)
		result = postgres_schema_forget(&sink->link, &sink->schema, &error);
	if (result != SINK_DONE) {
		sink->upkeep_at = monotonic() + UPKEEP_AGAIN_SECONDS;
		say("sink %s: upkeep of tables: %s", sink->name, error.text);
	}
}

static enum sink_result be_connected(struct sink_postgres *sink, struct sink_error *error)
{
	enum sink_result result;

	if (postgres_connected(&sink->link))
		return SINK_DONE;
	sink->n_days = 0;
	sink->upkeep_at = 0;
	result = postgres_connect(&sink->link, error);
	if (result == SINK_DONE)
		result = postgres_schema_check(&sink->link, &sink->schema, error);
	if (result != SINK_DONE)
		postgres_disconnect(&sink->link);
	return result;
}

static void add_range(struct ranges *ranges, uint32_t run, uint64_t first, uint64_t last)
{
	struct range *previous = ranges->n ? &ranges->items[ranges->n - 1] : NULL;

	if (previous && previous->run == run && previous->last + 1 == first) {
		previous->last = last;
		return;
	}
	ranges->items = grow(ranges->items, ranges->n, sizeof(*ranges->items));
	ranges->items[ranges->n++] = (struct range){ run, first, last };
}

/* What the filter leaves out is done with, too: so ranges have no holes but for what was lost. */
static enum sink_result survey(struct sink_postgres *sink, const struct batch *batch, struct sink_error *error)
{
	struct item_filter all = { .names = NULL };
	struct batch whole = *batch;
	struct batch_cursor cursor;
	enum sink_result result = SINK_DONE;
	struct item item;

	for (size_t i = 0; i < N_ITEM_KINDS; i++)
		all.kinds[i] = true;
	whole.filter = &all;
	sink->batch.n = 0;
	batch_begin(&cursor, &whole);
	while (result == SINK_DONE && batch_next(&cursor, &item)) {
		add_range(&sink->batch, item.sequence_high, item.sequence, item.sequence);
		if (item_wanted(batch->filter, &item))
			result = need_day(sink, day_of(item.time_ns), error);
	}
	return result;
}

/* The row of this sink, locked: a transaction of its own that the server has not ended yet is waited for. */
static enum sink_result lock_writer(struct sink_postgres *sink, struct sink_error *error)
{
	const char *const parameters[] = { sink->host, sink->name };

	return postgres_ask(&sink->link, NULL,
			    "INSERT INTO writers (host, sink, last_write) VALUES ($1, $2, now()) "
			    "ON CONFLICT (host, sink) DO UPDATE SET last_write = excluded.last_write",
			    2, parameters, error);
}

struct range_texts {
	char run[NUMBER_SIZE], first[NUMBER_SIZE], last[NUMBER_SIZE];
	const char *parameters[5];
};

static const char *const *range_parameters(struct range_texts *texts, const struct sink_postgres *sink,
					   const struct range *range)
{
	snprintf(texts->run, NUMBER_SIZE, "%" PRIu32, range->run);
	snprintf(texts->first, NUMBER_SIZE, "%" PRIu64, range->first);
	snprintf(texts->last, NUMBER_SIZE, "%" PRIu64, range->last);
	texts->parameters[0] = sink->host;
	texts->parameters[1] = sink->name;
	texts->parameters[2] = texts->run;
	texts->parameters[3] = texts->first;
	texts->parameters[4] = texts->last;
	return texts->parameters;
}

static enum sink_result read_done(struct sink_postgres *sink, struct sink_error *error)
{
	enum sink_result result = SINK_DONE;
	struct range_texts texts;

	sink->done.n = 0;
	for (size_t i = 0; result == SINK_DONE && i < sink->batch.n; i++) {
		const struct range *range = &sink->batch.items[i];
		PGresult *rows;

		result = postgres_ask(&sink->link, &rows,
				      "SELECT first, last FROM written WHERE host = $1 AND sink = $2 AND run = $3 "
				      "AND last >= $4 AND first <= $5",
				      5, range_parameters(&texts, sink, range), error);
		for (int row = 0; result == SINK_DONE && row < PQntuples(rows); row++)
			add_range(&sink->done, range->run, strtoull(PQgetvalue(rows, row, 0), NULL, 10),
				  strtoull(PQgetvalue(rows, row, 1), NULL, 10));
		PQclear(rows);
	}
	return result;
}

static enum sink_result note_done(struct sink_postgres *sink, struct sink_error *error)
{
	enum sink_result result = SINK_DONE;
	struct range_texts texts;

	for (size_t i = 0; result == SINK_DONE && i < sink->batch.n; i++)
		result = postgres_ask(&sink->link, NULL,
				      "WITH longer AS (UPDATE written SET last = $5, at = now() WHERE host = $1 AND sink = $2 "
				      "AND run = $3 AND last = $4::bigint - 1 RETURNING 1) "
				      "INSERT INTO written SELECT $1, $2, $3, $4, $5, now() "
				      "WHERE NOT EXISTS (SELECT FROM longer) ON CONFLICT (host, sink, run, first) DO UPDATE SET "
				      "last = greatest(written.last, excluded.last), at = excluded.at",
				      5, range_parameters(&texts, sink, &sink->batch.items[i]), error);
	return result;
}

static bool is_done(const struct sink_postgres *sink, const struct item *item)
{
	for (size_t i = 0; i < sink->done.n; i++) {
		const struct range *range = &sink->done.items[i];

		if (item->sequence_high == range->run && item->sequence >= range->first && item->sequence <= range->last)
			return true;
	}
	return false;
}

static enum sink_result copy_rows(struct sink_postgres *sink, const struct batch *batch, struct sink_error *error)
{
	enum sink_result result = SINK_DONE;
	struct text_buffer sql = { 0 };
	struct batch_cursor cursor;
	struct item item;
	size_t most = 0;

	for (size_t i = 0; i < N_ITEM_KINDS; i++)
		text_clear(&sink->rows[i]);
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		struct text_buffer *rows = &sink->rows[item.kind];

		if (is_done(sink, &item))
			continue;
		if (!rows->size)
			postgres_copy_begin(rows);
		postgres_copy_row(rows, &item, sink->host);
	}
	for (enum item_kind kind = 0; kind < N_ITEM_KINDS; kind++)
		most = sink->rows[kind].size > most ? sink->rows[kind].size : most;
	/* The server counts from when a COPY begins, however it goes on. */
	text_print(&sql, "SET LOCAL statement_timeout TO %llu",
		   (unsigned long long)sink_time_for(sink->schema.timeout_ms, most));
	if (most)
		result = postgres_script(&sink->link, text_string(&sql), error);
	for (enum item_kind kind = 0; result == SINK_DONE && kind < N_ITEM_KINDS; kind++) {
		struct text_buffer *rows = &sink->rows[kind];

		if (!rows->size)
			continue;
		postgres_copy_end(rows);
		text_clear(&sql);
		postgres_copy_statement(&sql, kind);
		result = postgres_copy(&sink->link, text_string(&sql), rows->data, rows->size, error);
	}
	text_free(&sql);
	return result;
}

static enum sink_result write_transaction(struct sink_postgres *sink, const struct batch *batch,
					  struct sink_error *error)
{
	enum sink_result result = postgres_begin(&sink->link, &sink->schema, error);

	if (result == SINK_DONE)
		result = lock_writer(sink, error);
	if (result == SINK_DONE)
		result = read_done(sink, error);
	if (result == SINK_DONE)
		result = copy_rows(sink, batch, error);
	if (result == SINK_DONE)
		result = note_done(sink, error);
	if (result == SINK_DONE)
		result = postgres_script(&sink->link, "COMMIT", error);
	return result;
}

/* A row that found no partition: somebody dropped one that was there. It is made anew, once. */
static bool day_is_gone(struct sink_postgres *sink)
{
	bool first = !sink->doubted_days;

	if (strcmp(sink->link.state, "23514") != 0)
		return false;
	sink->doubted_days = true;
	return first;
}

static enum sink_result write_batch(void *context, const struct batch *batch, struct sink_error *error)
{
	struct sink_postgres *sink = context;
	enum sink_result result = be_connected(sink, error);

	if (result != SINK_DONE)
		return result;
	upkeep(sink);
	result = survey(sink, batch, error);
	if (result == SINK_DONE)
		result = write_transaction(sink, batch, error);
	if (result == SINK_DONE) {
		sink->doubted_days = false;
		return SINK_DONE;
	}
	if (day_is_gone(sink))
		result = SINK_RETRY;
	/* Whatever the connection was in the middle of, it is not any more. */
	postgres_disconnect(&sink->link);
	return result;
}

static void idle(void *context)
{
	struct sink_postgres *sink = context;

	if (postgres_connected(&sink->link))
		upkeep(sink);
}

const struct sink_kind sink_postgres = {
	.name = "postgres",
	.create = create,
	.write = write_batch,
	.idle = idle,
	.divisible = true,
	.destroy = destroy,
	.takes = ITEM_TABLES_ALL,
};
