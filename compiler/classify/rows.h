/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * An address is looked up once, and each group of a side has classes of its own: those that an address has in all groups
 * stand side by side in a *row* of bits, so that one read finds them.
 */
#ifndef SENTRY_CLASS_ROWS_H
#define SENTRY_CLASS_ROWS_H

#include "class_region.h"

/* Where a group's class stands in a row. */
struct class_column {
	unsigned word, shift;
	uint32_t mask;
};

struct class_rows {
	unsigned words;               /* of 64 bits each; 0: there are no rows, groups take the end's class */
	unsigned bytes;               /* the same, but of the last word only the bytes that columns lie in */
	unsigned stride;              /* row n begins n * stride bytes from the first; 0: the end's number is the row */
	size_t n_columns;
	struct class_column *columns;
	const uint32_t **classes;     /* of each column, by the end's class; while the side is built */
	struct class_region region;   /* of bytes; unless the stride is 0 */
};

/* Bits that the numbers up to `largest` have. */
static inline unsigned bits_of(uint64_t largest)
{
	return largest ? 64 - (unsigned)__builtin_clzll(largest) : 0;
}

/* Gives each column its place; how many bits all take. `classes` is kept. */
unsigned rows_place(struct arena *arena, const uint32_t **classes, size_t n_columns, size_t n_classes, struct class_rows *rows);

/* One word of the row of an end's class. */
uint64_t rows_word(const struct class_rows *rows, unsigned word, uint32_t class);
/* The whole row, `at` so many bytes from the begin of the region. */
void rows_put(struct classifier *classifier, const struct class_rows *rows, const struct class_region *region, size_t at,
	      uint32_t class);

/* A group's class, from the number that the end's look-up found. */
static inline uint32_t rows_class(const struct classifier *classifier, const struct class_rows *rows, uint32_t number,
				  unsigned column)
{
	const struct class_column *place = &rows->columns[column];
	uint64_t word = rows->stride ? region_bytes(classifier, &rows->region, (uint64_t)number * rows->stride + 8 * place->word) : number;

	return (uint32_t)(word >> place->shift) & place->mask;
}

#endif
