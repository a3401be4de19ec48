/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The tables of a group: cells, shapes, answers. */
#include "group_parts.h"

#include "cost.h"

#include <string.h>

/* A dense array may take this many times what a hash would. */
#define DENSE_FACTOR 2
#define DENSE_FREE (128u << 10)

/* … and answers for each list and kind, what shapes would. */
#define DIRECT_FACTOR 2
#define DIRECT_FREE (96u << 10)

/* Packed numbers may take so much more than what they save. */
#define PACKED_FREE (32u << 10)

#define HASH_INSNS 22
#define ONE_INSNS 3
#define SHAPED_INSNS 10
#define PACKED_INSNS 16
#define DIRECT_INSNS 10

/* Are the cells few enough of all that could be? */
static bool is_hashed(const struct grouping *g, const struct filled *filled)
{
	uint64_t dense = (uint64_t)g->group->n[0] * g->group->n[1] * (g->n_entries + g->lists.n > 0x10000 ? 4 : 2);

	return dense > DENSE_FREE && dense > DENSE_FACTOR * 8 * (uint64_t)filled->n;
}

/* For each kind, which of the shape's conditions is the first that holds. */
static void fill_shape(struct grouping *g, uint32_t shape, uint32_t *row)
{
	const struct interned *conditions = &g->shapes.items[shape];
	size_t words = g->space->words;

	for (size_t kind = 0; kind < g->space->n_kinds; kind++)
		g->left[kind / 64] |= 1ull << kind % 64;
	for (uint32_t i = 0; i < conditions->n; i++) {
		/* The last number is no condition: it says whether some kinds are left, which then have no term. */
		const uint64_t *holds = i + 1 < conditions->n ? g->space->holds + conditions->numbers[i] * words : NULL;

		for (size_t w = 0; w < words; w++) {
			for (uint64_t bits = holds ? g->left[w] & holds[w] : g->left[w]; bits; bits &= bits - 1)
				row[w * 64 + (size_t)__builtin_ctzll(bits)] = i;
			g->left[w] &= holds ? ~holds[w] : 0;
		}
	}
}

static uint64_t shaped_bytes(const struct grouping *g)
{
	uint64_t shapes = (uint64_t)g->shapes.n * g->space->n_kinds;

	/* As blocks they take a part of it: see matrix.c. */
	return (shapes > DIRECT_FREE ? shapes / 4 : shapes) + (g->n_entries + g->lists.n) * 4;
}

static double write_shapes(struct grouping *g)
{
	struct side_build *build = g->build;
	size_t kinds = g->space->n_kinds;
	uint32_t *row = ARENA_ARRAY(build->scratch, uint32_t, g->space->words * 64 + 1);
	struct matrix_rows *rows = matrix_begin(build->scratch, g->shapes.n, kinds);

	for (uint32_t shape = 0; shape < g->shapes.n; shape++) {
		fill_shape(g, shape, row);
		*build->work += kinds;
		matrix_add(rows, row);
	}
	return matrix_end(rows, build->arena, build->classifier, "shapes of lists", &g->group->shapes);
}

/* Answers of lists that have several begin at multiples of 1 << align, which saves bits of the number. */
#define MOST_ALIGN 3

/* What a list takes among these, with a last one: none. */
static uint64_t answers_of(const struct interned *list, unsigned align)
{
	return list->n > 2 ? ((uint64_t)list->n + (1u << align) - 1) >> align << align : 0;
}

static uint64_t many_answers(const struct grouping *g, unsigned align)
{
	uint64_t n = 0;

	for (size_t i = 0; i < g->lists.n; i++)
		n += answers_of(&g->lists.items[i], align);
	return n;
}

static uint32_t most_answer(const struct grouping *g)
{
	uint32_t most = 0;

	for (size_t i = 0; i < g->lists.n; i++)
		for (uint32_t k = 1; k < g->lists.items[i].n; k++)
			most = g->lists.items[i].numbers[k] > most ? g->lists.items[i].numbers[k] : most;
	return most;
}

