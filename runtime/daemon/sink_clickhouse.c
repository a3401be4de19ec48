/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Items into ClickHouse over HTTP: one INSERT a batch and table. There are no transactions over tables; what was confirmed
 * of a batch is remembered, and a row that nevertheless came twice is the same row to ReplacingMergeTree.
 */
#include "sink.h"

#include "clickhouse_rows.h"
#include "failure.h"
#include "http_client.h"
#include "item_columns.h"
#include "memory.h"
#include "url_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS (86400ULL * 1000)
#define DAY_SECONDS 86400
#define UPKEEP_SECONDS 3600
#define UPKEEP_AGAIN_SECONDS 60
#define PLAIN_TEXT "text/plain"

enum server_code {
	CODE_UNKNOWN_TABLE = 60,
	CODE_UNKNOWN_DATABASE = 81,
};

/* What a batch that failed half-way is known by when it comes again. */
struct batch_mark {
	uint32_t run;
	uint64_t first, last;
	size_t n;
};

struct sink_clickhouse {
	struct http_settings settings;
	struct http_client *client;
	const char *host, *name, *database;
	bool create_tables;
	uint64_t keep_days; /* 0: for ever */
	bool ready;         /* the tables are there */
	bool made_anew;     /* they were not, although they had been: once is enough */
	time_t upkeep_at;   /* CLOCK_MONOTONIC */
	struct batch_mark mark;
	unsigned int confirmed; /* tables that have the batch of that mark: 1 << kind */
	struct text_buffer rows[N_ITEM_KINDS], text;
	uint64_t n_rows[N_ITEM_KINDS];
};

static bool is_plain_name(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name) &&
	       !(name[0] >= '0' && name[0] <= '9');
}

static void *create(struct config_map *map)
{
	struct sink_clickhouse *sink = allocate(1, sizeof(*sink));
	uint64_t keep_ms;

	http_settings_read(&sink->settings, map, "http://127.0.0.1:8123");
	sink->settings.url = url_base(map->document, sink->settings.url);
	sink->name = config_text(map, "name", "clickhouse");
	sink->host = item_host_read(map);
	sink->database = config_text(map, "database", "packet_sentry");
	sink->create_tables = config_bool(map, "create-tables", true);
	keep_ms = config_duration(map, "keep", 0, DAY_MS, 36500 * DAY_MS);
	sink->keep_days = (keep_ms + DAY_MS - 1) / DAY_MS;
	if (!is_plain_name(sink->database))
		config_error(map, "database", "database: letters, digits and underscores only");
	return sink;
}

static void destroy(void *context)
{
	struct sink_clickhouse *sink = context;

	http_client_free(sink->client);
	for (size_t i = 0; i < N_ITEM_KINDS; i++)
		text_free(&sink->rows[i]);
	text_free(&sink->text);
	free(sink);
}

/* "Code: 60, e.displayText() = …": the number; 0 if the answer is of somebody else. */
static int server_code(const struct sink_clickhouse *sink)
{
	const char *answer = http_client_answer(sink->client);

	return answer && strncmp(answer, "Code: ", 6) == 0 ? (int)strtol(answer + 6, NULL, 10) : 0;
}

