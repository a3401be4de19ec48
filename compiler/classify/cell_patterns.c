/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Cells by the patterns of their rows. Where predicates of one end are narrow and those of the other wide, as in all groups but
 * the first, a class of the narrow end is that of one or two terms: its row has one number, in some columns. Kept once, and
 * which columns they are for all rows that are alike in that, rows take a few bytes, however many columns there are.
 */
#include "group.h"

#include "cost.h"

/* Cells of fewer bytes are not worth another read, nor where it does not take so many times less. */
#define PATTERNS_FROM (48u << 10)
#define PATTERNS_FACTOR 2

/* Numbers of a row: of one with more the pattern is hardly another's, too. */
#define MOST_NUMBERS 64

#define PATTERNS_INSNS 14
#define SEVERAL_INSNS 8

/* The rows of one end. */
struct cell_rows {
	unsigned along;
	size_t n, columns;
	struct interns patterns;
	uint32_t *pattern;            /* by row */
	uint32_t *base;               /* by row: its number, or where its numbers begin */
	uint8_t *has_several;         /* by row */
	size_t n_several, room;
	uint32_t *several;
	uint32_t most;                /* the largest number of a row that has one */
	struct matrix_rows *matrix;
	unsigned bits;
	uint64_t bytes;
};

static uint32_t number_at(const struct class_group *group, const uint32_t *cells, unsigned along, size_t row, size_t column)
{
	return along ? cells[column * group->n[1] + row] : cells[row * group->n[1] + column];
}

/* Which of the row's numbers each column has; how many there are, more than MOST_NUMBERS if that is too many. */
static size_t find_numbers(const struct class_group *group, const uint32_t *cells, const struct cell_rows *rows, size_t row,
			   uint32_t *which, uint32_t numbers[MOST_NUMBERS])
{
	size_t n = 0;

	for (size_t column = 0; column < rows->columns; column++) {
		uint32_t number = number_at(group, cells, rows->along, row, column);
		size_t at = 0;

		while (number && at < n && numbers[at] != number)
			at++;
		if (number && at == n) {
			if (n == MOST_NUMBERS)
				return n + 1;
			numbers[n++] = number;
		}
		which[column] = number ? (uint32_t)at + 1 : 0;
	}
	return n;
}

static void keep_several(struct side_build *build, struct cell_rows *rows, const uint32_t *numbers, size_t n)
{
	*(uint32_t *)arena_push(build->scratch, &rows->several, &rows->n_several, &rows->room, sizeof(*rows->several)) = 0;
	for (size_t i = 0; i < n; i++)
		*(uint32_t *)arena_push(build->scratch, &rows->several, &rows->n_several, &rows->room, sizeof(*rows->several)) = numbers[i];
}

static unsigned pattern_bits(const struct cell_rows *rows)
{
	return rows->patterns.n > 1 ? bits_of(rows->patterns.n - 1) : 0;
}

/* False where there are so many that they may take `bytes`, a row has too many numbers, or pattern and base do not fit one. */
static bool find_patterns(struct side_build *build, const struct class_group *group, const uint32_t *cells, unsigned along,
			  uint64_t bytes, struct cell_rows *rows)
{
	uint32_t *which, numbers[MOST_NUMBERS];
	bool is_new;

	*rows = (struct cell_rows){ .along = along, .n = group->n[along], .columns = group->n[!along] };
	rows->pattern = ARENA_ARRAY(build->scratch, uint32_t, rows->n);
	rows->base = ARENA_ARRAY(build->scratch, uint32_t, rows->n);
	rows->has_several = ARENA_ARRAY(build->scratch, uint8_t, rows->n);
	which = ARENA_ARRAY(build->scratch, uint32_t, rows->columns);
	interns_init(&rows->patterns, build->scratch);
	for (size_t row = 0; row < rows->n; row++) {
		size_t n = find_numbers(group, cells, rows, row, which, numbers);

		if (n > MOST_NUMBERS || rows->patterns.n * rows->columns > bytes)
			return false;
		rows->has_several[row] = n > 1;
		rows->base[row] = n > 1 ? (uint32_t)rows->n_several : n ? numbers[0] : 0;
		if (n > 1)
			keep_several(build, rows, numbers, n);
		else
			rows->most = rows->base[row] > rows->most ? rows->base[row] : rows->most;
		rows->pattern[row] = intern(&rows->patterns, which, rows->columns, &is_new);
	}
	*build->work += rows->n * rows->columns;
	rows->bits = bits_of((uint64_t)rows->most + 1 + rows->n_several);
	return rows->bits + pattern_bits(rows) <= 32;
}

/* What they take, once it is known that they can be had. */
static void measure(struct side_build *build, struct cell_rows *rows)
{
	rows->matrix = matrix_begin(build->scratch, rows->patterns.n, rows->columns);
	for (size_t i = 0; i < rows->patterns.n; i++)
		matrix_add(rows->matrix, rows->patterns.items[i].numbers);
	rows->bytes = matrix_size(rows->matrix) + rows->n * (rows->bits + pattern_bits(rows) <= 16 ? 2 : 4) +
		      rows->n_several * sizeof(*rows->several);
}

static double write(struct side_build *build, const struct cell_rows *rows, struct class_group *group)
{
	uint32_t *heads = ARENA_ARRAY(build->scratch, uint32_t, rows->n);
	double ns = PATTERNS_INSNS * COST_INSN;

	group->cells = CELLS_PATTERNS;
	group->along = rows->along;
	group->row_bits = rows->bits;
	group->row_many = rows->most + 1;
	for (size_t i = 0; i < rows->n; i++)
		heads[i] = (uint32_t)((uint64_t)rows->pattern[i] << rows->bits |
				      (rows->has_several[i] ? group->row_many + rows->base[i] : rows->base[i]));
	group->heads = region_of(build->arena, build->classifier, "rows of cells", heads, rows->n);
	ns += cost_read((uint64_t)group->heads.n * group->heads.width);
	ns += matrix_end(rows->matrix, build->arena, build->classifier, "patterns of rows", &group->table);
	if (!rows->n_several)
		return ns;
	group->several = region_of(build->arena, build->classifier, "numbers of rows", rows->several, rows->n_several);
	return ns + SEVERAL_INSNS * COST_INSN + cost_read((uint64_t)group->several.n * group->several.width);
}

double cell_patterns(struct side_build *build, const uint32_t *cells, uint64_t bytes, struct class_group *group)
{
	const struct cell_rows *best = NULL;
	struct cell_rows rows[2];

	if (bytes < PATTERNS_FROM)
		return -1;
	for (unsigned along = 0; along < 2; along++) {
		/* Short rows have more patterns in common, and there are more of them. */
		if (group->n[along] < group->n[!along] || !find_patterns(build, group, cells, along, bytes, &rows[along]))
			continue;
		measure(build, &rows[along]);
		if (!best || rows[along].bytes < best->bytes)
			best = &rows[along];
	}
	if (!best || best->bytes > bytes / PATTERNS_FACTOR)
		return -1;
	return write(build, best, group);
}
