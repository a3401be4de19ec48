/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy account, compiled by sentryc from policy.sp: edit that, not this. */

#define SENTRY_SLOTS 9
#define SENTRY_WITH_ACCOUNT
#define SENTRY_WITH_TRAFFIC
#define SENTRY_FLOWS_MAX 16384
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_MALFORMED,
	SLOT_INGRESS_NON_IP,
	SLOT_INGRESS_DEFAULT,
	SLOT_SSH,
	SLOT_WEB,
	SLOT_EGRESS_MALFORMED,
	SLOT_EGRESS_NON_IP,
	SLOT_EGRESS_DEFAULT,
	SLOT_DNS,
};

/* ssh: allow tcp from 10.0.0.0/8 to any port 22 */
#line 4 "policy.sp"
static __always_inline bool rule_ssh(const struct packet *pkt)
{
#line 4
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_TCP) && match_dport(pkt, 22) &&
#line 4
	       match_src4_prefix(pkt, IP4(10, 0, 0, 0), 8);
}

/* web: allow tcp to any port { 80, 443 } */
#line 5
static __always_inline bool rule_web(const struct packet *pkt)
{
#line 5
	return match_proto(pkt, IPPROTO_TCP) && (match_dport(pkt, 80) || match_dport(pkt, 443));
}

#line 42 "account.bpf.c"
/* ingress on uplink: the first rule that matches decides. */
static __always_inline __u32 ingress_uplink_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
	if (rule_ssh(pkt))
		return decision(SLOT_SSH, SENTRY_ALLOW);
	if (rule_web(pkt))
		return decision(SLOT_WEB, SENTRY_ALLOW);
	return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_SRC | PACKET_DPORT | PACKET_FOR_TRAFFIC |
			     PACKET_FOR_FLOWS;
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

/* dns: allow udp to any port 53 */
#line 9 "policy.sp"
static __always_inline bool rule_dns(const struct packet *pkt)
{
#line 9
	return match_proto(pkt, IPPROTO_UDP) && match_dport(pkt, 53);
}

#line 82 "account.bpf.c"
/* egress on uplink: the first rule that matches decides. */
static __always_inline __u32 egress_uplink_rules(struct packet *pkt)
{
	if (!pkt)
		return decision(SLOT_EGRESS_DEFAULT, SENTRY_DENY);
	if (rule_dns(pkt))
		return decision(SLOT_DNS, SENTRY_ALLOW);
	return decision(SLOT_EGRESS_DEFAULT, SENTRY_DENY);
}

SEC("tc")
int egress_uplink(struct __sk_buff *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_DPORT | PACKET_FOR_TRAFFIC | PACKET_FOR_FLOWS;
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
