/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Items into InfluxDB over HTTP, of the versions 1 and 2: line protocol. A batch that comes again writes the same points.
 */
#include "sink.h"

#include "http_client.h"
#include "influx_lines.h"
#include "item_columns.h"
#include "memory.h"
#include "url_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Version 1 takes 25 MB a request. */
#define BODY_MOST (4 * 1024 * 1024)
#define NOT_FOUND 404

struct sink_influx {
	struct http_settings settings;
	struct http_client *client;
	const char *host, *database;
	bool create_database;
	struct text_buffer suffix, lines;
};

/* Version 2 has its own word where others say Bearer. */
static void add_token(struct sink_influx *sink, struct config_map *map)
{
	const char *const *given = sink->settings.headers;
	const char **headers;
	char *value;
	size_t n = 0;

	if (!sink->settings.token)
		return;
	while (given && given[n])
		n++;
	headers = config_allocate(map->document, (n + 3) * sizeof(*headers));
	if (n)
		memcpy(headers, given, n * sizeof(*headers));
	value = config_allocate(map->document, strlen(sink->settings.token) + sizeof("Token "));
	sprintf(value, "Token %s", sink->settings.token);
	headers[n] = "Authorization";
	headers[n + 1] = value;
	sink->settings.headers = headers;
	sink->settings.token = NULL;
}

static void add_parameter(struct sink_influx *sink, const char *name, const char *value)
{
	if (!value)
		return;
	text_print(&sink->suffix, "&%s=", name);
	url_text(&sink->suffix, value);
}

static void *create(struct config_map *map)
{
	struct sink_influx *sink = allocate(1, sizeof(*sink));
	const char *organization, *bucket, *policy;

	http_settings_read(&sink->settings, map, "http://127.0.0.1:8086");
	sink->settings.url = url_base(map->document, sink->settings.url);
	add_token(sink, map);
	sink->host = item_host_read(map);
	organization = config_text(map, "organization", NULL);
	bucket = config_text(map, "bucket", NULL);
	sink->database = config_text(map, "database", bucket ? NULL : "packet_sentry");
	policy = config_text(map, "retention-policy", NULL);
	sink->create_database = config_bool(map, "create-database", !bucket);
	if (bucket && sink->database)
		config_error(map, "bucket", "database is of InfluxDB 1, bucket of InfluxDB 2: one of both");
	if (bucket && !organization)
		config_error(map, "bucket", "a bucket needs an organization");
	if (organization && !bucket)
		config_error(map, "organization", "an organization needs a bucket");
	if (bucket && (policy || sink->create_database))
		config_error(map, policy ? "retention-policy" : "create-database", "only with a database of InfluxDB 1");
	text_add(&sink->suffix, bucket ? "/api/v2/write?precision=ns" : "/write?precision=ns");
	add_parameter(sink, "org", bucket ? organization : NULL);
	add_parameter(sink, "bucket", bucket);
	add_parameter(sink, "db", bucket ? NULL : sink->database);
	add_parameter(sink, "rp", policy);
	return sink;
}

static void destroy(void *context)
{
	struct sink_influx *sink = context;

	http_client_free(sink->client);
	text_free(&sink->suffix);
	text_free(&sink->lines);
	free(sink);
}

/* Making one that is there already changes nothing. */
static enum sink_result make_database(struct sink_influx *sink, struct sink_error *error)
{
	struct text_buffer query = { 0 }, suffix = { 0 };
	enum sink_result result;

	text_add(&query, "CREATE DATABASE \"");
	for (const char *at = sink->database; *at; at++) {
		if (*at == '"' || *at == '\\')
			text_byte(&query, '\\');
		text_byte(&query, *at);
	}
	text_byte(&query, '"');
	text_add(&suffix, "/query?q=");
	url_text(&suffix, text_string(&query));
	result = http_client_post(sink->client, text_string(&suffix), "text/plain", "", 0, error);
	text_free(&query);
	text_free(&suffix);
	return result;
}

static enum sink_result post(struct sink_influx *sink, struct sink_error *error)
{
	return http_client_post(sink->client, text_string(&sink->suffix), "text/plain; charset=utf-8", sink->lines.data,
				sink->lines.size, error);
}

/*
 * "partial write: field type conflict: … dropped=3": so many points were refused, and all the others written.
 */
static enum sink_result judge_partial(const struct sink_influx *sink, enum sink_result result, struct sink_error *error)
{
	const char *answer = http_client_answer(sink->client), *dropped;

	if (result != SINK_REFUSED || !strstr(answer, "partial write"))
		return result;
	dropped = strstr(answer, "dropped=");
	if (!dropped)
		return result;
	error->refused += strtoull(dropped + strlen("dropped="), NULL, 10);
	return SINK_DONE;
}

/* Those of a batch that were posted before one that failed are posted again with it. */
static enum sink_result send(struct sink_influx *sink, struct sink_error *error)
{
	enum sink_result result;

	if (!sink->lines.size)
		return SINK_DONE;
	result = post(sink, error);
	if (result == SINK_REFUSED && http_client_status(sink->client) == NOT_FOUND && sink->create_database) {
		result = make_database(sink, error);
		if (result == SINK_DONE)
			result = post(sink, error);
	}
	text_clear(&sink->lines);
	return judge_partial(sink, result, error);
}

static enum sink_result write_batch(void *context, const struct batch *batch, struct sink_error *error)
{
	struct sink_influx *sink = context;
	enum sink_result result = SINK_DONE;
	struct batch_cursor cursor;
	struct item item;

	if (!sink->client)
		sink->client = http_client_new(&sink->settings);
	if (!sink->client)
		return sink_fail(error, SINK_RETRY, "no memory for a connection");
	text_clear(&sink->lines);
	batch_begin(&cursor, batch);
	while (result == SINK_DONE && batch_next(&cursor, &item)) {
		influx_line(&sink->lines, &item, sink->host);
		if (sink->lines.size >= BODY_MOST)
			result = send(sink, error);
	}
	return result == SINK_DONE ? send(sink, error) : result;
}

const struct sink_kind sink_influx = {
	.name = "influx",
	.create = create,
	.write = write_batch,
	.divisible = true,
	.destroy = destroy,
	.takes = ITEM_TABLES_ALL,
};
