/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What rules ask of a packet. A field that the packet does not have has a value
 * that no test reaches (packet.h), so that only the IP version is left for the
 * rule to ask: match_ip4 and match_ip6 stand before anything that depends on it.
 *
 * Every test reads its field anew, and forgets where it came from. Were the field
 * kept in a register, or what a comparison tells of it taken back to the memory,
 * each rule would split what the verifier knows, and a hundred rules would be a
 * million states.
 */
#ifndef SENTRY_MATCH_H
#define SENTRY_MATCH_H

#include "packet.h"

#define packet_number(pkt, member)                                                                                 \
	({                                                                                                         \
		__u64 read_ = *(const volatile __typeof__((pkt)->member) *)&(pkt)->member;                         \
		forget(read_);                                                                                     \
		read_;                                                                                             \
	})

#define packet_read(pkt, member) ((__typeof__((pkt)->member))packet_number(pkt, member))

/* An element of a table, both ends included. Tables are sorted, their ranges disjoint. */
struct range4 {
	__u32 lo;
	__u32 hi;
};

struct range6 {
	struct ip6 lo;
	struct ip6 hi;
};

/*
 * Both searches below halve `left` entries that begin at `base` until one is left,
 * the last that does not begin after the key. Which half it is goes into `base` by
 * arithmetic, not by a branch: for the verifier a branch would double the states
 * at each step. The number of steps depends on `n` alone, a constant to the verifier.
 * They are functions, to be in the object once for all tables.
 *
 * What is opaque is so lest clang makes a branch of it again; the table, because
 * clang drops a small table whose values it has put into the code, but goes on to
 * describe it in the BTF, and the kernel refuses that.
 */
#define SEARCH_STEPS 22 /* enough for four million entries: sentryc makes no larger table */

static __noinline __attribute__((unused)) bool range4_search(const struct range4 *table, __u32 n, __u32 key)
{
	__u64 base = 0;
	__u32 left = n;

	opaque(table);
	unrolled
	for (int i = 0; i < SEARCH_STEPS; i++) {
		__u32 half = left / 2;
		__u64 upper;

		if (left <= 1)
			break;
		/* 1 if the key is not below: by the sign of a difference of two numbers below 2^32. */
		upper = ~((__u64)key - table[base + half].lo) >> 63;
		opaque(upper);
		base += upper * half;
		left -= half;
	}
	return n && key - table[base].lo <= table[base].hi - table[base].lo;
}

/* 1 if a < b: the borrow that is left over from subtracting b. */
static __always_inline __u64 ip6_below(struct ip6 a, struct ip6 b)
{
	__u64 borrow = ((~a.lo & b.lo) | (~(a.lo ^ b.lo) & (a.lo - b.lo))) >> 63;

	return ((~a.hi & b.hi) | (~(a.hi ^ b.hi) & (a.hi - b.hi - borrow))) >> 63;
}

static __always_inline bool ip6_in_range(struct ip6 address, struct ip6 lo, struct ip6 hi)
{
	return !ip6_below(address, lo) && !ip6_below(hi, address);
}

static __noinline __attribute__((unused)) bool range6_search(const struct range6 *table, __u32 n, __u64 hi, __u64 lo)
{
	struct ip6 key = { hi, lo };
	__u64 base = 0;
	__u32 left = n;

	opaque(table);
	unrolled
	for (int i = 0; i < SEARCH_STEPS; i++) {
		__u32 half = left / 2;
		__u64 upper;

		if (left <= 1)
			break;
		upper = 1 - ip6_below(key, table[base + half].lo);
		opaque(upper);
		base += upper * half;
		left -= half;
	}
	return n && ip6_in_range(key, table[base].lo, table[base].hi);
}

/* match_NAME, match_NAME_range, match_NAME_table: for a field that is a number. */
#define MATCH_NUMBER(NAME)                                                                               \
	static __always_inline bool match_##NAME(const struct packet *pkt, __u32 value)                  \
	{                                                                                                \
		return packet_read(pkt, NAME) == value;                                                  \
	}                                                                                                \
	static __always_inline bool match_##NAME##_range(const struct packet *pkt, __u32 lo, __u32 hi)   \
	{                                                                                                \
		return packet_read(pkt, NAME) - lo <= hi - lo;                                           \
	}                                                                                                \
	static __always_inline bool match_##NAME##_table(const struct packet *pkt,                       \
							 const struct range4 *table, __u32 n)            \
	{                                                                                                \
		return range4_search(table, n, packet_read(pkt, NAME));                                  \
	}

