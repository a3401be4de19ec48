/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "otlp_json.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

/* https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
enum severity {
	SEVERITY_INFO = 9,
	SEVERITY_WARN = 13,
	SEVERITY_ERROR = 17,
};

static void separate(struct text_buffer *buffer)
{
	if (buffer->size && buffer->data[buffer->size - 1] != '[')
		text_byte(buffer, ',');
}

static void begin_attribute(struct text_buffer *buffer, const char *name, const char *type)
{
	separate(buffer);
	text_add(buffer, "{\"key\":");
	text_json(buffer, name);
	text_print(buffer, ",\"value\":{\"%s\":", type);
}

static void text_attribute(struct text_buffer *buffer, const char *name, const char *value)
{
	if (!*value)
		return;
	begin_attribute(buffer, name, "stringValue");
	text_json(buffer, value);
	text_add(buffer, "}}");
}

static void number_attribute(struct text_buffer *buffer, const char *name, uint64_t value)
{
	begin_attribute(buffer, name, "intValue");
	/* The type is signed. */
	text_print(buffer, "\"%lld\"}}", value > INT64_MAX ? (long long)INT64_MAX : (long long)value);
}

static void decimal_attribute(struct text_buffer *buffer, const char *name, double value)
{
	begin_attribute(buffer, name, "doubleValue");
	text_decimal(buffer, value);
	text_add(buffer, "}}");
}

static void time_member(struct text_buffer *buffer, const char *name, int64_t time_ns)
{
	text_print(buffer, "\"%s\":\"%lld\"", name, (long long)time_ns);
}

static void rule_attributes(struct text_buffer *buffer, const struct item *item)
{
	text_attribute(buffer, "packet_sentry.policy", item->text[TEXT_POLICY]);
	text_attribute(buffer, "packet_sentry.block", item->text[TEXT_BLOCK]);
	text_attribute(buffer, "packet_sentry.rule", item->text[TEXT_RULE]);
	text_attribute(buffer, "packet_sentry.verdict", item->text[TEXT_VERDICT]);
}

static void where_attributes(struct text_buffer *buffer, const struct item *item)
{
	const char *direction = item->text[TEXT_DIRECTION];

	text_attribute(buffer, "network.interface.name", item->text[TEXT_INTERFACE]);
	text_attribute(buffer, "network.io.direction",
		       !strcmp(direction, "ingress") ? "receive" : !strcmp(direction, "egress") ? "transmit" : "");
}

static void ends_attributes(struct text_buffer *buffer, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	char address[ITEM_ADDRESS_SIZE], words[ITEM_WORDS_SIZE], id[ITEM_COMMUNITY_ID_SIZE];

	if (!ends->ip_version)
		return;
	text_attribute(buffer, "network.type", ends->ip_version == 4 ? "ipv4" : "ipv6");
	item_protocol(ends->protocol, words);
	for (char *letter = words; *letter; letter++)
		*letter = (char)tolower((unsigned char)*letter);
	text_attribute(buffer, "network.transport", words);
	text_attribute(buffer, "source.address", item_address(ends, ends->source, address));
	text_attribute(buffer, "destination.address", item_address(ends, ends->dest, address));
	if (item_has_ports(ends)) {
		number_attribute(buffer, "source.port", ends->source_port);
		number_attribute(buffer, "destination.port", ends->dest_port);
	}
	if (ends->protocol == IPPROTO_TCP && item_has_transport(ends)) {
		item_tcp_flags(ends->tcp_flags, words);
		text_attribute(buffer, "packet_sentry.tcp.flags", words);
	}
	if (item_has_icmp(ends)) {
		number_attribute(buffer, "packet_sentry.icmp.type", ends->icmp_type);
		number_attribute(buffer, "packet_sentry.icmp.code", ends->icmp_code);
	}
	if (ends->vlan != ITEM_NO_VLAN)
		number_attribute(buffer, "packet_sentry.vlan.id", ends->vlan);
	if (item_community_id(item, id))
		text_attribute(buffer, "packet_sentry.community_id", id);
}

static void flow_attributes(struct text_buffer *buffer, const struct item *item)
{
	static const char *const ends[] = { "active-timeout", "idle-timeout", "end-of-flow", "forced", "lack-of-resources" };

	number_attribute(buffer, "packet_sentry.packets_total", item->packets_total);
	number_attribute(buffer, "packet_sentry.bytes_total", item->bytes_total);
	number_attribute(buffer, "packet_sentry.first_unix_nano", (uint64_t)item->first_ns);
	number_attribute(buffer, "packet_sentry.last_unix_nano", (uint64_t)item->last_ns);
	text_attribute(buffer, "packet_sentry.end", ends[item->end]);
}

