/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The hash FNV-1a, 64 bits, of Fowler, Noll and Vo: http://www.isthe.com/chongo/tech/comp/fnv/. For tables of ours, not against an attacker. */
#ifndef SENTRY_FNV_H
#define SENTRY_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_BASIS 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

/* Goes on from `hash`; a first call has FNV_BASIS there. */
static inline uint64_t fnv_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

#endif