MATCH_NUMBER(proto)
MATCH_NUMBER(sport)
MATCH_NUMBER(dport)
MATCH_NUMBER(vlan)
MATCH_NUMBER(dscp)
MATCH_NUMBER(ttl)
MATCH_NUMBER(length)
MATCH_NUMBER(fragment)
MATCH_NUMBER(icmp_type)
MATCH_NUMBER(icmp_code)

#undef MATCH_NUMBER

static __always_inline bool match_ip4(const struct packet *pkt)
{
	return packet_read(pkt, version) == 4;
}

static __always_inline bool match_ip6(const struct packet *pkt)
{
	return packet_read(pkt, version) == 6;
}

/* Of the flags in `mask`, exactly those in `set` are on. */
static __always_inline bool match_flags(const struct packet *pkt, __u32 set, __u32 mask)
{
	return (packet_read(pkt, tcp_flags) & (mask | PACKET_NO_FLAGS)) == set;
}

/* match_src4, match_src4_prefix, match_src4_range, match_src4_table, the same of 6 and of dst. */
#define MATCH_ADDRESS(NAME)                                                                              \
	static __always_inline bool match_##NAME##4(const struct packet *pkt, __u32 address)             \
	{                                                                                                \
		return packet_read(pkt, NAME.v4) == address;                                             \
	}                                                                                                \
	static __always_inline bool match_##NAME##4_prefix(const struct packet *pkt, __u32 address,      \
							   __u32 length)                                 \
	{                                                                                                \
		return length == 0 || (packet_read(pkt, NAME.v4) ^ address) >> (32 - length) == 0;       \
	}                                                                                                \
	static __always_inline bool match_##NAME##4_range(const struct packet *pkt, __u32 lo, __u32 hi)  \
	{                                                                                                \
		return packet_read(pkt, NAME.v4) - lo <= hi - lo;                                        \
	}                                                                                                \
	static __always_inline bool match_##NAME##4_table(const struct packet *pkt,                      \
							  const struct range4 *table, __u32 n)           \
	{                                                                                                \
		return range4_search(table, n, packet_read(pkt, NAME.v4));                               \
	}                                                                                                \
	static __always_inline bool match_##NAME##6(const struct packet *pkt, struct ip6 address)        \
	{                                                                                                \
		return packet_read(pkt, NAME.v6.hi) == address.hi && packet_read(pkt, NAME.v6.lo) == address.lo; \
	}                                                                                                \
	static __always_inline bool match_##NAME##6_prefix(const struct packet *pkt, struct ip6 address, \
							   __u32 length)                                 \
	{                                                                                                \
		if (length == 0)                                                                         \
			return true;                                                                     \
		if (length <= 64)                                                                        \
			return (packet_read(pkt, NAME.v6.hi) ^ address.hi) >> (64 - length) == 0;        \
		return packet_read(pkt, NAME.v6.hi) == address.hi &&                                     \
		       (packet_read(pkt, NAME.v6.lo) ^ address.lo) >> (128 - length) == 0;               \
	}                                                                                                \
	static __always_inline bool match_##NAME##6_range(const struct packet *pkt, struct ip6 lo, struct ip6 hi) \
	{                                                                                                \
		struct ip6 address = { packet_read(pkt, NAME.v6.hi), packet_read(pkt, NAME.v6.lo) };     \
													 \
		return ip6_in_range(address, lo, hi);                                                    \
	}                                                                                                \
	static __always_inline bool match_##NAME##6_table(const struct packet *pkt,                      \
							  const struct range6 *table, __u32 n)           \
	{                                                                                                \
		return range6_search(table, n, packet_read(pkt, NAME.v6.hi), packet_read(pkt, NAME.v6.lo)); \
	}

MATCH_ADDRESS(src)
MATCH_ADDRESS(dst)

#undef MATCH_ADDRESS

#endif
