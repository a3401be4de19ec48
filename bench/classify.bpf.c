/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What `sentry-bench classify` runs beside a policy: the driver, which puts the next packet's header into the frame and
 * goes on to what is measured; a program that does nothing; the floor, which parses the 5-tuple and decides; and rules
 * asked one after another. Parsing and deciding are the templates' own, so that only the way to the rule differs.
 */
#define SENTRY_SLOTS 4
#include "sentry.h"

enum {
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	HEAD_WORDS = 12,
	CHUNK = 8,
	SLOT_OTHERWISE = 2,
	SLOT_RULE = 3,
	FIVE_TUPLE = PACKET_SRC | PACKET_DST | PACKET_SPORT | PACKET_DPORT | PACKET_PROTO,
};

static long (*const bpf_tail_call)(void *ctx, void *programs, __u32 index) = (void *)12;

/* Constants of a run: which bytes of the frame the packets differ in, in words of eight. */
const volatile __u32 head_at = 0;
const volatile __u32 head_words = HEAD_WORDS;
const volatile __u32 otherwise = 0;

struct head {
	__u64 words[HEAD_WORDS];
};

struct wheel {
	__u32 next;
	__u32 n;
	/* No constants: the verifier takes a loop of none for one whose body is never called, and then has no use for it. */
	__u32 n_chunks4;
	__u32 n_chunks6;
	__u32 rule; /* out: what the walk found */
	__u32 reserved;
};

/* Ranges: where they begin, and how much more than that they hold. */
struct rule4 {
	__u32 src_lo, src_span, dst_lo, dst_span;
	__u16 sport_lo, sport_span, dport_lo, dport_span;
	__u8 proto_lo, proto_span;
	__u8 ports; /* 1: a packet without ports does not match */
	__u8 verdict;
	__u32 rule;
};

struct rule6 {
	struct ip6 src_lo, src_span, dst_lo, dst_span;
	__u16 sport_lo, sport_span, dport_lo, dport_span;
	__u8 proto_lo, proto_span;
	__u8 ports;
	__u8 verdict;
	__u32 rule;
};

/* So many at once: on some machines a call costs as much as several rules. */
struct chunk4 {
	struct rule4 rules[CHUNK];
};

struct chunk6 {
	struct rule6 rules[CHUNK];
};

/* The sizes of entries and their numbers are the run's. */
MAP_ARRAY(heads, struct head, 1, BPF_F_MMAPABLE);
MAP_ARRAY(wheels, struct wheel, 1, 0);
MAP_ARRAY(rules4, struct chunk4, 1, BPF_F_MMAPABLE);
MAP_ARRAY(rules6, struct chunk6, 1, BPF_F_MMAPABLE);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} jump SEC(".maps");

/* --- driver ---------------------------------------------------------------------- */

/* False if the frame is not what it was at first. */
static __always_inline bool next_head(__u8 *data, const __u8 *end)
{
	struct wheel *wheel = map_at(&wheels, 0);
	const struct head *head;
	__u32 next;

	if (!wheel)
		return false;
	next = wheel->next;
	head = map_at(&heads, next);
	wheel->next = next + 1 < wheel->n ? next + 1 : 0;
	if (!head || data + head_at + head_words * 8 > end)
		return false;
	unrolled
	for (__u32 i = 0; i < HEAD_WORDS; i++)
		if (i < head_words)
			*(__u64 __wire *)(data + head_at + i * 8) = head->words[i];
	return true;
}

SEC("xdp")
int drive_xdp(struct xdp_md *ctx)
{
	if (next_head((__u8 *)(unsigned long)ctx->data, (const __u8 *)(unsigned long)ctx->data_end))
		bpf_tail_call(ctx, &jump, 0);
	return XDP_ABORTED;
}

SEC("tc")
int drive_tc(struct __sk_buff *ctx)
{
	if (next_head((__u8 *)(unsigned long)ctx->data, (const __u8 *)(unsigned long)ctx->data_end))
		bpf_tail_call(ctx, &jump, 0);
	return TC_ACT_OK;
}