/* Older servers say 500 to nearly everything, so that the number has to tell what will never be otherwise. */
static bool never_passes(int code)
{
	static const int codes[] = {
		6,   /* CANNOT_PARSE_TEXT */
		16,  /* NO_SUCH_COLUMN_IN_TABLE */
		26,  /* CANNOT_PARSE_QUOTED_STRING */
		27,  /* CANNOT_PARSE_INPUT_ASSERTION_FAILED */
		36,  /* BAD_ARGUMENTS */
		38,  /* CANNOT_PARSE_DATE */
		41,  /* CANNOT_PARSE_DATETIME */
		43,  /* ILLEGAL_TYPE_OF_ARGUMENT */
		44,  /* ILLEGAL_COLUMN */
		47,  /* UNKNOWN_IDENTIFIER */
		50,  /* UNKNOWN_TYPE */
		53,  /* TYPE_MISMATCH */
		60,  /* UNKNOWN_TABLE */
		62,  /* SYNTAX_ERROR */
		72,  /* CANNOT_PARSE_NUMBER */
		73,  /* UNKNOWN_FORMAT */
		81,  /* UNKNOWN_DATABASE */
		115, /* UNKNOWN_SETTING */
		117, /* INCORRECT_DATA, an unknown field among it */
		164, /* READONLY */
		195, /* IP_ADDRESS_NOT_ALLOWED */
		291, /* DATABASE_ACCESS_DENIED */
		497, /* ACCESS_DENIED */
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

/* A query in the URL if there is data, else as the body. */
static enum sink_result ask(struct sink_clickhouse *sink, const char *query, const struct text_buffer *data,
			    struct sink_error *error)
{
	struct text_buffer suffix = { 0 };
	enum sink_result result;

	text_add(&suffix, "/?");
	if (data) {
		text_add(&suffix, "query=");
		url_text(&suffix, query);
	}
	result = http_client_post(sink->client, text_string(&suffix), data ? "application/x-ndjson" : PLAIN_TEXT,
				  data ? data->data : query, data ? data->size : strlen(query), error);
	text_free(&suffix);
	return result == SINK_RETRY && never_passes(server_code(sink)) ? SINK_REFUSED : result;
}

static enum sink_result make_tables(struct sink_clickhouse *sink, struct sink_error *error)
{
	enum sink_result result;

	text_clear(&sink->text);
	text_print(&sink->text, "CREATE DATABASE IF NOT EXISTS %s", sink->database);
	result = ask(sink, text_string(&sink->text), NULL, error);
	for (enum item_kind kind = 0; result == SINK_DONE && kind < N_ITEM_KINDS; kind++) {
		text_clear(&sink->text);
		clickhouse_table(&sink->text, sink->database, kind);
		result = ask(sink, text_string(&sink->text), NULL, error);
	}
	return result;
}

static enum sink_result be_ready(struct sink_clickhouse *sink, struct sink_error *error)
{
	enum sink_result result = SINK_DONE;

	if (!sink->client)
		sink->client = http_client_new(&sink->settings);
	if (!sink->client)
		return sink_fail(error, SINK_RETRY, "no memory for a connection");
	if (!sink->ready && sink->create_tables)
		result = make_tables(sink, error);
	sink->ready = result == SINK_DONE;
	return result;
}

static time_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* "events\t20260130" on each line: whole days are dropped, which no server is too old for. */
static enum sink_result drop_days(struct sink_clickhouse *sink, const char *lines, struct sink_error *error)
{
	enum sink_result result = SINK_DONE;
	char table[64], day[16], sql[256];
	int length;

	for (; result == SINK_DONE && sscanf(lines, "%63[a-z]\t%15[0-9]\n%n", table, day, &length) == 2; lines += length) {
		snprintf(sql, sizeof(sql), "ALTER TABLE %s.%s DROP PARTITION %s", sink->database, table, day);
		result = ask(sink, sql, NULL, error);
	}
	return result;
}

static void list_old_days(struct sink_clickhouse *sink)
{
	time_t before = (time(NULL) / DAY_SECONDS - (time_t)sink->keep_days) * DAY_SECONDS;
	const char *separator = "(";
	struct tm utc;
	char day[16];

	gmtime_r(&before, &utc);
	strftime(day, sizeof(day), "%Y%m%d", &utc);
	text_clear(&sink->text);
	text_print(&sink->text,
		   "SELECT DISTINCT table, partition FROM system.parts WHERE active AND database = '%s' AND partition < '%s' "
		   "AND length(partition) = 8 AND table IN ",
		   sink->database, day);
	for (const char *const *table = item_table_names; *table; table++) {
		text_print(&sink->text, "%s'%s'", separator, *table);
		separator = ", ";
	}
	text_add(&sink->text, ") ORDER BY table, partition FORMAT TabSeparated");
}

static void upkeep(struct sink_clickhouse *sink)
{
	enum sink_result result;
	struct sink_error error;
	char *lines;

	if (!sink->keep_days || monotonic() < sink->upkeep_at)
		return;
	sink->upkeep_at = monotonic() + UPKEEP_SECONDS;
	list_old_days(sink);
	result = ask(sink, text_string(&sink->text), NULL, &error);
	if (result == SINK_DONE) {
		lines = strdup(http_client_answer(sink->client));
		if (lines)
			result = drop_days(sink, lines, &error);
		free(lines);
	}
	if (result != SINK_DONE) {
		sink->upkeep_at = monotonic() + UPKEEP_AGAIN_SECONDS;
		say("sink %s: upkeep of tables: %s", sink->name, error.text);
	}
}

static struct batch_mark fill_rows(struct sink_clickhouse *sink, const struct batch *batch)
{
	struct batch_mark mark = { .n = 0 };
	struct batch_cursor cursor;
	struct item item;

	for (size_t i = 0; i < N_ITEM_KINDS; i++) {
		text_clear(&sink->rows[i]);
		sink->n_rows[i] = 0;
	}
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		if (!mark.n++) {
			mark.run = item.sequence_high;
			mark.first = item.sequence;
		}
		mark.last = item.sequence;
		clickhouse_row(&sink->rows[item.kind], &item, sink->host);
		sink->n_rows[item.kind]++;
	}
	return mark;
}

static enum sink_result insert(struct sink_clickhouse *sink, enum item_kind kind, struct sink_error *error)
{
	char query[128];

	snprintf(query, sizeof(query), "INSERT INTO %s.%s FORMAT JSONEachRow", sink->database, item_table_names[kind]);
	return ask(sink, query, &sink->rows[kind], error);
}

static bool is_same(const struct batch_mark *one, const struct batch_mark *other)
{
	return one->run == other->run && one->first == other->first && one->last == other->last && one->n == other->n;
}

/* Tables that went away are made anew, once. */
static bool tables_are_gone(struct sink_clickhouse *sink)
{
	int code = server_code(sink);
	bool first = !sink->made_anew;

	if (!sink->create_tables || (code != CODE_UNKNOWN_TABLE && code != CODE_UNKNOWN_DATABASE))
		return false;
	sink->ready = false;
	sink->made_anew = true;
	return first;
}

/* One table may be refused where others are not: its rows alone are lost. */
static enum sink_result write_tables(struct sink_clickhouse *sink, struct sink_error *error)
{
	struct sink_error one;
	enum sink_result result;

	for (enum item_kind kind = 0; kind < N_ITEM_KINDS; kind++) {
		if (!sink->rows[kind].size || (sink->confirmed & 1U << kind))
			continue;
		result = insert(sink, kind, &one);
		if (result == SINK_RETRY || (result == SINK_REFUSED && tables_are_gone(sink)))
			return sink_fail(error, SINK_RETRY, "%s", one.text);
		if (result == SINK_REFUSED) {
			sink_fail(error, result, "%s", one.text);
			error->refused += sink->n_rows[kind];
			continue;
		}
		sink->confirmed |= 1U << kind;
	}
	return SINK_DONE;
}

static enum sink_result write_batch(void *context, const struct batch *batch, struct sink_error *error)
{
	struct sink_clickhouse *sink = context;
	enum sink_result result = be_ready(sink, error);
	struct batch_mark mark;

	if (result != SINK_DONE)
		return result;
	upkeep(sink);
	mark = fill_rows(sink, batch);
	if (!is_same(&mark, &sink->mark))
		sink->confirmed = 0;
	sink->mark = mark;
	result = write_tables(sink, error);
	if (result == SINK_DONE && !error->refused)
		sink->made_anew = false;
	return result;
}

static void idle(void *context)
{
	struct sink_clickhouse *sink = context;

	if (sink->client && sink->ready)
		upkeep(sink);
}

const struct sink_kind sink_clickhouse = {
	.name = "clickhouse",
	.create = create,
	.write = write_batch,
	.idle = idle,
	.divisible = true,
	.destroy = destroy,
	.takes = ITEM_TABLES_ALL,
};
