/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool parses(const char *text)
{
	enum family family;
	u128 value;

	return address_parse(text, strlen(text), &family, &value);
}

/* Parsed and printed: what `text` looks like in canonical spelling. */
static const char *canonical(const char *text)
{
	static char out[ADDRESS_TEXT];
	enum family family;
	u128 value;

	assert_true(address_parse(text, strlen(text), &family, &value));
	return address_format(family, value, out);
}

static void test_v4(void **state)
{
	enum family family;
	u128 value;

	assert_true(address_parse("192.0.2.10", 10, &family, &value));
	assert_int_equal(family, FAMILY_V4);
	assert_true(value == 0xc000020a);
	assert_string_equal(canonical("0.0.0.0"), "0.0.0.0");
	assert_string_equal(canonical("255.255.255.255"), "255.255.255.255");
}

static void test_v4_that_is_none(void **state)
{
	static const char *const bad[] = {
		"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.300", "01.2.3.4", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3",
		"1.2.3.4 ", " 1.2.3.4", "1.2.3.4/8", "0x1.2.3.4", "1.2.3.a", "1.2.3.-4", "99999999999.1.1.1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parses(bad[i]))
			fail_msg("'%s' was taken for an address", bad[i]);
}

static void test_v6(void **state)
{
	enum family family;
	u128 value;

	assert_true(address_parse("2001:db8::10", 12, &family, &value));
	assert_int_equal(family, FAMILY_V6);
	assert_true(value == ((u128)0x20010db800000000 << 64 | 0x10));
	assert_true(parses("1:2:3:4:5:6:7::"));
	assert_true(parses("::ffff:1.2.3.4"));
	assert_true(parses("64:ff9b::192.0.2.33"));
}

static void test_v6_that_is_none(void **state)
{
	static const char *const bad[] = {
		":", ":::", "1:2:3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "fe80::1%eth0", "::1/64",
		"1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.256", "[::1]", "1.2.3.4::",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parses(bad[i]))
			fail_msg("'%s' was taken for an address", bad[i]);
}

static void test_exactly_the_bytes_given(void **state)
{
	enum family family;
	u128 value;

	assert_true(address_parse("10.0.0.123", 9, &family, &value));
	assert_true(value == 0x0a00000c);
	assert_false(address_parse("10.0.0.1\0" "2", 10, &family, &value));
	assert_false(address_parse("10.0.0.1\0", 9, &family, &value));
}

/* RFC 5952, sections 4 and 5. */
static void test_canonical_v6(void **state)
{
	assert_string_equal(canonical("::"), "::");
	assert_string_equal(canonical("::1"), "::1");
	assert_string_equal(canonical("1::"), "1::");
	assert_string_equal(canonical("2001:0DB8::0001"), "2001:db8::1");
	assert_string_equal(canonical("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
	assert_string_equal(canonical("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
	assert_string_equal(canonical("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
	assert_string_equal(canonical("0:0:1:0:0:0:0:0"), "0:0:1::");
	assert_string_equal(canonical("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
	assert_string_equal(canonical("::FFFF:192.0.2.1"), "::ffff:192.0.2.1");
	assert_string_equal(canonical("::192.0.2.1"), "::c000:201");
}

/* Every pattern of zero and other groups, against the C library where the two spell alike. */
static void test_printing_agrees_with_inet_ntop(void **state)
{
	for (unsigned pattern = 0; pattern < 256; pattern++) {
		char ours[ADDRESS_TEXT], theirs[INET6_ADDRSTRLEN];
		unsigned char bytes[16];
		enum family family;
		u128 value = 0, again;

		for (unsigned i = 0; i < 8; i++)
			value = value << 16 | (pattern & 0x80u >> i ? 0x1000u + i : 0);
		for (unsigned i = 0; i < 16; i++)
			bytes[i] = (unsigned char)(value >> (120 - 8 * i));
		address_format(FAMILY_V6, value, ours);
		assert_true(address_parse(ours, strlen(ours), &family, &again));
		assert_true(again == value);
		if (pattern > 3) /* ::a.b.c.d is theirs */
			assert_string_equal(ours, inet_ntop(AF_INET6, bytes, theirs, sizeof(theirs)));
	}
}

static void test_ranges(void **state)
{
	char out[ADDRESS_TEXT];
	unsigned prefix;

	assert_string_equal(address_range_format(FAMILY_V4, (struct range){ 0x0a000000, 0x0affffff }, out), "10.0.0.0/8");
	assert_string_equal(address_range_format(FAMILY_V4, (struct range){ 0x0a000001, 0x0a000001 }, out), "10.0.0.1");
	assert_string_equal(address_range_format(FAMILY_V4, (struct range){ 0x0a000001, 0x0a000002 }, out), "10.0.0.1-10.0.0.2");
	assert_string_equal(address_range_format(FAMILY_V4, (struct range){ 0, 0xffffffff }, out), "0.0.0.0/0");
	assert_string_equal(address_range_format(FAMILY_V6, (struct range){ 0, ~(u128)0 }, out), "::/0");
	assert_string_equal(address_range_format(FAMILY_V6, (struct range){ 1, ~(u128)0 }, out),
			    "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_true(address_range_is_prefix(FAMILY_V4, (struct range){ 4, 7 }, &prefix));
	assert_int_equal(prefix, 30);
	assert_false(address_range_is_prefix(FAMILY_V4, (struct range){ 2, 5 }, &prefix));
	assert_false(address_range_is_prefix(FAMILY_V4, (struct range){ 0, 6 }, &prefix));
	assert_true(address_range_is_prefix(FAMILY_V6, (struct range){ 8, 8 }, &prefix));
	assert_int_equal(prefix, 128);
}

/* All ranges of four bits, against the definition. */
static void test_prefixes_exhaustively(void **state)
{
	for (unsigned lo = 0; lo < 16; lo++) {
		for (unsigned hi = lo; hi < 16; hi++) {
			unsigned size = hi - lo + 1, prefix = 0;
			bool expect = !(size & (size - 1)) && lo % size == 0;

			assert_int_equal(address_range_is_prefix(FAMILY_V4, (struct range){ lo, hi }, &prefix), expect);
			if (expect)
				assert_int_equal(1u << (32 - prefix), size);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_v4_that_is_none),
		cmocka_unit_test(test_v6),
		cmocka_unit_test(test_v6_that_is_none),
		cmocka_unit_test(test_exactly_the_bytes_given),
		cmocka_unit_test(test_canonical_v6),
		cmocka_unit_test(test_printing_agrees_with_inet_ntop),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_prefixes_exhaustively),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
