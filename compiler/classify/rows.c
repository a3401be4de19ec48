/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "rows.h"

unsigned rows_place(struct arena *arena, const uint32_t **classes, size_t n_columns, size_t n_classes, struct class_rows *rows)
{
	unsigned used = 64, total = 0;

	*rows = (struct class_rows){ .n_columns = n_columns, .classes = classes,
				     .columns = ARENA_ARRAY(arena, struct class_column, n_columns + 1) };
	for (size_t i = 0; i < n_columns; i++) {
		uint32_t largest = 0;
		unsigned bits;

		for (size_t class = 0; class < n_classes; class++)
			largest = classes[i][class] > largest ? classes[i][class] : largest;
		bits = bits_of(largest);
		if (used + bits > 64) {
			rows->words++;
			used = 0;
		}
		rows->columns[i] = (struct class_column){ rows->words - 1, used, (uint32_t)((1ull << bits) - 1) };
		used += bits;
		total += bits;
	}
	rows->bytes = rows->words ? 8 * (rows->words - 1) + (used + 7) / 8 : 0;
	rows->stride = rows->bytes;
	return total;
}

uint64_t rows_word(const struct class_rows *rows, unsigned word, uint32_t class)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < rows->n_columns; i++)
		if (rows->columns[i].word == word)
			bits |= (uint64_t)rows->classes[i][class] << rows->columns[i].shift;
	return bits;
}

void rows_put(struct classifier *classifier, const struct class_rows *rows, const struct class_region *region, size_t at,
	      uint32_t class)
{
	for (unsigned w = 0; w < rows->words; w++)
		region_put(classifier, region, at + 8 * w, rows_word(rows, w, class), w + 1 < rows->words ? 8 : rows->bytes - 8 * w);
}
