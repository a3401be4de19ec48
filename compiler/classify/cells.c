/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "group.h"

#include "class_region.h"
#include "perfect_hash.h"

/* Sorting by this many bits of the cell at a time. */
#define DIGIT 11
#define DIGITS (1u << DIGIT)

void covers_sort(struct arena *scratch, struct cover_list *covers, uint64_t n_cells)
{
	struct covering *from = covers->items, *to = ARENA_ARRAY(scratch, struct covering, covers->n + 1);
	size_t *counts = ARENA_ARRAY(scratch, size_t, DIGITS);

	/* Each pass keeps the order of what is equal: pairs, as they came, stay in order within their cell. */
	for (unsigned shift = 0; shift < 64 && n_cells >> shift; shift += DIGIT) {
		struct covering *swap = from;
		size_t sum = 0;

		memset(counts, 0, DIGITS * sizeof(*counts));
		for (size_t i = 0; i < covers->n; i++)
			counts[from[i].cell >> shift & (DIGITS - 1)]++;
		for (size_t i = 0; i < DIGITS; i++) {
			size_t count = counts[i];

			counts[i] = sum;
			sum += count;
		}
		for (size_t i = 0; i < covers->n; i++)
			to[counts[from[i].cell >> shift & (DIGITS - 1)]++] = from[i];
		from = to;
		to = swap;
	}
	covers->items = from;
}

bool cells_hash(struct arena *arena, struct arena *scratch, struct classifier *classifier, const uint64_t *cells,
		const uint64_t *numbers, size_t n, struct class_group *group)
{
	uint64_t *hashes = ARENA_ARRAY(scratch, uint64_t, n + 1);
	struct perfect_hash hash;

	for (size_t i = 0; i < n; i++)
		hashes[i] = mix_product(cells[i]);
	if (!perfect_hash_find(scratch, hashes, n, &hash))
		return false;
	group->displacements = region_of(arena, classifier, "displacements of cells", hash.displacements, hash.n_buckets);
	group->slots = region_new(arena, classifier, "cells", hash.n_slots, sizeof(uint64_t));
	/* An empty slot has the number of an empty list, so it does not matter which cell it is for. */
	for (size_t i = 0; i < hash.n_slots; i++)
		if (hash.slots[i])
			region_set(classifier, &group->slots, i,
				   cells[hash.slots[i] - 1] << slot_bits(group) | numbers[hash.slots[i] - 1]);
	return true;
}
