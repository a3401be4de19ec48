/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Finding the rule that decides by tables: the blocks that compiler/classify/ puts together. All tables of a block
 * lie in one array of read-only data, which sentryc fills after this has been compiled.
 *
 * Nothing here branches on what it has read: packets that differ would cost a wrong guess each, and hide the reads of
 * the next behind it. Each index is masked instead of compared, so that the verifier has one path to walk; the array
 * is long enough for the largest index that any mask lets through.
 */
#ifndef SENTRY_CLASSIFY_TABLES_H
#define SENTRY_CLASSIFY_TABLES_H

#include "match.h"

/* Words of 64 bits. Volatile: what the compiler sees in it is not yet what there will be. */
#define CLASS_TABLES(NAME, WORDS) \
	const volatile __u64 NAME[WORDS] __attribute__((aligned(64))) SEC(".rodata.classes") = {}

/* Number `index` of the table at `offset` bytes. */
#define CLASS_READ(BITS)                                                                                     \
	static __always_inline __u##BITS class_u##BITS(const volatile __u64 *tables, __u32 offset, __u32 mask, \
						       __u64 index)                                           \
	{                                                                                                     \
		/* What clang knows of the index the verifier may not: the mask is to be written out. */      \
		opaque(index);                                                                                \
		return ((const volatile __u##BITS __attribute__((may_alias)) *)                               \
			((const volatile __u8 *)tables + offset))[index & mask];                              \
	}

CLASS_READ(8)
CLASS_READ(16)
CLASS_READ(32)
CLASS_READ(64)

#undef CLASS_READ

static __always_inline __u64 class_least(__u64 a, __u64 b)
{
	return b + ((a - b) & (__u64)((__s64)(a - b) >> 63));
}

/* 0 to 3, as in enum state of the compiler. */
#define class_state(pkt) (match_state(pkt, 2) ? 1 : match_state(pkt, 4) ? 2 : match_state(pkt, 8) ? 3 : 0)

/* --- addresses ------------------------------------------------------------------- */

/* One level down a trie: `entry` is a class, or CLASS_INNER and where the node begins. */
#define CLASS_INNER 0x80000000u

static __always_inline __u32 class_trie(const volatile __u64 *tables, __u32 offset, __u32 mask, __u32 entry,
					__u32 bits)
{
	__u32 inner = (__u32)((__s32)entry >> 31);
	__u32 at = ((entry & ~CLASS_INNER) + bits) & inner;

	return (class_u32(tables, offset, mask, at) & inner) | (entry & ~inner);
}

/* The same down a tree of keys, whose nodes say which bits of the address they ask. */
static __always_inline __u64 class_branch_of(const volatile __u64 *tables, __u32 offset, __u32 mask, __u64 entry, __u64 half)
{
	__u64 inner = (__u64)((__s64)entry >> 63);
	__u64 at = ((entry & 0xffffffff) + (half >> (entry >> 56 & 63) & (entry >> 40 & 0xffff))) & inner;

	return (class_u64(tables, offset, mask, at) & inner) | (entry & ~inner);
}

static __always_inline __u64 class_branch4(const volatile __u64 *tables, __u32 offset, __u32 mask, __u64 entry,
					   struct ip6 address)
{
	return class_branch_of(tables, offset, mask, entry, address.hi);
}

static __always_inline __u64 class_branch(const volatile __u64 *tables, __u32 offset, __u32 mask, __u64 entry,
					  struct ip6 address)
{
	__u64 low = (__u64)((__s64)(entry << 1) >> 63) & (__u64)((__s64)entry >> 63);

	return class_branch_of(tables, offset, mask, entry, address.hi ^ ((address.hi ^ address.lo) & low));
}

/* How many of the highest bits are 0; 64 of 0. */
static __always_inline __u32 leading_zeros(__u64 word)
{
	__u64 bits;

	word |= word >> 1;
	word |= word >> 2;
	word |= word >> 4;
	word |= word >> 8;
	word |= word >> 16;
	word |= word >> 32;
	/* The bits that are 0 now are counted, two, four and eight at a time. */
	bits = ~word;
	bits -= bits >> 1 & 0x5555555555555555ull;
	bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (__u32)(bits * 0x0101010101010101ull >> 56);
}

/*
 * How many of a leaf's lengths an address reaches: those that are no longer than what it shares with the leaf's key,
 * whose difference is in `high` and `low`. A byte of `lengths` is a length less one; its highest bit comes out as 1
 * if 128 + shared - length does not fall short.
 */
static __always_inline __u64 class_count(__u64 shared, __u64 lengths, __u64 counted)
{
	__u64 reached = (0x7f7f7f7f7f7f7f7full + shared * 0x0101010101010101ull - lengths) & counted;

	return (reached >> 7) * 0x0101010101010101ull >> 56;
}

static __always_inline __u64 class_reached(__u64 high, __u64 low, __u64 lengths, __u64 counted)
{
	__u64 same = ((high | -high) >> 63) - 1;

	return class_count(leading_zeros(high ^ ((high ^ low) & same)) + (64 & same), lengths, counted);
}

/* The same of 32 bits, which are the upper half of `high`. */
static __always_inline __u64 class_reached4(__u64 high, __u64 lengths, __u64 counted)
{
	return class_count(leading_zeros(high), lengths, counted);
}

/* --- cells ----------------------------------------------------------------------- */

static __always_inline __u64 class_hash(__u64 cell)
{
	__u64 hash = cell * 0x9e3779b97f4a7c15ull;

	return hash ^ hash >> 32;
}

static __always_inline __u64 class_slot(__u64 hash, __u64 displacement, __u32 slots)
{
	return (((hash >> 32) + displacement * 0x9e3779b1u) & 0xffffffff) * slots >> 32;
}

/* The lower half of a slot, if the upper one is the cell; 0, an empty list, if not. */
static __always_inline __u64 class_number(__u64 slot, __u64 cell)
{
	__u64 other = slot >> 32 ^ cell;

	return slot & 0xffffffff & (((other | -other) >> 63) - 1);
}

#endif
