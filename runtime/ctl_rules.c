/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl rules: what each rule has met. */
#include "counters.h"
#include "ctl.h"
#include "generation.h"
#include "interfaces.h"
#include "json.h"
#include "printable.h"

#include <jansson.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "packet-sentry/rules/v1"

struct view {
	const struct record *record;
	size_t part;
	const struct manifest *manifest; /* of the part */
	const struct count *counts;
};

/* In the order in which a packet meets them: the rules, then what decides when no rule does. */
static bool is_pseudo(const struct manifest_rule *rule)
{
	static const char *const names[] = { "default", "non-ip", "malformed", NULL };

	return word_index(names, rule->name) >= 0;
}

struct walk {
	const struct manifest *manifest;
	const char *block;
	size_t next;
	bool pseudo;
};

static const struct manifest_rule *walk_next(struct walk *walk)
{
	for (;;) {
		if (walk->next == walk->manifest->n_rules) {
			if (walk->pseudo)
				return NULL;
			walk->pseudo = true;
			walk->next = 0;
		} else {
			const struct manifest_rule *rule = &walk->manifest->rules[walk->next++];

			if (strcmp(rule->block, walk->block) == 0 && is_pseudo(rule) == walk->pseudo)
				return rule;
		}
	}
}

static const struct count *count_of(const struct view *view, const struct manifest_rule *rule)
{
	return &view->counts[rule - view->manifest->rules];
}

static json_t *rule_json(const struct view *view, const struct manifest_rule *rule)
{
	json_t *json = json_pack("{s:s, s:s}", "name", rule->name, "action", rule->action);

	if (*rule->verdict)
		json_object_set_new(json, "verdict", json_string(rule->verdict));
	if (*rule->text)
		json_object_set_new(json, "text", json_string(rule->text));
	if (*rule->file)
		json_object_set_new(json, "file", json_string(rule->file));
	if (rule->line > 0)
		json_object_set_new(json, "line", json_integer(rule->line));
	json_object_set_new(json, "packets", json_integer((json_int_t)count_of(view, rule)->packets));
	json_object_set_new(json, "bytes", json_integer((json_int_t)count_of(view, rule)->bytes));
	return json;
}

static json_t *block_json(const struct view *view, const struct manifest_block *block)
{
	json_t *interfaces = json_array(), *rules = json_array();
	struct walk walk = { .manifest = view->manifest, .block = block->name };
	const struct manifest_rule *rule;
	const char *hook = NULL;

	for (size_t i = 0; i < view->record->n; i++) {
		const struct attachment *item = &view->record->items[i];
		char name[IF_NAMESIZE];

		if (item->part != view->part || strcmp(item->block, block->name) != 0)
			continue;
		json_array_append_new(interfaces, json_string(interface_present(item->hook.ifindex, item->interface,
										name)));
		hook = means_words[item->hook.means];
	}
	while ((rule = walk_next(&walk)))
		json_array_append_new(rules, rule_json(view, rule));
	return json_pack("{s:s, s:s, s:s, s:s*, s:o, s:o}", "policy", view->manifest->policy, "name", block->name, "direction",
			 direction_words[block->direction], "hook", hook, "interfaces", interfaces, "rules", rules);
}

static void print_block(const struct view *view, const struct manifest_block *block)
{
	struct walk walk = { .manifest = view->manifest, .block = block->name };
	const struct manifest_rule *rule;
	struct printable text;

	printf("\n%s on", direction_words[block->direction]);
	for (size_t i = 0; i < view->record->n; i++) {
		const struct attachment *item = &view->record->items[i];
		char name[IF_NAMESIZE];

		if (item->part == view->part && strcmp(item->block, block->name) == 0)
			printf(" %s (%s)",
			       printable(&text, interface_present(item->hook.ifindex, item->interface, name)),
			       means_words[item->hook.means]);
	}
	printf("\n  %12s %15s  %-8s %-24s %s\n", "packets", "bytes", "verdict", "rule", "where");
	while ((rule = walk_next(&walk))) {
		const struct count *count = count_of(view, rule);

		printf("  %12llu %15llu", (unsigned long long)count->packets, (unsigned long long)count->bytes);
		printf("  %-8s", printable(&text, *rule->verdict ? rule->verdict : rule->action));
		printf(" %-24s", printable(&text, rule->name));
		if (rule->line > 0)
			printf(" %s:%lld", printable(&text, rule->file), rule->line);
		putchar('\n');
	}
}

static struct view view_of(const struct generation *generation, const struct counters *counters, size_t part)
{
	return (struct view){ &generation->record, part, &generation->record.parts[part], counters->parts[part] };
}

static void print_json(const struct generation *generation, const struct counters *counters)
{
	const struct record *record = &generation->record;
	json_t *blocks = json_array(), *document;

	for (size_t part = 0; part < record->n_parts; part++) {
		struct view view = view_of(generation, counters, part);

		for (size_t i = 0; i < view.manifest->n_blocks; i++)
			json_array_append_new(blocks, block_json(&view, &view.manifest->blocks[i]));
	}
	document = json_pack("{s:s, s:s, s:I}", "schema", SCHEMA, "policy", record->policies, "generation",
			     (json_int_t)record->generation);
	if (record->n_parts == 1)
		json_object_set_new(document, "source_hash", json_string(record->parts[0].source_hash));
	json_object_set_new(document, "applied_at", json_string(record->applied_at));
	json_object_set_new(document, "blocks", blocks);
	json_print(document);
}

static void print_text(const struct generation *generation, const struct counters *counters)
{
	const struct record *record = &generation->record;
	struct printable text;

	printf("policy %s, generation %u, applied %s\n", printable(&text, record->policies), record->generation,
	       record->applied_at);
	for (size_t part = 0; part < record->n_parts; part++) {
		struct view view = view_of(generation, counters, part);

		if (record->n_parts > 1)
			printf("\npolicy %s:", printable(&text, view.manifest->policy));
		for (size_t i = 0; i < view.manifest->n_blocks; i++)
			print_block(&view, &view.manifest->blocks[i]);
	}
}

bool ctl_rules(const struct ctl *ctl, struct failure *why)
{
	struct generation generation;
	struct counters counters;

	if (!counters_current(&ctl->site, &generation, &counters, why))
		return false;
	if (ctl->format == CTL_JSON)
		print_json(&generation, &counters);
	else
		print_text(&generation, &counters);
	counters_free(&counters);
	generation_close(&generation);
	return true;
}
