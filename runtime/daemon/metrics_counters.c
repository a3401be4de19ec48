/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "metrics_counters.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LABELS 5

/* Counters of one kind, and which of their texts are labels. */
struct counter_kind {
	enum item_kind kind;
	const char *packets, *bytes; /* names of families; NULL: none */
	const char *packets_help, *bytes_help;
	struct {
		const char *label; /* NULL: the last was before */
		enum item_text text;
	} labels[MAX_LABELS + 1];
};

static const struct counter_kind counter_kinds[] = {
	{ ITEM_RULE, "packet_sentry_rule_packets", "packet_sentry_rule_bytes", "Packets that a rule matched.",
	  "Bytes of these, with their Ethernet headers.",
	  { { "policy", TEXT_POLICY }, { "block", TEXT_BLOCK }, { "rule", TEXT_RULE }, { "verdict", TEXT_VERDICT },
	    { "direction", TEXT_DIRECTION } } },
	{ ITEM_TRAFFIC, "packet_sentry_traffic_packets", "packet_sentry_traffic_bytes",
	  "Packets that policies decided, of policies that account for traffic.",
	  "Bytes of these, with their Ethernet headers.",
	  { { "interface", TEXT_INTERFACE }, { "direction", TEXT_DIRECTION }, { "protocol", TEXT_NAME },
	    { "verdict", TEXT_VERDICT } } },
	{ ITEM_FLAGS, "packet_sentry_tcp_flags_packets", NULL, "TCP packets by their flags, of policies that account for traffic.",
	  NULL, { { "interface", TEXT_INTERFACE }, { "direction", TEXT_DIRECTION }, { "flags", TEXT_NAME } } },
};

/* What will be one sample. */
struct row {
	const char *values[MAX_LABELS];
	uint64_t packets, bytes;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	for (size_t i = 0; i < MAX_LABELS; i++) {
		int order = strcmp(left->values[i], right->values[i]);

		if (order)
			return order;
	}
	return 0;
}

/* The same labels twice would be two values of one series: a rule that moved in its source, one of two interfaces. */
static size_t merge_rows(struct row *rows, size_t n)
{
	size_t merged = 0;

	for (size_t i = 0; i < n; i++) {
		if (merged && !compare_rows(&rows[merged - 1], &rows[i])) {
			rows[merged - 1].packets += rows[i].packets;
			rows[merged - 1].bytes += rows[i].bytes;
		} else {
			rows[merged++] = rows[i];
		}
	}
	return merged;
}

static struct row row_of(const struct counter_kind *kind, const struct tracked_counter *counter, bool summed)
{
	struct row row = { .packets = counter->packets, .bytes = counter->bytes };

	for (size_t i = 0; i < MAX_LABELS; i++) {
		const char *value = kind->labels[i].label ? counter->text[kind->labels[i].text] : NULL;

		row.values[i] = value ? value : "";
		/* To Prometheus, an empty label is none; that a packet has no flag at all is worth a name. */
		if (kind->kind == ITEM_FLAGS && kind->labels[i].label && kind->labels[i].text == TEXT_NAME && !*row.values[i])
			row.values[i] = "none";
		if (!summed || !kind->labels[i].label)
			continue;
		if (kind->labels[i].text == TEXT_RULE)
			row.values[i] = METRICS_OTHERS;
		else if (kind->labels[i].text == TEXT_VERDICT)
			row.values[i] = "";
	}
	return row;
}

static void write_rows(struct family *family, const struct counter_kind *kind, const struct row *rows, size_t n, bool bytes)
{
	family_begin(family, FAMILY_COUNTER, bytes ? kind->bytes : kind->packets, bytes ? "bytes" : "packets",
		     bytes ? kind->bytes_help : kind->packets_help);
	for (size_t i = 0; i < n; i++) {
		const char *labels[2 * MAX_LABELS + 1];
		size_t n_labels = 0;

		for (size_t l = 0; l < MAX_LABELS && kind->labels[l].label; l++) {
			labels[n_labels++] = kind->labels[l].label;
			labels[n_labels++] = rows[i].values[l];
		}
		labels[n_labels] = NULL;
		family_count(family, labels, bytes ? rows[i].bytes : rows[i].packets);
	}
}

void metrics_write_counters(struct family *family, const struct telemetry *telemetry, size_t max_rules)
{
	struct row *rows = allocate(telemetry->n_counters + 1, sizeof(*rows));
	size_t rules = 0;

	for (size_t k = 0; k < sizeof(counter_kinds) / sizeof(counter_kinds[0]); k++) {
		const struct counter_kind *kind = &counter_kinds[k];
		size_t n = 0;

		for (size_t i = 0; i < telemetry->n_counters; i++) {
			const struct tracked_counter *counter = &telemetry->counters[i];

			if (counter->kind == kind->kind)
				rows[n++] = row_of(kind, counter, counter->kind == ITEM_RULE && rules++ >= max_rules);
		}
		qsort(rows, n, sizeof(*rows), compare_rows);
		n = merge_rows(rows, n);
		write_rows(family, kind, rows, n, false);
		if (kind->bytes)
			write_rows(family, kind, rows, n, true);
	}
	family_begin(family, FAMILY_GAUGE, "packet_sentry_rules_without_series", "",
		     "Rules that count in the series \"" METRICS_OTHERS "\".");
	family_count(family, NULL, rules > max_rules ? rules - max_rules : 0);
	free(rows);
}
