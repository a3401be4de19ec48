/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * sentryctl stats: totals per verdict. A block counts for all its interfaces together, so they share a line. With
 * `account { traffic; }` each interface for itself, by protocol and by TCP flags.
 */
#include "counters.h"
#include "ctl.h"
#include "generation.h"
#include "interfaces.h"
#include "json.h"
#include "printable.h"
#include "traffic.h"
#include "verdict.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "packet-sentry/stats/v1"

#define N_VERDICTS 3

struct totals {
	struct count counts[N_VERDICTS];
};

/* Rules that do not decide (sample) are left out: their packets are counted by what decided. */
static struct totals sum(const struct manifest *manifest, const struct manifest_block *block,
			 const struct count *counts)
{
	struct totals totals = { 0 };

	for (size_t i = 0; i < manifest->n_rules; i++) {
		const struct manifest_rule *rule = &manifest->rules[i];
		int verdict = word_index(verdict_words, rule->verdict);

		if (verdict < 0 || strcmp(rule->block, block->name) != 0)
			continue;
		totals.counts[verdict].packets += counts[i].packets;
		totals.counts[verdict].bytes += counts[i].bytes;
	}
	return totals;
}

static json_t *block_json(const struct record *record, size_t part, const struct manifest_block *block,
			  const struct totals *totals)
{
	json_t *interfaces = json_array(), *by_verdict = json_object();

	for (size_t i = 0; i < record->n; i++) {
		const struct attachment *item = &record->items[i];
		char name[IF_NAMESIZE];

		if (item->part == part && strcmp(item->block, block->name) == 0)
			json_array_append_new(interfaces, json_string(interface_present(item->hook.ifindex,
											item->interface, name)));
	}
	for (size_t i = 0; i < N_VERDICTS; i++)
		json_object_set_new(by_verdict, verdict_words[i],
				    json_pack("{s:I, s:I}", "packets", (json_int_t)totals->counts[i].packets, "bytes",
					      (json_int_t)totals->counts[i].bytes));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "policy", record->parts[part].policy, "block", block->name, "direction", direction_words[block->direction],
			 "interfaces", interfaces, "verdicts", by_verdict);
}

static void print_block(const struct record *record, size_t part, const struct manifest_block *block,
			const struct totals *totals)
{
	for (size_t v = 0; v < N_VERDICTS; v++) {
		const char *separator = "  ";

		printf("%-8s %-8s %12llu %15llu", direction_words[block->direction], verdict_words[v],
		       (unsigned long long)totals->counts[v].packets, (unsigned long long)totals->counts[v].bytes);
		for (size_t i = 0; i < record->n; i++) {
			const struct attachment *item = &record->items[i];
			struct printable text;
			char name[IF_NAMESIZE];

			if (item->part != part || strcmp(item->block, block->name) != 0)
				continue;
			printf("%s%s", separator,
			       printable(&text, interface_present(item->hook.ifindex, item->interface, name)));
			separator = ",";
		}
		putchar('\n');
	}
}

static void report_part(const struct ctl *ctl, const struct record *record, size_t part, const struct count *counts,
			json_t *blocks)
{
	const struct manifest *manifest = &record->parts[part];

	for (size_t i = 0; i < manifest->n_blocks; i++) {
		const struct manifest_block *block = &manifest->blocks[i];
		struct totals totals = sum(manifest, block, counts);

		if (ctl->format == CTL_JSON)
			json_array_append_new(blocks, block_json(record, part, block, &totals));
		else
			print_block(record, part, block, &totals);
	}
}

/* The name of an interface that traffic was counted for. */
static const char *name_of(const struct record *record, unsigned int ifindex, char name[static IF_NAMESIZE])
{
	const char *former = NULL;

	for (size_t i = 0; i < record->n; i++) {
		if (record->items[i].hook.ifindex == ifindex)
			former = record->items[i].interface;
	}
	return ifindex ? interface_present(ifindex, former ? former : "gone", name) : "others";
}

/* One line for each that has counted something. */
struct listing {
	const struct record *record;
	const struct traffic_interface *item;
	bool json;
	json_t *protocols, *flags;
};

