/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Logs and metrics to a receiver of OpenTelemetry, by OTLP over HTTP in its JSON form. */
#include "sink.h"

#include "http_client.h"
#include "memory.h"
#include "otlp_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOST_SIZE 256

struct otlp_sink {
	struct http_settings http;
	struct http_client *client;
	struct otlp_settings settings;
	struct otlp_batch batch;
	struct text_buffer body;
	char host[HOST_SIZE];
	/* A batch whose logs are done with and whose metrics are not, by its first item. */
	uint64_t logs_done;
	uint32_t logs_done_high;
	uint64_t logs_refused;
};

/* An identifier of W3C trace context: so many digits, not all of them 0. */
static const char *identifier(struct config_map *map, const char *key, size_t digits)
{
	const char *text = config_text(map, key, NULL);
	size_t length = text ? strlen(text) : 0;

	if (text && (length != digits || strspn(text, "0123456789abcdefABCDEF") != length || strspn(text, "0") == length))
		config_error(map, key, "%s: %zu hexadecimal digits are wanted, not all of them 0", key, digits);
	return text;
}

static void *otlp_create(struct config_map *map)
{
	struct otlp_sink *sink = allocate(1, sizeof(*sink));

	http_settings_read(&sink->http, map, "http://127.0.0.1:4318");
	sink->settings.service = config_text(map, "service", "packet-sentry");
	sink->settings.resource = config_pairs(map, "resource");
	sink->settings.trace_id = identifier(map, "trace-id", 32);
	sink->settings.span_id = identifier(map, "span-id", 16);
	if (sink->settings.span_id && !sink->settings.trace_id)
		config_error(map, "span-id", "span-id: only with a trace-id");
	gethostname(sink->host, sizeof(sink->host) - 1);
	sink->settings.host = sink->host;
	return sink;
}

static void otlp_destroy(void *context)
{
	struct otlp_sink *sink = context;

	http_client_free(sink->client);
	otlp_free(&sink->batch);
	text_free(&sink->body);
	free(sink);
}

/* A receiver may take a request and refuse some of what is in it; asking again would not help. */
static uint64_t rejected(const struct otlp_sink *sink, const char *member, struct sink_error *error)
{
	json_t *answer = json_loads(http_client_answer(sink->client), 0, NULL);
	json_t *partial = json_object_get(answer, "partialSuccess");
	json_t *number = json_object_get(partial, member);
	const char *message = json_string_value(json_object_get(partial, "errorMessage"));
	long long n = json_is_string(number) ? strtoll(json_string_value(number), NULL, 10) : json_integer_value(number);

	if (n > 0)
		sink_fail(error, SINK_DONE, "%s: refused %lld: %s", sink->http.url, n, message ? message : "");
	json_decref(answer);
	return n > 0 ? (uint64_t)n : 0;
}

static enum sink_result send_logs(struct otlp_sink *sink, const struct item *first, struct sink_error *error)
{
	enum sink_result result = SINK_DONE;

	if (sink->logs_done == first->sequence && sink->logs_done_high == first->sequence_high)
		return SINK_DONE;
	sink->logs_refused = 0;
	if (sink->batch.n_records) {
		otlp_logs(&sink->body, &sink->batch, &sink->settings);
		result = http_client_post(sink->client, "/v1/logs", "application/json", sink->body.data, sink->body.size, error);
		if (result == SINK_RETRY)
			return result;
		sink->logs_refused = result == SINK_REFUSED ? sink->batch.n_records :
							      rejected(sink, "rejectedLogRecords", error);
	}
	sink->logs_done = first->sequence;
	sink->logs_done_high = first->sequence_high;
	return SINK_DONE;
}

static enum sink_result send_metrics(struct otlp_sink *sink, uint64_t *refused, struct sink_error *error)
{
	enum sink_result result;
	uint64_t points;

	*refused = 0;
	if (!sink->batch.n_points)
		return SINK_DONE;
	otlp_metrics(&sink->body, &sink->batch, &sink->settings);
	result = http_client_post(sink->client, "/v1/metrics", "application/json", sink->body.data, sink->body.size, error);
	if (result == SINK_RETRY)
		return result;
	points = result == SINK_REFUSED ? sink->batch.n_points : rejected(sink, "rejectedDataPoints", error);
	/* Of an item there are one or two points. */
	*refused = points < sink->batch.n_counters ? points : sink->batch.n_counters;
	return SINK_DONE;
}

static enum sink_result otlp_write(void *context, const struct batch *batch, struct sink_error *error)
{
	struct otlp_sink *sink = context;
	struct item item, first = { 0 };
	struct batch_cursor cursor;
	struct timespec now;
	uint64_t refused;

	if (!sink->client && !(sink->client = http_client_new(&sink->http)))
		return sink_fail(error, SINK_RETRY, "libcurl cannot be used");
	clock_gettime(CLOCK_REALTIME, &now);
	otlp_clear(&sink->batch);
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		if (!first.sequence)
			first = item;
		otlp_add(&sink->batch, &item, &sink->settings, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	}
	if (send_logs(sink, &first, error) == SINK_RETRY || send_metrics(sink, &refused, error) == SINK_RETRY)
		return SINK_RETRY;
	error->refused = sink->logs_refused + refused;
	return error->refused && error->refused == sink->batch.n_records + sink->batch.n_counters ? SINK_REFUSED : SINK_DONE;
}

const struct sink_kind sink_otlp = {
	.name = "otlp",
	.create = otlp_create,
	.write = otlp_write,
	.destroy = otlp_destroy,
	.takes = 1 << ITEM_EVENT | 1 << ITEM_FLOW | 1 << ITEM_ALERT | 1 << ITEM_LOST | 1 << ITEM_RULE | 1 << ITEM_TRAFFIC | 1 << ITEM_FLAGS,
};
