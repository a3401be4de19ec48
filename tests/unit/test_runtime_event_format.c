/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Ring buffer records as JSON and text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event_format.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct manifest_block blocks[] = {
	{ "ingress", "in", DIRECTION_INGRESS, true, false, 0, NULL, false },
	{ "egress", "out", DIRECTION_EGRESS, false, false, 0, NULL, false },
};
static struct manifest_rule rules[] = {
	{ .name = "ssh", .block = "ingress", .verdict = "deny", .action = "deny", .line = 24 },
	{ .name = "watch", .block = "egress", .verdict = "", .action = "sample" },
	{ .name = "many", .block = "ingress", .verdict = "deny", .action = "rate-limit", .line = 9 },
	{ .name = "ports", .block = "ingress", .verdict = "deny", .action = "rate-limit", .detect = "port-scan", .line = 8 },
};
static struct attachment items[] = {
	{ { MEANS_XDP, DIRECTION_INGRESS, 2 }, "eth0", 0, "in", "ingress" },
	{ { MEANS_CLSACT, DIRECTION_EGRESS, 2 }, "eth0", 0, "out", "egress" },
	{ { MEANS_TCX, DIRECTION_EGRESS, 2 }, "eth0", 1, "out", "egress" },
};
static struct manifest parts[] = {
	{ .policy = "edge", .n_blocks = 2, .blocks = blocks, .n_rules = 4, .rules = rules },
	{ .policy = "mgmt", .n_blocks = 2, .blocks = blocks, .n_rules = 1, .rules = &rules[1] },
};
static const struct record record = {
	.generation = 3,
	.n_parts = 2,
	.parts = parts,
	.n = 3,
	.items = items,
};

static struct sentry_event tcp_syn(void)
{
	struct sentry_event event = {
		.time_ns = 1, .slot = 0, .ifindex = 2, .sampling = 1, .bytes = 74, .source_port = htons(40000),
		.dest_port = htons(22), .vlan = SENTRY_NO_VLAN, .kind = SENTRY_EVENT_LOG, .verdict = SENTRY_DENY,
		.ip_version = 4, .protocol = 6, .tcp_flags = 2,
	};

	inet_pton(AF_INET, "10.20.1.9", event.source);
	inet_pton(AF_INET, "192.0.2.10", event.dest);
	return event;
}

static struct event_view view_of(const struct sentry_event *event)
{
	return (struct event_view){
		.event = event, .record = &record, .interface = "eth0", .clock_offset = 1769767200123456788LL,
	};
}

static void check_json(const struct sentry_event *event, const char *expected)
{
	struct event_view view = view_of(event);
	json_t *json = event_json(&view);
	char *text = json_dumps(json, JSON_COMPACT);

	assert_string_equal(text, expected);
	free(text);
	json_decref(json);
}

/* The bytes that were captured of a sample's frame. */
static void sample_shows_the_frame(void **state)
{
	static const __u8 frame[] = { 0x02, 0x00, 0xff, 0x9a };
	struct sentry_event event = tcp_syn();
	struct event_view view = view_of(&event);
	json_t *json;

	event.kind = SENTRY_EVENT_SAMPLE;
	view.frame = frame;
	view.captured = sizeof(frame);
	json = event_json(&view);
	assert_string_equal(json_string_value(json_object_get(json, "frame")), "0200ff9a");
	json_decref(json);
}

static void check_text(const struct sentry_event *event, const char *expected)
{
	struct event_view view = view_of(event);
	char text[512];
	FILE *out = fmemopen(text, sizeof(text), "w");

	event_text(&view, out);
	fclose(out);
	assert_string_equal(text, expected);
}

#define START "{\"schema\":\"packet-sentry/event/v1\",\"timestamp\":\"2026-01-30T10:00:00.123456789Z\","
#define SSH                                                                                                   \
	"\"kind\":\"log\",\"policy\":\"edge\",\"generation\":3,\"block\":\"ingress\",\"rule\":\"ssh\",\"rule_line\":24,"            \
	"\"verdict\":\"deny\",\"direction\":\"ingress\",\"interface\":\"eth0\",\"hook\":\"xdp\","

