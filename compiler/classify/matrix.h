/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A matrix of numbers, most of whose rows are alike in long stretches. Where that pays, a row consists of blocks of
 * columns, each block is kept once, and the row says which: one read more, from far less memory. A row of very many
 * blocks consists of larger blocks, and each of these of blocks: two reads more.
 */
#ifndef SENTRY_CLASS_MATRIX_H
#define SENTRY_CLASS_MATRIX_H

#include "class_region.h"

struct class_matrix {
	uint32_t row;                 /* how far apart rows are in `rows` */
	unsigned bits;                /* columns of a block as a power of two; 0: there are no blocks */
	unsigned outer;               /* columns of a larger block as a power of two; 0: there are none */
	struct class_region rows;     /* numbers, or of the largest blocks which */
	struct class_region middle;   /* larger blocks: of blocks which */
	struct class_region blocks;
};

/* A matrix on its way: rows are added one by one, and need not be kept by who adds them. */
struct matrix_rows;
struct matrix_rows *matrix_begin(struct arena *scratch, size_t n_rows, size_t n_columns);
void matrix_add(struct matrix_rows *rows, const uint32_t *numbers);

/* The bytes that it will take; all rows are there. */
uint64_t matrix_size(struct matrix_rows *rows);
/* Predicts the nanoseconds of a look-up. */
double matrix_end(struct matrix_rows *rows, struct arena *arena, struct classifier *classifier, const char *what,
		  struct class_matrix *matrix);

/* `row` is a row's place: its number times matrix->row. */
static inline uint64_t matrix_get(const struct classifier *classifier, const struct class_matrix *matrix, uint64_t row,
				  uint64_t column)
{
	uint64_t block = region_get(classifier, &matrix->rows, row + (column >> (matrix->outer ? matrix->outer : matrix->bits)));

	if (!matrix->bits)
		return block;
	if (matrix->outer)
		block = region_get(classifier, &matrix->middle, (block << (matrix->outer - matrix->bits)) +
								(column >> matrix->bits & ((1u << (matrix->outer - matrix->bits)) - 1)));
	return region_get(classifier, &matrix->blocks, (block << matrix->bits) + (column & ((1u << matrix->bits) - 1)));
}

static inline uint64_t matrix_bytes(const struct class_matrix *matrix)
{
	return (uint64_t)matrix->rows.n * matrix->rows.width + (uint64_t)matrix->middle.n * matrix->middle.width +
	       (uint64_t)matrix->blocks.n * matrix->blocks.width;
}

#endif
