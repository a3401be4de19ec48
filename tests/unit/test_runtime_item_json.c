/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items of every kind as JSON in every schema: each reads back, holds what the item holds, and no key twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "item_json.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <string.h>

#define HURTS "a\"b\\c\n\x01\xff\xc3\xa9{}"
#define HURTS_CLEAN "a\"b\\c\n\x01\xef\xbf\xbd\xc3\xa9{}"

static const uint8_t frame[] = { 0x00, 0x1b, 0xff };
static const struct item_format native, ecs = { .schema = SCHEMA_ECS }, ocsf = { .schema = SCHEMA_OCSF };

static struct item full(enum item_kind kind)
{
	struct item item;

	item_clear(&item, kind);
	item.generation = 7;
	item.line = 24;
	item.sequence_high = 0xabcdef01;
	item.sequence = 42;
	item.time_ns = 1769767200123456789;
	item.text[TEXT_POLICY] = "edge";
	item.text[TEXT_BLOCK] = "ingress";
	item.text[TEXT_RULE] = HURTS;
	item.text[TEXT_VERDICT] = "deny";
	item.text[TEXT_DIRECTION] = "ingress";
	item.text[TEXT_INTERFACE] = "eth\"0";
	item.text[TEXT_HOOK] = "xdp";
	item.text[TEXT_NAME] = kind == ITEM_EVENT ? "sample" : kind == ITEM_FLAGS ? "SYN,ACK" : "TCP";
	item.text[TEXT_SUBJECT] = "10.20.1.9";
	item.text[TEXT_DETAIL] = "something " HURTS;
	item.packets = 3;
	item.bytes = 4294967297;
	item.packets_total = 9;
	item.bytes_total = UINT64_MAX >> 1;
	item.first_ns = 1769767100000000000;
	item.last_ns = 1769767199999999999;
	item.sampling = 100;
	item.end = FLOW_END_CLOSED;
	item.score = 4.5;
	item.value = 1e9;
	item.expected = 0.1;
	if (kind == ITEM_EVENT) {
		item.frame = frame;
		item.captured = sizeof(frame);
	}
	if (kind == ITEM_EVENT || kind == ITEM_FLOW || kind == ITEM_ALERT) {
		item.ends = (struct item_ends){ .ip_version = 4, .protocol = IPPROTO_TCP, .source_port = 40000,
						.dest_port = 22, .tcp_flags = 0x12, .vlan = 7, .fragment = 1 };
		inet_pton(AF_INET, "10.20.1.9", item.ends.source);
		inet_pton(AF_INET, "192.0.2.10", item.ends.dest);
	}
	return item;
}

