/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "diff_report.h"

#include "json_out.h"
#include "region.h"
#include "source.h"

#include <string.h>

static const char *counted(struct arena *arena, size_t n, const char *one, const char *many)
{
	return n ? arena_printf(arena, "%zu %s", n, n == 1 ? one : many) : NULL;
}

const char *diff_summary(const struct diff *diff)
{
	const char *parts[3], *text = "";
	size_t changes = 0, blocks = 0, effects = 0;

	for (const struct change *change = diff->changes; change; change = change->next)
		changes++;
	for (const struct block_change *block = diff->blocks; block; block = block->next)
		blocks++;
	for (const struct effect *effect = diff->effects; effect; effect = effect->next)
		effects++;
	parts[0] = counted(diff->arena, changes, "change of verdict", "changes of verdict");
	parts[1] = counted(diff->arena, blocks, "block changed", "changes of blocks");
	parts[2] = counted(diff->arena, effects, "other difference", "other differences");
	for (size_t i = 0; i < 3; i++)
		if (parts[i])
			text = arena_printf(diff->arena, "%s%s%s", text, *text ? ", " : "", parts[i]);
	if (*text && diff->undecided)
		return arena_printf(diff->arena, "at least %s", text);
	return *text ? text : "nothing found that changes";
}

/* "rule web (edge.sp:12)", "default (edge.sp:40)" */
static const char *decider_words(struct arena *arena, const struct decider *decider)
{
	bool pseudo = false;

	for (unsigned slot = 0; slot < SLOT_RULES; slot++)
		pseudo |= !strcmp(decider->name, slot_names[slot]);
	return arena_printf(arena, "%s%s", pseudo ? "" : "rule ", decider_text(arena, decider));
}

static void print_change(const struct diff *diff, const struct change *change)
{
	printf("  %s -> %s: ", verdict_names[change->from], verdict_names[change->to]);
	if (change->count)
		printf("%s packet%s (%s)", region_count_text(diff->arena, change->count),
		       strcmp(change->count, "1") ? "s" : "", change->family);
	else if (change->family)
		printf("packets (%s), not counted", change->family);
	else
		printf("what is %s", change->regions[0]);
	printf("  %s -> %s\n", decider_words(diff->arena, &change->old), decider_words(diff->arena, &change->new));
	for (size_t i = 0; change->family && i < change->n_regions; i++)
		printf("      %s\n", change->regions[i]);
	if (change->more_regions)
		puts("      and more");
	printf("    packet: %s", change->witness);
	if (change->when)
		printf(", when %s", change->when);
	putchar('\n');
}

static void print_effects(const struct diff *diff, const char *heading)
{
	if (diff->effects)
		printf("\n%s:\n", heading);
	for (const struct effect *effect = diff->effects; effect; effect = effect->next)
		printf("  %s\n", effect->message);
}

void diff_print_text(const struct diff *diff, const char *old, const char *new)
{
	const char *block = NULL;

	if (diff_equivalent(diff)) {
		printf("%s and %s are equivalent: every packet gets the same verdict\n", old, new);
		print_effects(diff, "but");
		return;
	}
	printf("%s -> %s: %s\n", old, new, diff_summary(diff));
	if (diff->undecided)
		printf("inconclusive: the effort was spent on %s, where other packets may change too;"
		       " see --timeout and --max-nodes\n", diff->undecided);
	for (const struct change *change = diff->changes; change; change = change->next) {
		if (!block || strcmp(block, change->block) != 0)
			printf("\n%s:\n", change->block);
		block = change->block;
		print_change(diff, change);
	}
	if (diff->blocks)
		puts("\nblocks:");
	for (const struct block_change *change = diff->blocks; change; change = change->next)
		printf("  %s\n", change->message);
	print_effects(diff, "besides");
}

static void set_decider(json_t *object, const struct decider *decider, const char *version)
{
	char key[16];

	snprintf(key, sizeof(key), "%s_rule", version);
	json_set_text(object, key, decider->name);
	if (!decider->span.source)
		return;
	snprintf(key, sizeof(key), "%s_file", version);
	json_set_text(object, key, decider->span.source->name);
	snprintf(key, sizeof(key), "%s_line", version);
	json_object_set_new(object, key,
			    json_integer(source_position(decider->span.source, decider->span.begin).line));
}

static json_t *change_json(const struct diff *diff, const struct change *change)
{
	json_t *object = json_object(), *regions = json_array();
	const char *region = NULL;

	json_set_text(object, "block", change->block);
	json_set_text(object, "family", change->family);
	json_set_text(object, "from", verdict_names[change->from]);
	json_set_text(object, "to", verdict_names[change->to]);
	set_decider(object, &change->old, "old");
	set_decider(object, &change->new, "new");
	for (size_t i = 0; i < change->n_regions; i++) {
		region = region ? arena_printf(diff->arena, "%s; %s", region, change->regions[i]) : change->regions[i];
		json_array_append_new(regions, json_string(change->regions[i]));
	}
	json_set_text(object, "region", region);
	json_object_set_new(object, "regions", regions);
	json_object_set_new(object, "more_regions", json_boolean(change->more_regions || !change->n_regions));
	json_set_text(object, "witness", change->witness);
	json_set_text(object, "when", change->when);
	json_set_text(object, "packets", change->count);
	return object;
}

void diff_print_json(const struct diff *diff, const char *old, const char *new)
{
	json_t *document = json_document("packet-sentry/diff/v1");
	json_t *changes = json_array(), *blocks = json_array(), *effects = json_array();

	json_set_text(document, "old", old);
	json_set_text(document, "new", new);
	json_object_set_new(document, "equivalent", json_boolean(diff_equivalent(diff)));
	json_object_set_new(document, "conclusive", json_boolean(!diff->undecided));
	for (const struct change *change = diff->changes; change; change = change->next)
		json_array_append_new(changes, change_json(diff, change));
	for (const struct block_change *change = diff->blocks; change; change = change->next) {
		json_t *object = json_object();

		json_set_text(object, "block", change->block);
		json_set_text(object, "kind", change->kind);
		json_set_text(object, "message", change->message);
		json_array_append_new(blocks, object);
	}
	for (const struct effect *effect = diff->effects; effect; effect = effect->next) {
		json_t *object = json_object();

		json_set_text(object, "kind", effect->kind);
		json_set_text(object, "rule", effect->rule);
		json_set_text(object, "message", effect->message);
		json_array_append_new(effects, object);
	}
	json_object_set_new(document, "changes", changes);
	json_object_set_new(document, "blocks", blocks);
	json_object_set_new(document, "effects", effects);
	json_print(document);
}
