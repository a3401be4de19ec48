/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policy stateful, compiled by sentryc from stateful.sp: edit that, not this. */

#define SENTRY_SLOTS 12
#define SENTRY_WITH_EVENTS
#define SENTRY_WITH_SAMPLES
#define SENTRY_WITH_REJECT
#define SENTRY_WITH_STATE
#define SENTRY_STATES_MAX 1000
#define SENTRY_STATES_LOOSE 1
#define SENTRY_STATES_COUNT 0
#define SENTRY_TIMEOUT_TCP_OPENING 60000000000ull
#define SENTRY_TIMEOUT_TCP_ESTABLISHED 3600000000000ull
#define SENTRY_TIMEOUT_TCP_CLOSING 300000000000ull
#define SENTRY_TIMEOUT_TCP_CLOSED 10000000000ull
#define SENTRY_TIMEOUT_UDP_OPENING 30000000000ull
#define SENTRY_TIMEOUT_UDP_ESTABLISHED 180000000000ull
#define SENTRY_TIMEOUT_ICMP 30000000000ull
#define SENTRY_TIMEOUT_OTHER 600000000000ull
#define SENTRY_WITH_LIMITS
#define SENTRY_QUESTIONS 4
#define SENTRY_WITH_SET_TABLES
#define SENTRY_WITH_SET_HASHES
#define SENTRY_WITH_ADDS
#define SENTRY_TABLES 8
#define SENTRY_WITH_CLOCK
#include "sentry.h"

/* Counters: one per rule, and what no rule decides. */
enum slot {
	SLOT_INGRESS_MALFORMED,
	SLOT_INGRESS_NON_IP,
	SLOT_INGRESS_DEFAULT,
	SLOT_BLOCKED,
	SLOT_BACK,
	SLOT_SYNS,
	SLOT_SCANS,
	SLOT_BYTES,
	SLOT_PAIR,
	SLOT_TOTAL,
	SLOT_KNOWN,
	SLOT_WATCH,
};

/* set blocked */
MAP_SET_TABLE(set_blocked);

__noinline int ask_blocked(struct packet *pkt)
{
	SET_TABLE_VERSION *version = set_version(&set_blocked);

	if (!pkt)
		return 0;
	set_answer(pkt, 0, set_table_has(version, pkt, true, END_ADDRESS));
	set_answer(pkt, 3, set_table_has(version, pkt, false, END_ADDRESS));
	return 0;
}

/* set abusers */
MAP_SET_LRU(set_abusers, 1000);

__noinline int ask_abusers(struct packet *pkt)
{
	SET_HASH_VERSION *version = set_version(&set_abusers);

	if (!pkt)
		return 0;
	set_answer(pkt, 1, set_hash_has(version, pkt, true, END_ADDRESS));
	return 0;
}

__noinline int add_abusers(struct packet *pkt, __u32 source, __u64 timeout)
{
	SET_HASH_VERSION *version = set_version(&set_abusers);

	if (!pkt)
		return 0;
	match_member(pkt, ask_abusers, 1);
	set_hash_add(version, pkt, source, END_ADDRESS, timeout, 1);
	return 0;
}

/* set clients */
MAP_SET_HASH(set_clients, 100);

__noinline int ask_clients(struct packet *pkt)
{
	SET_HASH_VERSION *version = set_version(&set_clients);

	if (!pkt)
		return 0;
	set_answer(pkt, 2, set_hash_has(version, pkt, true, END_ADDRESS | END_PORT | END_PROTO));
	return 0;
}

/* limit of syns: rate-limit 200/s burst 400 per src/24 tcp flags syn/syn,ack else deny add src to @abusers */
MAP_LRU_HASH(limit_syns, struct sentry_end_key, struct sentry_bucket, 131072);

__noinline int exceeds_syns(struct packet *pkt)
{
	struct sentry_end_key key = {};

	if (!pkt)
		return 0;
	limit_key_address(&key, pkt, true, 24, 56);
	return limit_exceeds(&limit_syns, &key, pkt, 80000000ull, 32000000000ull, 3);
}

/* limit of scans: rate-limit 20/m distinct dst per src, port max 5000 tcp else reject log */
struct limit_scans_sketch {
	struct sentry_sketch head;
	__u64 words[4];
};
static const struct limit_scans_sketch limit_scans_empty;
MAP_LRU_HASH(limit_scans, struct sentry_end_key, struct limit_scans_sketch, 5000);

__noinline int exceeds_scans(struct packet *pkt)
{
	struct limit_scans_sketch *sketch;
	struct sentry_end_key key = {};

	if (!pkt)
		return 0;
	limit_key_address(&key, pkt, true, 32, 128);
	limit_key_port(&key, pkt);
	sketch = sketch_find(&limit_scans, &key, &limit_scans_empty, 4);
	if (!sketch)
		return 1;
	return sketch_exceeds(&sketch->head, sketch->words, 256, distinct_address(pkt, &pkt->dst), clock_time(pkt), 60000000000ull, 19);
}

/* limit of bytes: rate-limit 10mbit/s per flow udp */
MAP_LRU_HASH(limit_bytes, struct sentry_flow_key, struct sentry_bucket, 131072);

__noinline int exceeds_bytes(struct packet *pkt)
{
	struct sentry_flow_key key = {};

	if (!pkt)
		return 0;
	flow_key(&key, pkt);
	return limit_exceeds(&limit_bytes, &key, pkt, limit_cost_bytes(pkt, 12800ull, 1ull), 16000000000ull, 5);
}