SEC("xdp")
int nothing_xdp(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc")
int nothing_tc(struct __sk_buff *ctx)
{
	return TC_ACT_UNSPEC;
}

/* --- floor ----------------------------------------------------------------------- */

/* A program for a hook: it parses, has DECIDE come to a decision, and carries that out. */
#define PROGRAM(NAME, HOOK, CONTEXT, FINISH, DECIDE)                                                 \
	SEC(#HOOK)                                                                                   \
	int NAME##_##HOOK(CONTEXT *ctx)                                                              \
	{                                                                                            \
		struct packet pkt = {};                                                              \
		                                                                                     \
		if (HOOK##_parse(ctx, &pkt, FIVE_TUPLE) != PACKET_IP)                                \
			return FINISH(ctx, &pkt, decision(0, SENTRY_DENY));                          \
		return FINISH(ctx, &pkt, DECIDE(&pkt));                                              \
	}

/* That the fields are there in memory is what parsing is for. */
static __always_inline __u32 decide_at_once(struct packet *pkt)
{
	__asm__ volatile("" : : "r"(pkt) : "memory");
	return decision(SLOT_OTHERWISE, SENTRY_ALLOW);
}

PROGRAM(floor, xdp, struct xdp_md, xdp_finish, decide_at_once)
PROGRAM(floor, tc, struct __sk_buff, tc_finish_ingress, decide_at_once)

/* --- linear ---------------------------------------------------------------------- */

struct walk {
	const struct packet *pkt;
	__u32 decided;
	__u32 rule;
};

/* One comparison, which nearly always says no: of two, one would be a coin toss for every rule. */
#define WITHIN(value, lo, span) ((__u32)(value) - (__u32)(lo) <= (__u32)(span))

static __always_inline bool ports_match(const struct packet *pkt, __u8 asks, __u16 sport_lo, __u16 sport_span,
					__u16 dport_lo, __u16 dport_span)
{
	return !asks || (WITHIN(pkt->sport, sport_lo, sport_span) && WITHIN(pkt->dport, dport_lo, dport_span));
}

static __always_inline bool matches4(const struct packet *pkt, const struct rule4 *rule)
{
	return WITHIN(pkt->src.v4, rule->src_lo, rule->src_span) && WITHIN(pkt->dst.v4, rule->dst_lo, rule->dst_span) &&
	       WITHIN(pkt->proto, rule->proto_lo, rule->proto_span) &&
	       ports_match(pkt, rule->ports, rule->sport_lo, rule->sport_span, rule->dport_lo, rule->dport_span);
}

static long ask4(__u32 i, struct walk *walk)
{
	const struct chunk4 *chunk = map_at(&rules4, i);
	const struct packet *pkt = walk->pkt;

	if (!chunk)
		return 1;
	unrolled
	for (int rule = 0; rule < CHUNK; rule++) {
		if (!matches4(pkt, &chunk->rules[rule]))
			continue;
		walk->decided = decision(SLOT_RULE, chunk->rules[rule].verdict);
		walk->rule = chunk->rules[rule].rule;
		return 1;
	}
	return 0;
}

static __always_inline bool within6(const struct ip6 *value, const struct ip6 *lo, const struct ip6 *span)
{
	__u64 high = value->hi - lo->hi - (value->lo < lo->lo), low = value->lo - lo->lo;

	return high < span->hi || (high == span->hi && low <= span->lo);
}

static __always_inline bool matches6(const struct packet *pkt, const struct rule6 *rule)
{
	return within6(&pkt->src.v6, &rule->src_lo, &rule->src_span) &&
	       within6(&pkt->dst.v6, &rule->dst_lo, &rule->dst_span) &&
	       WITHIN(pkt->proto, rule->proto_lo, rule->proto_span) &&
	       ports_match(pkt, rule->ports, rule->sport_lo, rule->sport_span, rule->dport_lo, rule->dport_span);
}

static long ask6(__u32 i, struct walk *walk)
{
	const struct chunk6 *chunk = map_at(&rules6, i);
	const struct packet *pkt = walk->pkt;

	if (!chunk)
		return 1;
	unrolled
	for (int rule = 0; rule < CHUNK; rule++) {
		if (!matches6(pkt, &chunk->rules[rule]))
			continue;
		walk->decided = decision(SLOT_RULE, chunk->rules[rule].verdict);
		walk->rule = chunk->rules[rule].rule;
		return 1;
	}
	return 0;
}

/*
 * Apart: of two calls in one function clang makes one with two bodies, and only a loop of a single known body becomes
 * a loop of direct calls.
 */
static __noinline void walk4(__u32 n, struct walk *walk)
{
	bpf_loop(n, ask4, walk, 0);
}

static __noinline void walk6(__u32 n, struct walk *walk)
{
	bpf_loop(n, ask6, walk, 0);
}

static __always_inline __u32 decide_by_walk(struct packet *pkt)
{
	struct walk walk = { pkt, decision(SLOT_OTHERWISE, otherwise), 0xffffffff };
	struct wheel *wheel = map_at(&wheels, 0);

	if (!wheel)
		return walk.decided;
	if (pkt->version == 4)
		walk4(wheel->n_chunks4, &walk);
	else
		walk6(wheel->n_chunks6, &walk);
	wheel->rule = walk.rule;
	return walk.decided;
}

PROGRAM(linear, xdp, struct xdp_md, xdp_finish, decide_by_walk)
PROGRAM(linear, tc, struct __sk_buff, tc_finish_ingress, decide_by_walk)

SENTRY_LICENSE;
