/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Lines of JSON to Loki, by its push interface. Streams are few: their labels are those of the configuration and some
 * texts of an item that are bounded by policies and interfaces. Lines of a stream are sent in the order of their times.
 *
 * Loki knows an entry by its stream, time and line, and keeps one of several that are equal: a batch that is sent again
 * changes nothing. What is equal within a batch is no repetition, though, and is put a nanosecond later each.
 */
#include "sink.h"

#include "fnv.h"
#include "http_client.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LABELS 8

struct entry {
	int64_t time_ns;
	size_t line, size; /* in `lines`, a JSON text */
	size_t number;     /* of the batch: those of one time stay in order */
	uint64_t hash;     /* of the line */
};

struct stream {
	char *labels; /* as a JSON object */
	struct entry *entries;
	size_t n;
};

struct loki_sink {
	struct http_settings http;
	struct http_client *client;
	struct item_format format;
	const char *const *labels; /* of all: name, value, …, NULL; may be NULL */
	int by[MOST_LABELS];       /* of an item: indices of label_words */
	size_t n_by;
	struct stream *streams;
	size_t n_streams;
	struct text_buffer lines, line, key, body;
};

static const char *const label_words[] = { "kind", "policy", "block", "rule", "verdict", "direction", "interface", NULL };
static const enum item_text label_texts[] = {
	N_ITEM_TEXTS, TEXT_POLICY, TEXT_BLOCK, TEXT_RULE, TEXT_VERDICT, TEXT_DIRECTION, TEXT_INTERFACE,
};

/* As Prometheus has them. */
static bool is_label(const char *name)
{
	static const char letters[] = "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *name && strchr(letters + 10, *name) && name[strspn(name, letters)] == '\0';
}

static int word_of(const char *text)
{
	for (int i = 0; label_words[i]; i++) {
		if (!strcmp(label_words[i], text))
			return i;
	}
	return -1;
}

static void read_labels(struct loki_sink *sink, struct config_map *map)
{
	static const char *const usual[] = { "kind", "policy", "verdict", NULL };
	static const char *const job[] = { "job", "packet-sentry", NULL };
	const char *const *by = config_texts(map, "label-by");

	sink->labels = config_pairs(map, "labels");
	if (!sink->labels)
		sink->labels = job;
	for (const char *const *name = sink->labels; *name; name += 2) {
		if (!is_label(*name) || word_of(*name) >= 0)
			config_error(map, "labels", "labels: '%s' cannot be a label here", *name);
	}
	for (by = by ? by : usual; *by; by++) {
		int word = word_of(*by);

		if (word < 0 || sink->n_by == MOST_LABELS)
			config_error(map, "label-by", "label-by: '%s' is none of kind, policy, block, rule, verdict, direction, interface",
				     *by);
		else
			sink->by[sink->n_by++] = word;
	}
}

static void *loki_create(struct config_map *map)
{
	struct loki_sink *sink = allocate(1, sizeof(*sink));

	http_settings_read(&sink->http, map, "http://127.0.0.1:3100");
	item_format_read(&sink->format, map);
	read_labels(sink, map);
	return sink;
}

static void forget_streams(struct loki_sink *sink)
{
	for (size_t i = 0; i < sink->n_streams; i++) {
		free(sink->streams[i].labels);
		free(sink->streams[i].entries);
	}
	free(sink->streams);
	sink->streams = NULL;
	sink->n_streams = 0;
	text_clear(&sink->lines);
}

static void loki_destroy(void *context)
{
	struct loki_sink *sink = context;

	http_client_free(sink->client);
	forget_streams(sink);
	text_free(&sink->lines);
	text_free(&sink->line);
	text_free(&sink->key);
	text_free(&sink->body);
	free(sink);
}

static void add_label(struct text_buffer *key, const char *name, const char *value)
{
	if (key->size > 1)
		text_byte(key, ',');
	text_json(key, name);
	text_byte(key, ':');
	text_json(key, value);
}

/* An empty label is no label. */
static const char *labels_of(struct loki_sink *sink, const struct item *item)
{
	text_clear(&sink->key);
	text_byte(&sink->key, '{');
	for (const char *const *pair = sink->labels; *pair; pair += 2)
		add_label(&sink->key, pair[0], pair[1]);
	for (size_t i = 0; i < sink->n_by; i++) {
		enum item_text text = label_texts[sink->by[i]];
		const char *value = text == N_ITEM_TEXTS ? item_kind_words[item->kind] : item->text[text];

		if (*value)
			add_label(&sink->key, label_words[sink->by[i]], value);
	}
	text_byte(&sink->key, '}');
	return text_string(&sink->key);
}

