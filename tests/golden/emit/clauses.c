/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy clauses, compiled by sentryc from clauses.sp: edit that, not this. */

#define SENTRY_SLOTS 16
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_MALFORMED,
	SLOT_INGRESS_NON_IP,
	SLOT_INGRESS_DEFAULT,
	SLOT_INT,
	SLOT_DEFAULT_CASE,
	SLOT_INGRESS_DEFAULT_2,
	SLOT_FLAGS,
	SLOT_NULL,
	SLOT_TYPES,
	SLOT_MARKED,
	SLOT_BIG,
	SLOT_PARTS,
	SLOT_FIRST,
	SLOT_TUNNELS,
	SLOT_RANGES,
	SLOT_COMMENT,
};

/* int: allow service dns */
static __always_inline bool rule_int(const struct packet *pkt)
{
	return (match_proto(pkt, IPPROTO_TCP) || match_proto(pkt, IPPROTO_UDP)) && match_dport(pkt, 53);
}

/* default-case: allow service mixed */
static __always_inline bool rule_default_case(const struct packet *pkt)
{
	return (match_ip4(pkt) && match_proto(pkt, IPPROTO_ICMP) && match_icmp_type(pkt, 8)) ||
	       (match_ip6(pkt) && match_proto(pkt, IPPROTO_ICMPV6) && match_icmp_type(pkt, 128)) ||
	       (match_proto(pkt, IPPROTO_TCP) && match_dport(pkt, 80)) ||
	       (match_proto(pkt, IPPROTO_UDP) && match_dport(pkt, 443)) ||
	       match_proto(pkt, IPPROTO_ESP);
}

/* ingress-default: deny vlan 100-200 */
static __always_inline bool rule_ingress_default(const struct packet *pkt)
{
	return match_vlan_range(pkt, 100, 200);
}

/* flags: deny tcp flags fin,syn/fin,syn */
static __always_inline bool rule_flags(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP) && match_flags(pkt, 0x3, 0x3);
}

/* null: deny tcp flags none/all */
static __always_inline bool rule_null(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP) && match_flags(pkt, 0, 0xff);
}

/* types: allow icmp4 destination-unreachable code 4 */
static __always_inline bool rule_types(const struct packet *pkt)
{
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_ICMP) && match_icmp_type(pkt, 3) &&
	       match_icmp_code(pkt, 4);
}

/* marked: allow dscp { ef, 8-10 } ttl 2-255 */
static __always_inline bool rule_marked(const struct packet *pkt)
{
	return (match_dscp_range(pkt, 8, 10) || match_dscp(pkt, 46)) && match_ttl_range(pkt, 2, 255);
}

/* big: deny length 1501-65535 */
static __always_inline bool rule_big(const struct packet *pkt)
{
	return match_length_range(pkt, 1501, 65535);
}

/* parts: deny fragment */
static __always_inline bool rule_parts(const struct packet *pkt)
{
	return match_fragment(pkt, 2);
}

/* first: deny fragment first udp */
static __always_inline bool rule_first(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP) && match_fragment(pkt, 1);
}

/* tunnels: allow gre */
static __always_inline bool rule_tunnels(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_GRE);
}

/* ranges: allow sctp from 10.0.0.5-10.0.0.9 port 1024-65535 to any port { 36412, 38412 } */
static __always_inline bool rule_ranges(const struct packet *pkt)
{
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_SCTP) &&
	       (match_dport(pkt, 36412) || match_dport(pkt, 38412)) && match_sport_range(pkt, 1024, 65535) &&
	       match_src4_range(pkt, IP4(10, 0, 0, 5), IP4(10, 0, 0, 9));
}

/* comment: allow esp note "* / what * / now" */
static __always_inline bool rule_comment(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_ESP);
}

/* ingress on uplink: the first rule that matches decides. */
static __always_inline __u32 ingress_uplink_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
	if (rule_int(pkt))
		return decision(SLOT_INT, SENTRY_ALLOW);
	if (rule_default_case(pkt))
		return decision(SLOT_DEFAULT_CASE, SENTRY_ALLOW);
	if (rule_ingress_default(pkt))
		return decision(SLOT_INGRESS_DEFAULT_2, SENTRY_DENY);
	if (rule_flags(pkt))
		return decision(SLOT_FLAGS, SENTRY_DENY);
	if (rule_null(pkt))
		return decision(SLOT_NULL, SENTRY_DENY);
	if (rule_types(pkt))
		return decision(SLOT_TYPES, SENTRY_ALLOW);
	if (rule_marked(pkt))
		return decision(SLOT_MARKED, SENTRY_ALLOW);
	if (rule_big(pkt))
		return decision(SLOT_BIG, SENTRY_DENY);
	if (rule_parts(pkt))
		return decision(SLOT_PARTS, SENTRY_DENY);
	if (rule_first(pkt))
		return decision(SLOT_FIRST, SENTRY_DENY);
	if (rule_tunnels(pkt))
		return decision(SLOT_TUNNELS, SENTRY_ALLOW);
	if (rule_ranges(pkt))
		return decision(SLOT_RANGES, SENTRY_ALLOW);
	if (rule_comment(pkt))
		return decision(SLOT_COMMENT, SENTRY_ALLOW);
	return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_VLAN | PACKET_PROTO | PACKET_SRC | PACKET_DSCP | PACKET_TTL |
			     PACKET_LENGTH | PACKET_FRAGMENT | PACKET_SPORT | PACKET_DPORT | PACKET_FLAGS |
			     PACKET_ICMP_TYPE | PACKET_ICMP_CODE;
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
