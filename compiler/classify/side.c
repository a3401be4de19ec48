/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "side.h"

#include "cost.h"
#include "group.h"
#include "perfect_hash.h"
#include "vectors.h"
#include "class_region.h"

/* Entries of a trie from which on a tree of keys takes less of the caches. */
#define KEYS_FROM 131072u

/* Keys from which on their tree is compact: tables of fewer are so small that its instructions cost more than it saves. */
#define COMPACT_FROM 12288

const char *const cell_layout_names[] = { [CELLS_ONE] = "one", [CELLS_DENSE] = "dense", [CELLS_HASH] = "hash", [CELLS_PATTERNS] = "patterns" };
const char *const list_layout_names[] = { [LISTS_ONE] = "one", [LISTS_DIRECT] = "direct", [LISTS_SHAPED] = "shaped", [LISTS_PACKED] = "packed" };

/* Bits of a row that the entries of a trie have room for. */
#define TRIE_ROW_BITS 31

/* A column of the end's own classes; its number. */
static int push_identity(struct side_build *build, unsigned end)
{
	uint32_t *column = ARENA_ARRAY(build->scratch, uint32_t, build->intervals[end].n_classes);
	size_t number = build->n_columns[end];
	const uint32_t **slot;

	for (size_t class = 0; class < build->intervals[end].n_classes; class++)
		column[class] = (uint32_t)class;
	slot = arena_push(build->scratch, &build->columns[end], &build->n_columns[end], &build->columns_room[end], sizeof(*slot));
	*slot = column;
	return (int)number;
}

/* Groups whose classes are those of the end have a column, too. */
static void add_identity(struct side_build *build, struct class_side *side, unsigned end)
{
	int number = -1;

	for (size_t i = 0; i < side->n_groups; i++) {
		struct class_group *group = &side->groups[i];

		if (group->n[end] == 1 || group->column[end] >= 0)
			continue;
		if (number < 0)
			number = push_identity(build, end);
		group->column[end] = number;
	}
}

static unsigned place_rows(struct side_build *build, struct class_side *side, unsigned end)
{
	return rows_place(build->arena, build->columns[end], build->n_columns[end], build->intervals[end].n_classes,
			  &side->rows[end]);
}

static double write_rows(struct side_build *build, struct class_rows *rows, size_t n_classes)
{
	rows->region = region_new(build->arena, build->classifier, "classes of groups", n_classes * rows->stride, 1);
	for (size_t class = 0; class < n_classes; class++)
		rows_put(build->classifier, rows, &rows->region, class * rows->stride, (uint32_t)class);
	return cost_read(rows->region.n);
}

/* A trie, or a search: what it ends at is a class, or its row if that is so short. */
static double build_direct(struct side_build *build, struct class_side *side, unsigned end, const char *what)
{
	const struct intervals *intervals = &build->intervals[end];
	struct class_end *out = &side->ends[end];
	struct class_rows *rows = &side->rows[end];
	bool direct = false;
	double ns = 0;

	if (build->n_columns[end]) {
		add_identity(build, side, end);
		direct = place_rows(build, side, end) <= TRIE_ROW_BITS;
	}
	if (direct)
		rows->stride = 0;
	else if (rows->words)
		ns = write_rows(build, rows, intervals->n_classes);
	if (out->by == END_SEARCH)
		search_build(build->arena, build->classifier, what, intervals, direct ? rows : NULL, &out->search);
	else
		trie_build(build->arena, build->classifier, what, intervals, direct ? rows : NULL, &out->trie);
	return ns;
}

static double build_end(struct side_build *build, struct class_side *side, unsigned end)
{
	struct class_end *out = &side->ends[end];
	const char *what = end ? "destination addresses" : "source addresses";
	const struct classifier before = *build->classifier;
	double ns = 0, search;

	out->n_classes = (uint32_t)build->intervals[end].n_classes;
	if (out->n_classes == 1)
		return 0;
	if (build->family == FAMILY_V4)
		ns = trie_plan(&build->intervals[end], &out->trie);
	/* A tree of keys has no more than so many entries and leaves: where a trie is that small, it is the faster. */
	if (build->family == FAMILY_V4 && out->trie.n_entries <= KEYS_FROM)
		return ns + build_direct(build, side, end, what);
	search = search_ns(&build->intervals[end]);
	out->by = END_KEYS;
	add_identity(build, side, end);
	if (!build->n_columns[end])
		push_identity(build, end);
	place_rows(build, side, end);
	ns = keys_build(build->arena, build->scratch, build->classifier, what, build->family, &build->intervals[end],
			COMPACT_FROM, &side->rows[end], &out->keys);
	if (build->family == FAMILY_V4 || (ns >= 0 && ns <= search))
		return ns;
	*build->classifier = before;
	out->by = END_SEARCH;
	return search + build_direct(build, side, end, what);
}

