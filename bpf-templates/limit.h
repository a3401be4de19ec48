/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Rates by the generic cell rate algorithm and limits of different values by sketches: docs/state.md.
 * The generated code has one function per rule that limits; it makes the key and calls one of these. Times
 * of buckets are in sixteenths of a nanosecond: 2^60 ns are 36 years since the machine started.
 */
#ifndef SENTRY_LIMIT_H
#define SENTRY_LIMIT_H

#ifdef SENTRY_WITH_LIMITS

#include "clock.h"
#include "flow.h"
#include "packet.h"
#include "set.h"
#include "tables.h"

/* How often a bucket is tried again that other CPUs advance at the same time. */
#define LIMIT_TRIES 8

/* Of the keys of rates: an address cut to a length. */
static __always_inline struct ip6 address_cut(__u32 version, const union packet_address *address, __u32 length4,
					      __u32 length6)
{
	struct ip6 number = address_number(version, address);

	if (version == 4) {
		number.lo = length4 ? number.lo >> (32 - length4) << (32 - length4) : 0;
	} else if (length6 <= 64) {
		number.hi = length6 ? number.hi >> (64 - length6) << (64 - length6) : 0;
		number.lo = 0;
	} else {
		number.lo = number.lo >> (128 - length6) << (128 - length6);
	}
	return number;
}

static __always_inline void limit_key_address(struct sentry_end_key *key, const struct packet *pkt, bool source,
					      __u32 length4, __u32 length6)
{
	struct ip6 number = address_cut(pkt->version, source ? &pkt->src : &pkt->dst, length4, length6);

	key->hi = number.hi;
	key->lo = number.lo;
	key->ip_version = pkt->version;
}

static __always_inline void limit_key_port(struct sentry_end_key *key, const struct packet *pkt)
{
	key->port = port_number(pkt->dport);
	key->ip_version = pkt->version;
}

/* Of source and destination, not in one order for both directions. */
static __always_inline void limit_key_low(struct sentry_flow_key *key, const struct packet *pkt, __u32 length4,
					  __u32 length6)
{
	struct ip6 number = address_cut(pkt->version, &pkt->src, length4, length6);

	key->low_hi = number.hi;
	key->low_lo = number.lo;
	key->ip_version = pkt->version;
}

static __always_inline void limit_key_high(struct sentry_flow_key *key, const struct packet *pkt, __u32 length4,
					   __u32 length6)
{
	struct ip6 number = address_cut(pkt->version, &pkt->dst, length4, length6);

	key->high_hi = number.hi;
	key->high_lo = number.lo;
}

/* The bucket says: exceeds (1), or conforms (0) and is counted. */
static __always_inline int bucket_take(struct sentry_bucket *bucket, __u64 now, __u64 cost, __u64 tolerance, __u32 table)
{
	__u64 tat = read_once(bucket->tat);

	unrolled
	for (int i = 0; i < LIMIT_TRIES; i++) {
		__u64 next = (tat > now ? tat : now) + cost, seen;

		if (next - now > tolerance)
			return 1;
		seen = __sync_val_compare_and_swap(&bucket->tat, tat, next);
		if (seen == tat)
			return 0;
		tat = seen;
	}
	table_contended(table);
	return 1;
}

static __always_inline int limit_exceeds(ANY_MAP *map, const void *key, struct packet *pkt, __u64 cost, __u64 tolerance,
					 __u32 table)
{
	struct sentry_bucket *bucket = map_find(map, key), fresh;
	__u64 now = clock_time(pkt) << 4;

	if (!bucket) {
		if (cost > tolerance)
			return 1;
		fresh.tat = now + cost;
		if (!map_put(map, key, &fresh, BPF_NOEXIST)) {
			table_inserted(table);
			return 0;
		}
		/* Another CPU was first with it, or there is no room. */
		bucket = map_find(map, key);
		if (!bucket) {
			table_failed(table);
			return 1;
		}
	}
	return bucket_take(bucket, now, cost, tolerance, table);
}

/* One bucket for the rule: entry 0 of an array. */
static __always_inline int limit_exceeds_all(struct sentry_bucket *bucket, struct packet *pkt, __u64 cost, __u64 tolerance,
					     __u32 table)
{
	return bucket ? bucket_take(bucket, clock_time(pkt) << 4, cost, tolerance, table) : 1;
}

/*
 * Of a rate in bytes: `period` in sixteenths of a nanosecond for `amount` bytes, constants both. A packet that is yet to be cut into
 * segments has up to 2^19: so what a byte takes comes first, and then what is left over, of which neither product exceeds 64 bits.
 */
static __always_inline __u64 limit_cost_bytes(const struct packet *pkt, __u64 period, __u64 amount)
{
	return pkt->length * (period / amount) + pkt->length * (period % amount) / amount;
}

/* --- different values ---------------------------------------------------------- */

static __always_inline __u64 distinct_port(const struct packet *pkt)
{
	return hash_finish(hash_word(0, port_number(pkt->dport)));
}

static __always_inline __u64 distinct_address(const struct packet *pkt, const union packet_address *address)
{
	struct ip6 number = address_number(pkt->version, address);

	return hash_finish(hash_word(hash_word(0, number.hi), number.lo));
}

/* A sketch of `n` bits, a power of two, in 64-bit words behind its head. */
static __always_inline int sketch_exceeds(struct sentry_sketch *sketch, __u64 *words, __u32 n, __u64 hash, __u64 now,
					  __u64 period, __u32 limit)
{
	__u64 begun = read_once(sketch->begun_ns), bit = 1ull << (hash & 63), *word;

	if (!begun || now >= begun + period) {
		/* Of several CPUs that see the end of a window, one clears the sketch. */
		if (__sync_val_compare_and_swap(&sketch->begun_ns, begun, now) == begun) {
			unrolled
			for (__u32 i = 0; i < n / 64; i++)
				*(volatile __u64 *)&words[i] = 0;
			*(volatile __u32 *)&sketch->bits = 0;
		}
	}
	word = &words[(hash & (n - 1)) >> 6];
	if (read_once(*word) & bit)
		return 0;
	if (read_once(sketch->bits) >= limit)
		return 1;
	if (!(__sync_fetch_and_or(word, bit) & bit))
		__sync_fetch_and_add(&sketch->bits, 1);
	return 0;
}

/* The key's sketch: made empty if there is none. `empty` is a value of zeros. */
static __always_inline void *sketch_find(ANY_MAP *map, const void *key, const void *empty, __u32 table)
{
	void *sketch = map_find(map, key);

	if (sketch)
		return sketch;
	if (!map_put(map, key, empty, BPF_NOEXIST))
		table_inserted(table);
	sketch = map_find(map, key);
	if (!sketch)
		table_failed(table);
	return sketch;
}

#endif
#endif
