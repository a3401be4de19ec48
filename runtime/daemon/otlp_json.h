/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Items as OpenTelemetry sees them, in the JSON form of OTLP: 64-bit numbers are texts, trace-id and span-id are hexadecimal,
 * names of members are in lowerCamelCase. Attributes have the names of the semantic conventions where these have one, else
 * "packet_sentry.…".
 */
#ifndef SENTRY_DAEMON_OTLP_JSON_H
#define SENTRY_DAEMON_OTLP_JSON_H

#include "item.h"
#include "text_buffer.h"

#include <stdbool.h>

struct otlp_settings {
	const char *service;           /* service.name */
	const char *host;              /* host.name */
	const char *const *resource;   /* more attributes: name, value, …, NULL; may be NULL */
	const char *trace_id, *span_id; /* of log records; NULL: none */
};

/* A point each of these has per item. */
enum otlp_metric {
	OTLP_RULE_PACKETS,
	OTLP_RULE_BYTES,
	OTLP_TRAFFIC_PACKETS,
	OTLP_TRAFFIC_BYTES,
	OTLP_FLAGS_PACKETS,
	N_OTLP_METRICS,
};

/* A batch on its way: log records, and points by metric. */
struct otlp_batch {
	size_t n_records;  /* an item each */
	size_t n_counters; /* items that became points: one or two each */
	size_t n_points;
	struct text_buffer records;
	struct text_buffer points[N_OTLP_METRICS];
};

void otlp_clear(struct otlp_batch *batch);
void otlp_free(struct otlp_batch *batch);
void otlp_add(struct otlp_batch *batch, const struct item *item, const struct otlp_settings *settings, int64_t observed_ns);
/* The bodies of /v1/logs and /v1/metrics. */
void otlp_logs(struct text_buffer *buffer, const struct otlp_batch *batch, const struct otlp_settings *settings);
void otlp_metrics(struct text_buffer *buffer, const struct otlp_batch *batch, const struct otlp_settings *settings);

#endif
