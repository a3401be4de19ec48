/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "group_parts.h"

#include "cost.h"

#include <stdlib.h>

/* Beyond these a group has exploded. */
#define MOST_COVERS 6000000u
#define MOST_MEMBERS 20000000u
#define MOST_SHAPE_NUMBERS (160u << 20)
#define MOST_ENTRIES 8000000u

/* Work (struct side_build) of one group: about half a second. */
#define MOST_WORK 500000000u

/* Of finding the list of a cell, and for each pair that covers it. */
#define CELL_WORK 32
#define PAIR_WORK 8

#define TRANSLATE_INSNS 6

/* --- classes ------------------------------------------------------------------- */

/* Numbers the group's own predicates from 1; local[p] of the side's, 0: not of this group. */
static size_t local_predicates(struct grouping *g, unsigned end, uint32_t *local, const struct rangeset **predicates)
{
	struct side_build *build = g->build;
	size_t n = 0;

	for (size_t i = 0; i < g->terms->n; i++) {
		uint32_t predicate = build->terms[g->terms->terms[i]].end[end];

		if (!predicate || local[predicate])
			continue;
		predicates[n++] = build->predicates[end][predicate - 1];
		local[predicate] = (uint32_t)n;
	}
	return n;
}

static void invert(struct grouping *g, unsigned end, size_t n_predicates)
{
	const struct intervals *intervals = &g->intervals[end];
	struct holders *holders = &g->holders[end];
	uint32_t *next = ARENA_ARRAY(g->build->scratch, uint32_t, n_predicates + 2);
	size_t n_members = intervals->begins[intervals->n_classes];

	holders->begins = ARENA_ARRAY(g->build->scratch, uint32_t, n_predicates + 2);
	holders->classes = ARENA_ARRAY(g->build->scratch, uint32_t, n_members + intervals->n_classes);
	holders->begins[1] = (uint32_t)intervals->n_classes;
	for (size_t i = 0; i < n_members; i++)
		holders->begins[intervals->members[i] + 2]++;
	for (size_t p = 1; p <= n_predicates; p++)
		holders->begins[p + 1] += holders->begins[p];
	memcpy(next, holders->begins, (n_predicates + 1) * sizeof(*next));
	for (size_t class = 0; class < intervals->n_classes; class++) {
		holders->classes[class] = (uint32_t)class;
		for (uint32_t i = intervals->begins[class]; i < intervals->begins[class + 1]; i++)
			holders->classes[next[intervals->members[i] + 1]++] = (uint32_t)class;
	}
}

/* The group's class for each of the end's: a column, unless they are the same. */
static void translate(struct grouping *g, unsigned end)
{
	struct side_build *build = g->build;
	const struct intervals *all = &build->intervals[end], *own = &g->intervals[end];
	uint32_t *column = ARENA_ARRAY(build->scratch, uint32_t, all->n_classes);
	const uint32_t **slot;
	size_t interval = 0;
	bool same = true;

	for (size_t i = 0; i < all->n; i++) {
		while (interval + 1 < own->n && own->starts[interval + 1] <= all->starts[i])
			interval++;
		column[all->classes[i]] = own->classes[interval];
		same &= own->classes[interval] == all->classes[i];
	}
	g->group->column[end] = -1;
	if (same)
		return;
	g->group->column[end] = (int)build->n_columns[end];
	slot = arena_push(build->scratch, &build->columns[end], &build->n_columns[end], &build->columns_room[end],
			  sizeof(*slot));
	*slot = column;
}

static bool make_classes(struct grouping *g, unsigned end, uint32_t **local)
{
	struct side_build *build = g->build;
	const struct rangeset **predicates = ARENA_ARRAY(build->scratch, const struct rangeset *, g->terms->n + 1);
	size_t n;

	*local = ARENA_ARRAY(build->scratch, uint32_t, build->n_predicates[end] + 1);
	n = local_predicates(g, end, *local, predicates);
	if (!intervals_make(build->scratch, predicates, n, family_bits(build->family), MOST_MEMBERS, &g->intervals[end]))
		return false;
	invert(g, end, n);
	g->group->n[end] = (uint32_t)g->intervals[end].n_classes;
	g->group->column[end] = -1;
	if (n)
		translate(g, end);
	return true;
}

/* --- cells --------------------------------------------------------------------- */