/* Do shape and base fit a number, and take no more memory than what that saves? Sets the group's numbers if so. */
static bool can_pack(struct grouping *g, const struct filled *filled)
{
	struct class_group *group = g->group;
	uint64_t n_cells = (uint64_t)group->n[0] * group->n[1], n = 0;
	unsigned room = 32;

	/* What of a slot the cell does not take, or the numbers of an array. */
	if (is_hashed(g, filled))
		room = slot_bits(group);
	group->many = most_answer(g) + 2;
	for (group->align = 0; group->align <= MOST_ALIGN; group->align++) {
		n = many_answers(g, group->align);
		group->bits = bits_of(group->many + (n >> group->align));
		if (bits_of(g->shapes.n - 1) + group->bits <= room)
			break;
	}
	if (group->align > MOST_ALIGN || n > g->n_entries + g->lists.n)
		return false;
	/* Numbers of dense cells may need four bytes instead of two. */
	return is_hashed(g, filled) || g->n_entries + g->lists.n > 0x10000 ||
	       n_cells * 2 <= (g->n_entries + g->lists.n - n) * 4 + PACKED_FREE;
}

/* Makes shapes, and the answers of lists with several; of each list, its number. */
static uint64_t *write_packed(struct grouping *g, double *ns)
{
	struct side_build *build = g->build;
	struct class_group *group = g->group;
	uint64_t *numbers = ARENA_ARRAY(build->scratch, uint64_t, g->lists.n);
	uint64_t at = 0;

	*ns = write_shapes(g);
	group->answers = region_new(build->arena, build->classifier, "answers", many_answers(g, group->align), sizeof(uint32_t));
	for (size_t i = 0; i < g->lists.n; i++) {
		const struct interned *list = &g->lists.items[i];
		uint64_t room = answers_of(list, group->align), base = list->n == 2 ? list->numbers[1] + 1 : 0;

		for (uint32_t k = 1; k <= room; k++)
			region_set(build->classifier, &group->answers, at + k - 1, k < list->n ? list->numbers[k] : CLASSIFY_NONE);
		base = room ? group->many + (at >> group->align) : base;
		numbers[i] = (uint64_t)list->numbers[0] << group->bits | base;
		at += room;
	}
	return numbers;
}

/* Makes shapes and answers; of each list, where it begins. */
static uint64_t *write_shaped(struct grouping *g, double *ns)
{
	struct side_build *build = g->build;
	struct class_group *group = g->group;
	uint64_t *begins = ARENA_ARRAY(build->scratch, uint64_t, g->lists.n);
	uint32_t at = 0;

	*ns = write_shapes(g);
	group->answers = region_new(build->arena, build->classifier, "answers", g->n_entries + g->lists.n, sizeof(uint32_t));
	for (size_t i = 0; i < g->lists.n; i++) {
		const struct interned *list = &g->lists.items[i];

		begins[i] = at;
		region_set(build->classifier, &group->answers, at++, (uint64_t)list->numbers[0] * group->shapes.row);
		for (uint32_t k = 1; k < list->n; k++)
			region_set(build->classifier, &group->answers, at++, list->numbers[k]);
		region_set(build->classifier, &group->answers, at++, CLASSIFY_NONE);
	}
	return begins;
}

/* Answers for each list and kind; of each list, the row. */
static uint64_t *write_direct(struct grouping *g)
{
	struct side_build *build = g->build;
	struct class_group *group = g->group;
	uint64_t *rows = ARENA_ARRAY(build->scratch, uint64_t, g->lists.n);
	uint32_t kinds = g->space->n_kinds;
	size_t words = g->space->words;

	group->answers = region_new(build->arena, build->classifier, "answers", g->lists.n * kinds, sizeof(uint32_t));
	for (size_t i = 0; i < g->lists.n; i++) {
		const struct interned *list = &g->lists.items[i];
		const struct interned *conditions = &g->shapes.items[list->numbers[0]];

		rows[i] = (uint32_t)i * kinds;
		for (uint32_t kind = 0; kind < kinds; kind++) {
			uint32_t k = 0;

			while (k + 1 < conditions->n &&
			       !(g->space->holds[conditions->numbers[k] * words + kind / 64] & 1ull << kind % 64))
				k++;
			region_set(build->classifier, &group->answers, rows[i] + kind,
				   k + 1 < conditions->n ? list->numbers[k + 1] : CLASSIFY_NONE);
		}
	}
	return rows;
}

/* Do lists have one answer at most, for which cells have room? Where there is one cell only, some table has to be read. */
static bool can_be_numbers(const struct grouping *g, const struct filled *filled)
{
	const struct class_group *group = g->group;

	return g->space->n_kinds == 1 && (uint64_t)group->n[0] * group->n[1] > 1 &&
	       (!is_hashed(g, filled) || bits_of((uint64_t)most_answer(g) + 1) <= slot_bits(group));
}