double side_build(struct side_build *build, const uint32_t *space_of, size_t n_spaces, struct class_side *side)
{
	double ns = 0;

	*side = (struct class_side){ 0 };
	side->groups = ARENA_ARRAY(build->arena, struct class_group, PARTS * n_spaces);
	for (uint32_t space = 0; space < n_spaces; space++) {
		double cost = part_space(build, space_of, space, side);

		if (cost < 0)
			return -1;
		ns += cost;
	}
	for (unsigned end = 0; end < 2; end++) {
		double cost = build_end(build, side, end);

		if (cost < 0)
			return -1;
		ns += cost;
	}
	return ns;
}

double side_build_end(struct side_build *build, struct class_side *side, unsigned end)
{
	/* Those of groups that did not come about. */
	build->n_columns[end] = 0;
	return build_end(build, side, end);
}

/* --- looking up ---------------------------------------------------------------- */

static uint32_t end_number(const struct classifier *classifier, const struct class_side *side, unsigned which, u128 address)
{
	const struct class_end *end = &side->ends[which];

	if (end->n_classes == 1)
		return 0;
	if (end->by == END_SEARCH)
		return search_lookup(classifier, &end->search, address);
	if (end->by == END_TRIE)
		return trie_lookup(classifier, &end->trie, (uint32_t)address);
	return keys_lookup(classifier, &end->keys, &side->rows[which], address);
}

/* `single` where a number says that it is the only one; else what stands in `several`, of which `many` is the first. */
static uint64_t one_of(const struct classifier *classifier, uint64_t base, uint64_t many, uint64_t single,
		       const struct class_region *several, uint64_t align, uint64_t which)
{
	return base < many ? single : region_get(classifier, several, ((base - many) << align) + which);
}

/* The number of a cell whose row has a pattern. */
static uint64_t row_number(const struct classifier *classifier, const struct class_group *group, uint32_t row, uint32_t column)
{
	uint64_t head = region_get(classifier, &group->heads, row), base = head & ((1ull << group->row_bits) - 1);
	uint64_t which = matrix_get(classifier, &group->table, (head >> group->row_bits) * group->table.row, column);

	return one_of(classifier, base, group->several.n ? group->row_many : UINT64_MAX, which ? base : 0, &group->several, 0,
		      which);
}

/* The number of the packet's cell. */
static uint64_t cell_number(const struct classifier *classifier, const struct class_group *group, const uint32_t class[2])
{
	uint64_t cell, hash, slot;

	switch (group->cells) {
	case CELLS_ONE:
		return group->only;
	case CELLS_DENSE:
		return matrix_get(classifier, &group->table, (uint64_t)class[0] * group->table.row, class[1]);
	case CELLS_PATTERNS:
		return row_number(classifier, group, class[group->along], class[!group->along]);
	default:
		break;
	}
	cell = (uint64_t)class[0] * group->n[1] + class[1];
	hash = mix_product(cell);
	slot = perfect_hash_slot(hash, region_get(classifier, &group->displacements, hash), group->slots.n);
	slot = region_get(classifier, &group->slots, slot);
	return slot >> slot_bits(group) == cell ? slot & ((1ull << slot_bits(group)) - 1) : 0;
}

/* The answer of the list that a cell's number says. */
static uint32_t list_answer(const struct classifier *classifier, const struct class_group *group, uint64_t number, uint32_t kind)
{
	uint64_t base = number & ((1ull << group->bits) - 1), which;

	switch (group->lists) {
	case LISTS_ONE:
		return (uint32_t)(number - 1);
	case LISTS_DIRECT:
		return (uint32_t)region_get(classifier, &group->answers, number + kind);
	case LISTS_SHAPED:
		which = matrix_get(classifier, &group->shapes, region_get(classifier, &group->answers, number), kind);
		return (uint32_t)region_get(classifier, &group->answers, number + 1 + which);
	case LISTS_PACKED:
		break;
	}
	which = matrix_get(classifier, &group->shapes, (number >> group->bits) * group->shapes.row, kind);
	return (uint32_t)one_of(classifier, base, group->many, (uint32_t)(base - 1) | (uint32_t)-which, &group->answers,
				group->align, which);
}

uint32_t side_lookup(const struct classifier *classifier, const struct class_side *side, u128 src, u128 dst,
		     const uint32_t *kinds)
{
	uint32_t ends[2] = { end_number(classifier, side, 0, src), end_number(classifier, side, 1, dst) };
	uint32_t best = CLASSIFY_NONE;

	for (unsigned end = 0; end < 2 && side->vectors; end++)
		if (side->rows[end].words)
			ends[end] = rows_class(classifier, &side->rows[end], ends[end], 0);
	if (side->vectors)
		return vectors_lookup(classifier, side->vectors, ends, kinds, NULL);
	for (size_t i = 0; i < side->n_groups; i++) {
		const struct class_group *group = &side->groups[i];
		uint32_t class[2], answer;

		for (unsigned end = 0; end < 2; end++) {
			class[end] = group->n[end] == 1 ? 0 : ends[end];
			if (group->column[end] >= 0)
				class[end] = rows_class(classifier, &side->rows[end], ends[end], (unsigned)group->column[end]);
		}
		answer = list_answer(classifier, group, cell_number(classifier, group, class), kinds[group->space]);
		if (answer < best)
			best = answer;
	}
	return best;
}
