/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What `sentryctl top` shows: rates from two looks, order, filter, numbers that fit, JSON, lines. tests/kernel/top.sh has the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "item_text.h"
#include "memory.h"
#include "top_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S 1000000000ULL

static void add(struct top_table *table, const char *name, const char *group, uint64_t packets, uint64_t bytes)
{
	struct top_row *row = top_row_add(table, name, group, "deny");

	row->packets = packets;
	row->bytes = bytes;
}

static struct top_view view(void)
{
	struct top_view made = { .policy = copy_text("edge", 4), .generation = 7, .time_ns = 1769767200LL * 1000000000,
				 .interval_ns = 2 * S };

	for (size_t i = 0; i < N_TOP_PAGES; i++)
		made.tables[i].basis = "";
	return made;
}

static const struct top_row *find(const struct top_table *table, const char *name, const char *group)
{
	for (size_t i = 0; i < table->n; i++) {
		if (strcmp(table->rows[i].name, name) == 0 && strcmp(table->rows[i].group, group) == 0)
			return &table->rows[i];
	}
	fail_msg("no row %s of %s", name, group);
	return NULL;
}

static void rates(void **state)
{
	struct top_view before = view(), now = view();
	struct top_table *table = &now.tables[TOP_RULES];
	const struct top_row *row;

	add(&before.tables[TOP_RULES], "ssh", "b/ingress", 100, 6000);
	add(&before.tables[TOP_RULES], "ssh", "a/ingress", 5, 500);
	add(&before.tables[TOP_RULES], "gone", "a/ingress", 9, 9);
	add(&before.tables[TOP_RULES], "again", "a/ingress", 1000, 100000);
	add(table, "again", "a/ingress", 10, 640);
	add(table, "ssh", "a/ingress", 5, 500);
	add(table, "ssh", "b/ingress", 400, 66000);
	add(table, "new", "b/ingress", 8, 800);
	add(table, "huge", "b/ingress", UINT64_MAX, UINT64_MAX);
	top_rates(table, &before.tables[TOP_RULES], 2 * S);
	row = find(table, "ssh", "b/ingress");
	assert_true(row->packet_rate == 150 && row->byte_rate == 30000);
	row = find(table, "ssh", "a/ingress");
	assert_true(row->packet_rate == 0 && row->byte_rate == 0);
	/* A counter that began anew: what it has now is new. */
	row = find(table, "again", "a/ingress");
	assert_true(row->packet_rate == 5 && row->byte_rate == 320);
	row = find(table, "new", "b/ingress");
	assert_true(row->packet_rate == 4 && row->byte_rate == 400);
	assert_true(isfinite(find(table, "huge", "b/ingress")->byte_rate));
	/* No interval yet: no rates, and no division by it. */
	top_rates(table, &before.tables[TOP_RULES], 0);
	assert_true(find(table, "new", "b/ingress")->packet_rate == 4);
	top_view_free(&before);
	top_view_free(&now);
}

static void check_order(struct top_table *table, enum top_page page, enum top_sort by, const char *wanted)
{
	char got[64] = "";

	top_sort(table, page, by);
	for (size_t i = 0; i < table->n; i++)
		strcat(got, table->rows[i].name);
	if (strcmp(got, wanted) != 0)
		fail_msg("by %s: %s, not %s", top_sort_words[by], got, wanted);
}

static void order(void **state)
{
	struct top_view made = view();
	struct top_table *table = &made.tables[TOP_RULES], *states = &made.tables[TOP_STATES];

	add(table, "d", "", 1, 900);
	add(table, "b", "", 3, 500);
	add(table, "c", "", 3, 700);
	add(table, "a", "", 2, 500);
	for (size_t i = 0; i < 4; i++)
		table->rows[i].byte_rate = table->rows[i].name[0] == 'b' ? 2 : 0;
	check_order(table, TOP_RULES, TOP_BY_BYTE_RATE, "bdca");
	check_order(table, TOP_RULES, TOP_BY_PACKET_RATE, "bcad");
	check_order(table, TOP_RULES, TOP_BY_BYTES, "dcab");
	check_order(table, TOP_RULES, TOP_BY_PACKETS, "bcad");
	check_order(table, TOP_RULES, TOP_BY_NAME, "abcd");
	top_row_find(states, "udp", "opening")->entries = 3;
	top_row_find(states, "tcp", "closed")->entries = 5;
	top_row_find(states, "udp", "opening")->entries++;
	assert_int_equal(states->n, 2);
	check_order(states, TOP_STATES, TOP_BY_BYTES, "tcpudp");
	check_order(states, TOP_STATES, TOP_BY_NAME, "tcpudp");
	check_order(&made.tables[TOP_SOURCES], TOP_SOURCES, TOP_BY_BYTES, "");
	top_view_free(&made);
}

