/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items as rows: PostgreSQL's binary COPY, ClickHouse's JSONEachRow, InfluxDB's line protocol; names made to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "clickhouse_rows.h"
#include "influx_lines.h"
#include "item_columns.h"
#include "postgres_copy.h"
#include "postgres_schema.h"
#include "url_text.h"

#include <arpa/inet.h>
#include <endian.h>
#include <jansson.h>
#include <string.h>

#define HURTS "'; DROP TABLE events; --\\. \"x\"\t\r\n{}$1\xff\xc3\xa9\\"
#define HURTS_CLEAN "'; DROP TABLE events; --\\. \"x\"\t\r\n{}$1\xef\xbf\xbd\xc3\xa9\\"

static const uint8_t frame[] = { 0x00, 0xff, 0x5c, 0x0a, 0x22, 0x00 };

static struct item event(void)
{
	struct item item;

	item_clear(&item, ITEM_EVENT);
	item.generation = 3;
	item.line = 24;
	item.sequence_high = 0xfedcba98;
	item.sequence = 1234567;
	item.time_ns = 1769767200123456789LL;
	item.text[TEXT_POLICY] = "edge";
	item.text[TEXT_BLOCK] = "ingress";
	item.text[TEXT_RULE] = HURTS;
	item.text[TEXT_VERDICT] = "deny";
	item.text[TEXT_DIRECTION] = "ingress";
	item.text[TEXT_INTERFACE] = "eth0";
	item.text[TEXT_HOOK] = "xdp";
	item.text[TEXT_NAME] = "sample";
	item.packets = 1;
	item.bytes = 74;
	item.sampling = 100;
	item.frame = frame;
	item.captured = sizeof(frame);
	item.ends = (struct item_ends){ .ip_version = 4, .protocol = IPPROTO_TCP, .source_port = 40000, .dest_port = 22,
					.tcp_flags = 0x12, .vlan = 7 };
	inet_pton(AF_INET, "10.20.1.9", item.ends.source);
	inet_pton(AF_INET, "192.0.2.10", item.ends.dest);
	return item;
}

static struct item ping(void)
{
	struct item item = event();

	item.text[TEXT_RULE] = "ping";
	item.text[TEXT_NAME] = "log";
	item.captured = 0;
	item.line = 0;
	item.ends = (struct item_ends){ .ip_version = 6, .protocol = IPPROTO_ICMPV6, .icmp_type = 128, .icmp_code = 1,
					.vlan = ITEM_NO_VLAN };
	inet_pton(AF_INET6, "2001:db8::1", item.ends.source);
	inet_pton(AF_INET6, "2001:db8::2", item.ends.dest);
	return item;
}

/* A field of a row of binary COPY, by the name of its column. */
struct field {
	uint32_t size; /* 0xffffffff: NULL */
	const uint8_t *bytes;
};

static uint32_t take32(const uint8_t **at)
{
	uint32_t number;

	memcpy(&number, *at, sizeof(number));
	*at += sizeof(number);
	return be32toh(number);
}

static struct field field_of(const struct text_buffer *rows, const struct item *item, enum column_field wanted)
{
	const enum column_field *columns = item_table_columns(item->kind);
	const uint8_t *at = (const uint8_t *)rows->data, *end = at + rows->size;
	struct field found = { .size = 0 };
	uint16_t n = 0;

