/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Which format a client is given, what is an address to listen on, and how labels are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http_server.h"
#include "metrics_family.h"

#include <string.h>

static void format_by_accept(void **state)
{
	static const char *const open[] = {
		"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		"text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		"application/openmetrics-text; version=1.0.0; charset=utf-8", "application/openmetrics-text",
		"text/plain, APPLICATION/OpenMetrics-Text;q=0.001", "application/openmetrics-text;version=0.0.1,application/openmetrics-text",
	};
	static const char *const text[] = {
		"", "*/*", "text/plain;version=0.0.4", "application/openmetrics-text;version=0.0.1,text/plain",
		"application/openmetrics-text;q=0", "application/openmetrics-text;version=1.0.0;q=0.000",
	};

	assert_int_equal(metrics_accepted(NULL), METRICS_TEXT);
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		assert_int_equal(metrics_accepted(open[i]), METRICS_OPENMETRICS);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		assert_int_equal(metrics_accepted(text[i]), METRICS_TEXT);
}

static void addresses(void **state)
{
	static const char *const wrong[] = {
		"", ":", "127.0.0.1", ":9477", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536", "::1:9477", "[::1]",
		"[]:1", "[:1", "127.0.0.1:1 ", "127.0.0.1:99999999999999999999",
		"0123456789012345678901234567890123456789012345678901234567890123:1",
	};
	char host[HTTP_HOST_SIZE];
	unsigned int port;

	assert_true(http_listen_parse("127.0.0.1:9477", host, &port));
	assert_string_equal(host, "127.0.0.1");
	assert_int_equal(port, 9477);
	assert_true(http_listen_parse("[fe80::1%lo]:0", host, &port));
	assert_string_equal(host, "fe80::1%lo");
	assert_int_equal(port, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (http_listen_parse(wrong[i], host, &port))
			fail_msg("'%s' is taken", wrong[i]);
	}
}

/* A label that is not UTF-8 ends a scrape for all others. */
static void labels(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
		{ "a\"b\\c\nd\te", "a\\\"b\\\\c\\nd\te" }, { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xff", "\xef\xbf\xbd" },		   { "\xc3", "\xef\xbf\xbd" },
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" }, { "\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" }, { "x\xf0\x9f\x98", "x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text_buffer buffer = { 0 }, wanted = { 0 };
		struct family family = { .buffer = &buffer, .format = METRICS_TEXT, .type = FAMILY_COUNTER, .name = "n" };

		family_count(&family, (const char *const[]){ "l", cases[i].value, NULL }, UINT64_MAX);
		text_print(&wanted, "n_total{l=\"%s\"} 18446744073709551615\n", cases[i].written);
		assert_string_equal(text_string(&buffer), text_string(&wanted));
		text_free(&buffer);
		text_free(&wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_by_accept),
		cmocka_unit_test(addresses),
		cmocka_unit_test(labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