static void list_counts(const struct listing *listing, unsigned int direction)
{
	const struct traffic_interface *item = listing->item;
	char name[IF_NAMESIZE];
	const char *interface = name_of(listing->record, item->ifindex, name);
	struct printable text;

	for (unsigned int class = 0; class < SENTRY_CLASSES; class++) {
		for (unsigned int verdict = 0; verdict < N_VERDICTS; verdict++) {
			const struct count *count = &item->counts[direction][class][verdict];

			if (count->packets && listing->json)
				json_array_append_new(listing->protocols,
						      json_pack("{s:s, s:i, s:s, s:s, s:s, s:I, s:I}", "interface", interface,
								"ifindex", (int)item->ifindex, "direction", direction_words[direction],
								"protocol", traffic_class_words[class], "verdict", verdict_words[verdict],
								"packets", (json_int_t)count->packets, "bytes",
								(json_int_t)count->bytes));
			else if (count->packets)
				printf("%-15s %-8s %-10s %-8s %12llu %15llu\n", printable(&text, interface),
				       direction_words[direction], traffic_class_words[class], verdict_words[verdict],
				       (unsigned long long)count->packets, (unsigned long long)count->bytes);
		}
	}
}

static void list_flags(const struct listing *listing, unsigned int direction)
{
	const struct traffic_interface *item = listing->item;
	char name[IF_NAMESIZE], flags[32];
	const char *interface = name_of(listing->record, item->ifindex, name);
	struct printable text;

	for (unsigned int pattern = 0; pattern < SENTRY_FLAG_PATTERNS; pattern++) {
		__u64 packets = item->flags[direction][pattern];

		if (packets && listing->json)
			json_array_append_new(listing->flags,
					      json_pack("{s:s, s:i, s:s, s:s, s:I}", "interface", interface, "ifindex",
							(int)item->ifindex, "direction", direction_words[direction], "flags",
							traffic_flags(pattern, flags), "packets", (json_int_t)packets));
		else if (packets)
			printf("%-15s %-8s %-23s %8s %12llu\n", printable(&text, interface), direction_words[direction],
			       traffic_flags(pattern, flags), "", (unsigned long long)packets);
	}
}

static void list_all(const struct traffic *traffic, struct listing *listing,
		     void (*list)(const struct listing *listing, unsigned int direction))
{
	for (size_t i = 0; i < traffic->n; i++) {
		listing->item = &traffic->items[i];
		for (unsigned int direction = 0; direction < SENTRY_DIRECTIONS; direction++)
			list(listing, direction);
	}
}

/* Adds to `document`, or prints. */
static void report_traffic(const struct record *record, const struct traffic *traffic, json_t *document)
{
	struct listing listing = { .record = record, .json = document };

	if (!traffic->on)
		return;
	if (document) {
		listing.protocols = json_array();
		listing.flags = json_array();
		list_all(traffic, &listing, list_counts);
		list_all(traffic, &listing, list_flags);
		json_object_set_new(document, "protocols", listing.protocols);
		json_object_set_new(document, "tcp_flags", listing.flags);
		return;
	}
	printf("\n%-15s %-8s %-10s %-8s %12s %15s\n", "interface", "", "protocol", "verdict", "packets", "bytes");
	list_all(traffic, &listing, list_counts);
	printf("\n%-15s %-8s %-23s %8s %12s\n", "interface", "", "TCP flags", "", "packets");
	list_all(traffic, &listing, list_flags);
}

bool ctl_stats(const struct ctl *ctl, struct failure *why)
{
	struct generation generation;
	struct counters counters;
	struct traffic traffic;
	json_t *blocks, *document = NULL;

	if (!traffic_read(&ctl->site, &traffic, why))
		return false;
	if (!counters_current(&ctl->site, &generation, &counters, why)) {
		traffic_free(&traffic);
		return false;
	}
	blocks = json_array();
	if (ctl->format != CTL_JSON)
		printf("%-8s %-8s %12s %15s  %s\n", "", "verdict", "packets", "bytes", "interfaces");
	for (size_t part = 0; part < counters.n_parts; part++)
		report_part(ctl, &generation.record, part, counters.parts[part], blocks);
	if (ctl->format == CTL_JSON)
		document = json_pack("{s:s, s:s, s:I, s:O}", "schema", SCHEMA, "policy", generation.record.policies,
				     "generation", (json_int_t)generation.record.generation, "blocks", blocks);
	report_traffic(&generation.record, &traffic, document);
	if (document)
		json_print(document);
	json_decref(blocks);
	traffic_free(&traffic);
	counters_free(&counters);
	generation_close(&generation);
	return true;
}
