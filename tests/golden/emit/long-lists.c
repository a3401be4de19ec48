/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy long-lists, compiled by sentryc from long-lists.sp: edit that, not this. */

#define SENTRY_SLOTS 12
#define SENTRY_WITH_EVENTS
#define SENTRY_WITH_SAMPLES
#define SENTRY_WITH_CLASSES
#define SENTRY_WITH_LIMITS
#define SENTRY_TABLES 1
#define SENTRY_WITH_CLOCK
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_MALFORMED,
	SLOT_INGRESS_NON_IP,
	SLOT_INGRESS_DEFAULT,
	SLOT_FRAGMENTS,
	SLOT_BAD,
	SLOT_SSH,
	SLOT_SEEN,
	SLOT_GOOD,
	SLOT_WEB,
	SLOT_DNS,
	SLOT_OFTEN,
	SLOT_PING,
};

/* limit of often: rate-limit 10/s per src icmp */
MAP_LRU_HASH(limit_often, struct sentry_end_key, struct sentry_bucket, 131072);

__noinline int exceeds_often(struct packet *pkt)
{
	struct sentry_end_key key = {};

	if (!pkt)
		return 0;
	limit_key_address(&key, pkt, true, 32, 128);
	return limit_exceeds(&limit_often, &key, pkt, 1600000000ull, 16000000000ull, 0);
}

/* fragments: deny fragment */
static __always_inline bool rule_fragments(const struct packet *pkt)
{
	return match_fragment(pkt, 2);
}

/* ssh: allow tcp from 192.0.2.0/24 to any port 22 flags syn/syn,ack */
static __always_inline bool rule_ssh(const struct packet *pkt)
{
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_TCP) && match_dport(pkt, 22) &&
	       match_flags(pkt, 0x2, 0x12) && match_src4_prefix(pkt, IP4(192, 0, 2, 0), 24);
}

/* seen: sample 1/100 tcp */
static __always_inline bool rule_seen(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP);
}

/* web: allow tcp to 198.51.100.0/24 port { 80, 443 } dscp 10 */
static __always_inline bool rule_web(const struct packet *pkt)
{
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_TCP) &&
	       (match_dport(pkt, 80) || match_dport(pkt, 443)) && match_dscp(pkt, 10) &&
	       match_dst4_prefix(pkt, IP4(198, 51, 100, 0), 24);
}

/* dns: allow udp to any port 53 vlan 7 */
static __always_inline bool rule_dns(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP) && match_dport(pkt, 53) && match_vlan(pkt, 7);
}

/* often: rate-limit 10/s per src icmp */
static __always_inline bool rule_often(const struct packet *pkt)
{
	return (match_ip4(pkt) && match_proto(pkt, IPPROTO_ICMP)) ||
	       (match_ip6(pkt) && match_proto(pkt, IPPROTO_ICMPV6));
}

/* ping: allow icmp echo-request ttl 255 */
static __always_inline bool rule_ping(const struct packet *pkt)
{
	return match_ttl(pkt, 255) &&
	       ((match_ip4(pkt) && match_proto(pkt, IPPROTO_ICMP) && match_icmp_type(pkt, 8)) ||
		(match_ip6(pkt) && match_proto(pkt, IPPROTO_ICMPV6) && match_icmp_type(pkt, 128)));
}

CLASS_TABLES(classes_ingress_uplink, 2240);