static void record_attributes(struct text_buffer *buffer, const struct item *item)
{
	text_attribute(buffer, "packet_sentry.kind", item->kind == ITEM_EVENT ? item->text[TEXT_NAME] : "");
	rule_attributes(buffer, item);
	if (item->line)
		number_attribute(buffer, "packet_sentry.rule.line", item->line);
	if (item->generation)
		number_attribute(buffer, "packet_sentry.generation", item->generation);
	where_attributes(buffer, item);
	text_attribute(buffer, "packet_sentry.hook", item->text[TEXT_HOOK]);
	ends_attributes(buffer, item);
	/* The same twice is one that was sent twice: HTTP does not always say whether it arrived. */
	text_print(buffer, ",{\"key\":\"packet_sentry.record\",\"value\":{\"stringValue\":\"%x-%llu\"}}", item->sequence_high,
		   (unsigned long long)item->sequence);
	if (item->kind == ITEM_ALERT) {
		text_attribute(buffer, "packet_sentry.alert", item->text[TEXT_NAME]);
		text_attribute(buffer, "packet_sentry.subject", item->text[TEXT_SUBJECT]);
		decimal_attribute(buffer, "packet_sentry.score", item->score);
		decimal_attribute(buffer, "packet_sentry.value", item->value);
		decimal_attribute(buffer, "packet_sentry.expected", item->expected);
		return;
	}
	number_attribute(buffer, "packet_sentry.packets", item->packets);
	number_attribute(buffer, "packet_sentry.bytes", item->bytes);
	if (item->kind == ITEM_FLOW)
		flow_attributes(buffer, item);
	if (item->kind == ITEM_EVENT && item->sampling > 1)
		number_attribute(buffer, "packet_sentry.sampling", item->sampling);
	text_attribute(buffer, item->kind == ITEM_LOST ? "packet_sentry.lost" : "packet_sentry.detection",
		       item->text[item->kind == ITEM_LOST ? TEXT_NAME : TEXT_SUBJECT]);
}

/* For people: "deny TCP 192.0.2.1:1025 > 198.51.100.2:22 by ssh". */
static void body(struct text_buffer *line, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	const char *rule = item->text[TEXT_RULE], *verdict = item->text[TEXT_VERDICT];
	char source[ITEM_ADDRESS_SIZE], dest[ITEM_ADDRESS_SIZE], words[ITEM_WORDS_SIZE];
	bool six = ends->ip_version == 6;

	text_clear(line);
	if (item->kind == ITEM_ALERT) {
		text_add(line, item->text[TEXT_DETAIL]);
		return;
	}
	if (item->kind == ITEM_LOST) {
		text_print(line, "%llu lost: %s", (unsigned long long)item->packets, item->text[TEXT_NAME]);
		return;
	}
	text_print(line, "%s", *verdict ? verdict : "see");
	if (ends->ip_version) {
		item_protocol(ends->protocol, words);
		item_address(ends, ends->source, source);
		item_address(ends, ends->dest, dest);
		if (item_has_ports(ends))
			text_print(line, six ? " %s [%s]:%u > [%s]:%u" : " %s %s:%u > %s:%u", words, source, ends->source_port, dest,
				   ends->dest_port);
		else
			text_print(line, " %s %s > %s", words, source, dest);
	} else {
		text_add(line, " a packet that is not IP");
	}
	if (*rule)
		text_print(line, " by %s", rule);
	if (item->kind == ITEM_FLOW)
		text_print(line, ": %llu packets, %llu bytes", (unsigned long long)item->packets, (unsigned long long)item->bytes);
}

static enum severity severity_of(const struct item *item)
{
	if (item->kind == ITEM_LOST)
		return SEVERITY_ERROR;
	if (item->kind == ITEM_ALERT || (item->kind == ITEM_EVENT && !strcmp(item->text[TEXT_NAME], "detect")))
		return SEVERITY_WARN;
	return SEVERITY_INFO;
}

static void add_record(struct otlp_batch *batch, const struct item *item, const struct otlp_settings *settings,
		       int64_t observed_ns)
{
	struct text_buffer *buffer = &batch->records, line = { 0 };
	enum severity severity = severity_of(item);

	if (batch->n_records++)
		text_byte(buffer, ',');
	text_byte(buffer, '{');
	time_member(buffer, "timeUnixNano", item->time_ns);
	text_byte(buffer, ',');
	time_member(buffer, "observedTimeUnixNano", observed_ns);
	text_print(buffer, ",\"severityNumber\":%d,\"severityText\":\"%s\",\"eventName\":\"packet_sentry.%s\",\"body\":{\"stringValue\":",
		   severity, severity == SEVERITY_INFO ? "INFO" : severity == SEVERITY_WARN ? "WARN" : "ERROR",
		   item_kind_words[item->kind]);
	body(&line, item);
	text_json(buffer, text_string(&line));
	text_free(&line);
	text_add(buffer, "},\"attributes\":[");
	record_attributes(buffer, item);
	text_byte(buffer, ']');
	if (settings->trace_id)
		text_print(buffer, ",\"traceId\":\"%s\"", settings->trace_id);
	if (settings->trace_id && settings->span_id)
		text_print(buffer, ",\"spanId\":\"%s\"", settings->span_id);
	text_byte(buffer, '}');
}