static json_t *read_back(const struct item *item, const struct item_format *format)
{
	struct text_buffer buffer = { 0 };
	json_error_t error;
	json_t *object;

	item_json(&buffer, item, format);
	assert_null(memchr(buffer.data, '\n', buffer.size));
	object = json_loadb(buffer.data, buffer.size, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		fail_msg("%.*s: %s at %d", (int)buffer.size, buffer.data, error.text, error.position);
	text_free(&buffer);
	assert_true(json_is_object(object));
	return object;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "(none)";
}

static json_int_t number_of(const json_t *object, const char *key)
{
	json_t *number = json_object_get(object, key);

	return json_is_integer(number) ? json_integer_value(number) : -1;
}

static void holds_ends(const json_t *object)
{
	assert_string_equal(text_of(object, "source_ip"), "10.20.1.9");
	assert_string_equal(text_of(object, "dest_ip"), "192.0.2.10");
	assert_int_equal(number_of(object, "source_port"), 40000);
	assert_int_equal(number_of(object, "dest_port"), 22);
	assert_string_equal(text_of(object, "protocol"), "TCP");
	assert_string_equal(text_of(object, "tcp_flags"), "SYN,ACK");
	assert_string_equal(text_of(object, "fragment"), "first");
}

/* As ocsf and ecs have it in themselves. */
static void holds_native(const json_t *object, enum item_kind kind)
{
	static const char *const schemas[] = { "event", "flow", "rule-counter", "traffic-counter", "flags-counter", "alert", "event" };
	char schema[64];

	snprintf(schema, sizeof(schema), "packet-sentry/%s/v1", schemas[kind]);
	assert_string_equal(text_of(object, "schema"), schema);
	assert_string_equal(text_of(object, "timestamp"), "2026-01-30T10:00:00.123456789Z");
	assert_string_equal(text_of(object, "kind"), kind == ITEM_EVENT ? "sample" : item_kind_words[kind]);
	assert_string_equal(text_of(object, "policy"), "edge");
	assert_string_equal(text_of(object, "rule"), HURTS_CLEAN);
	assert_string_equal(text_of(object, "verdict"), "deny");
	assert_string_equal(text_of(object, "interface"), "eth\"0");
	assert_int_equal(number_of(object, "generation"), 7);
	assert_int_equal(number_of(object, "rule_line"), 24);
	if (kind != ITEM_ALERT && kind != ITEM_LOST)
		assert_int_equal(number_of(object, "bytes"), 4294967297);
	switch (kind) {
	case ITEM_EVENT:
		holds_ends(object);
		assert_string_equal(text_of(object, "frame"), "001bff");
		assert_int_equal(number_of(object, "sampling"), 100);
		assert_int_equal(number_of(object, "vlan"), 7);
		assert_string_equal(text_of(object, "detection"), "10.20.1.9");
		assert_memory_equal(text_of(object, "community_id"), "1:", 2);
		break;
	case ITEM_FLOW:
		holds_ends(object);
		assert_int_equal(number_of(object, "packets"), 3);
		assert_int_equal(number_of(object, "bytes_total"), (json_int_t)(UINT64_MAX >> 1));
		assert_string_equal(text_of(object, "first_seen"), "2026-01-30T09:58:20.000000000Z");
		assert_string_equal(text_of(object, "last_seen"), "2026-01-30T09:59:59.999999999Z");
		assert_string_equal(text_of(object, "end"), "end-of-flow");
		break;
	case ITEM_ALERT:
		holds_ends(object);
		assert_string_equal(text_of(object, "message"), "something " HURTS_CLEAN);
		assert_true(json_real_value(json_object_get(object, "expected")) == 0.1);
		assert_true(json_number_value(json_object_get(object, "value")) == 1e9);
		break;
	case ITEM_TRAFFIC:
		assert_string_equal(text_of(object, "protocol"), "TCP");
		break;
	case ITEM_FLAGS:
		assert_string_equal(text_of(object, "tcp_flags"), "SYN,ACK");
		break;
	case ITEM_LOST:
		assert_int_equal(number_of(object, "lost"), 3);
		break;
	default:
		assert_int_equal(number_of(object, "packets_total"), 9);
	}
}

static void native_form(void **state)
{
	for (enum item_kind kind = 0; kind < N_ITEM_KINDS; kind++) {
		struct item item = full(kind);
		json_t *object = read_back(&item, &native), *again = read_back(&item, NULL);

		holds_native(object, kind);
		assert_true(json_equal(object, again));
		json_decref(object);
		json_decref(again);
	}
}

/* The names that `fields` may have are those that are written, no more and no fewer. */
static void named_fields(void **state)
{
	const struct item_format all = { .fields = item_fields };
	size_t written = 0;

	for (enum item_kind kind = 0; kind < N_ITEM_KINDS; kind++) {
		struct item item = full(kind);
		json_t *object = read_back(&item, &native), *again = read_back(&item, &all);

		assert_true(json_equal(object, again));
		json_decref(object);
		json_decref(again);
	}
	for (const char *const *field = item_fields; *field; field++) {
		const char *const one[] = { *field, NULL };
		const struct item_format format = { .fields = one };
		size_t here = 0;

		for (unsigned int i = 0; i < 2 * N_ITEM_KINDS; i++) {
			struct item item = full(i / 2);
			json_t *object;

			if (i % 2)
				item.ends.protocol = IPPROTO_ICMP;
			object = read_back(&item, &format);
			here += json_object_size(object);
			assert_true(json_object_size(object) == (json_object_get(object, *field) ? 1u : 0u));
			json_decref(object);
		}
		if (!here)
			fail_msg("%s: no item has it", *field);
		written++;
	}
	assert_true(written > 30);
}

static void ecs_form(void **state)
{
	for (enum item_kind kind = 0; kind < N_ITEM_KINDS; kind++) {
		struct item item = full(kind);
		json_t *object = read_back(&item, &ecs);
		const json_t *event = json_object_get(object, "event");

		holds_native(json_object_get(object, "packet_sentry"), kind);
		assert_string_equal(text_of(object, "@timestamp"), "2026-01-30T10:00:00.123456789Z");
		assert_string_equal(text_of(json_object_get(object, "ecs"), "version"), "8.11.0");
		assert_string_equal(text_of(event, "kind"), kind == ITEM_ALERT ? "alert" : kind == ITEM_LOST ? "pipeline_error" :
				    kind == ITEM_EVENT || kind == ITEM_FLOW ? "event" : "metric");
		assert_true(json_is_array(json_object_get(event, "category")));
		assert_true(json_is_array(json_object_get(event, "type")));
		assert_string_equal(text_of(json_object_get(object, "rule"), "name"), HURTS_CLEAN);
		if (item.ends.ip_version) {
			assert_string_equal(text_of(json_object_get(object, "source"), "ip"), "10.20.1.9");
			assert_int_equal(number_of(json_object_get(object, "destination"), "port"), 22);
			assert_string_equal(text_of(json_object_get(object, "network"), "type"), "ipv4");
			assert_string_equal(text_of(json_object_get(object, "network"), "transport"), "tcp");
		}
		json_decref(object);
	}
}

static void ocsf_form(void **state)
{
	for (enum item_kind kind = 0; kind < N_ITEM_KINDS; kind++) {
		struct item item = full(kind);
		json_t *object = read_back(&item, &ocsf);

		holds_native(json_object_get(object, "unmapped"), kind);
		assert_int_equal(number_of(object, "class_uid"), kind == ITEM_ALERT ? 2004 : 4001);
		assert_int_equal(number_of(object, "type_uid"), kind == ITEM_ALERT ? 200401 : 400106);
		assert_int_equal(number_of(object, "time"), 1769767200123);
		if (kind == ITEM_ALERT)
			assert_string_equal(text_of(json_object_get(object, "finding_info"), "uid"), "abcdef01-42");
		else
			assert_int_equal(number_of(json_object_get(object, "traffic"), "bytes"), 4294967297);
		if (kind == ITEM_EVENT || kind == ITEM_FLOW) {
			assert_string_equal(text_of(json_object_get(object, "src_endpoint"), "ip"), "10.20.1.9");
			assert_int_equal(number_of(json_object_get(object, "dst_endpoint"), "port"), 22);
		}
		json_decref(object);
	}
}

/* All that can be missing is missing, or is there in another form. */
static void sparse(void **state)
{
	for (unsigned int bits = 0; bits < N_ITEM_KINDS * 2048; bits++) {
		enum item_kind kind = bits % N_ITEM_KINDS;
		unsigned int random = bits / N_ITEM_KINDS;
		static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_ICMPV6, 255 };
		struct item item = full(kind);

		item.text[TEXT_POLICY] = random & 1 ? "p" : "";
		item.text[TEXT_RULE] = random & 2 ? "r" : "";
		item.text[TEXT_VERDICT] = random & 4 ? "reject" : "";
		item.text[TEXT_DIRECTION] = random & 8 ? "egress" : "";
		item.text[TEXT_INTERFACE] = random & 16 ? "eth0" : "";
		item.ends.ip_version = random & 32 ? 0 : random & 64 ? 6 : 4;
		item.ends.protocol = protocols[random >> 7 & 3];
		item.ends.fragment = random & 512 ? 2 : 0;
		item.sequence = random & 1024;
		for (enum item_schema schema = 0; schema < N_ITEM_SCHEMAS; schema++) {
			struct item_format format = { .schema = schema };

			json_decref(read_back(&item, &format));
		}
	}
}

static void selected_fields(void **state)
{
	static const char *const some[] = { "rule", "timestamp", "nonsense", "source_port", NULL }, *const none[] = { NULL };
	struct item item = full(ITEM_EVENT);
	struct item_format format = { .fields = some };
	json_t *object = read_back(&item, &format);

	assert_int_equal(json_object_size(object), 3);
	assert_string_equal(text_of(object, "rule"), HURTS_CLEAN);
	assert_int_equal(number_of(object, "source_port"), 40000);
	json_decref(object);
	format.fields = none;
	object = read_back(&item, &format);
	assert_int_equal(json_object_size(object), 0);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_form), cmocka_unit_test(named_fields), cmocka_unit_test(ecs_form), cmocka_unit_test(ocsf_form),
		cmocka_unit_test(sparse), cmocka_unit_test(selected_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
