/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A set as a table in one array map: addresses and prefixes that no rule adds to. This
 * is the layout, and how user space fills it; programs look by set.h. Needs the
 * fixed-width types.
 *
 * The entries of the array are buckets of one cache line. The first SET_TABLE_HEAD are the
 * heads, one of IPv4 and two of IPv6. Behind them lie the buckets of IPv4, then those of IPv6, a
 * power of two of each, or none. A prefix lies in the bucket that the hash of its bits and length says, or, where
 * that is full, in one of the next SET_TABLE_REACH - 1 (after the last comes the first). In a bucket, what is
 * in use comes first: the first empty entry ends the search. An element that goes leaves a grave behind, which
 * does not end it and may be used anew.
 *
 * An element is changed by a single aligned store, or, of IPv6, by stores of which the one to `tag` comes last (first to
 * go): so user space changes a table while programs read it. No prefix in a table covers another, so
 * the order of lengths does not matter.
 *
 * Where IPv4 prefixes have several lengths, a cover behind all that saves most of the looks: two bits for each /24,
 * whether a prefix covers it, and whether one lies within it. The second may be on without need.
 */
#ifndef SENTRY_SET_TABLE_H
#define SENTRY_SET_TABLE_H

#include "hash.h"

#define SET_TABLE_HEAD 3
#define SET_TABLE_REACH 4
#define SET_TABLE_ENTRIES4 8
#define SET_TABLE_ENTRIES6 2
#define SET_TABLE_LENGTHS4 33
#define SET_TABLE_LENGTHS6 96

/* Of IPv6: `tag` is SET_TABLE_EMPTY, SET_TABLE_GRAVE or SET_TABLE_USED + length. */
struct sentry_set_entry6 {
	__u64 hi; /* host byte order, bits behind the length 0 */
	__u64 lo;
	__u64 tag;
};

#define SET_TABLE_EMPTY 0
#define SET_TABLE_GRAVE 1 /* of IPv4 the whole word, too */
#define SET_TABLE_USED 2

/* Of IPv4: the address in the upper half, SET_TABLE_USED + length in the lower. */
#define SET_TABLE_WORD4(address, length) ((__u64)(address) << 32 | (SET_TABLE_USED + (length)))

struct sentry_set_head4 {
	__u32 mask;    /* number of buckets less one; not looked at where n is 0 */
	__u32 first;   /* index of the first bucket */
	__u32 n;       /* of lengths */
	__u8 lengths[SET_TABLE_LENGTHS4]; /* that some prefix has; the most frequent first */
	__u8 reserved[3];
	__u32 cover;   /* index of the cover's first bucket; 0: there is none */
	__u8 reserved2[12];
};

/* The second head of IPv6 is all lengths: those behind the first 48. */
struct sentry_set_head6 {
	__u32 mask;
	__u32 first;
	__u32 n;
	__u32 reserved;
	__u8 lengths[48];
};

struct sentry_set_bucket {
	union {
		__u64 words[SET_TABLE_ENTRIES4];
		struct sentry_set_entry6 entries[SET_TABLE_ENTRIES6];
		struct sentry_set_head4 head4;
		struct sentry_set_head6 head6;
		__u8 lengths6[48];
	};
};

_Static_assert(sizeof(struct sentry_set_bucket) == 64, "a bucket is one cache line");

/* The cover has a bucket for each /16. */
#define SET_TABLE_COVER (1u << 16)
#define SET_TABLE_COVERED 1ull /* the /24 lies within a prefix of the set */
#define SET_TABLE_PARTLY 2ull  /* a longer prefix of the set lies within the /24 */

static inline __u32 set_table_cover_word(__u32 address)
{
	return address >> 13 & 7;
}

static inline __u32 set_table_cover_shift(__u32 address)
{
	return (address >> 8 & 31) * 2;
}

static inline __u64 set_table_hash4(__u32 address, __u32 length)
{
	return hash_finish(hash_word(length, address));
}

static inline __u64 set_table_hash6(__u64 hi, __u64 lo, __u32 length)
{
	return hash_finish(hash_word(hash_word(length, hi), lo));
}

#endif
