/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Views as JSON, as text, and line by line. */
#include "top_view.h"

#include "item_text.h"
#include "printable.h"

#include <math.h>
#include <string.h>

static json_t *rate(double number)
{
	return json_real(round(number * 1000) / 1000);
}

static json_t *row_json(enum top_page page, const struct top_row *row)
{
	static const char *const names[N_TOP_PAGES] = { "rule", "address", "address", "protocol", "protocol" };
	const char *slash = strchr(row->group, '/');
	json_t *json = json_pack("{s:s}", names[page], row->name);

	if (page == TOP_RULES && slash) {
		json_object_set_new(json, "policy", json_stringn(row->group, (size_t)(slash - row->group)));
		json_object_set_new(json, "block", json_string(slash + 1));
	}
	if (*row->verdict)
		json_object_set_new(json, "verdict", json_string(row->verdict));
	if (page == TOP_STATES) {
		json_object_set_new(json, "stage", json_string(row->group));
		json_object_set_new(json, "connections", json_integer((json_int_t)row->entries));
		return json;
	}
	json_object_set_new(json, "packets", json_integer((json_int_t)row->packets));
	json_object_set_new(json, "bytes", json_integer((json_int_t)row->bytes));
	json_object_set_new(json, "packets_per_second", rate(row->packet_rate));
	json_object_set_new(json, "bytes_per_second", rate(row->byte_rate));
	if (row->entries)
		json_object_set_new(json, "flows", json_integer((json_int_t)row->entries));
	return json;
}

json_t *top_json(const struct top_view *view, size_t most)
{
	char time[ITEM_TIME_SIZE];
	json_t *document = json_pack("{s:s, s:s}", "schema", "packet-sentry/top/v1", "time", item_time(view->time_ns, time));

	if (*view->policy) {
		json_object_set_new(document, "policy", json_string(view->policy));
		json_object_set_new(document, "generation", json_integer(view->generation));
	}
	json_object_set_new(document, "interval_ms", json_integer((json_int_t)(view->interval_ns / 1000000)));
	for (size_t page = 0; page < N_TOP_PAGES; page++) {
		const struct top_table *table = &view->tables[page];
		json_t *rows = json_array();

		for (size_t i = 0; i < table->n && i < most; i++)
			json_array_append_new(rows, row_json((enum top_page)page, &table->rows[i]));
		json_object_set_new(document, top_page_words[page],
				    json_pack("{s:s, s:I, s:o}", "basis", *table->basis ? table->basis : "none", "total",
					      (json_int_t)table->n, "rows", rows));
	}
	return document;
}

void top_line(char *line, size_t size, enum top_page page, const struct top_row *row)
{
	static const char *const heads[N_TOP_PAGES] = { "rule", "source", "destination", "protocol", "protocol" };
	char rates[2][16], sums[2][16], entries[16];
	struct printable name, group;

	if (!row && page == TOP_STATES)
		snprintf(line, size, "%11s  %-10s %s", "connections", heads[page], "stage");
	else if (!row)
		snprintf(line, size, "%9s %9s %9s %9s  %s", "packets/s", "bytes/s", "packets", "bytes",
			 page == TOP_RULES ? "verdict rule" : page == TOP_PROTOCOLS ? heads[page] : page == TOP_SOURCES ? "  flows source"
															  : "  flows destination");
	else if (page == TOP_STATES)
		snprintf(line, size, "%11llu  %-10s %s", (unsigned long long)row->entries, printable(&name, row->name),
			 printable(&group, row->group));
	else
		snprintf(line, size, "%9s %9s %9s %9s  ", short_number(row->packet_rate, rates[0]), short_number(row->byte_rate, rates[1]),
			 short_number((double)row->packets, sums[0]), short_number((double)row->bytes, sums[1]));
	if (!row || page == TOP_STATES)
		return;
	size -= strlen(line);
	line += strlen(line);
	printable(&name, row->name);
	if (page == TOP_RULES)
		snprintf(line, size, "%-7s %s  (%s)", *row->verdict ? row->verdict : "-", name.text, printable(&group, row->group));
	else if (page == TOP_PROTOCOLS)
		snprintf(line, size, "%s", name.text);
	else
		snprintf(line, size, "%7s %s", row->entries ? short_number((double)row->entries, entries) : "-", name.text);
}

void top_text(const struct top_view *view, size_t most, FILE *out)
{
	char time[ITEM_TIME_SIZE], line[1200];
	struct printable policy;

	item_time(view->time_ns, time);
	fprintf(out, "%.19sZ", time);
	if (*view->policy)
		fprintf(out, "  policy %s, generation %u", printable(&policy, view->policy), view->generation);
	fprintf(out, "  rates over %.1f s\n", (double)view->interval_ns / 1e9);
	for (size_t page = 0; page < N_TOP_PAGES; page++) {
		const struct top_table *table = &view->tables[page];

		fprintf(out, "\n%s%s%s\n", top_page_words[page], *table->note ? ": " : "", table->note);
		if (!table->n)
			continue;
		top_line(line, sizeof(line), (enum top_page)page, NULL);
		fprintf(out, "%s\n", line);
		for (size_t i = 0; i < table->n && i < most; i++) {
			top_line(line, sizeof(line), (enum top_page)page, &table->rows[i]);
			fprintf(out, "%s\n", line);
		}
		if (table->n > most)
			fprintf(out, "%9s %zu more\n", "", table->n - most);
	}
}
