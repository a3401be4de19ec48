/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy both-versions, compiled by sentryc from both-versions.sp: edit that, not this. */

#define SENTRY_SLOTS 10
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_MALFORMED,
	SLOT_INGRESS_NON_IP,
	SLOT_INGRESS_DEFAULT,
	SLOT_SSH,
	SLOT_PINGS,
	SLOT_ANY_UDP,
	SLOT_FOUR,
	SLOT_NOT_MGMT,
	SLOT_V6,
	SLOT_EVERYTHING,
};

/* ssh: allow tcp from mgmt to self port 22 */
static __always_inline bool rule_ssh(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP) && match_dport(pkt, 22) &&
	       ((match_ip4(pkt) && match_src4_prefix(pkt, IP4(10, 20, 0, 0), 16) &&
		 match_dst4(pkt, IP4(192, 0, 2, 10))) ||
		(match_ip6(pkt) && match_src6_prefix(pkt, IP6(0xfd000020, 0, 0, 0), 48) &&
		 match_dst6(pkt, IP6(0x20010db8, 0, 0, 0x10))));
}

/* pings: allow icmp echo-request to self */
static __always_inline bool rule_pings(const struct packet *pkt)
{
	return (match_ip4(pkt) && match_proto(pkt, IPPROTO_ICMP) && match_icmp_type(pkt, 8) &&
		match_dst4(pkt, IP4(192, 0, 2, 10))) ||
	       (match_ip6(pkt) && match_proto(pkt, IPPROTO_ICMPV6) && match_icmp_type(pkt, 128) &&
		match_dst6(pkt, IP6(0x20010db8, 0, 0, 0x10)));
}

/* any-udp: deny udp */
static __always_inline bool rule_any_udp(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP);
}

/* four: allow tcp from only4 */
static __always_inline bool rule_four(const struct packet *pkt)
{
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_TCP) &&
	       (match_src4_prefix(pkt, IP4(198, 51, 100, 0), 24) ||
		match_src4_range(pkt, IP4(203, 0, 113, 5), IP4(203, 0, 113, 9)));
}

/* not-mgmt: deny from not mgmt to self */
static __always_inline bool rule_not_mgmt(const struct packet *pkt)
{
	return (match_ip4(pkt) &&
		(match_src4_range(pkt, IP4(0, 0, 0, 0), IP4(10, 19, 255, 255)) ||
		 match_src4_range(pkt, IP4(10, 21, 0, 0), IP4(255, 255, 255, 255))) &&
		match_dst4(pkt, IP4(192, 0, 2, 10))) ||
	       (match_ip6(pkt) &&
		(match_src6_range(pkt, IP6(0, 0, 0, 0), IP6(0xfd00001f, 0xffffffff, 0xffffffff, 0xffffffff)) ||
		 match_src6_range(pkt, IP6(0xfd000020, 0x10000, 0, 0), IP6(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff))) &&
		match_dst6(pkt, IP6(0x20010db8, 0, 0, 0x10)));
}

/* v6: allow ip6 */
static __always_inline bool rule_v6(const struct packet *pkt)
{
	return match_ip6(pkt);
}

/* everything: deny proto { 0-255 } */
static __always_inline bool rule_everything(const struct packet *pkt)
{
	return true;
}

/* ingress on uplink: the first rule that matches decides. */
static __always_inline __u32 ingress_uplink_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
	if (rule_ssh(pkt))
		return decision(SLOT_SSH, SENTRY_ALLOW);
	if (rule_pings(pkt))
		return decision(SLOT_PINGS, SENTRY_ALLOW);
	if (rule_any_udp(pkt))
		return decision(SLOT_ANY_UDP, SENTRY_DENY);
	if (rule_four(pkt))
		return decision(SLOT_FOUR, SENTRY_ALLOW);
	if (rule_not_mgmt(pkt))
		return decision(SLOT_NOT_MGMT, SENTRY_DENY);
	if (rule_v6(pkt))
		return decision(SLOT_V6, SENTRY_ALLOW);
	if (rule_everything(pkt))
		return decision(SLOT_EVERYTHING, SENTRY_DENY);
	return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_DPORT | PACKET_ICMP_TYPE;
	struct packet pkt = {};

	switch (xdp_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_NON_IP, SENTRY_ALLOW));
	default:
		return xdp_finish(ctx, &pkt, ingress_uplink_rules(&pkt));
	}
}

SENTRY_LICENSE;