/* limit of pair: rate-limit 5/s per src, dst icmp */
MAP_LRU_HASH(limit_pair, struct sentry_flow_key, struct sentry_bucket, 131072);

__noinline int exceeds_pair(struct packet *pkt)
{
	struct sentry_flow_key key = {};

	if (!pkt)
		return 0;
	limit_key_low(&key, pkt, 32, 128);
	limit_key_high(&key, pkt, 32, 128);
	return limit_exceeds(&limit_pair, &key, pkt, 3200000000ull, 16000000000ull, 6);
}

/* limit of total: rate-limit 1000/s sctp */
MAP_ARRAY(limit_total, struct sentry_bucket, 1, 0);

__noinline int exceeds_total(struct packet *pkt)
{

	if (!pkt)
		return 0;
	return limit_exceeds_all(map_at(&limit_total, 0), pkt, 16000000ull, 16000000000ull, 7);
}

/* blocked: deny from @blocked or @abusers */
static __always_inline bool rule_blocked(const struct packet *pkt)
{
	return match_member(pkt, ask_blocked, 0) || match_member(pkt, ask_abusers, 1);
}

/* back: allow state established,related */
static __always_inline bool rule_back(const struct packet *pkt)
{
	return match_state(pkt, 0x6);
}

/* syns: rate-limit 200/s burst 400 per src/24 tcp flags syn/syn,ack else deny add src to @abusers */
static __always_inline bool rule_syns(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP) && match_flags(pkt, 0x2, 0x12);
}

/* scans: rate-limit 20/m distinct dst per src, port max 5000 tcp else reject log */
static __always_inline bool rule_scans(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_TCP);
}

/* bytes: rate-limit 10mbit/s per flow udp */
static __always_inline bool rule_bytes(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP);
}

/* pair: rate-limit 5/s per src, dst icmp */
static __always_inline bool rule_pair(const struct packet *pkt)
{
	return (match_ip4(pkt) && match_proto(pkt, IPPROTO_ICMP)) ||
	       (match_ip6(pkt) && match_proto(pkt, IPPROTO_ICMPV6));
}

/* total: rate-limit 1000/s sctp */
static __always_inline bool rule_total(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_SCTP);
}

/* known: allow from @clients to not @blocked state new */
static __always_inline bool rule_known(const struct packet *pkt)
{
	return match_state(pkt, 0x1) && match_member(pkt, ask_clients, 2) &&
	       !match_member(pkt, ask_blocked, 3);
}

/* watch: sample flow 1/1000 udp add dst to @abusers for 5s */
static __always_inline bool rule_watch(const struct packet *pkt)
{
	return match_proto(pkt, IPPROTO_UDP);
}

/* ingress on uplink: the first rule that matches decides. */
__noinline __u32 ingress_uplink_rules(struct xdp_md *ctx, struct packet *pkt)
{
	opaque(ctx);
	if (!pkt)
		return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
	if (rule_blocked(pkt))
		return decision(SLOT_BLOCKED, SENTRY_DENY);
	if (rule_back(pkt))
		return decision(SLOT_BACK, SENTRY_ALLOW);
	if (rule_syns(pkt) && exceeds_syns(pkt)) {
		add_abusers(pkt, true, 600000000000ull);
		return decision(SLOT_SYNS, SENTRY_DENY);
	}
	if (rule_scans(pkt) && exceeds_scans(pkt)) {
		event_log(pkt, SLOT_SCANS, SENTRY_REJECT);
		return decision(SLOT_SCANS, SENTRY_REJECT);
	}
	if (rule_bytes(pkt) && exceeds_bytes(pkt))
		return decision(SLOT_BYTES, SENTRY_DENY);
	if (rule_pair(pkt) && exceeds_pair(pkt))
		return decision(SLOT_PAIR, SENTRY_DENY);
	if (rule_total(pkt) && exceeds_total(pkt))
		return decision(SLOT_TOTAL, SENTRY_DENY);
	if (rule_known(pkt))
		return decision(SLOT_KNOWN, SENTRY_ALLOW);
	if (rule_watch(pkt)) {
		count(pkt, SLOT_WATCH);
		if (flow_sampled(pkt, 7ull, 0x418937ull))
			xdp_sample(ctx, pkt, SLOT_WATCH, SENTRY_ALLOW, 1000);
		add_abusers(pkt, false, 5000000000ull);
	}
	return decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY);
}

SEC("xdp")
int ingress_uplink(struct xdp_md *ctx)
{
	const __u32 fields = PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_LENGTH | PACKET_SPORT |
			     PACKET_DPORT | PACKET_FLAGS | PACKET_FOR_EVENTS | PACKET_FOR_REJECT |
			     PACKET_FOR_STATE;
	struct packet pkt = {};

	switch (xdp_parse(ctx, &pkt, fields)) {
	case PACKET_MALFORMED:
		pkt.class = PACKET_MALFORMED;
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_MALFORMED, SENTRY_DENY));
	case PACKET_NON_IP:
		pkt.class = PACKET_NON_IP;
		return xdp_finish(ctx, &pkt, decision(SLOT_INGRESS_NON_IP, SENTRY_ALLOW));
	default:
		return xdp_finish(ctx, &pkt, ingress_uplink_rules(ctx, &pkt));
	}
}

SENTRY_LICENSE;