static __always_inline __u32 classify_ingress_uplink(const struct packet *pkt)
{
	const volatile __u64 *tables = classes_ingress_uplink;
	__u32 best = NO_DECISION;
	__u32 src;
	__u64 src_row0;
	struct ip6 src_address;
	struct class_leaf src_leaf;
	__u64 list0;
	__u64 value;
	__u64 reached;
	const volatile __u8 *place;
	__u32 kind0 = 0;

	kind0 = class_u8(tables, 0, 0xff, packet_number(pkt, proto));
	value = packet_number(pkt, dport);
	kind0 = class_u8(tables, 1344, 0x3, (__u64)kind0 * 2 + class_u8(tables, 832, 0x1ff, ((__u64)class_u8(tables, 256, 0x3ff, (value >> 7)) << 7) + (value & 0x7f)));
	if (match_ip4(pkt)) {
		src = class_u32(tables, 1536, 0xfff, packet_number(pkt, src.v4) >> 23);
		src = class_trie(tables, 1536, 0xfff, src, packet_number(pkt, src.v4) >> 14 & 0x1ff);
		src = class_trie(tables, 1536, 0xfff, src, packet_number(pkt, src.v4) >> 8 & 0x3f);
		/* 2 terms: 3 by 1 classes, 3 lists */
		list0 = class_u8(tables, 1472, 0x3, (__u64)src * 1 + 0);
		list0 += kind0;
		best = class_u32(tables, 1408, 0x7, list0);
	}
	if (match_ip6(pkt)) {
		src_address = (struct ip6){ packet_read(pkt, src.v6.hi), packet_read(pkt, src.v6.lo) };
		src = class_u32(tables, 11392, 0x1f, 0 + (src_address.hi << 42 >> 1 >> 58));
		place = class_place(tables, 11520, 0xff, src);
		src_leaf.key.hi = class_bytes(place, 0);
		src_leaf.lengths = class_bytes(place, 3);
		value = class_fold(src_address.hi ^ (0x20010db800000000ull | (0xffffffull & src_leaf.key.hi)), src_address.lo ^ 0ull);
		reached = class_reached(value, src_leaf.lengths, 2);
		src += 3 + 2 + (__u32)reached * 1;
		place = class_place(tables, 11520, 0xff, src);
		src_row0 = class_bytes(place, 0);
		/* 1 terms: 2 by 1 classes, 2 lists */
		list0 = class_u8(tables, 11328, 0x1, (__u64)(src_row0 >> 0 & 0x1) * 1 + 0);
		list0 += kind0;
		best = class_u32(tables, 11264, 0x3, list0);
	}
	return best;
}

/* ingress on uplink: the first rule that matches decides; some are looked up. */
static __always_inline __u32 ingress_uplink_rules(struct xdp_md *ctx, struct packet *pkt)
{
	__u32 decided;

	opaque(ctx);
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
	if (rule_fragments(pkt))
		return decision(SLOT_FRAGMENTS, SENTRY_DENY);
	decided = classify_ingress_uplink(pkt);
	if (SLOT_SSH < decision_slot(decided) && rule_ssh(pkt))
		return decision(SLOT_SSH, SENTRY_ALLOW);
	if (SLOT_SEEN < decision_slot(decided) && rule_seen(pkt)) {
		count(pkt, SLOT_SEEN);
		if (sample_drawn(0x28f5c28ull))
			xdp_sample(ctx, pkt, SLOT_SEEN, SENTRY_ALLOW, 100);
	}
	if (decision_slot(decided) == NO_DECISION >> 2) {
		if (rule_web(pkt))
			return decision(SLOT_WEB, SENTRY_ALLOW);
		if (rule_dns(pkt))
			return decision(SLOT_DNS, SENTRY_ALLOW);
		if (rule_often(pkt) && exceeds_often(pkt))
			return decision(SLOT_OFTEN, SENTRY_DENY);
		if (rule_ping(pkt))
			return decision(SLOT_PING, SENTRY_ALLOW);
	}
	switch (decision_slot(decided)) {
	case SLOT_BAD:
		event_log(pkt, SLOT_BAD, SENTRY_DENY);
		break;
	}
	return decision_or(decided, decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY));
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_VLAN | PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_DSCP | PACKET_TTL |
			     PACKET_FRAGMENT | PACKET_DPORT | PACKET_FLAGS | PACKET_ICMP_TYPE |
			     PACKET_FOR_EVENTS;
	struct packet pkt = {};

	switch (xdp_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_NON_IP, SENTRY_ALLOW));
	default:
		return xdp_finish(ctx, &pkt, ingress_uplink_rules(ctx, &pkt));
	}
}

SENTRY_LICENSE;