	assert_memory_equal(at, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	at += 19;
	while (columns[n] != N_COLUMN_FIELDS)
		n++;
	assert_int_equal(at[0] << 8 | at[1], n);
	at += 2;
	for (uint16_t i = 0; i < n; i++) {
		uint32_t size = take32(&at);

		if (columns[i] == wanted)
			found = (struct field){ size, at };
		at += size == 0xffffffff ? 0 : size;
	}
	assert_memory_equal(at, "\377\377", 2);
	assert_ptr_equal(at + 2, end);
	return found;
}

static void copy_one(struct text_buffer *rows, const struct item *item)
{
	text_clear(rows);
	postgres_copy_begin(rows);
	postgres_copy_row(rows, item, "web\xfe");
	postgres_copy_end(rows);
}

static void assert_field(const struct text_buffer *rows, const struct item *item, enum column_field wanted,
			 const void *bytes, size_t size)
{
	struct field field = field_of(rows, item, wanted);

	assert_int_equal(field.size, size);
	assert_memory_equal(field.bytes, bytes, size);
}

static uint64_t number_of(const struct text_buffer *rows, const struct item *item, enum column_field wanted)
{
	struct field field = field_of(rows, item, wanted);
	uint64_t number = 0;

	assert_in_range(field.size, 2, 8);
	for (uint32_t i = 0; i < field.size; i++)
		number = number << 8 | field.bytes[i];
	return number;
}

static void test_postgres_values(void **state)
{
	static const uint8_t source[] = { 2, 32, 0, 4, 10, 20, 1, 9 };
	struct text_buffer rows = { 0 };
	struct item item = event();

	copy_one(&rows, &item);
	assert_field(&rows, &item, FIELD_RULE, HURTS_CLEAN, strlen(HURTS_CLEAN));
	assert_field(&rows, &item, FIELD_HOST, "web\xef\xbf\xbd", 6);
	assert_field(&rows, &item, FIELD_TCP_FLAGS, "SYN,ACK", 7);
	assert_field(&rows, &item, FIELD_SOURCE_IP, source, sizeof(source));
	assert_field(&rows, &item, FIELD_FRAME, frame, sizeof(frame));
	assert_field(&rows, &item, FIELD_DETECTION, "", 0);
	assert_int_equal(number_of(&rows, &item, FIELD_TIME), 1769767200123456LL - 946684800000000LL);
	assert_int_equal(number_of(&rows, &item, FIELD_RUN), 0xfedcba98);
	assert_int_equal(number_of(&rows, &item, FIELD_SOURCE_PORT), 40000);
	assert_int_equal(number_of(&rows, &item, FIELD_VLAN), 7);
	assert_int_equal(field_of(&rows, &item, FIELD_ICMP_TYPE).size, 0xffffffff);
	text_free(&rows);
}

static void test_postgres_edges(void **state)
{
	static const uint8_t source[] = { 3, 128, 0, 16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct text_buffer rows = { 0 };
	struct item item = ping();

	item.time_ns = -1;
	item.bytes = UINT64_MAX;
	copy_one(&rows, &item);
	assert_field(&rows, &item, FIELD_SOURCE_IP, source, sizeof(source));
	assert_int_equal((int64_t)number_of(&rows, &item, FIELD_TIME), -946684800000001LL);
	assert_int_equal(number_of(&rows, &item, FIELD_BYTES), INT64_MAX);
	assert_int_equal(number_of(&rows, &item, FIELD_ICMP_CODE), 1);
	assert_int_equal(field_of(&rows, &item, FIELD_SOURCE_PORT).size, 0xffffffff);
	assert_int_equal(field_of(&rows, &item, FIELD_LINE).size, 0xffffffff);
	assert_int_equal(field_of(&rows, &item, FIELD_VLAN).size, 0xffffffff);
	assert_int_equal(field_of(&rows, &item, FIELD_FRAME).size, 0xffffffff);
	item.ends.ip_version = 0;
	copy_one(&rows, &item);
	assert_int_equal(field_of(&rows, &item, FIELD_SOURCE_IP).size, 0xffffffff);
	assert_int_equal(field_of(&rows, &item, FIELD_PROTOCOL).size, 0);
	text_free(&rows);
}

static void test_postgres_statement(void **state)
{
	struct text_buffer sql = { 0 };

	postgres_copy_statement(&sql, ITEM_LOST);
	assert_string_equal(text_string(&sql), "COPY lost (time, host, run, sequence, generation, policy, interface, what, lost, "
					       "bytes) FROM STDIN (FORMAT binary)");
	text_free(&sql);
	assert_true(postgres_schema_name_is_plain("packet_sentry2"));
	assert_false(postgres_schema_name_is_plain(""));
	assert_false(postgres_schema_name_is_plain("2packets"));
	assert_false(postgres_schema_name_is_plain("a; DROP"));
	assert_false(postgres_schema_name_is_plain("Sentry"));
	assert_false(postgres_schema_name_is_plain("a23456789b123456789c123456789d123456789e123456789f123456789g1234"));
}

static json_t *row_of(const struct item *item)
{
	struct text_buffer rows = { 0 };
	json_t *row;

	clickhouse_row(&rows, item, "web\"\\");
	assert_ptr_equal(strchr(text_string(&rows), '\n'), rows.data + rows.size - 1);
	row = json_loadb(rows.data, rows.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(row);
	text_free(&rows);
	return row;
}

static void assert_text(const json_t *row, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(row, name));

	assert_non_null(value);
	assert_string_equal(value, text);
}

static void test_clickhouse_values(void **state)
{
	struct item item = event();
	json_t *row = row_of(&item);

	assert_text(row, "rule", HURTS_CLEAN);
	assert_text(row, "host", "web\"\\");
	assert_text(row, "time", "2026-01-30 10:00:00");
	assert_int_equal(json_integer_value(json_object_get(row, "time_ns")), 1769767200123456789LL);
	assert_text(row, "source_ip", "10.20.1.9");
	assert_int_equal(json_integer_value(json_object_get(row, "dest_port")), 22);
	assert_text(row, "frame", "00ff5c0a2200");
	assert_true(json_is_null(json_object_get(row, "icmp_type")));
	json_decref(row);
	item = ping();
	item.time_ns = -5;
	row = row_of(&item);
	assert_text(row, "time", "1970-01-01 00:00:00");
	assert_int_equal(json_integer_value(json_object_get(row, "time_ns")), -5);
	assert_text(row, "dest_ip", "2001:db8::2");
	assert_true(json_is_null(json_object_get(row, "source_port")));
	assert_text(row, "frame", "");
	json_decref(row);
}

static void test_clickhouse_tables(void **state)
{
	struct text_buffer sql = { 0 };

	clickhouse_table(&sql, "d", ITEM_LOST);
	assert_string_equal(text_string(&sql),
			    "CREATE TABLE IF NOT EXISTS d.lost (time DateTime('UTC'), time_ns Int64, host String, run UInt32, "
			    "sequence UInt64, generation UInt32, policy String, interface String, what String, lost UInt64, "
			    "bytes UInt64) ENGINE = ReplacingMergeTree() PARTITION BY toYYYYMMDD(time) ORDER BY "
			    "(time, host, run, sequence)");
	text_free(&sql);
}

static void assert_line(const struct item *item, const char *host, const char *wanted)
{
	struct text_buffer lines = { 0 };

	influx_line(&lines, item, host);
	assert_string_equal(text_string(&lines), wanted);
	text_free(&lines);
}

static void test_influx_lines(void **state)
{
	struct item item;

	item_clear(&item, ITEM_LOST);
	item.time_ns = 1769767200123456789LL;
	item.sequence = 42;
	item.sequence_high = 9;
	item.text[TEXT_NAME] = "flow records";
	item.text[TEXT_POLICY] = "a,b=c\\";
	item.packets = UINT64_MAX;
	assert_line(&item, "h 1", "lost,host=h\\ 1,policy=a\\,b\\=c/,what=flow\\ records "
				  "time_ns=1769767200123456789i,run=9i,sequence=42i,generation=0i,lost=9223372036854775807i,bytes=0i "
				  "1769767200123000042\n");
	item_clear(&item, ITEM_ALERT);
	item.time_ns = 1000000;
	item.sequence = 1;
	item.text[TEXT_NAME] = "one\ntwo";
	item.text[TEXT_SUBJECT] = HURTS;
	item.score = 2.5;
	assert_line(&item, "h", "alerts,host=h,alert=one\xef\xbf\xbdtwo "
				"time_ns=1000000i,run=0i,sequence=1i,generation=0i,"
				"subject=\"'; DROP TABLE events; --\\\\. \\\"x\\\"\t\r\n{}$1\xef\xbf\xbd\xc3\xa9\\\\\","
				"score=2.5,value=0,expected=0 1000001\n");
}

/* Addresses and whatever else has many values must not tell series apart. */
static void test_influx_series_are_few(void **state)
{
	struct text_buffer first = { 0 }, second = { 0 };
	struct item item = event(), other = event();

	other.ends.source[3]++;
	other.ends.source_port++;
	other.ends.vlan++;
	other.ends.tcp_flags = 1;
	other.sequence++;
	other.generation++;
	other.line++;
	other.bytes++;
	influx_line(&first, &item, "h");
	influx_line(&second, &other, "h");
	assert_non_null(strstr(text_string(&first), " time_ns="));
	first.data[strstr(first.data, " time_ns=") - first.data] = '\0';
	assert_non_null(strstr(text_string(&second), " time_ns="));
	second.data[strstr(second.data, " time_ns=") - second.data] = '\0';
	assert_string_equal(first.data, second.data);
	text_free(&first);
	text_free(&second);
}

static void test_influx_times(void **state)
{
	struct item item = event(), other = event();

	other.sequence++;
	assert_int_not_equal(influx_time(&item), influx_time(&other));
	assert_int_equal(influx_time(&item), 1769767200123000000LL + 234567);
	other.sequence = item.sequence;
	assert_int_equal(influx_time(&item), influx_time(&other));
	other.time_ns += 1000000;
	assert_int_not_equal(influx_time(&item), influx_time(&other));
	other.time_ns = -1;
	assert_int_equal(influx_time(&other), -1000000 + 234567);
}

static void test_url(void **state)
{
	struct text_buffer url = { 0 };

	url_text(&url, "a-b_c.d~E9 /?&=%\xc3\xa9");
	assert_string_equal(text_string(&url), "a-b_c.d~E9%20%2F%3F%26%3D%25%C3%A9");
	text_free(&url);
}

static void test_utf8(void **state)
{
	static const struct {
		const char *text, *clean;
	} texts[] = {
		{ "", "" }, { "caf\xc3\xa9", "caf\xc3\xa9" }, { "\xc3", "\xef\xbf\xbd" }, { "a\xed\xa0\x80", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7" }, { "x\xffy", "x\xef\xbf\xbdy" },
	};
	struct text_buffer clean = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		text_clear(&clean);
		text_utf8(&clean, texts[i].text);
		assert_string_equal(text_string(&clean), texts[i].clean);
	}
	text_free(&clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_postgres_values),	   cmocka_unit_test(test_postgres_edges),
		cmocka_unit_test(test_postgres_statement), cmocka_unit_test(test_clickhouse_values),
		cmocka_unit_test(test_clickhouse_tables),  cmocka_unit_test(test_influx_lines),
		cmocka_unit_test(test_influx_series_are_few), cmocka_unit_test(test_influx_times),
		cmocka_unit_test(test_url),		   cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
