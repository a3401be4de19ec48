/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The connection table: docs/state.md says what it means, row by row. A packet's state is
 * looked up when the first rule asks for it; the entry moves on when the packet is
 * allowed. The generated file says
 *
 *	#define SENTRY_WITH_STATE
 *	#define SENTRY_STATES_MAX n         connections at a time
 *	#define SENTRY_STATES_LOOSE 0 or 1
 *	#define SENTRY_STATES_COUNT n       index in `table_counts`
 *	#define SENTRY_TIMEOUT_TCP_OPENING ns, …_TCP_ESTABLISHED, …_TCP_CLOSING, …_TCP_CLOSED,
 *	        …_UDP_OPENING, …_UDP_ESTABLISHED, …_ICMP, …_OTHER
 */
#ifndef SENTRY_STATE_H
#define SENTRY_STATE_H

#ifdef SENTRY_WITH_STATE

#include "clock.h"
#include "flow.h"
#include "packet.h"
#include "tables.h"

MAP_LRU_HASH(states, struct sentry_flow_key, struct sentry_state, SENTRY_STATES_MAX);

/* As in the language, and in the bits of match_state. */
enum {
	STATE_UNKNOWN,
	STATE_NEW,
	STATE_ESTABLISHED,
	STATE_RELATED,
	STATE_INVALID,
};

/* What a packet is to the table. */
enum {
	CLASS_SYN,
	CLASS_SYNACK,
	CLASS_ACK,
	CLASS_FIN,
	CLASS_RST,
	CLASS_PLAIN,     /* no TCP; may open an entry */
	CLASS_REPLY,     /* ICMP that only answers */
	CLASS_ERROR,     /* ICMP that quotes a packet */
	CLASS_UNTRACKED, /* new, and leaves no entry */
	CLASS_INVALID,
};

/* How often a word is tried again that another CPU changes at the same time. */
#define STATE_TRIES 4

static __always_inline __u32 tcp_class(__u32 flags)
{
	bool urgent = flags & TCP_URG;

	switch (flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) {
	case TCP_SYN:
		return CLASS_SYN;
	case TCP_SYN | TCP_ACK:
		return urgent ? CLASS_INVALID : CLASS_SYNACK;
	case TCP_ACK:
		return CLASS_ACK;
	case TCP_FIN | TCP_ACK:
		return CLASS_FIN;
	case TCP_RST:
	case TCP_RST | TCP_ACK:
		return urgent ? CLASS_INVALID : CLASS_RST;
	default:
		return CLASS_INVALID;
	}
}

/* The request that a type of ICMP query belongs to; 0 if it is no query and no reply. Odd types of IPv6 and 0, 14, … reply. */
static __always_inline __u32 icmp_request(__u32 version, __u32 type)
{
	if (version == 6)
		return type == 128 || type == 129 ? 128 : 0;
	switch (type) {
	case 0:
	case 8:
		return 8;
	case 13:
	case 14:
		return 13;
	case 15:
	case 16:
		return 15;
	case 17:
	case 18:
		return 17;
	default:
		return 0;
	}
}

