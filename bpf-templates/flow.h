/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The two ends of a packet in one order for both directions: keys of connections, of limits by flow, words of samples. */
#ifndef SENTRY_FLOW_H
#define SENTRY_FLOW_H

#include "hash.h"
#include "packet.h"

/* An IPv4 address is a low half. */
static __always_inline struct ip6 address_number(__u32 version, const union packet_address *address)
{
	return version == 4 ? (struct ip6){ 0, address->v4 } : address->v6;
}

static __always_inline __u16 port_number(__u32 port)
{
	return port < PACKET_NO_PORT ? (__u16)port : 0;
}

/* The source comes first: it is the lower of two ends, or they are equal. */
static __always_inline bool source_is_low(struct ip6 src, __u16 sport, struct ip6 dst, __u16 dport)
{
	if (src.hi != dst.hi)
		return src.hi < dst.hi;
	if (src.lo != dst.lo)
		return src.lo < dst.lo;
	return sport <= dport;
}

static __always_inline void flow_key_set(struct sentry_flow_key *key, bool source_low, struct ip6 src, __u16 sport,
					 struct ip6 dst, __u16 dport)
{
	key->low_hi = source_low ? src.hi : dst.hi;
	key->low_lo = source_low ? src.lo : dst.lo;
	key->high_hi = source_low ? dst.hi : src.hi;
	key->high_lo = source_low ? dst.lo : src.lo;
	key->low_port = source_low ? sport : dport;
	key->high_port = source_low ? dport : sport;
}

/* Protocol and both ends, the same for both directions. */
static __always_inline void flow_key(struct sentry_flow_key *key, const struct packet *pkt)
{
	struct ip6 src = address_number(pkt->version, &pkt->src), dst = address_number(pkt->version, &pkt->dst);
	__u16 sport = port_number(pkt->sport), dport = port_number(pkt->dport);

	flow_key_set(key, source_is_low(src, sport, dst, dport), src, sport, dst, dport);
	key->vlan = 0;
	key->protocol = pkt->proto;
	key->ip_version = pkt->version;
}

/* Whether the flow of a packet is one of those sampled: `below` is 2^32 / N. See docs/state.md. */
static __always_inline bool flow_sampled(const struct packet *pkt, __u64 seed, __u64 below)
{
	struct sentry_flow_key key;
	__u64 hash;

	flow_key(&key, pkt);
	hash = hash_word(seed, key.protocol + ((__u64)key.ip_version << 8));
	hash = hash_word(hash, key.low_hi);
	hash = hash_word(hash, key.low_lo);
	hash = hash_word(hash, key.low_port);
	hash = hash_word(hash, key.high_hi);
	hash = hash_word(hash, key.high_lo);
	hash = hash_word(hash, key.high_port);
	return hash_finish(hash) >> 32 < below;
}

#endif