static void make_pairs(struct grouping *g, uint32_t *const local[2])
{
	struct side_build *build = g->build;
	struct interns interns;

	interns_init(&interns, build->scratch);
	for (size_t i = 0; i < g->terms->n; i++) {
		const struct side_term *term = &build->terms[g->terms->terms[i]];
		uint32_t ends[2] = { term->end[0] ? local[0][term->end[0]] : 0, term->end[1] ? local[1][term->end[1]] : 0 };
		bool is_new;
		uint32_t number = intern(&interns, ends, 2, &is_new);
		struct pair *pair;

		if (is_new) {
			pair = arena_push(build->scratch, &g->pairs, &g->n_pairs, &g->pairs_room, sizeof(*pair));
			*pair = (struct pair){ .end = { ends[0], ends[1] } };
		}
		pair = &g->pairs[number];
		if (pair->n == pair->room) {
			uint32_t *grown = ARENA_ARRAY(build->scratch, uint32_t, 2 * pair->room + 1);

			if (pair->n)
				memcpy(grown, pair->terms, pair->n * sizeof(*grown));
			pair->terms = grown;
			pair->room = 2 * pair->room + 1;
		}
		pair->terms[pair->n++] = g->terms->terms[i];
	}
}

static bool cover_cells(struct grouping *g)
{
	uint64_t n = 0;

	for (size_t i = 0; i < g->n_pairs; i++) {
		uint64_t cells = 1;

		for (unsigned end = 0; end < 2; end++) {
			uint32_t p = g->pairs[i].end[end];

			cells *= g->holders[end].begins[p + 1] - g->holders[end].begins[p];
		}
		n += cells;
		if (n > MOST_COVERS)
			return false;
	}
	g->covers.items = ARENA_ARRAY(g->build->scratch, struct covering, n + 1);
	for (size_t i = 0; i < g->n_pairs; i++) {
		const struct pair *pair = &g->pairs[i];
		const struct holders *src = &g->holders[0], *dst = &g->holders[1];

		for (uint32_t a = src->begins[pair->end[0]]; a < src->begins[pair->end[0] + 1]; a++)
			for (uint32_t b = dst->begins[pair->end[1]]; b < dst->begins[pair->end[1] + 1]; b++)
				g->covers.items[g->covers.n++] = (struct covering){
					(uint64_t)src->classes[a] * g->group->n[1] + dst->classes[b], (uint32_t)i
				};
	}
	covers_sort(g->build->scratch, &g->covers, (uint64_t)g->group->n[0] * g->group->n[1]);
	return true;
}

/* --- lists --------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* All terms of some pairs, in order. */
static size_t gather(struct grouping *g, const uint32_t *pairs, size_t n_pairs, uint32_t **terms)
{
	size_t n = 0;

	for (size_t i = 0; i < n_pairs; i++)
		n += g->pairs[pairs[i]].n;
	*terms = ARENA_ARRAY(g->build->scratch, uint32_t, n + 1);
	n = 0;
	for (size_t i = 0; i < n_pairs; i++) {
		memcpy(*terms + n, g->pairs[pairs[i]].terms, g->pairs[pairs[i]].n * sizeof(**terms));
		n += g->pairs[pairs[i]].n;
	}
	/* The order of terms is that of their answers. */
	if (n_pairs > 1)
		qsort(*terms, n, sizeof(**terms), compare_numbers);
	return n;
}

/* Drops the conditions that hold for no kind which one before has not taken. */
static struct sequence reduce(struct grouping *g, const uint32_t *conditions, size_t n)
{
	struct arena *scratch = g->build->scratch;
	struct sequence sequence = { .kept = ARENA_ARRAY(scratch, uint32_t, n + 1) };
	uint32_t *numbers = ARENA_ARRAY(scratch, uint32_t, n + 1);
	size_t words = g->space->words;
	bool some = true, is_new;

	for (size_t kind = 0; kind < g->space->n_kinds; kind++)
		g->left[kind / 64] |= 1ull << kind % 64;
	for (size_t i = 0; i < n && some; i++) {
		const uint64_t *holds = g->space->holds + conditions[i] * words;
		uint64_t any = 0, rest = 0;

		for (size_t w = 0; w < words; w++) {
			any |= g->left[w] & holds[w];
			g->left[w] &= ~holds[w];
			rest |= g->left[w];
		}
		some = rest;
		*g->build->work += words;
		if (!any)
			continue;
		numbers[sequence.n] = conditions[i];
		sequence.kept[sequence.n++] = (uint32_t)i;
	}
	numbers[sequence.n] = some;
	sequence.shape = intern(&g->shapes, numbers, sequence.n + 1, &is_new);
	return sequence;
}

