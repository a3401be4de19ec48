/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "perfect_hash.h"

#include <stdlib.h>

/* Sizes that are tried. One does, but for keys whose hashes are the same in their upper half. */
#define MOST_TRIES 6u

/* Displacements that are tried: what fits into two bytes. */
#define MOST_DISPLACEMENT 0xffffu

/* Keys that a bucket has on average, and slots for a hundred of them. */
#define BUCKET 3
#define SLOTS_PERCENT 115

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

struct placing {
	const uint64_t *hashes;
	size_t n;
	struct perfect_hash *hash;
	uint32_t *order;        /* keys by bucket */
	struct bucket *buckets;
};

static void fill_buckets(struct arena *scratch, struct placing *p)
{
	uint32_t *next = ARENA_ARRAY(scratch, uint32_t, p->hash->n_buckets + 1);

	p->order = ARENA_ARRAY(scratch, uint32_t, p->n + 1);
	p->buckets = ARENA_ARRAY(scratch, struct bucket, p->hash->n_buckets);
	for (size_t i = 0; i < p->n; i++)
		p->buckets[p->hashes[i] & (p->hash->n_buckets - 1)].n++;
	for (size_t i = 0, sum = 0; i < p->hash->n_buckets; i++) {
		p->buckets[i].number = (uint32_t)i;
		p->buckets[i].first = next[i] = (uint32_t)sum;
		sum += p->buckets[i].n;
	}
	for (size_t i = 0; i < p->n; i++)
		p->order[next[p->hashes[i] & (p->hash->n_buckets - 1)]++] = (uint32_t)i;
	qsort(p->buckets, p->hash->n_buckets, sizeof(*p->buckets), compare_buckets);
}

static bool try_displacement(struct placing *p, const struct bucket *bucket, uint32_t displacement)
{
	for (uint32_t i = 0; i < bucket->n; i++) {
		uint32_t key = p->order[bucket->first + i];
		uint64_t slot = perfect_hash_slot(p->hashes[key], displacement, p->hash->n_slots);

		if (p->hash->slots[slot]) {
			while (i--) {
				key = p->order[bucket->first + i];
				p->hash->slots[perfect_hash_slot(p->hashes[key], displacement, p->hash->n_slots)] = 0;
			}
			return false;
		}
		p->hash->slots[slot] = key + 1;
	}
	p->hash->displacements[bucket->number] = displacement;
	return true;
}

static bool place_all(struct placing *p)
{
	for (size_t i = 0; i < p->hash->n_buckets && p->buckets[i].n; i++) {
		uint32_t displacement = 0;

		while (!try_displacement(p, &p->buckets[i], displacement))
			if (++displacement > MOST_DISPLACEMENT)
				return false;
	}
	return true;
}

bool perfect_hash_find(struct arena *scratch, const uint64_t *hashes, size_t n, struct perfect_hash *hash)
{
	struct placing p = { .hashes = hashes, .n = n, .hash = hash };

	*hash = (struct perfect_hash){ .n_slots = (uint32_t)(n * SLOTS_PERCENT / 100 + 2), .n_buckets = 1 };
	while (hash->n_buckets * BUCKET < n)
		hash->n_buckets *= 2;
	hash->displacements = ARENA_ARRAY(scratch, uint32_t, hash->n_buckets);
	fill_buckets(scratch, &p);
	for (unsigned tries = 0;; hash->n_slots += hash->n_slots / 4) {
		if (tries++ == MOST_TRIES)
			return false;
		hash->slots = ARENA_ARRAY(scratch, uint32_t, hash->n_slots);
		if (place_all(&p))
			return true;
	}
}
