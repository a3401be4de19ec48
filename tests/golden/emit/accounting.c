/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy account, compiled by sentryc from accounting.sp: edit that, not this. */

#define SENTRY_SLOTS 7
#define SENTRY_WITH_ACCOUNT
#define SENTRY_WITH_TRAFFIC
#define SENTRY_FLOWS_MAX 16384
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_MALFORMED,
	SLOT_INGRESS_NON_IP,
	SLOT_INGRESS_DEFAULT,
	SLOT_WEB,
	SLOT_EGRESS_MALFORMED,
	SLOT_EGRESS_NON_IP,
	SLOT_EGRESS_DEFAULT,
};

/* web: allow tcp to any port 80 */
static __always_inline bool rule_web(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP) && match_dport(pkt, 80);
}

/* ingress on uplink: the first rule that matches decides. */
static __always_inline __u32 ingress_uplink_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
	if (rule_web(pkt))
		return decision(SLOT_WEB, SENTRY_ALLOW);
	return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_DPORT | PACKET_FOR_TRAFFIC | PACKET_FOR_FLOWS;
	struct packet pkt = {};

	switch (xdp_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		pkt.class = PACKET_MALFORMED;
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		pkt.class = PACKET_NON_IP;
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_NON_IP, SENTRY_ALLOW));
	default:
		return xdp_finish(ctx, &pkt, ingress_uplink_rules(&pkt));
	}
}

/* egress on uplink: the first rule that matches decides. */
static __always_inline __u32 egress_uplink_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_EGRESS_DEFAULT, SENTRY_ALLOW);
	return decision(SLOT_EGRESS_DEFAULT, SENTRY_ALLOW);
}

SEC("tc")
int egress_uplink(struct __sk_buff *ctx)
{
	const __u32 fields = PACKET_FOR_TRAFFIC | PACKET_FOR_FLOWS;
	struct packet pkt = {};

	switch (tc_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		pkt.class = PACKET_MALFORMED;
		return tc_finish_egress(ctx, &pkt, decision(SLOT_EGRESS_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		pkt.class = PACKET_NON_IP;
		return tc_finish_egress(ctx, &pkt, decision(SLOT_EGRESS_NON_IP, SENTRY_ALLOW));
	default:
		return tc_finish_egress(ctx, &pkt, egress_uplink_rules(&pkt));
	}
}

SENTRY_LICENSE;
