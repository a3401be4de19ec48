/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Text that grows: every byte in JSON as jansson reads it back, UTF-8 as Unicode wants it, numbers, times as gmtime has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text_buffer.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPLACED "\xef\xbf\xbd"

static void grows(void **state)
{
	struct text_buffer buffer = { 0 };
	char *large = malloc(100000);

	text_add(&buffer, "");
	text_bytes(&buffer, NULL, 0);
	assert_int_equal(buffer.size, 0);
	assert_string_equal(text_string(&buffer), "");
	for (unsigned int i = 0; i < 20000; i++)
		text_byte(&buffer, (char)('a' + i % 26));
	memset(large, 'x', 100000);
	text_bytes(&buffer, large, 100000);
	text_print(&buffer, "%s-%d", "end", 7);
	assert_int_equal(buffer.size, 120005);
	for (unsigned int i = 0; i < 20000; i++)
		assert_int_equal(buffer.data[i], 'a' + i % 26);
	assert_memory_equal(buffer.data + 20000, large, 100000);
	assert_string_equal(text_string(&buffer) + 120000, "end-7");
	assert_int_equal(buffer.size, 120005);
	text_clear(&buffer);
	assert_string_equal(text_string(&buffer), "");
	/* Just what there is room for, and one more. */
	for (size_t size = 4090; size < 4100; size++) {
		text_free(&buffer);
		text_bytes(&buffer, large, size);
		text_string(&buffer);
		text_print(&buffer, "%d", 12345);
		assert_int_equal(buffer.size, size + 5);
		assert_string_equal(text_string(&buffer) + size, "12345");
	}
	text_free(&buffer);
	free(large);
}

static void numbers(void **state)
{
	static const uint64_t whole[] = { 0, 1, 9, 10, 99, 100, 4294967295, 4294967296, 9999999999999999999u, UINT64_MAX };
	static const int64_t with_sign[] = { 0, -1, 1, INT64_MIN, INT64_MIN + 1, INT64_MAX };
	static const double decimals[] = { 0, 1, -1, 0.1, 1.0 / 3, 1e300, -1e-300, 5e-324, 1.7976931348623157e308, 123456789.125, 0x1p53 + 2 };
	struct text_buffer buffer = { 0 };
	char wanted[32];

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		text_clear(&buffer);
		text_unsigned(&buffer, whole[i]);
		snprintf(wanted, sizeof(wanted), "%" PRIu64, whole[i]);
		assert_string_equal(text_string(&buffer), wanted);
	}
	for (size_t i = 0; i < sizeof(with_sign) / sizeof(with_sign[0]); i++) {
		text_clear(&buffer);
		text_signed(&buffer, with_sign[i]);
		snprintf(wanted, sizeof(wanted), "%" PRId64, with_sign[i]);
		assert_string_equal(text_string(&buffer), wanted);
	}
	for (size_t i = 0; i < sizeof(decimals) / sizeof(decimals[0]); i++) {
		json_t *value;

		text_clear(&buffer);
		text_decimal(&buffer, decimals[i]);
		assert_true(strtod(text_string(&buffer), NULL) == decimals[i]);
		value = json_loads(text_string(&buffer), JSON_DECODE_ANY, NULL);
		assert_true(json_is_number(value));
		json_decref(value);
	}
	for (size_t i = 0; i < 3; i++) {
		text_clear(&buffer);
		text_decimal(&buffer, i == 0 ? NAN : i == 1 ? INFINITY : -INFINITY);
		assert_string_equal(text_string(&buffer), "0");
	}
	text_clear(&buffer);
	text_hex(&buffer, "\x00\xff\x1a\xa1", 4);
	text_hex(&buffer, "", 0);
	assert_string_equal(text_string(&buffer), "00ff1aa1");
	text_free(&buffer);
}

/* What a reader of JSON makes of it. */
static void reads_back(struct text_buffer *buffer, const char *text, const char *wanted)
{
	json_error_t error;
	json_t *value;

	text_clear(buffer);
	text_json(buffer, text);
	value = json_loadb(buffer->data, buffer->size, JSON_DECODE_ANY, &error);
	if (!value)
		fail_msg("%.*s: %s", (int)buffer->size, buffer->data, error.text);
	assert_string_equal(json_string_value(value), wanted);
	json_decref(value);
	for (size_t i = 0; i < buffer->size; i++)
		assert_true((unsigned char)buffer->data[i] >= ' ' && buffer->data[i] != 0x7f);
}