/* The one that was found last is mostly the one that is wanted next. */
static struct stream *stream_of(struct loki_sink *sink, const char *labels)
{
	struct stream *stream;

	for (size_t i = 0; i < sink->n_streams; i++) {
		if (!strcmp(sink->streams[i].labels, labels)) {
			struct stream found = sink->streams[i];

			memmove(sink->streams + 1, sink->streams, i * sizeof(found));
			sink->streams[0] = found;
			return sink->streams;
		}
	}
	sink->streams = grow(sink->streams, sink->n_streams, sizeof(*sink->streams));
	stream = &sink->streams[sink->n_streams++];
	*stream = (struct stream){ .labels = copy_text(labels, strlen(labels)) };
	return stream;
}

static void add_item(struct loki_sink *sink, const struct item *item, size_t number)
{
	struct stream *stream = stream_of(sink, labels_of(sink, item));
	size_t begin = sink->lines.size;
	struct entry *entry;

	text_clear(&sink->line);
	item_json(&sink->line, item, &sink->format);
	text_json(&sink->lines, text_string(&sink->line));
	stream->entries = grow(stream->entries, stream->n, sizeof(*stream->entries));
	entry = &stream->entries[stream->n++];
	*entry = (struct entry){ item->time_ns, begin, sink->lines.size - begin, number,
				   fnv_bytes(FNV_BASIS, sink->lines.data + begin, sink->lines.size - begin) };
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

static bool same_line(const struct loki_sink *sink, const struct entry *left, const struct entry *right)
{
	return left->hash == right->hash && left->size == right->size &&
	       !memcmp(sink->lines.data + left->line, sink->lines.data + right->line, left->size);
}

/* Not before the last, and not equal to one that was. */
static void place(const struct loki_sink *sink, const struct stream *stream, size_t at)
{
	struct entry *entries = stream->entries, *entry = &entries[at];

	if (at && entry->time_ns < entries[at - 1].time_ns)
		entry->time_ns = entries[at - 1].time_ns;
	for (size_t i = at; i && entries[i - 1].time_ns == entry->time_ns; i--) {
		if (same_line(sink, &entries[i - 1], entry)) {
			entry->time_ns++;
			return;
		}
	}
}

static void write_stream(struct loki_sink *sink, struct stream *stream)
{
	struct text_buffer *body = &sink->body;

	qsort(stream->entries, stream->n, sizeof(*stream->entries), compare_entries);
	text_add(body, "{\"stream\":");
	text_add(body, stream->labels);
	text_add(body, ",\"values\":[");
	for (size_t i = 0; i < stream->n; i++) {
		struct entry *entry = &stream->entries[i];

		place(sink, stream, i);
		text_print(body, "%s[\"%lld\",", i ? "," : "", (long long)entry->time_ns);
		text_bytes(body, sink->lines.data + entry->line, entry->size);
		text_byte(body, ']');
	}
	text_add(body, "]}");
}

static enum sink_result loki_write(void *context, const struct batch *batch, struct sink_error *error)
{
	struct loki_sink *sink = context;
	struct batch_cursor cursor;
	struct item item;
	size_t number = 0;

	if (!sink->client && !(sink->client = http_client_new(&sink->http)))
		return sink_fail(error, SINK_RETRY, "libcurl cannot be used");
	forget_streams(sink);
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item))
		add_item(sink, &item, number++);
	text_clear(&sink->body);
	text_add(&sink->body, "{\"streams\":[");
	for (size_t i = 0; i < sink->n_streams; i++) {
		if (i)
			text_byte(&sink->body, ',');
		write_stream(sink, &sink->streams[i]);
	}
	text_add(&sink->body, "]}");
	return http_client_post(sink->client, "/loki/api/v1/push", "application/json", sink->body.data, sink->body.size, error);
}

const struct sink_kind sink_loki = {
	.name = "loki",
	.create = loki_create,
	.write = loki_write,
	.divisible = true,
	.destroy = loki_destroy,
	.takes = 1 << ITEM_EVENT | 1 << ITEM_FLOW | 1 << ITEM_ALERT | 1 << ITEM_LOST,
};
