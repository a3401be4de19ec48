/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy blocks, compiled by sentryc from blocks.sp: edit that, not this. */

#define SENTRY_SLOTS 12
#define SENTRY_WITH_EVENTS
#define SENTRY_WITH_REJECT
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_UPLINK_MALFORMED,
	SLOT_INGRESS_UPLINK_NON_IP,
	SLOT_INGRESS_UPLINK_DEFAULT,
	SLOT_A,
	SLOT_INGRESS_LAN_GUEST_MALFORMED,
	SLOT_INGRESS_LAN_GUEST_NON_IP,
	SLOT_INGRESS_LAN_GUEST_DEFAULT,
	SLOT_B,
	SLOT_EGRESS_MALFORMED,
	SLOT_EGRESS_NON_IP,
	SLOT_EGRESS_DEFAULT,
	SLOT_C,
};

/* a: allow tcp */
static __always_inline bool rule_a(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP);
}

/* ingress on uplink: the first rule that matches decides. */
static __always_inline __u32 ingress_uplink_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_INGRESS_UPLINK_DEFAULT, SENTRY_DENY);
	if (rule_a(pkt))
		return decision(SLOT_A, SENTRY_ALLOW);
	return decision(SLOT_INGRESS_UPLINK_DEFAULT, SENTRY_DENY);
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_PROTO;
	struct packet pkt = {};

	switch (xdp_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_UPLINK_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_UPLINK_NON_IP, SENTRY_ALLOW));
	default:
		return xdp_finish(ctx, &pkt, ingress_uplink_rules(&pkt));
	}
}

/* b: allow udp */
static __always_inline bool rule_b(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP);
}

/* ingress on lan, guest: the first rule that matches decides. */
static __always_inline __u32 ingress_lan_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_INGRESS_LAN_GUEST_DEFAULT, SENTRY_REJECT);
	if (rule_b(pkt))
		return decision(SLOT_B, SENTRY_ALLOW);
	return decision(SLOT_INGRESS_LAN_GUEST_DEFAULT, SENTRY_REJECT);
}

SEC("tc")
int ingress_lan(struct __sk_buff *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_FOR_REJECT;
	struct packet pkt = {};

	switch (tc_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		return tc_finish_ingress(ctx, &pkt, decision(SLOT_INGRESS_LAN_GUEST_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		return tc_finish_ingress(ctx, &pkt, decision(SLOT_INGRESS_LAN_GUEST_NON_IP, SENTRY_ALLOW));
	default:
		return tc_finish_ingress(ctx, &pkt, ingress_lan_rules(&pkt));
	}
}

/* c: allow vlan 5 log */
static __always_inline bool rule_c(const struct packet *pkt)
{
	return match_vlan(pkt, 5);
}

/* egress on any: the first rule that matches decides. */
static __always_inline __u32 egress_any_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_EGRESS_DEFAULT, SENTRY_ALLOW);
	if (rule_c(pkt)) {
		event_log(pkt, SLOT_C, SENTRY_ALLOW);
		return decision(SLOT_C, SENTRY_ALLOW);
	}
	return decision(SLOT_EGRESS_DEFAULT, SENTRY_ALLOW);
}

SEC("tc")
int egress_any(struct __sk_buff *ctx)
{
	const __u32 fields = PACKET_VLAN | PACKET_FOR_EVENTS;
	struct packet pkt = {};

	switch (tc_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		return tc_finish_egress(ctx, &pkt, decision(SLOT_EGRESS_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		return tc_finish_egress(ctx, &pkt, decision(SLOT_EGRESS_NON_IP, SENTRY_ALLOW));
	default:
		return tc_finish_egress(ctx, &pkt, egress_any_rules(&pkt));
	}
}

SENTRY_LICENSE;