/* No record can make the sum of its time and the clock's offset overflow, which the sanitizer would tell. */
static void a_time_beyond_all(void **state)
{
	struct sentry_event event = tcp_syn();
	struct event_view view = view_of(&event);
	json_t *json;

	event.time_ns = INT64_MAX;
	json = event_json(&view);
	assert_int_equal(strlen(json_string_value(json_object_get(json, "timestamp"))), 30);
	json_decref(json);
}

/* What is shorter than a record is none; of a sample no more is shown than it has room for. */
static void records_as_they_come(void **state)
{
	struct sentry_sample from = { .event = tcp_syn(), .captured = 1000 }, sample;
	struct event_view view = { 0 };

	assert_false(event_read(&view, &sample, &from, sizeof(from.event) - 1));
	assert_true(event_read(&view, &sample, &from, sizeof(from.event)));
	assert_int_equal(view.captured, 0);
	assert_true(event_read(&view, &sample, &from, sizeof(from)));
	assert_int_equal(view.captured, SENTRY_SAMPLE_BYTES);
	assert_memory_equal(view.event, &from.event, sizeof(from.event));
}

static void tcp(void **state)
{
	struct sentry_event event = tcp_syn();

	check_json(&event, START SSH
		   "\"source_ip\":\"10.20.1.9\",\"source_port\":40000,\"dest_ip\":\"192.0.2.10\",\"dest_port\":22,"
		   "\"protocol\":\"TCP\",\"tcp_flags\":\"SYN\",\"bytes\":74,\"community_id\":\"1:"
		   "7AbNHmyv9cHOdppvUAy8LNrWNfQ=\"}");
	check_text(&event, "2026-01-30T10:00:00.123456789Z log    deny   ssh  ingress eth0  "
			   "TCP 10.20.1.9:40000 > 192.0.2.10:22 SYN 74 bytes\n");
	event.tcp_flags = 0xff;
	event.vlan = 100;
	check_text(&event, "2026-01-30T10:00:00.123456789Z log    deny   ssh  ingress eth0  "
			   "TCP 10.20.1.9:40000 > 192.0.2.10:22 FIN,SYN,RST,PSH,ACK,URG,ECE,CWR vlan 100 74 bytes\n");
}

/* Its ports are unknown, hence also its flow. */
static void later_fragment(void **state)
{
	struct sentry_event event = tcp_syn();

	event.fragment = 2;
	event.source_port = event.dest_port = 0;
	check_json(&event, START SSH
		   "\"source_ip\":\"10.20.1.9\",\"dest_ip\":\"192.0.2.10\",\"protocol\":\"TCP\",\"fragment\":\"later\","
		   "\"bytes\":74}");
}

/* A sample does not decide: no verdict. Protocol 1 in IPv6 has no ICMP fields. */
static void sample_of_ipv6(void **state)
{
	struct sentry_event event = tcp_syn();

	event.slot = 1;
	event.kind = SENTRY_EVENT_SAMPLE;
	event.sampling = 1000;
	event.ip_version = 6;
	event.protocol = 58;
	event.icmp_type = 128;
	event.verdict = SENTRY_ALLOW;
	inet_pton(AF_INET6, "3ffe:507:0:1:200:86ff:fe05:80da", event.source);
	inet_pton(AF_INET6, "3ffe:501:0:1001::2", event.dest);
	check_json(
		&event, START
		"\"kind\":\"sample\",\"policy\":\"edge\",\"generation\":3,\"block\":\"egress\",\"rule\":\"watch\",\"direction\":\"egress\","
		"\"interface\":\"eth0\",\"hook\":\"clsact\",\"source_ip\":\"3ffe:507:0:1:200:86ff:fe05:80da\","
		"\"dest_ip\":\"3ffe:501:0:1001::2\",\"protocol\":\"ICMPv6\",\"icmp_type\":128,\"icmp_code\":0,"
		"\"bytes\":74,"
		"\"sampling\":1000,\"community_id\":\"1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=\"}");
	event.protocol = 1;
	check_text(&event, "2026-01-30T10:00:00.123456789Z sample -      watch  egress eth0  "
			   "ICMP 3ffe:507:0:1:200:86ff:fe05:80da > 3ffe:501:0:1001::2 74 bytes 1/1000\n");
}

