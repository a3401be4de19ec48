/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "group.h"

#include "class_region.h"

#include <stdlib.h>

/* Sorting by this many bits of the cell at a time. */
#define DIGIT 11
#define DIGITS (1u << DIGIT)

/* Sizes that are tried. One does, but for cells whose hashes are the same in their upper half. */
#define MOST_TRIES 6u

/* Displacements that are tried: what fits into two bytes. */
#define MOST_DISPLACEMENT 0xffffu

/* Cells that a bucket of the hash has on average, and slots for a hundred of them. */
#define BUCKET 3
#define SLOTS_PERCENT 115

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

struct bucket {
	uint32_t n;
	uint32_t first;       /* index into `order` */
	uint32_t number;
};

static int compare_buckets(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/*
 * Hash, displace, and compress, without the last (Belazzougui, Botelho, Dietzfelbinger, ESA 2009): cells fall into
 * small buckets, and each bucket, the fullest first, gets the first displacement that puts all of its cells into free
 * slots. A look-up is two reads, whatever the cells.
 */
struct placing {
	const uint64_t *cells;
	size_t n, n_buckets;
	uint32_t n_slots;
	uint32_t *order;        /* cells by bucket */
	struct bucket *buckets;
	uint32_t *slots;        /* cell + 1 */
	uint32_t *displacements;
};

static void fill_buckets(struct arena *scratch, struct placing *p)
{
	uint32_t *next = ARENA_ARRAY(scratch, uint32_t, p->n_buckets + 1);

	p->order = ARENA_ARRAY(scratch, uint32_t, p->n + 1);
	p->buckets = ARENA_ARRAY(scratch, struct bucket, p->n_buckets);
	for (size_t i = 0; i < p->n; i++)
		p->buckets[mix_product(p->cells[i]) & (p->n_buckets - 1)].n++;
	for (size_t i = 0, sum = 0; i < p->n_buckets; i++) {
		p->buckets[i].number = (uint32_t)i;
		p->buckets[i].first = next[i] = (uint32_t)sum;
		sum += p->buckets[i].n;
	}
	for (size_t i = 0; i < p->n; i++)
		p->order[next[mix_product(p->cells[i]) & (p->n_buckets - 1)]++] = (uint32_t)i;
	qsort(p->buckets, p->n_buckets, sizeof(*p->buckets), compare_buckets);
}

static bool try_displacement(struct placing *p, const struct bucket *bucket, uint32_t displacement)
{
	for (uint32_t i = 0; i < bucket->n; i++) {
		uint32_t cell = p->order[bucket->first + i];
		uint64_t slot = cell_slot(mix_product(p->cells[cell]), displacement, p->n_slots);

		if (p->slots[slot]) {
			while (i--) {
				cell = p->order[bucket->first + i];
				p->slots[cell_slot(mix_product(p->cells[cell]), displacement, p->n_slots)] = 0;
			}
			return false;
		}
		p->slots[slot] = cell + 1;
	}
	p->displacements[bucket->number] = displacement;
	return true;
}

static bool place_all(struct placing *p)
{
	for (size_t i = 0; i < p->n_buckets && p->buckets[i].n; i++) {
		uint32_t displacement = 0;

		while (!try_displacement(p, &p->buckets[i], displacement))
			if (++displacement > MOST_DISPLACEMENT)
				return false;
	}
	return true;
}

bool cells_hash(struct arena *arena, struct arena *scratch, struct classifier *classifier, const uint64_t *cells,
		const uint64_t *numbers, size_t n, struct class_group *group)
{
	struct placing p = { .cells = cells, .n = n, .n_slots = (uint32_t)(n * SLOTS_PERCENT / 100 + 2), .n_buckets = 1 };

	while (p.n_buckets * BUCKET < n)
		p.n_buckets *= 2;
	for (unsigned tries = 0;; p.n_slots += p.n_slots / 4) {
		if (tries++ == MOST_TRIES)
			return false;
		p.slots = ARENA_ARRAY(scratch, uint32_t, p.n_slots);
		p.displacements = ARENA_ARRAY(scratch, uint32_t, p.n_buckets);
		fill_buckets(scratch, &p);
		if (place_all(&p))
			break;
	}
	group->displacements = region_of(arena, classifier, "displacements of cells", p.displacements, p.n_buckets);
	group->slots = region_new(arena, classifier, "cells", p.n_slots, sizeof(uint64_t));
	/* An empty slot has the number of an empty list, so it does not matter which cell it is for. */
	for (size_t i = 0; i < p.n_slots; i++)
		if (p.slots[i])
			region_set(classifier, &group->slots, i, cells[p.slots[i] - 1] << slot_bits(group) | numbers[p.slots[i] - 1]);
	return true;
}
