/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "side.h"

#include "cost.h"
#include "group.h"
#include "vectors.h"
#include "class_region.h"

/* Entries of a trie from which on a tree of keys takes less of the caches. */
#define KEYS_FROM 131072u

/* Of joining the answers of two groups. */
#define JOIN_INSNS 4

/* Of how many classes of an end each predicate holds. */
static uint32_t *count_widths(const struct side_build *build, unsigned end)
{
	const struct intervals *intervals = &build->intervals[end];
	uint32_t *widths = ARENA_ARRAY(build->scratch, uint32_t, build->n_predicates[end] + 1);

	widths[0] = UINT32_MAX;
	for (size_t i = 0; i < intervals->begins[intervals->n_classes]; i++)
		widths[intervals->members[i] + 1]++;
	return widths;
}

/* The terms of each group: the widths of both ends, then the space. */
static struct group_terms *part(struct side_build *build, uint32_t wide, const uint32_t *space_of, size_t n_spaces)
{
	struct group_terms *groups = ARENA_ARRAY(build->scratch, struct group_terms, 4 * n_spaces);
	const uint32_t *widths[2] = { count_widths(build, 0), count_widths(build, 1) };
	uint32_t *number = ARENA_ARRAY(build->scratch, uint32_t, build->n_terms + 1);

	for (size_t i = 0; i < build->n_terms; i++) {
		const struct side_term *term = &build->terms[i];
		unsigned widely = 0;

		for (unsigned end = 0; end < 2; end++)
			widely = 2 * widely + (wide && widths[end][term->end[end]] > wide);
		number[i] = 4 * space_of[term->condition] + widely;
		groups[number[i]].n++;
	}
	for (size_t i = 0; i < 4 * n_spaces; i++) {
		groups[i].terms = ARENA_ARRAY(build->scratch, uint32_t, groups[i].n + 1);
		groups[i].n = 0;
	}
	for (size_t i = 0; i < build->n_terms; i++)
		groups[number[i]].terms[groups[number[i]].n++] = (uint32_t)i;
	return groups;
}

double side_build_end(const struct side_build *build, struct class_side *side, unsigned end)
{
	struct class_end *out = &side->ends[end];
	const char *what = end ? "destination addresses" : "source addresses";
	double ns = 0;

	out->n_classes = (uint32_t)build->intervals[end].n_classes;
	if (out->n_classes == 1)
		return 0;
	if (build->family == FAMILY_V4)
		ns = trie_plan(&build->intervals[end], &out->trie);
	/* A tree of keys has no more than so many entries and leaves: where a trie is that small, it is the faster. */
	out->by_keys = build->family == FAMILY_V6 || out->trie.n_entries > KEYS_FROM;
	if (out->by_keys)
		return keys_build(build->arena, build->scratch, build->classifier, what, build->family,
				  &build->intervals[end], &out->keys);
	trie_build(build->arena, build->classifier, what, &build->intervals[end], &out->trie);
	return ns;
}

static void write_columns(struct side_build *build, struct class_side *side, unsigned end)
{
	size_t n = build->n_columns[end], n_classes = build->intervals[end].n_classes;
	uint32_t *numbers = ARENA_ARRAY(build->scratch, uint32_t, n * n_classes + 1);

	side->n_columns[end] = (uint32_t)n;
	if (!n)
		return;
	for (size_t class = 0; class < n_classes; class++)
		for (size_t column = 0; column < n; column++)
			numbers[class * n + column] = build->columns[end][column][class];
	side->columns[end] = region_of(build->arena, build->classifier, "classes of groups", numbers, n * n_classes);
}

static void note_space(struct class_side *side, uint32_t space)
{
	for (size_t i = 0; i < side->n_spaces; i++)
		if (side->spaces[i] == space)
			return;
	side->spaces[side->n_spaces++] = space;
}

double side_build(struct side_build *build, uint32_t wide, const uint32_t *space_of, size_t n_spaces,
		  struct class_side *side)
{
	struct group_terms *groups = part(build, wide, space_of, n_spaces);
	double ns = 0;

	*side = (struct class_side){ 0 };
	side->groups = ARENA_ARRAY(build->arena, struct class_group, 4 * n_spaces);
	side->spaces = ARENA_ARRAY(build->arena, uint32_t, n_spaces);
	for (size_t i = 0; i < 4 * n_spaces; i++) {
		double cost;

		if (!groups[i].n)
			continue;
		cost = group_build(build, &groups[i], (uint32_t)(i / 4), &side->groups[side->n_groups]);
		if (cost < 0)
			return -1;
		note_space(side, (uint32_t)(i / 4));
		ns += cost + (side->n_groups++ ? JOIN_INSNS * COST_INSN : 0);
	}
	for (unsigned end = 0; end < 2; end++) {
		double cost = side_build_end(build, side, end);

		if (cost < 0)
			return -1;
		ns += cost;
		write_columns(build, side, end);
	}
	return ns;
}

/* --- looking up ---------------------------------------------------------------- */

static uint32_t end_class(const struct classifier *classifier, const struct class_end *end, u128 address)
{
	if (end->n_classes == 1)
		return 0;
	if (!end->by_keys)
		return trie_lookup(classifier, &end->trie, (uint32_t)address);
	return keys_lookup(classifier, &end->keys, address);
}

/* The number of the packet's cell. */
static uint64_t cell_number(const struct classifier *classifier, const struct class_group *group, const uint32_t class[2])
{
	uint64_t cell = (uint64_t)class[0] * group->n[1] + class[1], hash, slot;

	switch (group->cells) {
	case CELLS_ONE:
		return group->only;
	case CELLS_DENSE:
		return region_get(classifier, &group->table, cell);
	case CELLS_HASH:
		break;
	}
	hash = cell_hash(cell);
	slot = cell_slot(hash, region_get(classifier, &group->displacements, hash), group->slots.n);
	slot = region_get(classifier, &group->slots, slot);
	return slot >> 32 == cell ? (uint32_t)slot : 0;
}

uint32_t side_lookup(const struct classifier *classifier, const struct class_side *side, u128 src, u128 dst,
		     const uint32_t *kinds)
{
	uint32_t ends[2] = { end_class(classifier, &side->ends[0], src), end_class(classifier, &side->ends[1], dst) };
	uint32_t best = CLASSIFY_NONE;

	if (side->vectors)
		return vectors_lookup(classifier, side->vectors, ends, kinds, NULL);
	for (size_t i = 0; i < side->n_groups; i++) {
		const struct class_group *group = &side->groups[i];
		uint32_t class[2], answer;
		uint64_t number;

		for (unsigned end = 0; end < 2; end++) {
			class[end] = group->n[end] == 1 ? 0 : ends[end];
			if (group->column[end] >= 0)
				class[end] = (uint32_t)region_get(classifier, &side->columns[end],
								  (uint64_t)ends[end] * side->n_columns[end] +
									  (unsigned)group->column[end]);
		}
		number = cell_number(classifier, group, class);
		if (group->lists == LISTS_SHAPED)
			number += 1 + region_get(classifier, &group->shapes,
						 region_get(classifier, &group->answers, number) + kinds[group->space]);
		else
			number += kinds[group->space];
		answer = (uint32_t)region_get(classifier, &group->answers, number);
		if (answer < best)
			best = answer;
	}
	return best;
}
