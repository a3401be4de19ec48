/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What keys_find.c, keys_tree.c and keys.c share. The door is keys_build() in end.h. */
#ifndef SENTRY_CLASS_KEYS_H
#define SENTRY_CLASS_KEYS_H

#include "end.h"

/* An IPv4 address is the upper 32 of so many bits. */
#define KEY_BITS 128

/* Lengths that a leaf tells apart. */
#define LENGTHS 8

struct key {
	u128 address;
	uint32_t first;             /* class of what shares no more than `lengths[0] - 1` bits */
	unsigned n;                 /* lengths from which on the class is another, at least one */
	uint8_t lengths[LENGTHS];   /* 1 to 128, rising */
	uint32_t classes[LENGTHS];
	/* Of its leaf, from keys_plant() on: */
	uint32_t place;             /* where it begins, in bytes */
	unsigned room;              /* lengths that there is room for */
	unsigned n_rows;
};

struct found_keys {
	struct key *keys;           /* rising */
	size_t n;
	struct key_fence fence;
};

/*
 * The addresses at which classes change, with the classes of what parts from each; with a fence, if one is asked for and
 * spares most of them a length. `intervals` has more than one class.
 */
void keys_find(struct arena *scratch, enum family family, const struct intervals *intervals, bool fence, struct found_keys *found);

struct key_tree {
	bool compact;
	unsigned n_levels;
	uint32_t root;
	bool low;                   /* some node asks bits of the low half */
	size_t n_nodes;
	uint32_t *nodes;            /* entries */
	size_t n_last;
	uint8_t *last;              /* the nodes of the last level, as end.h says */
	unsigned unit;              /* they begin at multiples of 1 << unit bytes */
	size_t leaf_bytes;          /* of all leaves */
};

/* What a leaf takes: so many bytes for the key itself, a byte for each length, and for the last row and each other. */
struct leaf_shape {
	unsigned key_bytes, last_bytes, row_bytes;
	bool all_rows;              /* as many as lengths, and one: where lengths that a key has not count as reached */
};

/* The tree over the keys, and where their leaves lie; false if there are too many. */
bool keys_plant(struct arena *scratch, struct key *keys, size_t n, const struct leaf_shape *shape, bool compact,
		struct key_tree *tree);

/* Predicted nanoseconds of the way down. */
double keys_tree_ns(const struct key_tree *tree);

/* How many leading bits two addresses share. */
static inline unsigned shared_bits(u128 a, u128 b)
{
	u128 x = a ^ b;
	uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;

	return high ? (unsigned)__builtin_clzll(high) : low ? 64 + (unsigned)__builtin_clzll(low) : KEY_BITS;
}

#endif
