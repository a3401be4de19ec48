/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy classes, compiled by sentryc from classes.sp: edit that, not this. */

#define SENTRY_SLOTS 18
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
	SLOT_INLINE,
	SLOT_ONE_TABLE,
	SLOT_SAME_TABLE,
	SLOT_BOTH,
	SLOT_SEEN,
	SLOT_PORTS,
	SLOT_MORE_PORTS,
	SLOT_OFTEN,
	SLOT_LENGTHS,
	SLOT_SSH,
	SLOT_WEB,
	SLOT_DNS,
	SLOT_MAIL,
	SLOT_REST,
	SLOT_OLD,
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

/* seen: sample 1/100 tcp */
static __always_inline bool rule_seen(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP);
}

/* often: rate-limit 10/s per src icmp */
static __always_inline bool rule_often(const struct packet *pkt)
{
	return (match_ip4(pkt) && match_proto(pkt, IPPROTO_ICMP)) ||
	       (match_ip6(pkt) && match_proto(pkt, IPPROTO_ICMPV6));
}

CLASS_TABLES(classes_ingress_uplink, 15056);

static __always_inline __u32 classify_ingress_uplink(const struct packet *pkt)
{
	const volatile __u64 *tables = classes_ingress_uplink;
	__u32 best = NO_DECISION;
	__u32 src;
	__u64 src_row0;
	struct ip6 src_address;
	struct class_leaf src_leaf;
	__u32 dst;
	__u64 list0;
	__u64 value;
	__u64 reached;
	const volatile __u8 *place;
	__u32 kind0 = 0;

	value = class_least(packet_number(pkt, length), 0x1ffff);
	kind0 = class_u8(tables, 512, 0x1ff, ((__u64)class_u8(tables, 0, 0x1ff, (value >> 8)) << 8) + (value & 0xff));
	kind0 = class_u8(tables, 1280, 0x7, (__u64)kind0 * 4 + class_u8(tables, 1024, 0xff, packet_number(pkt, proto)));
	value = packet_number(pkt, sport);
	kind0 = class_u8(tables, 2560, 0x3f, (__u64)kind0 * 5 + class_u8(tables, 1920, 0x3ff, ((__u64)class_u8(tables, 1344, 0x3ff, (value >> 7)) << 7) + (value & 0x7f)));
	value = packet_number(pkt, dport);
	kind0 = class_u8(tables, 3968, 0x7f, (__u64)kind0 * 6 + class_u8(tables, 3200, 0x3ff, ((__u64)class_u8(tables, 2624, 0x3ff, (value >> 7)) << 7) + (value & 0x7f)));
	if (match_ip4(pkt)) {
		src = class_u32(tables, 5760, 0x3fff, packet_number(pkt, src.v4) >> 21);
		dst = class_u32(tables, 54912, 0x3fff, packet_number(pkt, dst.v4) >> 21);
		src = class_trie(tables, 5760, 0x3fff, src, packet_number(pkt, src.v4) >> 11 & 0x3ff);
		dst = class_trie(tables, 54912, 0x3fff, dst, packet_number(pkt, dst.v4) >> 11 & 0x3ff);
		src = class_trie(tables, 5760, 0x3fff, src, packet_number(pkt, src.v4) >> 0 & 0x7ff);
		dst = class_trie(tables, 54912, 0x3fff, dst, packet_number(pkt, dst.v4) >> 0 & 0x7ff);
		/* 12 terms: 4 by 3 classes, 9 lists */
		list0 = class_u16(tables, 5696, 0xf, (__u64)src * 3 + dst);
		list0 += kind0;
		best = class_u32(tables, 4096, 0x1ff, list0);
	}
	if (match_ip6(pkt)) {
		src_address = (struct ip6){ packet_read(pkt, src.v6.hi), packet_read(pkt, src.v6.lo) };
		src = class_u32(tables, 104704, 0xf, 0 + (src_address.hi << 43 >> 1 >> 62));
		src = class_u32(tables, 104704, 0xf, class_base(src) + class_bits(src, src_address));
		place = class_place(tables, 104768, 0x7f, src);
		src_leaf.key.hi = class_bytes(place, 0);
		src_leaf.key.lo = class_bytes(place, 3);
		src_leaf.lengths = class_bytes(place, 4);
		reached = class_shared(src_address.hi ^ (0x20010db800000000ull | (0xffffffull & src_leaf.key.hi)), src_address.lo ^ (0ull | (0xffull & src_leaf.key.lo)));
		reached = class_count(reached, src_leaf.lengths, 48);
		src += 4 + 2 + (__u32)reached * 1;
		place = class_place(tables, 104768, 0x7f, src);
		src_row0 = class_bytes(place, 0);
		/* 7 terms: 2 by 1 classes, 3 lists */
		list0 = class_u8(tables, 104640, 0x1, (__u64)(src_row0 >> 0 & 0x1) * 1 + 0);
		list0 += kind0;
		best = class_u32(tables, 104064, 0xff, list0);
	}
	return best;
}

/* ingress on uplink: the first rule that matches decides; some are looked up. */
static __always_inline __u32 ingress_uplink_rules(struct xdp_md *ctx, struct packet *pkt)
{
	__u32 decided;

	opaque(ctx);
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_ALLOW);
	decided = classify_ingress_uplink(pkt);
	if (SLOT_SEEN < decision_slot(decided) && rule_seen(pkt)) {
		count(pkt, SLOT_SEEN);
		if (sample_drawn(0x28f5c28ull))
			xdp_sample(ctx, pkt, SLOT_SEEN, SENTRY_ALLOW, 100);
	}
	if (SLOT_OFTEN < decision_slot(decided) && rule_often(pkt) && exceeds_often(pkt))
		return decision(SLOT_OFTEN, SENTRY_DENY);
	switch (decision_slot(decided)) {
	case SLOT_PORTS:
		event_log(pkt, SLOT_PORTS, SENTRY_ALLOW);
		break;
	}
	return decision_or(decided, decision(SLOT_INGRESS_DEFAULT, SENTRY_ALLOW));
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_LENGTH | PACKET_SPORT |
			     PACKET_DPORT | PACKET_FOR_EVENTS;
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