/* A record of a slot or interface that the record does not know is still printed, with what is known. */
static void unknown_slot(void **state)
{
	struct sentry_event event = tcp_syn();
	struct event_view view = view_of(&event);
	json_t *json;

	event.slot = 4;
	event.protocol = 253;
	view.interface = NULL;
	json = event_json(&view);
	assert_null(json_object_get(json, "rule"));
	assert_null(json_object_get(json, "verdict"));
	assert_null(json_object_get(json, "hook"));
	assert_null(json_object_get(json, "interface"));
	assert_null(json_object_get(json, "source_port"));
	assert_string_equal(json_string_value(json_object_get(json, "protocol")), "253");
	json_decref(json);
}

static void check_kind(struct sentry_event *event, const char *kind, const char *detection)
{
	struct event_view view = view_of(event);
	json_t *json = event_json(&view);

	assert_string_equal(event_kind(&view), kind);
	assert_string_equal(event_detection(&view), detection ? detection : "");
	assert_string_equal(json_string_value(json_object_get(json, "kind")), kind);
	if (detection)
		assert_string_equal(json_string_value(json_object_get(json, "detection")), detection);
	else
		assert_null(json_object_get(json, "detection"));
	json_decref(json);
}

/* The kernel writes records and samples; the rule says what a record means. */
static void kinds_of_records(void **state)
{
	struct sentry_event event = tcp_syn();

	check_kind(&event, "log", NULL);
	event.slot = 2;
	check_kind(&event, "limit", NULL);
	event.slot = 3;
	check_kind(&event, "detect", "port-scan");
	check_text(&event, "2026-01-30T10:00:00.123456789Z detect deny   ports  ingress eth0  "
			   "TCP 10.20.1.9:40000 > 192.0.2.10:22 SYN 74 bytes port-scan\n");
	event.kind = SENTRY_EVENT_SAMPLE;
	check_kind(&event, "sample", NULL);
	event.slot = 4;
	check_kind(&event, "sample", NULL);
}

/* The slot is one of its policy; hook and name are of that too. */
static void second_policy(void **state)
{
	struct sentry_event event = tcp_syn();
	struct event_view view = view_of(&event);
	json_t *json;

	view.part = 1;
	json = event_json(&view);
	assert_string_equal(json_string_value(json_object_get(json, "policy")), "mgmt");
	assert_string_equal(json_string_value(json_object_get(json, "rule")), "watch");
	assert_string_equal(json_string_value(json_object_get(json, "hook")), "tcx");
	json_decref(json);
	event.slot = 1;
	json = event_json(&view);
	assert_null(json_object_get(json, "rule"));
	json_decref(json);
}

static void timestamps(void **state)
{
	char text[TIMESTAMP_SIZE];

	event_timestamp(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
	event_timestamp(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
	event_timestamp(INT64_MAX, text);
	assert_string_equal(text, "2262-04-11T23:47:16.854775807Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp),
		cmocka_unit_test(later_fragment),
		cmocka_unit_test(sample_of_ipv6),
		cmocka_unit_test(sample_shows_the_frame),
		cmocka_unit_test(unknown_slot),
		cmocka_unit_test(kinds_of_records),
		cmocka_unit_test(second_policy),
		cmocka_unit_test(timestamps),
		cmocka_unit_test(a_time_beyond_all),
		cmocka_unit_test(records_as_they_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
