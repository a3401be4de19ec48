/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "top_view.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

const char *const top_page_words[N_TOP_PAGES + 1] = { "rules", "sources", "destinations", "protocols", "states", NULL };
const char *const top_sort_words[N_TOP_SORTS] = { "bytes/s", "packets/s", "bytes", "packets", "name" };

static void table_free(struct top_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		free(table->rows[i].name);
		free(table->rows[i].group);
		free(table->rows[i].verdict);
	}
	free(table->rows);
}

void top_view_free(struct top_view *view)
{
	for (size_t i = 0; i < N_TOP_PAGES; i++)
		table_free(&view->tables[i]);
	free(view->policy);
	*view = (struct top_view){ 0 };
}

struct top_row *top_row_add(struct top_table *table, const char *name, const char *group, const char *verdict)
{
	struct top_row *row;

	table->rows = grow(table->rows, table->n, sizeof(*table->rows));
	row = &table->rows[table->n++];
	*row = (struct top_row){ .name = copy_text(name, strlen(name)), .group = copy_text(group, strlen(group)),
				 .verdict = copy_text(verdict, strlen(verdict)) };
	return row;
}

struct top_row *top_row_find(struct top_table *table, const char *name, const char *group)
{
	for (size_t i = 0; i < table->n; i++) {
		if (strcmp(table->rows[i].name, name) == 0 && strcmp(table->rows[i].group, group) == 0)
			return &table->rows[i];
	}
	return top_row_add(table, name, group, "");
}

static int by_name(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;
	int order = strcmp(a->group, b->group);

	return order ? order : strcmp(a->name, b->name);
}

static int descending(double left, double right, const void *a, const void *b)
{
	return left > right ? -1 : left < right ? 1 : by_name(a, b);
}

static int by_byte_rate(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;

	return a->byte_rate == b->byte_rate ? descending((double)a->bytes, (double)b->bytes, a, b)
					    : descending(a->byte_rate, b->byte_rate, a, b);
}

static int by_packet_rate(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;

	return a->packet_rate == b->packet_rate ? descending((double)a->packets, (double)b->packets, a, b)
						: descending(a->packet_rate, b->packet_rate, a, b);
}

static int by_bytes(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;

	return descending((double)a->bytes, (double)b->bytes, a, b);
}

static int by_packets(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;

	return descending((double)a->packets, (double)b->packets, a, b);
}

static int by_entries(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;

	return descending((double)a->entries, (double)b->entries, a, b);
}

void top_sort(struct top_table *table, enum top_page page, enum top_sort by)
{
	static int (*const orders[N_TOP_SORTS])(const void *, const void *) = { by_byte_rate, by_packet_rate, by_bytes, by_packets,
										 by_name };

	if (table->n)
		qsort(table->rows, table->n, sizeof(*table->rows),
		      page == TOP_STATES && by != TOP_BY_NAME ? by_entries : orders[by]);
}

size_t top_filter(const struct top_table *table, const char *text, const struct top_row **rows, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n && n < most; i++) {
		const struct top_row *row = &table->rows[i];

		if (strstr(row->name, text) || strstr(row->group, text) || strstr(row->verdict, text))
			rows[n++] = row;
	}
	return n;
}

void top_rates(struct top_table *table, const struct top_table *before, uint64_t interval_ns)
{
	double seconds = (double)interval_ns / 1e9;
	struct top_row *sorted = allocate(before->n + 1, sizeof(*sorted));

	if (before->n) {
		memcpy(sorted, before->rows, before->n * sizeof(*sorted));
		qsort(sorted, before->n, sizeof(*sorted), by_name);
	}
	for (size_t i = 0; i < table->n && seconds > 0; i++) {
		struct top_row *row = &table->rows[i];
		const struct top_row *old = bsearch(row, sorted, before->n, sizeof(*sorted), by_name);
		uint64_t packets = old ? old->packets : 0, bytes = old ? old->bytes : 0;

		/* Less than before: it began anew. */
		row->packet_rate = (double)(row->packets - (packets <= row->packets ? packets : 0)) / seconds;
		row->byte_rate = (double)(row->bytes - (bytes <= row->bytes ? bytes : 0)) / seconds;
	}
	free(sorted);
}
