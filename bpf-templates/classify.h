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

/* Where the table begins that stands at `offset` bytes. One instruction, where clang would add and keep what it added. */
static __always_inline const volatile __u8 *class_table(const volatile __u64 *tables, __u32 offset)
{
#ifdef __bpf__
	const volatile __u8 *table;

	__asm__ volatile("%0 = %1 + %2 ll" : "=r"(table) : "i"(tables), "i"(offset));
	return table;
#else
	return (const volatile __u8 *)tables + offset;
#endif
}

/* Number `index` of the table at `offset` bytes. */
#define CLASS_READ(BITS)                                                                                     \
	static __always_inline __u##BITS class_u##BITS(const volatile __u64 *tables, __u32 offset, __u32 mask, \
						       __u64 index)                                           \
	{                                                                                                     \
		/* What clang knows of the index the verifier may not: the mask is to be written out. */      \
		opaque(index);                                                                                \
		return ((const volatile __u##BITS __attribute__((may_alias)) *)                               \
			class_table(tables, offset))[index & mask];                                           \
	}

CLASS_READ(8)
CLASS_READ(16)
CLASS_READ(32)
CLASS_READ(64)

#undef CLASS_READ

struct __wire class_octets {
	__u64 value;
};

/* The `index`-th byte of the table at `offset`; the array is long enough to read some words on from there, too. */
static __always_inline const volatile __u8 *class_place(const volatile __u64 *tables, __u32 offset, __u32 mask, __u64 index)
{
	opaque(index);
	return class_table(tables, offset) + (index & mask);
}

/*
 * Eight bytes, `at` so many behind a place, the lowest first, wherever they begin: one load, which kernels take where the
 * processor does; those that Packet Sentry is for all do.
 */
static __always_inline __u64 class_bytes(const volatile __u8 *place, __u32 at)
{
	__u64 value = ((const volatile struct class_octets *)(place + at))->value;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

/* Of two that fit into 32 bits. */
static __always_inline __u64 class_least(__u64 a, __u64 b)
{
	return either(sign_mask(a - b), a, b);
}

/* 0 to 3, as in enum state of the compiler. */
#define class_state(pkt) (match_state(pkt, 2) ? 1 : match_state(pkt, 4) ? 2 : match_state(pkt, 8) ? 3 : 0)

/* The same once that has been asked. */
#define class_known_state(pkt) ((read_once((pkt)->state) - 1u) & 3)

/* --- addresses ------------------------------------------------------------------- */

/* One level down a trie: `entry` is a class, or CLASS_INNER and where the node begins. */
#define CLASS_INNER 0x80000000u

static __always_inline __u32 class_trie(const volatile __u64 *tables, __u32 offset, __u32 mask, __u32 entry,
					__u32 bits)
{
	__u32 inner = (__u32)sign_mask((__u64)entry << 32);
	__u32 at = ((entry & ~CLASS_INNER) + bits) & inner;

	return (class_u32(tables, offset, mask, at) & inner) | (entry & ~inner);
}

/*
 * In a tree of keys an entry says where a node begins, and how the bits that choose from it come out of a half of the
 * address. The shift to the right goes in two steps, so that it can leave nothing.
 */
static __always_inline __u64 class_base(__u32 entry)
{
	return entry & 0x7ffff;
}

static __always_inline __u64 class_bits_of(__u64 entry, __u64 half)
{
	return shift_right(shift_left(half, entry >> 19) >> 1, entry >> 25);
}

/* The same where the highest bit says which half. */
static __always_inline __u64 class_bits(__u64 entry, struct ip6 address)
{
	return class_bits_of(entry, either(sign_mask(entry << 32), address.lo, address.hi));
}

/* 1 if the word is 0. Opaque, lest clang makes a comparison of it: these would multiply the verifier's paths. */
static __always_inline __u64 class_is_zero(__u64 word)
{
	__u64 some = word | -word;

	opaque(some);
	return (some >> 63) ^ 1;
}

/* All ones if the word is 0. */
static __always_inline __u64 class_if_zero(__u64 word)
{
	return ~sign_mask(word | -word);
}

/* How many of a key's `n` lengths are shared, if `difference` is what address and key differ in; a byte of shifts each. */
static __always_inline __u64 class_reached(__u64 difference, __u64 shifts, __u32 n)
{
	__u64 reached = 0;

	unrolled
	for (__u32 i = 0; i < 8; i++)
		if (i < n)
			reached += class_is_zero(shift_right(difference, shifts >> 8 * i));
	return reached;
}

/* The same of a difference whose highest bit is 0: one less than what is left is negative where nothing is. */
static __always_inline __u64 class_reached4(__u64 difference, __u64 shifts, __u32 n)
{
	__u64 reached = 0;

	unrolled
	for (__u32 i = 0; i < 8; i++)
		if (i < n)
			reached += (shift_right(difference, shifts >> 8 * i) - 1) >> 63;
	return reached;
}

/* The highest three bits of a leaf's place say how many lengths less than eight it has: of eight bytes those that are. */
static __always_inline __u64 class_lengths(__u64 bytes, __u32 leaf)
{
	return bytes & ~0ull >> (leaf >> 26 & 0x38);
}

/* Where the row is: `outside` if the address is not within the prefix of all keys, from which it differs in `beyond`. */
static __always_inline __u32 class_fenced(__u32 row, __u32 outside, __u64 beyond)
{
	return (__u32)either(class_if_zero(beyond), row, outside);
}

/* Where the row is: `leaf` if no length is left that was not reached, of which there are -`left`; else the shared one of `number`. */
static __always_inline __u32 class_shared_row(__u32 leaf, __u64 left, __u64 number, __u32 shared, __u32 bytes)
{
	return (__u32)either(sign_mask(left), shared + (number & 0xffff) * bytes, leaf);
}

/* A difference of 128 bits in 64: the first three are one, the low half is one, and the lowest is always 1. */
static __always_inline __u64 class_fold(__u64 high, __u64 low)
{
	return high << 2 | (class_is_zero(high >> 61) ^ 1) << 63 | (class_is_zero(low) ^ 1) << 1 | 1;
}

/* How many bits are 1, counted two, four and eight at a time. */
static __always_inline __u32 class_ones(__u64 bits)
{
	bits -= bits >> 1 & 0x5555555555555555ull;
	bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (__u32)(bits * 0x0101010101010101ull >> 56);
}

/* How many of the highest bits are 0; 64 of 0. */
static __always_inline __u32 leading_zeros(__u64 word)
{
	word |= word >> 1;
	word |= word >> 2;
	word |= word >> 4;
	word |= word >> 8;
	word |= word >> 16;
	word |= word >> 32;
	return class_ones(~word);
}

/* How many leading bits two addresses share that differ in `high` and `low`. */
static __always_inline __u64 class_shared(__u64 high, __u64 low)
{
	__u64 same = class_if_zero(high);

	return leading_zeros(either(same, low, high)) + (64 & same);
}

/*
 * How many lengths that is enough for. A byte of `lengths` is one; the highest bit of 128 + shared - length comes out as
 * 1 if it is reached. The highest `unused` bits are of none.
 */
static __always_inline __u64 class_count(__u64 shared, __u64 lengths, __u64 unused)
{
	__u64 reached = 0x8080808080808080ull + shared * 0x0101010101010101ull - lengths;

	reached &= 0x8080808080808080ull >> (unused & 63);
	return (reached >> 7) * 0x0101010101010101ull >> 56;
}

/*
 * 1 if an address is not below a number of 128 bits, by what the subtraction of one from the other would borrow. As 0 or 1: with
 * a mask that is 0 or -1 and then cut off by a constant, verifiers of Linux 6.18 go on twice.
 */
static __always_inline __u64 class_from(struct ip6 address, __u64 high, __u64 low)
{
	__u64 borrow = (~address.lo & low) | ((~address.lo | low) & (address.lo - low));

	opaque(borrow);
	borrow = address.hi - high - (borrow >> 63);
	borrow = (~address.hi & high) | ((~address.hi | high) & borrow);
	opaque(borrow);
	borrow >>= 63;
	opaque(borrow);
	return borrow ^ 1;
}

/* What is read of a leaf before it is known how much of its key the address shares. */
struct class_leaf {
	struct ip6 key;
	__u64 lengths;
};

/* --- cells ----------------------------------------------------------------------- */

static __always_inline __u64 class_hash(__u64 cell)
{
	__u64 hash = cell * 0x9e3779b97f4a7c15ull;

	return hash ^ hash >> 32;
}

static __always_inline __u64 class_slot(__u64 hash, __u64 displacement, __u32 slots)
{
	return ((hash >> 32 ^ displacement * 0x9e3779b1u) * 0x85ebca6bu & 0xffffffff) * slots >> 32;
}

/* The lower `bits` of a slot, if the upper ones are the cell; 0, an empty list, if not. */
static __always_inline __u64 class_number(__u64 slot, __u64 cell, __u32 bits)
{
	return slot & ((1ull << bits) - 1) & class_if_zero(slot >> bits ^ cell);
}

/* The answer of a tuple's slot: it is kept + 1, 0 in an empty one; none where the slot's key and the packet's differ. */
static __always_inline __u32 class_tuple(__u64 answer, __u64 differ)
{
	return (__u32)((answer & class_if_zero(differ)) - 1);
}

/* The answer of a list that has one: `base` is it + 1, or 0; `which` is 0 or 1, that one does not hold. */
static __always_inline __u32 class_only(__u64 base, __u64 which)
{
	return (__u32)(base - 1) | (__u32)-which;
}

/* Where the answer of one that has several stands; anywhere near the begin for others. */
static __always_inline __u64 class_beyond(__u64 base, __u64 which, __u32 many, __u32 align)
{
	return ((base - many) << align & ~sign_mask(base - many)) + which;
}

/* The answer of either, if `several` is what stands there. */
static __always_inline __u32 class_packed(__u64 base, __u64 which, __u32 many, __u32 several)
{
	return (__u32)either(sign_mask(base - many), class_only(base, which), several);
}

/* The number of a cell whose row has one: 0 where the pattern says 0. */
static __always_inline __u64 class_in_row(__u64 base, __u64 which)
{
	return base & sign_mask(0 - which);
}

/* The same of a row that may have several, if `several` is what class_beyond() then leads to. */
static __always_inline __u64 class_of_row(__u64 base, __u64 which, __u32 many, __u32 several)
{
	return either(sign_mask(base - many), class_in_row(base, which), several);
}

/* --- bit vectors ----------------------------------------------------------------- */

/* How many dimensions the searches of this policy have: a search lies on the stack, of which there is little. */
#ifdef CLASS_DIMENSIONS

/*
 * A search through bit vectors. Segments are gone through by bpf_loop (Linux 5.17), and of each the words in which
 * no dimension is 0: the verifier walks either body once.
 */
struct class_search {
	__u64 left;                   /* words of the segment yet to be looked at */
	__u64 place;                  /* of the segment's first term */
	__u64 best;
	__u64 has[CLASS_DIMENSIONS];  /* words of the segment that are not 0 */
	__u32 base[CLASS_DIMENSIONS]; /* where these begin */
	__u32 rows[CLASS_DIMENSIONS]; /* of the packet's class: the first segment */
};

/* Those words of a dimension that are not 0 stand one after another: so many before the one that `below` is below. */
static __always_inline __u64 class_word_at(const struct class_search *search, __u32 dimension, __u64 below)
{
	return search->base[dimension] + class_ones(search->has[dimension] & below);
}

#endif

#endif
