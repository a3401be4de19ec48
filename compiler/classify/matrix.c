/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "matrix.h"

#include "cost.h"
#include "intern.h"

/* What takes more than this is tried as blocks, which must take so many times less. */
#define BLOCKS_FROM (64u << 10)
#define BLOCKS_FACTOR 3

#define SMALLEST_BITS 3
#define LARGEST_BITS 8

#define PLAIN_INSNS 6
#define BLOCKS_INSNS 13

struct blocks {
	unsigned bits;
	size_t row;
	uint32_t *numbers;        /* which block, by row and place */
	struct interns blocks;
	uint64_t bytes;
};

static unsigned width_of(uint64_t largest)
{
	return largest < 0x100 ? 1 : largest < 0x10000 ? 2 : 4;
}

/* False where it does not take less than `limit` bytes. */
static bool make_blocks(struct arena *scratch, const uint32_t *numbers, size_t n_rows, size_t n_columns, unsigned width,
			unsigned bits, uint64_t limit, struct blocks *out)
{
	size_t size = (size_t)1 << bits;
	uint32_t *block = ARENA_ARRAY(scratch, uint32_t, size);
	bool is_new;

	*out = (struct blocks){ .bits = bits, .row = (n_columns + size - 1) >> bits };
	out->numbers = ARENA_ARRAY(scratch, uint32_t, n_rows * out->row + 1);
	interns_init(&out->blocks, scratch);
	for (size_t i = 0; i < n_rows; i++) {
		for (size_t k = 0; k < out->row; k++) {
			for (size_t c = 0; c < size; c++)
				block[c] = (k << bits) + c < n_columns ? numbers[i * n_columns + (k << bits) + c] : 0;
			out->numbers[i * out->row + k] = intern(&out->blocks, block, size, &is_new);
		}
		if ((out->blocks.n << bits) * width > limit)
			return false;
	}
	out->bytes = n_rows * out->row * width_of(out->blocks.n) + (out->blocks.n << bits) * width;
	return out->bytes < limit;
}

double matrix_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		    const uint32_t *numbers, size_t n_rows, size_t n_columns, struct class_matrix *matrix)
{
	uint32_t largest = 0, *of_blocks;
	struct blocks best = { 0 }, blocks;
	uint64_t bytes;

	for (size_t i = 0; i < n_rows * n_columns; i++)
		largest = numbers[i] > largest ? numbers[i] : largest;
	bytes = n_rows * n_columns * width_of(largest);
	best.bytes = bytes / BLOCKS_FACTOR;
	for (unsigned bits = SMALLEST_BITS; bits <= LARGEST_BITS && bytes > BLOCKS_FROM; bits++)
		if (make_blocks(scratch, numbers, n_rows, n_columns, width_of(largest), bits, best.bytes, &blocks))
			best = blocks;
	*matrix = (struct class_matrix){ .row = (uint32_t)n_columns };
	if (!best.bits) {
		matrix->rows = region_of(arena, classifier, what, numbers, n_rows * n_columns);
		return PLAIN_INSNS * COST_INSN + cost_read(bytes);
	}
	of_blocks = ARENA_ARRAY(scratch, uint32_t, best.blocks.n << best.bits);
	for (size_t i = 0; i < best.blocks.n; i++)
		memcpy(of_blocks + (i << best.bits), best.blocks.items[i].numbers, sizeof(*of_blocks) << best.bits);
	matrix->bits = best.bits;
	matrix->row = (uint32_t)best.row;
	matrix->rows = region_of(arena, classifier, what, best.numbers, n_rows * best.row);
	matrix->blocks = region_of(arena, classifier, "blocks of the same", of_blocks, best.blocks.n << best.bits);
	return BLOCKS_INSNS * COST_INSN + cost_read((uint64_t)matrix->rows.n * matrix->rows.width) +
	       cost_read((uint64_t)matrix->blocks.n * matrix->blocks.width);
}
