/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What `sentryctl top` shows, however it came about and however it is shown: tables of rows, with rates. */
#ifndef SENTRY_TOP_VIEW_H
#define SENTRY_TOP_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum top_page {
	TOP_RULES,
	TOP_SOURCES,
	TOP_DESTS,
	TOP_PROTOCOLS,
	TOP_STATES,
	N_TOP_PAGES,
};

extern const char *const top_page_words[N_TOP_PAGES + 1]; /* as members of JSON */

struct top_row {
	char *name;    /* of the rule, the address, the protocol */
	char *group;   /* rule: "POLICY/BLOCK"; state: the stage; else "" */
	char *verdict; /* rule; else "" */
	uint64_t packets, bytes;       /* counted so far */
	double packet_rate, byte_rate; /* a second, within the interval */
	uint64_t entries;              /* flows, or connections */
};

struct top_table {
	size_t n;
	struct top_row *rows;
	const char *basis; /* what it was made of; "" if there is nothing to make it of */
	char note[160];    /* for people: what to know of it */
};

struct top_view {
	char *policy;          /* "" if none is in force */
	uint32_t generation;
	int64_t time_ns;
	uint64_t interval_ns;  /* that the rates are of; 0: none yet */
	struct top_table tables[N_TOP_PAGES];
};

void top_view_free(struct top_view *view);

/* A new row, with texts copied; valid until the next. */
struct top_row *top_row_add(struct top_table *table, const char *name, const char *group, const char *verdict);
/* The row of that name and group, or a new one: of tables with few rows. */
struct top_row *top_row_find(struct top_table *table, const char *name, const char *group);

enum top_sort {
	TOP_BY_BYTE_RATE,
	TOP_BY_PACKET_RATE,
	TOP_BY_BYTES,
	TOP_BY_PACKETS,
	TOP_BY_NAME,
	N_TOP_SORTS,
};

extern const char *const top_sort_words[N_TOP_SORTS];

/* Ties by name and group, so that the order of one view is that of the next. Connections are sorted by their number. */
void top_sort(struct top_table *table, enum top_page page, enum top_sort by);
/* The rows whose name, group or verdict has `text`, in their order; how many. */
size_t top_filter(const struct top_table *table, const char *text, const struct top_row **rows, size_t most);

/* Rates of `view`, from what was counted `interval_ns` before. */
void top_rates(struct top_table *table, const struct top_table *before, uint64_t interval_ns);

/* packet-sentry/top/v1; at most `most` rows a table. */
json_t *top_json(const struct top_view *view, size_t most);
void top_text(const struct top_view *view, size_t most, FILE *out);

/* Columns of one line, without its end: `row` NULL is the head. At most size - 1 bytes. */
void top_line(char *line, size_t size, enum top_page page, const struct top_row *row);

#endif
