/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "matrix.h"

#include "cost.h"
#include "intern.h"

/* What takes more than this is tried as blocks, which must take so many times less. */
#define BLOCKS_FROM (64u << 10)
#define BLOCKS_FACTOR 3

#define SMALLEST_BITS 3
#define N_LEVELS 6

#define PLAIN_INSNS 6
#define BLOCKS_INSNS 13

/*
 * Blocks of one size: interned as what they consist of, which for the smallest is numbers, and for each of the others
 * a pair of the size before.
 */
struct blocks {
	unsigned bits;
	size_t row;               /* blocks of a row */
	uint32_t *numbers;        /* which block, by row and place */
	struct interns blocks;
};

static unsigned width_of(uint64_t largest)
{
	return largest < 0x100 ? 1 : largest < 0x10000 ? 2 : 4;
}

/* What is beyond the last column. */
#define NOTHING UINT32_MAX

struct matrix_rows {
	struct arena *scratch;
	size_t n_rows, n_columns;
	size_t n_added;
	uint32_t largest;
	struct blocks levels[N_LEVELS];
};

static void begin_blocks(struct arena *scratch, size_t n_rows, size_t n, size_t size, struct blocks *out)
{
	out->row = (n + size - 1) / size;
	out->numbers = ARENA_ARRAY(scratch, uint32_t, n_rows * out->row + 1);
	interns_init(&out->blocks, scratch);
}

/* Parts a row of `n` items into blocks of `size` items. */
static void add_blocks(struct blocks *out, const uint32_t *items, size_t n, size_t size, uint32_t *numbers)
{
	uint32_t block[1 << SMALLEST_BITS];
	bool is_new;

	for (size_t k = 0; k < out->row; k++) {
		for (size_t c = 0; c < size; c++)
			block[c] = k * size + c < n ? items[k * size + c] : NOTHING;
		numbers[k] = intern(&out->blocks, block, size, &is_new);
	}
}

struct matrix_rows *matrix_begin(struct arena *scratch, size_t n_rows, size_t n_columns)
{
	struct matrix_rows *rows = ARENA_NEW(scratch, struct matrix_rows);

	*rows = (struct matrix_rows){ .scratch = scratch, .n_rows = n_rows, .n_columns = n_columns };
	rows->levels[0].bits = SMALLEST_BITS;
	begin_blocks(scratch, n_rows, n_columns, 1 << SMALLEST_BITS, &rows->levels[0]);
	return rows;
}

void matrix_add(struct matrix_rows *rows, const uint32_t *numbers)
{
	struct blocks *smallest = &rows->levels[0];

	for (size_t i = 0; i < rows->n_columns; i++)
		rows->largest = numbers[i] > rows->largest ? numbers[i] : rows->largest;
	add_blocks(smallest, numbers, rows->n_columns, 1 << SMALLEST_BITS,
		   smallest->numbers + rows->n_added++ * smallest->row);
}

/* The numbers of a block; levels[0] has the smallest. */
static void expand(const struct blocks *levels, unsigned level, uint32_t block, uint32_t *numbers)
{
	const struct interned *item;

	if (block == NOTHING)
		return;
	item = &levels[level].blocks.items[block];
	for (uint32_t i = 0; i < item->n; i++) {
		if (level)
			expand(levels, level - 1, item->numbers[i], numbers + ((size_t)i << (SMALLEST_BITS + level - 1)));
		else if (item->numbers[i] != NOTHING)
			numbers[i] = item->numbers[i];
	}
}

static uint64_t bytes_of(const struct blocks *blocks, size_t n_rows, unsigned width)
{
	return n_rows * blocks->row * width_of(blocks->blocks.n) + ((uint64_t)blocks->blocks.n << blocks->bits) * width;
}

/* The size of blocks that takes the least, if that is little enough: NULL, or one of the levels. */
static struct blocks *choose_blocks(struct matrix_rows *rows, uint64_t bytes)
{
	struct blocks *levels = rows->levels, *best = NULL;
	uint64_t least = bytes / BLOCKS_FACTOR;
	unsigned width = width_of(rows->largest);

	for (unsigned i = 0; i < N_LEVELS && bytes > BLOCKS_FROM; i++) {
		struct blocks *before = &levels[i ? i - 1 : 0];

		if (i) {
			levels[i].bits = SMALLEST_BITS + i;
			begin_blocks(rows->scratch, rows->n_rows, before->row, 2, &levels[i]);
			for (size_t row = 0; row < rows->n_rows; row++)
				add_blocks(&levels[i], before->numbers + row * before->row, before->row, 2,
					   levels[i].numbers + row * levels[i].row);
		}
		if (bytes_of(&levels[i], rows->n_rows, width) < least) {
			best = &levels[i];
			least = bytes_of(best, rows->n_rows, width);
		}
	}
	return best;
}

static double write_plain(struct matrix_rows *rows, struct arena *arena, struct classifier *classifier, const char *what,
			  uint64_t bytes, struct class_matrix *matrix)
{
	const struct blocks *smallest = &rows->levels[0];
	size_t padded = smallest->row << SMALLEST_BITS;
	uint32_t *row = ARENA_ARRAY(rows->scratch, uint32_t, padded + 1);

	*matrix = (struct class_matrix){ .row = (uint32_t)rows->n_columns };
	matrix->rows = region_new(arena, classifier, what, rows->n_rows * rows->n_columns, width_of(rows->largest));
	for (size_t i = 0; i < rows->n_rows; i++) {
		for (size_t k = 0; k < smallest->row; k++)
			expand(rows->levels, 0, smallest->numbers[i * smallest->row + k], row + (k << SMALLEST_BITS));
		for (size_t k = 0; k < rows->n_columns; k++)
			region_set(classifier, &matrix->rows, i * rows->n_columns + k, row[k]);
	}
	return PLAIN_INSNS * COST_INSN + cost_read(bytes);
}

double matrix_end(struct matrix_rows *rows, struct arena *arena, struct classifier *classifier, const char *what,
		  struct class_matrix *matrix)
{
	uint64_t bytes = (uint64_t)rows->n_rows * rows->n_columns * width_of(rows->largest);
	struct blocks *best = choose_blocks(rows, bytes);
	uint32_t *numbers;

	if (!best)
		return write_plain(rows, arena, classifier, what, bytes, matrix);
	numbers = ARENA_ARRAY(rows->scratch, uint32_t, best->blocks.n << best->bits);
	for (uint32_t i = 0; i < best->blocks.n; i++)
		expand(rows->levels, best->bits - SMALLEST_BITS, i, numbers + ((size_t)i << best->bits));
	*matrix = (struct class_matrix){ .row = (uint32_t)best->row, .bits = best->bits };
	matrix->rows = region_of(arena, classifier, what, best->numbers, rows->n_rows * best->row);
	matrix->blocks = region_of(arena, classifier, "blocks of the same", numbers, best->blocks.n << best->bits);
	return BLOCKS_INSNS * COST_INSN + cost_read((uint64_t)matrix->rows.n * matrix->rows.width) +
	       cost_read((uint64_t)matrix->blocks.n * matrix->blocks.width);
}
