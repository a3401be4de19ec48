/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl stats: totals per verdict. A block counts for all its interfaces together, so they share a line. */
#include "counters.h"
#include "ctl.h"
#include "generation.h"
#include "interfaces.h"
#include "json.h"
#include "printable.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "packet-sentry/stats/v1"

static const char *const verdicts[] = { "allow", "deny", "reject", NULL };
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
		int verdict = word_index(verdicts, rule->verdict);

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
		json_object_set_new(by_verdict, verdicts[i],
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

		printf("%-8s %-8s %12llu %15llu", direction_words[block->direction], verdicts[v],
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

bool ctl_stats(const struct ctl *ctl, struct failure *why)
{
	struct generation generation;
	struct counters counters;
	json_t *blocks;

	if (!counters_current(&ctl->site, &generation, &counters, why))
		return false;
	blocks = json_array();
	if (ctl->format != CTL_JSON)
		printf("%-8s %-8s %12s %15s  %s\n", "", "verdict", "packets", "bytes", "interfaces");
	for (size_t part = 0; part < counters.n_parts; part++)
		report_part(ctl, &generation.record, part, counters.parts[part], blocks);
	if (ctl->format == CTL_JSON)
		json_print(json_pack("{s:s, s:s, s:I, s:O}", "schema", SCHEMA, "policy", generation.record.policies,
				     "generation", (json_int_t)generation.record.generation, "blocks", blocks));
	json_decref(blocks);
	counters_free(&counters);
	generation_close(&generation);
	return true;
}
