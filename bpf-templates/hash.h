/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The hash of samples, sketches and set tables: see docs/state.md. For programs of the
 * kernel and for user space alike; needs the fixed-width types.
 *
 * The finalizer is that of MurmurHash3 (Austin Appleby, public domain), the multiplier
 * of each step is 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4).
 */
#ifndef SENTRY_HASH_H
#define SENTRY_HASH_H

static inline __u64 hash_word(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

static inline __u64 hash_finish(__u64 hash)
{
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdull;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53ull;
	return hash ^ hash >> 33;
}

#endif
