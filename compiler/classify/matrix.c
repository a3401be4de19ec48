/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "matrix.h"

#include "cost.h"
#include "intern.h"

/* What takes more than this is tried as blocks, which must take so many times less. */
#define BLOCKS_FROM (64u << 10)
#define BLOCKS_FACTOR 3

#define SMALLEST_BITS 3
#define N_LEVELS 9

/* What takes more than this as blocks is tried as blocks of blocks, which must take so many times less. */
#define OUTER_FROM (256u << 10)
#define OUTER_FACTOR 2

#define PLAIN_INSNS 6
#define BLOCKS_INSNS 13
#define OUTER_INSNS 7

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

/* Blocks, and the larger ones that consist of them; either may be NULL. */
struct blocking {
	const struct blocks *blocks, *outer;
	uint64_t bytes;
};

struct matrix_rows {
	struct arena *scratch;
	size_t n_rows, n_columns;
	size_t n_added;
	uint32_t largest;
	struct blocks levels[N_LEVELS];
	bool is_chosen;
	struct blocking blocking;
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

static uint64_t bytes_of(const struct blocking *blocking, size_t n_rows, unsigned width)
{
	const struct blocks *blocks = blocking->blocks, *outer = blocking->outer, *largest = outer ? outer : blocks;
	uint64_t bytes = n_rows * largest->row * width_of(largest->blocks.n) + ((uint64_t)blocks->blocks.n << blocks->bits) * width;

	return bytes + (outer ? ((uint64_t)outer->blocks.n << (outer->bits - blocks->bits)) * width_of(blocks->blocks.n) : 0);
}

/* Blocks of all sizes, each from pairs of those of half the size. */
static void make_levels(struct matrix_rows *rows)
{
	for (unsigned i = 1; i < N_LEVELS; i++) {
		struct blocks *before = &rows->levels[i - 1], *blocks = &rows->levels[i];

		blocks->bits = SMALLEST_BITS + i;
		begin_blocks(rows->scratch, rows->n_rows, before->row, 2, blocks);
		for (size_t row = 0; row < rows->n_rows; row++)
			add_blocks(blocks, before->numbers + row * before->row, before->row, 2, blocks->numbers + row * blocks->row);
	}
}

/* The sizes of blocks that take the least, if that is little enough: else there are none. */
static struct blocking choose_blocks(struct matrix_rows *rows, uint64_t bytes)
{
	struct blocking best = { .bytes = bytes / BLOCKS_FACTOR }, flat;
	unsigned width = width_of(rows->largest);

	if (bytes <= BLOCKS_FROM)
		return best;
	make_levels(rows);
	for (unsigned i = 0; i < N_LEVELS; i++) {
		struct blocking way = { .blocks = &rows->levels[i] };

		way.bytes = bytes_of(&way, rows->n_rows, width);
		best = way.bytes < best.bytes ? way : best;
	}
	if (best.bytes <= OUTER_FROM)
		return best;
	flat = best;
	best.bytes /= OUTER_FACTOR;
	for (unsigned i = 0; i < N_LEVELS; i++)
		for (unsigned k = i + 1; k < N_LEVELS; k++) {
			struct blocking way = { .blocks = &rows->levels[i], .outer = &rows->levels[k] };

			way.bytes = bytes_of(&way, rows->n_rows, width);
			best = way.bytes < best.bytes ? way : best;
		}
	return best.outer ? best : flat;
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

/* The blocks of `levels[to]` that a larger one consists of. */
static void expand_to(const struct blocks *levels, unsigned level, unsigned to, uint32_t block, uint32_t *numbers)
{
	const struct interned *item;

	if (level == to || block == NOTHING) {
		*numbers = block == NOTHING ? 0 : block;
		return;
	}
	item = &levels[level].blocks.items[block];
	for (uint32_t i = 0; i < item->n; i++)
		expand_to(levels, level - 1, to, item->numbers[i], numbers + ((size_t)i << (level - 1 - to)));
}

static double write_blocks(struct matrix_rows *rows, struct arena *arena, struct classifier *classifier, const char *what,
			   const struct blocking *blocking, struct class_matrix *matrix)
{
	const struct blocks *blocks = blocking->blocks, *outer = blocking->outer, *largest = outer ? outer : blocks;
	uint32_t *numbers = ARENA_ARRAY(rows->scratch, uint32_t, blocks->blocks.n << blocks->bits);
	double ns = BLOCKS_INSNS * COST_INSN;

	*matrix = (struct class_matrix){ .row = (uint32_t)largest->row, .bits = blocks->bits, .outer = outer ? outer->bits : 0 };
	matrix->rows = region_of(arena, classifier, what, largest->numbers, rows->n_rows * largest->row);
	for (uint32_t i = 0; i < blocks->blocks.n; i++)
		expand(rows->levels, blocks->bits - SMALLEST_BITS, i, numbers + ((size_t)i << blocks->bits));
	matrix->blocks = region_of(arena, classifier, "blocks of the same", numbers, blocks->blocks.n << blocks->bits);
	ns += cost_read((uint64_t)matrix->rows.n * matrix->rows.width) + cost_read((uint64_t)matrix->blocks.n * matrix->blocks.width);
	if (!outer)
		return ns;
	numbers = ARENA_ARRAY(rows->scratch, uint32_t, outer->blocks.n << (outer->bits - blocks->bits));
	for (uint32_t i = 0; i < outer->blocks.n; i++)
		expand_to(rows->levels, outer->bits - SMALLEST_BITS, blocks->bits - SMALLEST_BITS, i,
			  numbers + ((size_t)i << (outer->bits - blocks->bits)));
	matrix->middle = region_of(arena, classifier, "blocks of blocks", numbers, outer->blocks.n << (outer->bits - blocks->bits));
	return ns + OUTER_INSNS * COST_INSN + cost_read((uint64_t)matrix->middle.n * matrix->middle.width);
}

static uint64_t plain_bytes(const struct matrix_rows *rows)
{
	return (uint64_t)rows->n_rows * rows->n_columns * width_of(rows->largest);
}

uint64_t matrix_size(struct matrix_rows *rows)
{
	if (!rows->is_chosen)
		rows->blocking = choose_blocks(rows, plain_bytes(rows));
	rows->is_chosen = true;
	return rows->blocking.blocks ? rows->blocking.bytes : plain_bytes(rows);
}

double matrix_end(struct matrix_rows *rows, struct arena *arena, struct classifier *classifier, const char *what,
		  struct class_matrix *matrix)
{
	matrix_size(rows);
	if (!rows->blocking.blocks)
		return write_plain(rows, arena, classifier, what, plain_bytes(rows), matrix);
	return write_blocks(rows, arena, classifier, what, &rows->blocking, matrix);
}
