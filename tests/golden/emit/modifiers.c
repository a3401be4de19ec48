/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy modifiers, compiled by sentryc from modifiers.sp: edit that, not this. */

#define SENTRY_SLOTS 9
#define SENTRY_WITH_EVENTS
#define SENTRY_WITH_SAMPLES
#define SENTRY_WITH_REJECT
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_MALFORMED,
	SLOT_INGRESS_NON_IP,
	SLOT_INGRESS_DEFAULT,
	SLOT_LOGGED,
	SLOT_SAMPLED,
	SLOT_WATCHED,
	SLOT_WATCHED_TOO,
	SLOT_COUNTED,
	SLOT_LONG,
};

/* logged: allow tcp port 22 log */
static __always_inline bool rule_logged(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP) && match_dport(pkt, 22);
}

/* sampled: deny udp sample 1/100 */
static __always_inline bool rule_sampled(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP);
}

/* watched: sample 1/1000 tcp */
static __always_inline bool rule_watched(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP);
}

/* watched-too: sample 1/10 udp log */
static __always_inline bool rule_watched_too(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP);
}

/* counted: reject tcp port 25 count */
static __always_inline bool rule_counted(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP) && match_dport(pkt, 25);
}

/* long: allow tcp from { 10.0.0.0/8, 192.168.0.0/16 } to { 192.0.2.1, 192.0.2.2 } port { 80, 443 } log sample 1/5 */
static __always_inline bool rule_long(const struct packet *pkt)
{
	return match_ip4(pkt) && match_proto(pkt, IPPROTO_TCP) &&
	       (match_dport(pkt, 80) || match_dport(pkt, 443)) &&
	       (match_src4_prefix(pkt, IP4(10, 0, 0, 0), 8) ||
		match_src4_prefix(pkt, IP4(192, 168, 0, 0), 16)) &&
	       match_dst4_range(pkt, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2));
}

/* ingress on uplink: the first rule that matches decides. */
static __always_inline __u32 ingress_uplink_rules(struct xdp_md *ctx, struct packet *pkt)
{
	opaque(ctx);
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_REJECT);
	if (rule_logged(pkt)) {
		event_log(pkt, SLOT_LOGGED, SENTRY_ALLOW);
		return decision(SLOT_LOGGED, SENTRY_ALLOW);
	}
	if (rule_sampled(pkt)) {
		if (sample_drawn(0x28f5c28ull))
			xdp_sample(ctx, pkt, SLOT_SAMPLED, SENTRY_DENY, 100);
		return decision(SLOT_SAMPLED, SENTRY_DENY);
	}
	if (rule_watched(pkt)) {
		count(pkt, SLOT_WATCHED);
		if (sample_drawn(0x418937ull))
			xdp_sample(ctx, pkt, SLOT_WATCHED, SENTRY_ALLOW, 1000);
	}
	if (rule_watched_too(pkt)) {
		count(pkt, SLOT_WATCHED_TOO);
		if (sample_drawn(0x19999999ull))
			xdp_sample(ctx, pkt, SLOT_WATCHED_TOO, SENTRY_ALLOW, 10);
		event_log(pkt, SLOT_WATCHED_TOO, SENTRY_ALLOW);
	}
	if (rule_counted(pkt))
		return decision(SLOT_COUNTED, SENTRY_REJECT);
	if (rule_long(pkt)) {
		event_log(pkt, SLOT_LONG, SENTRY_ALLOW);
		if (sample_drawn(0x33333333ull))
			xdp_sample(ctx, pkt, SLOT_LONG, SENTRY_ALLOW, 5);
		return decision(SLOT_LONG, SENTRY_ALLOW);
	}
	return decision(SLOT_INGRESS_DEFAULT, SENTRY_REJECT);
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_DPORT | PACKET_FOR_EVENTS |
			     PACKET_FOR_REJECT;
	struct packet pkt = {};

	switch (xdp_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_MALFORMED, SENTRY_ALLOW));
	case PACKET_NON_IP:
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_NON_IP, SENTRY_DENY));
	default:
		return xdp_finish(ctx, &pkt, ingress_uplink_rules(ctx, &pkt));
	}
}

SENTRY_LICENSE;