/* The list of a cell that these pairs cover. */
static uint32_t list_of(struct grouping *g, const uint32_t *pairs, size_t n_pairs)
{
	struct arena *scratch = g->build->scratch;
	uint32_t *terms, *numbers, *slot, raw, number;
	struct sequence *sequence;
	size_t n, count;
	bool is_new;

	raw = intern(&g->raw, pairs, n_pairs, &is_new);
	if (!is_new)
		return g->of_raw[raw];
	n = gather(g, pairs, n_pairs, &terms);
	*g->build->work += 16 * n;
	numbers = ARENA_ARRAY(scratch, uint32_t, n + 2);
	for (size_t i = 0; i < n; i++)
		numbers[i] = g->build->local[g->build->terms[terms[i]].condition];
	number = intern(&g->sequences, numbers, n, &is_new);
	if (is_new) {
		count = number;
		sequence = arena_push(scratch, &g->of_sequence, &count, &g->sequence_room, sizeof(*sequence));
		*sequence = reduce(g, numbers, n);
	}
	sequence = &g->of_sequence[number];
	numbers[0] = sequence->shape;
	for (size_t i = 0; i < sequence->n; i++)
		numbers[i + 1] = g->build->terms[terms[sequence->kept[i]]].answer;
	number = intern(&g->lists, numbers, sequence->n + 1, &is_new);
	g->n_entries += is_new ? sequence->n + 1 : 0;
	count = raw;
	slot = arena_push(scratch, &g->of_raw, &count, &g->raw_room, sizeof(*slot));
	*slot = number;
	return number;
}

/* --- filled cells -------------------------------------------------------------- */

static bool fill_cells(struct grouping *g, struct filled *filled)
{
	struct arena *scratch = g->build->scratch;
	uint32_t *pairs = ARENA_ARRAY(scratch, uint32_t, g->n_pairs + 1);

	filled->cells = ARENA_ARRAY(scratch, uint64_t, g->covers.n + 1);
	filled->lists = ARENA_ARRAY(scratch, uint32_t, g->covers.n + 1);
	g->left = ARENA_ARRAY(scratch, uint64_t, g->space->words + 1);
	/* The empty list is number 0. */
	list_of(g, pairs, 0);
	for (size_t i = 0; i < g->covers.n;) {
		size_t n = 0;
		uint64_t cell = g->covers.items[i].cell;

		for (; i < g->covers.n && g->covers.items[i].cell == cell; i++)
			pairs[n++] = g->covers.items[i].pair;
		*g->build->work += CELL_WORK + PAIR_WORK * n;
		filled->cells[filled->n] = cell;
		filled->lists[filled->n++] = list_of(g, pairs, n);
		if (*g->build->work - g->began > MOST_WORK ||
		    (g->build->end_of_work && *g->build->work > g->build->end_of_work) || g->n_entries > MOST_ENTRIES ||
		    g->shapes.n * g->space->n_kinds > MOST_SHAPE_NUMBERS)
			return false;
	}
	g->group->n_lists = (uint32_t)g->lists.n;
	g->group->n_shapes = (uint32_t)g->shapes.n;
	return true;
}

double group_build(struct side_build *build, const struct group_terms *terms, uint32_t space, struct class_group *group)
{
	struct grouping g = { .build = build, .space = &build->classifier->spaces[space], .group = group, .terms = terms,
			      .began = *build->work };
	struct filled filled = { 0 };
	uint32_t *local[2];
	double ns;

	*group = (struct class_group){ .space = space, .n_terms = terms->n };
	for (unsigned end = 0; end < 2; end++)
		if (!make_classes(&g, end, &local[end]))
			return -1;
	make_pairs(&g, local);
	if (!cover_cells(&g))
		return -1;
	interns_init(&g.raw, build->scratch);
	interns_init(&g.sequences, build->scratch);
	interns_init(&g.shapes, build->scratch);
	interns_init(&g.lists, build->scratch);
	if (!fill_cells(&g, &filled))
		return -1;
	ns = group_tables(&g, &filled);
	if (ns < 0)
		return -1;
	for (unsigned end = 0; end < 2; end++)
		if (group->column[end] >= 0)
			ns += TRANSLATE_INSNS * COST_INSN;
	return ns;
}
