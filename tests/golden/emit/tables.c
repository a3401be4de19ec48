/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy tables, compiled by sentryc from tables.sp: edit that, not this. */

#define SENTRY_SLOTS 10
#define SENTRY_WITH_EVENTS
#define SENTRY_WITH_SAMPLES
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
	SLOT_PORTS,
	SLOT_MORE_PORTS,
	SLOT_LENGTHS,
};

/* net nine, IPv4: 9 ranges */
static const struct range4 net_nine_v4[] = {
	{ 0x0a000000, 0x0a0000ff }, /* 10.0.0.0/24 */
	{ 0x0a000200, 0x0a0002ff }, /* 10.0.2.0/24 */
	{ 0x0a000400, 0x0a0004ff }, /* 10.0.4.0/24 */
	{ 0x0a000600, 0x0a0006ff }, /* 10.0.6.0/24 */
	{ 0x0a000800, 0x0a0008ff }, /* 10.0.8.0/24 */
	{ 0x0a000a00, 0x0a000aff }, /* 10.0.10.0/24 */
	{ 0x0a000c00, 0x0a000cff }, /* 10.0.12.0/24 */
	{ 0x0a000e00, 0x0a000eff }, /* 10.0.14.0/24 */
	{ 0x0a001001, 0x0a001001 }, /* 10.0.16.1 */
};

/* port seventeen: 17 ranges */
static const struct range4 port_seventeen[] = {
	{ 1, 1 },
	{ 3, 3 },
	{ 5, 5 },
	{ 7, 7 },
	{ 9, 9 },
	{ 11, 11 },
	{ 13, 13 },
	{ 15, 15 },
	{ 17, 17 },
	{ 19, 19 },
	{ 21, 21 },
	{ 23, 23 },
	{ 25, 25 },
	{ 27, 27 },
	{ 29, 29 },
	{ 31, 31 },
	{ 33, 40 },
};

/* net six, IPv6: 9 ranges */
static const struct range6 net_six_v6[] = {
	{ { 0x20010db800010000, 0x0000000000000000 }, { 0x20010db80001ffff, 0xffffffffffffffff } }, /* 2001:db8:1::/48 */
	{ { 0x20010db800030000, 0x0000000000000000 }, { 0x20010db80003ffff, 0xffffffffffffffff } }, /* 2001:db8:3::/48 */
	{ { 0x20010db800050000, 0x0000000000000000 }, { 0x20010db80005ffff, 0xffffffffffffffff } }, /* 2001:db8:5::/48 */
	{ { 0x20010db800070000, 0x0000000000000000 }, { 0x20010db80007ffff, 0xffffffffffffffff } }, /* 2001:db8:7::/48 */
	{ { 0x20010db800090000, 0x0000000000000000 }, { 0x20010db80009ffff, 0xffffffffffffffff } }, /* 2001:db8:9::/48 */
	{ { 0x20010db8000b0000, 0x0000000000000000 }, { 0x20010db8000bffff, 0xffffffffffffffff } }, /* 2001:db8:b::/48 */
	{ { 0x20010db8000d0000, 0x0000000000000000 }, { 0x20010db8000dffff, 0xffffffffffffffff } }, /* 2001:db8:d::/48 */
	{ { 0x20010db8000f0000, 0x0000000000000000 }, { 0x20010db8000fffff, 0xffffffffffffffff } }, /* 2001:db8:f::/48 */
	{ { 0x20010db800110000, 0x0000000000000001 }, { 0x20010db800110000, 0x0000000000000009 } }, /* 2001:db8:11::1-2001:db8:11::9 */
};

/* 17 ranges */
static const struct range4 rule_lengths_length[] = {
	{ 40, 40 },
	{ 42, 42 },
	{ 44, 44 },
	{ 46, 46 },
	{ 48, 48 },
	{ 50, 50 },
	{ 52, 52 },
	{ 54, 54 },
	{ 56, 56 },
	{ 58, 58 },
	{ 60, 60 },
	{ 62, 62 },
	{ 64, 64 },
	{ 66, 66 },
	{ 68, 68 },
	{ 70, 70 },
	{ 72, 72 },
};

