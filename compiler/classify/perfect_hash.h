/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Keys that are known beforehand, each in a slot of its own. Hash, displace, and compress, without the last (Belazzougui,
 * Botelho, Dietzfelbinger, "Hash, displace, and compress", ESA 2009): keys fall into small buckets, and each bucket, the
 * fullest first, gets the first displacement that puts all of its keys into free slots. A look-up is two reads, whatever
 * the keys: hash & (n_buckets - 1) is the bucket, and with its displacement perfect_hash_slot() is the slot.
 */
#ifndef SENTRY_PERFECT_HASH_H
#define SENTRY_PERFECT_HASH_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERFECT_HASH_STEP 0x9e3779b1u
#define PERFECT_HASH_MIX 0x85ebca6bu

/*
 * Two keys of a bucket that are close must not stay close whatever the displacement: hence the second product. The
 * range by a product instead of a division: Lemire, "Fast random integer generation in an interval", TOMACS 2019.
 * The templates' class_slot() is the same.
 */
static inline uint64_t perfect_hash_slot(uint64_t hash, uint64_t displacement, uint32_t n_slots)
{
	return (uint64_t)(uint32_t)((hash >> 32 ^ displacement * PERFECT_HASH_STEP) * PERFECT_HASH_MIX) * n_slots >> 32;
}

struct perfect_hash {
	size_t n_buckets;         /* a power of two */
	uint32_t *displacements;  /* by bucket, each of two bytes at most */
	uint32_t n_slots;
	uint32_t *slots;          /* index of the key + 1; 0: none */
};

/*
 * hashes[i] is that of key i, all different; the lower bits and the upper half are what is used. Arrays are made in
 * `scratch`. False where it does not come about, as of two keys with one hash.
 */
bool perfect_hash_find(struct arena *scratch, const uint64_t *hashes, size_t n, struct perfect_hash *hash);

#endif