static void filter(void **state)
{
	struct top_view made = view();
	struct top_table *table = &made.tables[TOP_RULES];
	const struct top_row *rows[8];

	add(table, "ssh", "edge/ingress", 0, 0);
	add(table, "dns", "core/ingress", 0, 0);
	add(table, "ssh-out", "core/egress", 0, 0);
	assert_int_equal(top_filter(table, "", rows, 8), 3);
	assert_int_equal(top_filter(table, "", rows, 2), 2);
	assert_int_equal(top_filter(table, "ssh", rows, 8), 2);
	assert_string_equal(rows[1]->name, "ssh-out");
	assert_int_equal(top_filter(table, "core", rows, 8), 2);
	assert_int_equal(top_filter(table, "deny", rows, 8), 3);
	assert_int_equal(top_filter(table, "SSH", rows, 8), 0);
	top_view_free(&made);
}

static void numbers(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 0.04, "0.0" }, { 0.5, "0.5" }, { 1, "1" }, { 9.94, "9.9" }, { 9.96, "10" }, { 123.4, "123" }, { 9999, "9999" },
		{ 9999.4, "9999" }, { 9999.6, "10.0k" }, { 12345, "12.3k" }, { 999940, "999.9k" }, { 999960, "1.0M" }, { 1e9, "1.0G" },
		{ 1.8446744073709552e19, "18.4E" }, { 1e25, "10000000.0E" },
	};
	char text[16];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(short_number(cases[i].number, text), cases[i].text);
}

static void lines(void **state)
{
	struct top_row row = { .name = (char *)"a\033[2Jb", .group = (char *)"edge/ingress", .verdict = (char *)"deny",
			       .packets = 12345, .bytes = 1, .packet_rate = 1.5, .byte_rate = 2000000 };
	char line[200], small[20];

	top_line(line, sizeof(line), TOP_RULES, &row);
	assert_string_equal(line, "      1.5      2.0M     12.3k         1  deny    a\\x1b[2Jb  (edge/ingress)");
	top_line(line, sizeof(line), TOP_RULES, NULL);
	assert_string_equal(line, "packets/s   bytes/s   packets     bytes  verdict rule");
	top_line(line, sizeof(line), TOP_SOURCES, &row);
	assert_string_equal(line, "      1.5      2.0M     12.3k         1        - a\\x1b[2Jb");
	row.entries = 12;
	top_line(line, sizeof(line), TOP_STATES, &row);
	assert_string_equal(line, "         12  a\\x1b[2Jb  edge/ingress");
	for (size_t page = 0; page < N_TOP_PAGES; page++) {
		top_line(small, sizeof(small), (enum top_page)page, &row);
		assert_int_equal(strlen(small), sizeof(small) - 1);
		top_line(small, sizeof(small), (enum top_page)page, NULL);
		assert_int_equal(strlen(small), sizeof(small) - 1);
	}
}

static void as_json(void **state)
{
	struct top_view made = view();
	json_t *document, *table, *row;

	made.tables[TOP_RULES].basis = "counters";
	add(&made.tables[TOP_RULES], "ssh", "edge/in/gress", 3, 300);
	add(&made.tables[TOP_RULES], "dns", "edge/ingress", 2, 200);
	made.tables[TOP_RULES].rows[0].byte_rate = 1.0 / 3;
	document = top_json(&made, 1);
	assert_string_equal(json_string_value(json_object_get(document, "schema")), "packet-sentry/top/v1");
	assert_string_equal(json_string_value(json_object_get(document, "time")), "2026-01-30T10:00:00.000000000Z");
	assert_int_equal(json_integer_value(json_object_get(document, "interval_ms")), 2000);
	table = json_object_get(document, "rules");
	assert_int_equal(json_integer_value(json_object_get(table, "total")), 2);
	assert_int_equal(json_array_size(json_object_get(table, "rows")), 1);
	row = json_array_get(json_object_get(table, "rows"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "policy")), "edge");
	assert_string_equal(json_string_value(json_object_get(row, "block")), "in/gress");
	assert_true(json_real_value(json_object_get(row, "bytes_per_second")) == 0.333);
	assert_string_equal(json_string_value(json_object_get(json_object_get(document, "sources"), "basis")), "none");
	json_decref(document);
	top_view_free(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates), cmocka_unit_test(order),  cmocka_unit_test(filter),
		cmocka_unit_test(numbers), cmocka_unit_test(lines), cmocka_unit_test(as_json),
	};

	memory_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