/* Of each list, its only answer. */
static uint64_t *answers_of_one_kind(struct grouping *g)
{
	uint64_t *numbers = ARENA_ARRAY(g->build->scratch, uint64_t, g->lists.n);

	for (size_t i = 0; i < g->lists.n; i++)
		numbers[i] = g->lists.items[i].n > 1 ? (uint64_t)g->lists.items[i].numbers[1] + 1 : 0;
	return numbers;
}

static double write_lists(struct grouping *g, const struct filled *filled, uint64_t **numbers)
{
	uint64_t direct = (uint64_t)g->lists.n * g->space->n_kinds * 4;
	double ns;

	if (can_be_numbers(g, filled)) {
		g->group->lists = LISTS_ONE;
		*numbers = answers_of_one_kind(g);
		return ONE_INSNS * COST_INSN;
	}
	if (direct <= DIRECT_FREE || direct <= DIRECT_FACTOR * shaped_bytes(g)) {
		g->group->lists = LISTS_DIRECT;
		*numbers = write_direct(g);
		return DIRECT_INSNS * COST_INSN + cost_read(direct);
	}
	if (can_pack(g, filled)) {
		g->group->lists = LISTS_PACKED;
		*numbers = write_packed(g, &ns);
		return ns + PACKED_INSNS * COST_INSN + cost_read((uint64_t)g->group->answers.n * 4);
	}
	g->group->lists = LISTS_SHAPED;
	*numbers = write_shaped(g, &ns);
	return ns + SHAPED_INSNS * COST_INSN + cost_read((uint64_t)g->group->answers.n * 4);
}

static double write_dense(struct grouping *g, const struct filled *filled, const uint64_t *numbers)
{
	struct side_build *build = g->build;
	struct class_group *group = g->group;
	size_t n_cells = (size_t)group->n[0] * group->n[1];
	uint32_t *cells = ARENA_ARRAY(build->scratch, uint32_t, n_cells);
	struct matrix_rows *rows;
	double ns;

	for (size_t i = 0; i < filled->n; i++)
		cells[filled->cells[i]] = (uint32_t)numbers[filled->lists[i]];
	rows = matrix_begin(build->scratch, group->n[0], group->n[1]);
	for (size_t i = 0; i < group->n[0]; i++)
		matrix_add(rows, cells + i * group->n[1]);
	ns = cell_patterns(build, cells, matrix_size(rows), group);
	if (ns >= 0)
		return ns;
	group->cells = CELLS_DENSE;
	return matrix_end(rows, build->arena, build->classifier, "cells", &group->table);
}

static double write_hash(struct grouping *g, const struct filled *filled, const uint64_t *numbers)
{
	struct side_build *build = g->build;
	struct class_group *group = g->group;
	uint64_t *of_cells = ARENA_ARRAY(build->scratch, uint64_t, filled->n + 1);

	for (size_t i = 0; i < filled->n; i++)
		of_cells[i] = numbers[filled->lists[i]];
	group->cells = CELLS_HASH;
	if (!cells_hash(build->arena, build->scratch, build->classifier, filled->cells, of_cells, filled->n, group))
		return -1;
	return HASH_INSNS * COST_INSN + cost_read((uint64_t)group->displacements.n * group->displacements.width) +
	       cost_read((uint64_t)group->slots.n * 8);
}

/* Less than 0: there are more cells than have numbers. */
static double write_cells(struct grouping *g, const struct filled *filled, const uint64_t *numbers)
{
	struct class_group *group = g->group;
	uint64_t n_cells = (uint64_t)group->n[0] * group->n[1];

	if (n_cells >= UINT32_MAX)
		return -1;
	if (n_cells == 1) {
		group->cells = CELLS_ONE;
		group->only = (uint32_t)numbers[filled->n ? filled->lists[0] : 0];
		return 0;
	}
	if (is_hashed(g, filled))
		return write_hash(g, filled, numbers);
	return write_dense(g, filled, numbers);
}

double group_tables(struct grouping *g, const struct filled *filled)
{
	uint64_t *numbers;
	double ns = write_lists(g, filled, &numbers), cells = write_cells(g, filled, numbers);

	return cells < 0 ? -1 : ns + cells;
}