static __always_inline bool icmp_is_error(__u32 version, __u32 type)
{
	if (version == 6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 11 || type == 12;
}

/* A packet, or one that is quoted: what its key is made of. */
struct tuple {
	struct ip6 src;
	struct ip6 dst;
	__u16 sport;
	__u16 dport;
	__u16 icmp_id;
	__u8 icmp_type;
	__u8 proto;
	__u8 version;
};

static __always_inline bool is_icmp(__u32 version, __u32 proto)
{
	return proto == (version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* Whether the source is the lower end. A tag of identifier 0 says a priority, and no VLAN: what answers may well have none. */
static __always_inline bool tuple_key(struct sentry_flow_key *key, const struct tuple *tuple, __u16 vlan)
{
	bool low;

	key->vlan = vlan ? vlan : SENTRY_NO_VLAN;
	key->protocol = tuple->proto;
	key->ip_version = tuple->version;
	if (is_icmp(tuple->version, tuple->proto)) {
		__u32 request = icmp_request(tuple->version, tuple->icmp_type);
		bool requests = request == tuple->icmp_type;
		__u16 other = (__u16)(request << 8);

		low = source_is_low(tuple->src, !requests, tuple->dst, requests);
		flow_key_set(key, low, tuple->src, requests ? tuple->icmp_id : other, tuple->dst,
			     requests ? other : tuple->icmp_id);
		if (low != requests)
			key->ip_version |= SENTRY_HIGH_REQUESTS;
		return low;
	}
	low = source_is_low(tuple->src, tuple->sport, tuple->dst, tuple->dport);
	flow_key_set(key, low, tuple->src, tuple->sport, tuple->dst, tuple->dport);
	return low;
}

static __always_inline void tuple_of_packet(struct tuple *tuple, const struct packet *pkt)
{
	tuple->src = address_number(pkt->version, &pkt->src);
	tuple->dst = address_number(pkt->version, &pkt->dst);
	tuple->sport = port_number(pkt->sport);
	tuple->dport = port_number(pkt->dport);
	tuple->icmp_id = pkt->icmp_id;
	tuple->icmp_type = (__u8)pkt->icmp_type;
	tuple->proto = pkt->proto;
	tuple->version = pkt->version;
}

static __always_inline __u32 packet_class(const struct packet *pkt)
{
	__u32 request;

	if (pkt->fragment == PACKET_LATER_FRAGMENT)
		return CLASS_INVALID;
	if (pkt->proto == IPPROTO_TCP)
		return tcp_class(pkt->tcp_flags);
	if (!is_icmp(pkt->version, pkt->proto))
		return CLASS_PLAIN;
	if (icmp_is_error(pkt->version, pkt->icmp_type))
		return CLASS_ERROR;
	if (pkt->version == 4 && pkt->icmp_type == 5)
		return CLASS_INVALID;
	request = icmp_request(pkt->version, pkt->icmp_type);
	if (!request)
		return CLASS_UNTRACKED;
	return request == pkt->icmp_type ? CLASS_PLAIN : CLASS_REPLY;
}

/* --- the table of transitions ------------------------------------------------ */

/* What comes of a packet: its state, and of the entry stage and flags, packed to be returned by a function. */
#define STEP(state, flags, stage) ((__u32)(state) << 16 | (__u32)(flags) << 8 | (stage))
#define STEP_STATE(step) ((step) >> 16)
#define STEP_FLAGS(step) ((step) >> 8 & 0xff)
#define STEP_STAGE(step) ((step) & 0xff)
#define STEP_INVALID STEP(STATE_INVALID, 0, SENTRY_STAGE_NONE)

static __always_inline __u32 begin(__u32 stage, bool from_high)
{
	return STEP(STATE_NEW, from_high ? SENTRY_STATE_HIGH : 0, stage);
}

/* Of an entry: the packet is established if it comes from the responder, or that has been seen. */
static __always_inline __u32 go_on(__u32 stage, __u32 flags, bool reply)
{
	if (reply)
		flags |= SENTRY_STATE_REPLIED;
	return STEP(flags & SENTRY_STATE_REPLIED ? STATE_ESTABLISHED : STATE_NEW, flags, stage);
}

static __always_inline __u32 step_tcp(__u32 stage, __u32 flags, __u32 class, bool from_high, bool reply)
{
	if (class == CLASS_RST)
		return stage ? go_on(SENTRY_STAGE_CLOSED, flags, reply) : STEP_INVALID;
	if (class == CLASS_SYN && (!stage || stage == SENTRY_STAGE_CLOSED))
		return begin(SENTRY_STAGE_OPENING, from_high);

	switch (stage) {
	case SENTRY_STAGE_NONE:
		if (class == CLASS_ACK && SENTRY_STATES_LOOSE)
			return begin(SENTRY_STAGE_ESTABLISHED, from_high);
		return STEP_INVALID;
	case SENTRY_STAGE_OPENING:
		if (class == CLASS_SYN)
			return go_on(reply ? SENTRY_STAGE_SYN2 : stage, flags, reply);
		if (class == CLASS_SYNACK && reply)
			return go_on(SENTRY_STAGE_SYNACK, flags, reply);
		if (class == CLASS_ACK && reply)
			return go_on(stage, flags, reply);
		if (class == CLASS_ACK && SENTRY_STATES_LOOSE)
			return go_on(SENTRY_STAGE_ESTABLISHED, flags, reply);
		return STEP_INVALID;
	case SENTRY_STAGE_SYN2:
		if (class == CLASS_SYN)
			return go_on(stage, flags, reply);
		if (class == CLASS_SYNACK)
			return go_on(SENTRY_STAGE_SYNACK, flags, reply);
		return STEP_INVALID;
	case SENTRY_STAGE_SYNACK:
		if (class == CLASS_SYN)
			return reply ? STEP_INVALID : go_on(stage, flags, reply);
		if (class == CLASS_ACK && !reply)
			return go_on(SENTRY_STAGE_ESTABLISHED, flags, reply);
		if (class == CLASS_FIN)
			break;
		return go_on(stage, flags, reply);
	default:
		/* Whoever answers a SYN has sent one: only the originator sends it again, only the responder answers. */
		if ((class == CLASS_SYN && reply) || (class == CLASS_SYNACK && !reply))
			return STEP_INVALID;
		if (class == CLASS_ACK && stage == SENTRY_STAGE_FIN2)
			return go_on(SENTRY_STAGE_CLOSED, flags, reply);
		if (class == CLASS_FIN && stage <= SENTRY_STAGE_FIN1)
			break;
		return go_on(stage, flags, reply);
	}

	/* A FIN, while not both sides have sent one. */
	if (stage != SENTRY_STAGE_FIN1)
		return go_on(SENTRY_STAGE_FIN1, from_high ? flags | SENTRY_STATE_FIN_HIGH : flags, reply);
	if (from_high == !!(flags & SENTRY_STATE_FIN_HIGH))
		return go_on(stage, flags, reply);
	return go_on(SENTRY_STAGE_FIN2, flags, reply);
}

static __always_inline __u32 step_plain(__u32 stage, __u32 flags, __u32 class, bool from_high, bool reply)
{
	if (!stage)
		return class == CLASS_REPLY ? STEP_INVALID : begin(SENTRY_STAGE_OPENING, from_high);
	return go_on(reply ? SENTRY_STAGE_ESTABLISHED : stage, flags, reply);
}

/* One row of the table in docs/state.md: of numbers alone, so the verifier looks at it once. */
__noinline __u32 state_step(__u64 word, __u32 class, __u32 from_high);
__noinline __u32 state_step(__u64 word, __u32 class, __u32 from_high)
{
	__u32 stage = SENTRY_STATE_STAGE(word), flags = SENTRY_STATE_FLAGS(word);
	bool reply = from_high != (flags & SENTRY_STATE_HIGH);

	if (class <= CLASS_RST)
		return step_tcp(stage, flags, class, from_high, reply);
	return step_plain(stage, flags, class, from_high, reply);
}

static __always_inline __u64 state_timeout(__u32 proto, __u32 version, __u32 stage)
{
	if (proto == IPPROTO_TCP) {
		switch (stage) {
		case SENTRY_STAGE_ESTABLISHED:
			return SENTRY_TIMEOUT_TCP_ESTABLISHED;
		case SENTRY_STAGE_FIN1:
		case SENTRY_STAGE_FIN2:
			return SENTRY_TIMEOUT_TCP_CLOSING;
		case SENTRY_STAGE_CLOSED:
			return SENTRY_TIMEOUT_TCP_CLOSED;
		default:
			return SENTRY_TIMEOUT_TCP_OPENING;
		}
	}
	if (proto == IPPROTO_UDP)
		return stage == SENTRY_STAGE_OPENING ? SENTRY_TIMEOUT_UDP_OPENING : SENTRY_TIMEOUT_UDP_ESTABLISHED;
	return is_icmp(version, proto) ? SENTRY_TIMEOUT_ICMP : SENTRY_TIMEOUT_OTHER;
}

/* --- asking and telling ------------------------------------------------------ */

static __always_inline __u64 state_live(__u64 word, __u64 now)
{
	return now < SENTRY_STATE_EXPIRES(word) ? word : 0;
}

/* An error is related if what it quotes was sent by whom it goes to, in a connection there is. */
static __always_inline __u32 state_of_error(struct packet *pkt)
{
	struct sentry_flow_key key = {};
	struct sentry_state *entry;
	struct tuple tuple = {
		.src = address_number(pkt->version, &pkt->quoted_src),
		.dst = address_number(pkt->version, &pkt->quoted_dst),
		.sport = pkt->quoted_sport,
		.dport = pkt->quoted_dport,
		.icmp_id = pkt->quoted_id,
		.icmp_type = pkt->quoted_type,
		.proto = pkt->quoted_proto,
		.version = pkt->version,
	};
	struct ip6 to = address_number(pkt->version, &pkt->dst);

	if (!pkt->quoted || to.hi != tuple.src.hi || to.lo != tuple.src.lo)
		return STATE_INVALID;
	if (is_icmp(tuple.version, tuple.proto) && !icmp_request(tuple.version, tuple.icmp_type))
		return STATE_INVALID;
	tuple_key(&key, &tuple, pkt->vlan);
	entry = map_find(&states, &key);
	return entry && state_live(read_once(entry->word), clock_tick(pkt)) ? STATE_RELATED : STATE_INVALID;
}

/* The entry's word after a packet that `step` came of; 0 when it stays as it is, or near enough. */
static __always_inline __u64 state_next(const struct packet *pkt, __u64 word, __u64 now, __u32 step)
{
	__u32 stage = STEP_STAGE(step);
	__u64 timeout, next;

	if (!stage)
		return 0;
	timeout = state_timeout(pkt->proto, pkt->version, stage);
	next = SENTRY_STATE_EXPIRES(now + timeout) | STEP_FLAGS(step) << 4 | stage;
	/* Only the time would change, and that by little. */
	if ((next & 0xff) == (word & 0xff) && next - word <= timeout / 16)
		return 0;
	return next;
}

static __always_inline __u32 state_look_up(struct packet *pkt, __u32 class)
{
	struct sentry_flow_key key = {};
	struct sentry_state *entry;
	struct tuple tuple;
	__u64 word = 0;
	__u32 step;
	bool low;

	tuple_of_packet(&tuple, pkt);
	low = tuple_key(&key, &tuple, pkt->vlan);
	entry = map_find(&states, &key);
	if (entry)
		word = state_live(read_once(entry->word), clock_tick(pkt));
	step = state_step(word, class, !low);
	pkt->settled = word && !state_next(pkt, word, clock_tick(pkt), step);
	return STEP_STATE(step);
}

/* The packet's state, found out at the first time of asking. */
__noinline int state_of(struct packet *pkt);
__noinline int state_of(struct packet *pkt)
{
	__u32 class;

	if (!pkt)
		return STATE_INVALID;
	if (pkt->state)
		return pkt->state;
	class = packet_class(pkt);
	if (class == CLASS_INVALID)
		pkt->state = STATE_INVALID;
	else if (class == CLASS_UNTRACKED)
		pkt->state = STATE_NEW;
	else if (class == CLASS_ERROR)
		pkt->state = (__u8)state_of_error(pkt);
	else
		pkt->state = (__u8)state_look_up(pkt, class);
	trace_state(pkt->state);
	return pkt->state;
}

/* The packet's state is one of `states`: bit 0 new, 1 established, 2 related, 3 invalid. */
static __always_inline bool match_state(const struct packet *pkt, __u32 states_asked)
{
	__u32 state = read_once(pkt->state);

	if (!state)
		state = (__u32)state_of((struct packet *)pkt);
	return (states_asked << 1) >> (state & 7) & 1;
}

/* The packet is allowed: its connection moves on, or begins. What is malformed has none, however far it could be read. Returns 0. */
__noinline int state_commit(struct packet *pkt);
__noinline int state_commit(struct packet *pkt)
{
	struct sentry_flow_key key = {};
	struct sentry_state *entry, fresh;
	struct tuple tuple;
	__u64 now, word;
	__u32 class;
	bool low;

	if (!pkt || pkt->class != PACKET_IP || pkt->settled || pkt->state == STATE_INVALID)
		return 0;
	class = packet_class(pkt);
	if (class > CLASS_REPLY)
		return 0;
	now = clock_tick(pkt);
	tuple_of_packet(&tuple, pkt);
	low = tuple_key(&key, &tuple, pkt->vlan);
	entry = map_find(&states, &key);
	if (!entry) {
		fresh.word = state_next(pkt, 0, now, state_step(0, class, !low));
		if (!fresh.word)
			return 0;
		if (!map_put(&states, &key, &fresh, BPF_NOEXIST)) {
			table_inserted(SENTRY_STATES_COUNT);
			return 0;
		}
		/* Another CPU was first with it, or there is no room. */
		entry = map_find(&states, &key);
		if (!entry) {
			table_failed(SENTRY_STATES_COUNT);
			return 0;
		}
	}
	word = read_once(entry->word);
	unrolled
	for (int i = 0; i < STATE_TRIES; i++) {
		__u64 live = state_live(word, now), seen;
		__u64 next = state_next(pkt, live, now, state_step(live, class, !low));

		if (!next)
			return 0;
		seen = __sync_val_compare_and_swap(&entry->word, word, next);
		if (seen == word)
			return 0;
		word = seen;
	}
	table_contended(SENTRY_STATES_COUNT);
	return 0;
}

#endif
#endif