/* When a counter began to count is not known: it may be older than sentryd. So there is no startTimeUnixNano. */
static void add_point(struct otlp_batch *batch, enum otlp_metric metric, const struct item *item, uint64_t total)
{
	struct text_buffer *buffer = &batch->points[metric];

	if (buffer->size)
		text_byte(buffer, ',');
	text_byte(buffer, '{');
	time_member(buffer, "timeUnixNano", item->time_ns);
	text_print(buffer, ",\"asInt\":\"%lld\",\"attributes\":[", total > INT64_MAX ? (long long)INT64_MAX : (long long)total);
	rule_attributes(buffer, item);
	where_attributes(buffer, item);
	if (item->kind == ITEM_TRAFFIC)
		text_attribute(buffer, "packet_sentry.protocol", item->text[TEXT_NAME]);
	if (item->kind == ITEM_FLAGS)
		text_attribute(buffer, "packet_sentry.tcp.flags", *item->text[TEXT_NAME] ? item->text[TEXT_NAME] : "none");
	text_add(buffer, "]}");
	batch->n_points++;
}

void otlp_add(struct otlp_batch *batch, const struct item *item, const struct otlp_settings *settings, int64_t observed_ns)
{
	size_t points = batch->n_points;

	switch (item->kind) {
	case ITEM_RULE:
		add_point(batch, OTLP_RULE_PACKETS, item, item->packets_total);
		add_point(batch, OTLP_RULE_BYTES, item, item->bytes_total);
		break;
	case ITEM_TRAFFIC:
		add_point(batch, OTLP_TRAFFIC_PACKETS, item, item->packets_total);
		add_point(batch, OTLP_TRAFFIC_BYTES, item, item->bytes_total);
		break;
	case ITEM_FLAGS:
		add_point(batch, OTLP_FLAGS_PACKETS, item, item->packets_total);
		break;
	default:
		add_record(batch, item, settings, observed_ns);
	}
	batch->n_counters += batch->n_points > points;
}

void otlp_clear(struct otlp_batch *batch)
{
	batch->n_records = 0;
	batch->n_counters = 0;
	batch->n_points = 0;
	text_clear(&batch->records);
	for (size_t i = 0; i < N_OTLP_METRICS; i++)
		text_clear(&batch->points[i]);
}

void otlp_free(struct otlp_batch *batch)
{
	text_free(&batch->records);
	for (size_t i = 0; i < N_OTLP_METRICS; i++)
		text_free(&batch->points[i]);
}

static void begin_resource(struct text_buffer *buffer, const char *what, const char *scopes, const struct otlp_settings *settings)
{
	text_clear(buffer);
	text_print(buffer, "{\"%s\":[{\"resource\":{\"attributes\":[", what);
	text_attribute(buffer, "service.name", settings->service);
	text_attribute(buffer, "service.version", SENTRY_VERSION);
	text_attribute(buffer, "host.name", settings->host);
	for (const char *const *pair = settings->resource; pair && *pair; pair += 2)
		text_attribute(buffer, pair[0], pair[1]);
	text_print(buffer, "]},\"%s\":[{\"scope\":{\"name\":\"packet-sentry\",\"version\":\"" SENTRY_VERSION "\"},", scopes);
}

void otlp_logs(struct text_buffer *buffer, const struct otlp_batch *batch, const struct otlp_settings *settings)
{
	begin_resource(buffer, "resourceLogs", "scopeLogs", settings);
	text_add(buffer, "\"logRecords\":[");
	text_bytes(buffer, batch->records.data, batch->records.size);
	text_add(buffer, "]}]}]}");
}

void otlp_metrics(struct text_buffer *buffer, const struct otlp_batch *batch, const struct otlp_settings *settings)
{
	static const struct {
		const char *name, *unit, *description;
	} metrics[] = {
		[OTLP_RULE_PACKETS] = { "packet_sentry.rule.packets", "{packet}", "Packets that a rule matched." },
		[OTLP_RULE_BYTES] = { "packet_sentry.rule.bytes", "By", "Bytes of these, with their Ethernet headers." },
		[OTLP_TRAFFIC_PACKETS] = { "packet_sentry.traffic.packets", "{packet}", "Packets that policies decided." },
		[OTLP_TRAFFIC_BYTES] = { "packet_sentry.traffic.bytes", "By", "Bytes of these, with their Ethernet headers." },
		[OTLP_FLAGS_PACKETS] = { "packet_sentry.tcp.flags.packets", "{packet}", "TCP packets by their flags." },
	};

	begin_resource(buffer, "resourceMetrics", "scopeMetrics", settings);
	text_add(buffer, "\"metrics\":[");
	for (size_t i = 0; i < N_OTLP_METRICS; i++) {
		if (!batch->points[i].size)
			continue;
		separate(buffer);
		text_print(buffer, "{\"name\":\"%s\",\"unit\":\"%s\",\"description\":\"%s\",\"sum\":{\"aggregationTemporality\":2,"
				   "\"isMonotonic\":true,\"dataPoints\":[", metrics[i].name, metrics[i].unit, metrics[i].description);
		text_bytes(buffer, batch->points[i].data, batch->points[i].size);
		text_add(buffer, "]}}");
	}
	text_add(buffer, "]}]}]}");
}
