/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Elements of sets as text: what is taken, what is refused and where, and how fast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "set_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct manifest_set net = {
	.name = "bogons", .n_types = 1, .types = { SET_TYPE_NET }, .structure = SET_STRUCTURE_TABLE, .max = 4,
};
static const struct manifest_set addr = {
	.name = "abusers", .n_types = 1, .types = { SET_TYPE_ADDR }, .structure = SET_STRUCTURE_HASH, .max = 4,
};
static const struct manifest_set ends = {
	.name = "ends", .n_types = 3, .types = { SET_TYPE_ADDR, SET_TYPE_PORT, SET_TYPE_PROTO },
	.structure = SET_STRUCTURE_LRU, .max = 4,
};

static bool read_text(struct set_elements *elements, const struct manifest_set *set, const char *text,
		      char path[32], struct failure *why)
{
	int fd;
	bool ok;

	strcpy(path, "/tmp/psrt-set-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	ok = set_file_read(elements, set, path, why);
	unlink(path);
	return ok;
}

static void taken(void **state)
{
	static const struct {
		const struct manifest_set *set;
		const char *text;
		const char *elements; /* in canonical spelling, sorted, each with a newline */
	} cases[] = {
		{ &net, "", "" },
		{ &net, "\n \n# nothing\n", "" },
		{ &net, "10.0.0.0/8", "10.0.0.0/8\n" },
		{ &net,
		  "\xef\xbb\xbf"
		  "10.0.0.0/8\r\n\t192.0.2.1 # one\r\n",
		  "10.0.0.0/8\n192.0.2.1\n" },
		{ &net, "; a list\n192.0.2.0/24 ; SBL1 # two\n198.51.100.1;\n", "192.0.2.0/24\n198.51.100.1\n" },
		{ &net, "2001:DB8:0:0::/32\n0.0.0.0/0\n", "0.0.0.0/0\n2001:db8::/32\n" },
		{ &net, "::/0\n255.255.255.255/32\n", "255.255.255.255\n::/0\n" },
		{ &net, "::ffff:1.2.3.4/128\n1.2.3.4\n", "1.2.3.4\n::ffff:1.2.3.4\n" },
		{ &addr, "10.0.0.2\n10.0.0.1\n::1\n", "10.0.0.1\n10.0.0.2\n::1\n" },
		{ &ends, "10.0.0.1 80 tcp\n10.0.0.1 \t80 17\n10.0.0.1 22 6",
		  "10.0.0.1 22 tcp\n10.0.0.1 80 tcp\n10.0.0.1 80 udp\n" },
		{ &ends, "::1 65535 icmpv6\n::1 0 99\n", "::1 0 99\n::1 65535 icmpv6\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct set_elements elements;
		struct failure why = { 0 };
		char path[32], all[512] = "", text[ELEMENT_TEXT];

		if (!read_text(&elements, cases[i].set, cases[i].text, path, &why))
			fail_msg("'%s': %s", cases[i].text, why.text);
		for (size_t j = 0; j < elements.n; j++) {
			strcat(all, element_format(&elements.items[j], cases[i].set, text));
			strcat(all, "\n");
		}
		assert_string_equal(all, cases[i].elements);
		elements_free(&elements);
	}
}

static void refused(void **state)
{
	static const struct {
		const struct manifest_set *set;
		const char *text;
		unsigned int line;
		const char *says;
	} cases[] = {
		{ &net, "10.0.0.0/8\n10.0.0.256\n", 2, "'10.0.0.256': expected an address" },
		{ &net, "1.2.3\n", 1, "expected an address" },
		{ &net, "1.2.3.4.5\n", 1, "expected an address" },
		{ &net, "1.2.3.04\n", 1, "expected an address" },
		{ &net, "1..2.3\n", 1, "expected an address" },
		{ &net, "\n::1::\n", 2, "expected an address" },
		{ &net, "10.0.0.0/33", 1, "0 to 32" },
		{ &net, "::/129", 1, "0 to 128" },
		{ &net, "10.0.0.0/", 1, "0 to 32" },
		{ &net, "10.0.0.0/+8", 1, "0 to 32" },
		{ &net, "10.0.0.1/8", 1, "10.0.0.0/8 is the prefix that it lies in" },
		{ &net, "2001:db8::1/64", 1, "2001:db8::/64 is" },
		{ &net, "10.0.0.0/8 1.2.3.4", 1, "an element of set 'bogons' is: net" },
		{ &net, "10.0.0.1\n1.1.1.1\n10.0.0.1\n", 3, "10.0.0.1 is the same as 10.0.0.1 of line 1" },
		{ &net, "10.0.0.1\n1.1.1.1\n10.0.0.0/8\n", 3, "10.0.0.0/8 contains 10.0.0.1 of line 1" },
		{ &net, "2001:db8::/32\n2001:db8:5::/64\n", 2, "2001:db8:5::/64 lies in 2001:db8::/32 of line 1" },
		{ &net, "0.0.0.0/0\n1.2.3.4\n", 2, "lies in 0.0.0.0/0 of line 1" },
		{ &net, "1.1.1.1\n1.1.1.2\n# x\n1.1.1.3\n1.1.1.4\n1.1.1.5\n", 6,
		  "room for 4 elements, and the file has 5" },
		{ &addr, "10.0.0.0/8", 1, "only a set of type net has prefixes" },
		{ &addr, "10.0.0.1 timeout 5m", 1, "--set-add gives times" },
		{ &ends, "10.0.0.1 80", 1, "is: addr port proto" },
		{ &ends, "10.0.0.1 65536 tcp", 1, "a port" },
		{ &ends, "10.0.0.1 80 256", 1, "a protocol" },
		{ &ends, "10.0.0.1 80 tcp x", 1, "is: addr port proto" },
		{ &ends, "10.0.0.1 80 tcp\n10.0.0.1 80 6", 2, "is the same as" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct set_elements elements;
		struct failure why = { 0 };
		char path[32], place[64];

		if (read_text(&elements, cases[i].set, cases[i].text, path, &why))
			fail_msg("'%s' was taken", cases[i].text);
		assert_int_equal(why.code, EXIT_POLICY);
		snprintf(place, sizeof(place), "%s:%u: error: ", path, cases[i].line);
		if (strncmp(why.text, place, strlen(place)) != 0 || !strstr(why.text, cases[i].says))
			fail_msg("'%s': expected '%s%s', got '%s'", cases[i].text, place, cases[i].says, why.text);
		assert_null(elements.items);
	}
}

static void times(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds; /* 0: refused */
	} cases[] = {
		{ "1.2.3.4 timeout 10m", 600 }, { "1.2.3.4 timeout 1h30m", 5400 }, { "1.2.3.4 timeout 2d", 172800 },
		{ "1.2.3.4 timeout 0s", 0 },    { "1.2.3.4 timeout", 0 },          { "1.2.3.4 timeout 5", 0 },
		{ "1.2.3.4 timeout m", 0 },     { "1.2.3.4 timeout 5y", 0 },       { "1.2.3.4 timeout 5m 6m", 0 },
		{ "1.2.3.4 timeout -5m", 0 },   { "1.2.3.4 timeout 99999999d", 0 }, { "1.2.3.4 for 5m", 0 },
	};
	struct set_element element;
	char problem[ELEMENT_PROBLEM], text[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool ok = element_parse(&element, &addr, cases[i].text, strlen(cases[i].text), TIMES_TAKEN, problem);

		assert_int_equal(ok, cases[i].seconds != 0);
		if (ok)
			assert_int_equal(element.lifetime_ns, cases[i].seconds * 1000000000);
	}
	assert_true(element_parse(&element, &addr, "::1", 3, TIMES_TAKEN, problem));
	assert_true(element.lifetime_ns == SENTRY_FOREVER);
	assert_false(element_parse(&element, &net, "::1 timeout 5m", 14, TIMES_TAKEN, problem));
	assert_string_equal(duration_format(5401000000000, text, sizeof(text)), "1h30m1s");
	assert_string_equal(duration_format(1, text, sizeof(text)), "1ms");
}

static void covers(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },     { "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/8", "10.0.0.0/8", true },     { "10.0.0.0/16", "10.0.0.0/8", false },
		{ "0.0.0.0/0", "255.0.0.0/8", true },     { "0.0.0.0/0", "::1", false },
		{ "::/0", "0.0.0.1", false },             { "2001:db8::/65", "2001:db8::7fff:0:0:1", true },
		{ "2001:db8::/65", "2001:db8::8000:0:0:1", false }, { "::1", "::1", true },
	};
	char problem[ELEMENT_PROBLEM];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct set_element outer, inner;

		assert_true(
			element_parse(&outer, &net, cases[i].outer, strlen(cases[i].outer), TIMES_REFUSED, problem));
		assert_true(
			element_parse(&inner, &net, cases[i].inner, strlen(cases[i].inner), TIMES_REFUSED, problem));
		if (element_covers(&outer, &inner) != cases[i].covers)
			fail_msg("%s and %s", cases[i].outer, cases[i].inner);
	}
}

/* A missing file is no fault of the policy. */
static void missing(void **state)
{
	struct set_elements elements;
	struct failure why = { 0 };

	assert_false(set_file_read(&elements, &net, "/nonexistent/list", &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),  cmocka_unit_test(refused), cmocka_unit_test(times),
		cmocka_unit_test(covers), cmocka_unit_test(missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