static void json_bytes(void **state)
{
	struct text_buffer buffer = { 0 };

	for (unsigned int byte = 1; byte < 256; byte++) {
		char text[] = { (char)byte, '\0' }, between[] = { 'a', (char)byte, 'b', '\0' };
		char wanted[8];

		reads_back(&buffer, text, byte < 0x80 ? text : REPLACED);
		snprintf(wanted, sizeof(wanted), "a%sb", byte < 0x80 ? text : REPLACED);
		reads_back(&buffer, between, wanted);
	}
	reads_back(&buffer, "", "");
	text_clear(&buffer);
	text_json(&buffer, "\"\\/\b\f\n\r\t\v\x7f\x1b");
	assert_string_equal(text_string(&buffer), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u000b\\u007f\\u001b\"");
	text_free(&buffer);
}

/* Unicode 15, 3.9: what is well-formed, one by one. */
static bool is_character(uint32_t code)
{
	return code < 0xd800 || (code > 0xdfff && code < 0x110000);
}

static size_t encode(uint32_t code, char text[8])
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	memset(text, 0, 8);
	for (size_t i = n; i > 1; i--, code >>= 6)
		text[i - 1] = (char)(0x80 | (code & 0x3f));
	text[0] = (char)(first[n] | code);
	return n;
}

static void every_character(void **state)
{
	struct text_buffer buffer = { 0 };
	char text[8], wanted[32];

	for (uint32_t code = 1; code < 0x111000; code++) {
		size_t n = encode(code, text);

		wanted[0] = '\0';
		for (size_t i = 0; i < n; i++)
			strcat(wanted, REPLACED);
		text_clear(&buffer);
		text_utf8(&buffer, text);
		assert_string_equal(text_string(&buffer), is_character(code) ? text : wanted);
		if (code % 97 == 0 || !is_character(code))
			reads_back(&buffer, text, is_character(code) ? text : wanted);
	}
	text_free(&buffer);
}

static void broken_utf8(void **state)
{
	static const char *const cases[][2] = {
		{ "\xc3", REPLACED }, { "a\xe2\x82", "a" REPLACED REPLACED }, { "\xe2\x82z", REPLACED REPLACED "z" },
		{ "\xf0\x9f\x98", REPLACED REPLACED REPLACED }, { "\xc0\x80", REPLACED REPLACED },
		{ "\xe0\x80\x80", REPLACED REPLACED REPLACED }, { "\xf0\x80\x80\x80", REPLACED REPLACED REPLACED REPLACED },
		{ "\xf8\x88\x80\x80\x80", REPLACED REPLACED REPLACED REPLACED REPLACED }, { "\xfe\xff", REPLACED REPLACED },
		{ "\xc3\xa9\x80\xc3\xa9", "\xc3\xa9" REPLACED "\xc3\xa9" }, { "\xc3\xc3\xa9", REPLACED "\xc3\xa9" },
		{ "\xef\xbb\xbfx", "\xef\xbb\xbfx" },
	};
	struct text_buffer buffer = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_clear(&buffer);
		text_utf8(&buffer, cases[i][0]);
		assert_string_equal(text_string(&buffer), cases[i][1]);
		reads_back(&buffer, cases[i][0], cases[i][1]);
	}
	text_free(&buffer);
}

static void as_gmtime(struct text_buffer *buffer, int64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000 - (time_ns % 1000000000 < 0));
	char wanted[64];
	struct tm tm;

	assert_non_null(gmtime_r(&seconds, &tm));
	strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(wanted + strlen(wanted), 16, ".%09dZ", (int)(time_ns - (int64_t)seconds * 1000000000));
	text_clear(buffer);
	text_time(buffer, time_ns);
	assert_string_equal(text_string(buffer), wanted);
}

static void times(void **state)
{
	static const int64_t day = 86400LL * 1000000000;
	struct text_buffer buffer = { 0 };
	uint64_t random = 1;

	/* Each day there is, its first and its last nanosecond. */
	for (int64_t at = INT64_MIN / day * day; at < INT64_MAX / day * day; at += day) {
		as_gmtime(&buffer, at);
		as_gmtime(&buffer, at + day - 1);
	}
	for (unsigned int i = 0; i < 100000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		as_gmtime(&buffer, (int64_t)random / 2);
	}
	as_gmtime(&buffer, 0);
	as_gmtime(&buffer, -1);
	as_gmtime(&buffer, INT64_MAX);
	text_clear(&buffer);
	text_time(&buffer, 1769767200123456789);
	assert_string_equal(text_string(&buffer), "2026-01-30T10:00:00.123456789Z");
	text_clear(&buffer);
	text_time(&buffer, INT64_MIN);
	assert_string_equal(text_string(&buffer), "1677-09-21T00:12:43.145224192Z");
	text_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows), cmocka_unit_test(numbers), cmocka_unit_test(json_bytes),
		cmocka_unit_test(every_character), cmocka_unit_test(broken_utf8), cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