/* inline: sample 1/8 from eight */
static __always_inline bool rule_inline(const struct packet *pkt)
{
	return match_ip4(pkt) &&
	       (match_src4_prefix(pkt, IP4(10, 0, 0, 0), 24) ||
		match_src4_prefix(pkt, IP4(10, 0, 2, 0), 24) ||
		match_src4_prefix(pkt, IP4(10, 0, 4, 0), 24) ||
		match_src4_prefix(pkt, IP4(10, 0, 6, 0), 24) ||
		match_src4_prefix(pkt, IP4(10, 0, 8, 0), 24) ||
		match_src4_prefix(pkt, IP4(10, 0, 10, 0), 24) ||
		match_src4_prefix(pkt, IP4(10, 0, 12, 0), 24) ||
		match_src4_prefix(pkt, IP4(10, 0, 14, 0), 24));
}

/* one-table: sample 1/8 from nine */
static __always_inline bool rule_one_table(const struct packet *pkt)
{
	return match_ip4(pkt) && match_src4_table(pkt, net_nine_v4, 9);
}

/* same-table: sample 1/8 tcp to nine port seventeen */
static __always_inline bool rule_same_table(const struct packet *pkt)
{
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_TCP) &&
	       match_dport_table(pkt, port_seventeen, 17) && match_dst4_table(pkt, net_nine_v4, 9);
}

/* both: sample 1/8 from nine or six */
static __always_inline bool rule_both(const struct packet *pkt)
{
	return (match_ip4(pkt) && match_src4_table(pkt, net_nine_v4, 9)) ||
	       (match_ip6(pkt) && match_src6_table(pkt, net_six_v6, 9));
}

/* ports: sample 1/8 udp port sixteen */
static __always_inline bool rule_ports(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP) &&
	       (match_dport(pkt, 1) || match_dport(pkt, 3) || match_dport(pkt, 5) || match_dport(pkt, 7) ||
		match_dport(pkt, 9) || match_dport(pkt, 11) || match_dport(pkt, 13) || match_dport(pkt, 15) ||
		match_dport(pkt, 17) || match_dport(pkt, 19) || match_dport(pkt, 21) ||
		match_dport(pkt, 23) || match_dport(pkt, 25) || match_dport(pkt, 27) ||
		match_dport(pkt, 29) || match_dport(pkt, 31));
}

/* more-ports: sample 1/8 udp from any port seventeen */
static __always_inline bool rule_more_ports(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP) && match_sport_table(pkt, port_seventeen, 17);
}

/* lengths: sample 1/8 length { 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64, 66, 68, 70, 72 } */
static __always_inline bool rule_lengths(const struct packet *pkt)
{
	return match_length_table(pkt, rule_lengths_length, 17);
}

/* ingress on uplink: the first rule that matches decides. */
static __always_inline __u32 ingress_uplink_rules(struct xdp_md *ctx, struct packet *pkt)
{
	opaque(ctx);
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_ALLOW);
	if (rule_inline(pkt)) {
		count(pkt, SLOT_INLINE);
		if (sample_drawn(0x20000000ull))
			xdp_sample(ctx, pkt, SLOT_INLINE, SENTRY_ALLOW, 8);
	}
	if (rule_one_table(pkt)) {
		count(pkt, SLOT_ONE_TABLE);
		if (sample_drawn(0x20000000ull))
			xdp_sample(ctx, pkt, SLOT_ONE_TABLE, SENTRY_ALLOW, 8);
	}
	if (rule_same_table(pkt)) {
		count(pkt, SLOT_SAME_TABLE);
		if (sample_drawn(0x20000000ull))
			xdp_sample(ctx, pkt, SLOT_SAME_TABLE, SENTRY_ALLOW, 8);
	}
	if (rule_both(pkt)) {
		count(pkt, SLOT_BOTH);
		if (sample_drawn(0x20000000ull))
			xdp_sample(ctx, pkt, SLOT_BOTH, SENTRY_ALLOW, 8);
	}
	if (rule_ports(pkt)) {
		count(pkt, SLOT_PORTS);
		if (sample_drawn(0x20000000ull))
			xdp_sample(ctx, pkt, SLOT_PORTS, SENTRY_ALLOW, 8);
	}
	if (rule_more_ports(pkt)) {
		count(pkt, SLOT_MORE_PORTS);
		if (sample_drawn(0x20000000ull))
			xdp_sample(ctx, pkt, SLOT_MORE_PORTS, SENTRY_ALLOW, 8);
	}
	if (rule_lengths(pkt)) {
		count(pkt, SLOT_LENGTHS);
		if (sample_drawn(0x20000000ull))
			xdp_sample(ctx, pkt, SLOT_LENGTHS, SENTRY_ALLOW, 8);
	}
	return decision(SLOT_INGRESS_DEFAULT, SENTRY_ALLOW);
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
