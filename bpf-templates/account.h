/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a policy counts beside its rules, if it says `account`: traffic by interface, direction, protocol and verdict, and
 * flows. Called once for each packet, when it is decided (verdict.h).
 *
 * Each CPU has counters and flows of its own, and a program is not interrupted by another of the same CPU: plain additions do.
 * User space reads while they go on. A counter is one aligned word, and what it adds up is right at any time; of a flow, two
 * words may be read of which one has seen a packet more. But an entry of the flow cache may become another flow's: then
 * version_b goes first and version_a last, with all else between them, each by an atomic operation that returns a value,
 * which the kernel makes a full barrier. A reader that takes them in the other order, and finds them equal, has read one flow.
 */
#ifndef SENTRY_ACCOUNT_H
#define SENTRY_ACCOUNT_H

#ifdef SENTRY_WITH_ACCOUNT

#include "flow.h"
#include "packet.h"

#ifdef SENTRY_WITH_TRAFFIC

MAP_PERCPU_ARRAY(traffic, struct sentry_traffic, SENTRY_TRAFFIC_ENTRIES);

/* By protocol. What is not here is 0: other. */
static const __u8 traffic_classes[256] = {
	[IPPROTO_TCP] = SENTRY_CLASS_TCP,     [IPPROTO_UDP] = SENTRY_CLASS_UDP,	  [IPPROTO_ICMP] = SENTRY_CLASS_ICMP,
	[IPPROTO_ICMPV6] = SENTRY_CLASS_ICMP6, [IPPROTO_IGMP] = SENTRY_CLASS_IGMP, [IPPROTO_SCTP] = SENTRY_CLASS_SCTP,
	[IPPROTO_GRE] = SENTRY_CLASS_GRE,     [IPPROTO_ESP] = SENTRY_CLASS_ESP,	  [IPPROTO_AH] = SENTRY_CLASS_AH,
	[IPPROTO_IPIP] = SENTRY_CLASS_IPIP,   [IPPROTO_IPV6] = SENTRY_CLASS_IP6IP, [IPPROTO_OSPF] = SENTRY_CLASS_OSPF,
	[IPPROTO_VRRP] = SENTRY_CLASS_VRRP,
};

static __always_inline __u32 traffic_class(const struct packet *pkt)
{
	if (pkt->class == PACKET_IP)
		return traffic_classes[pkt->proto];
	return pkt->class == PACKET_NON_IP ? SENTRY_CLASS_NON_IP : SENTRY_CLASS_MALFORMED;
}

static __always_inline void account_traffic(const struct packet *pkt, __u32 verdict, __u32 direction)
{
	__u32 index = ((direction & 1) * SENTRY_CLASSES + traffic_class(pkt) % SENTRY_CLASSES) * SENTRY_VERDICTS + (verdict & 3);
	struct sentry_traffic *here = map_at(&traffic, pkt->ifindex % SENTRY_TRAFFIC_INTERFACES);
	struct sentry_counter *counter;

	if (!here)
		return;
	if (here->owner != pkt->ifindex) {
		if (!here->owner) {
			here->owner = pkt->ifindex;
		} else {
			here = map_at(&traffic, SENTRY_TRAFFIC_INTERFACES);
			if (!here)
				return;
		}
	}
	counter = &here->counts[0][0][0] + index;
	counter->packets++;
	counter->bytes += pkt->bytes;
	if (pkt->class == PACKET_IP && pkt->tcp_flags < PACKET_NO_FLAGS)
		here->flags[direction & 1][pkt->tcp_flags % SENTRY_FLAG_PATTERNS]++;
}

#endif

#ifdef SENTRY_FLOWS_MAX

#define FLOW_ENDS_BYTES (1024 * 1024)
#define FLOW_BLOCKS (SENTRY_FLOWS_MAX / SENTRY_FLOWS) /* of each CPU */

MAP_ARRAY(flow_cache, struct sentry_flow_block, FLOW_BLOCKS, BPF_F_MMAPABLE);
MAP_RINGBUF(flow_ends, FLOW_ENDS_BYTES);
MAP_PERCPU_ARRAY(flow_losses, struct sentry_flow_loss, 1);

/* What an entry is found by, as words: struct sentry_flow_hot from `source_port` to `addresses`. */
typedef __u64 __attribute__((may_alias)) flow_word;

struct flow_id {
	__u64 ports;      /* and VLAN, protocol, IP version */
	__u64 decider;    /* interface and slot */
	__u64 addresses;
	__u64 hash;
};

_Static_assert(__builtin_offsetof(struct sentry_flow_hot, addresses) -
	       __builtin_offsetof(struct sentry_flow_hot, source_port) == 16, "the words of a flow");

/* Numbers side by side in memory, as one word. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FLOW_HALVES(first, second) ((__u64)(first) | (__u64)(second) << 32)
#define FLOW_QUARTERS(first, second) ((__u32)(first) | (__u32)(second) << 16)
#else
#define FLOW_HALVES(first, second) ((__u64)(first) << 32 | (__u64)(second))
#define FLOW_QUARTERS(first, second) ((__u32)(first) << 16 | (__u32)(second))
#endif

/*
 * Of ICMP the type and the code stand in the place of a port. Here and below no question is asked that arithmetic answers: each would
 * double the ways that the verifier walks. Cut to their size, PACKET_NO_PORT, PACKET_NO_ICMP and PACKET_NO_FLAGS are 0.
 */
static __always_inline __u16 flow_dest_port(const struct packet *pkt)
{
	return (__u16)(pkt->dport | (__u32)(__u8)pkt->icmp_type << 8 | (__u8)pkt->icmp_code);
}

_Static_assert(!(__u16)PACKET_NO_PORT && !(__u8)PACKET_NO_ICMP && !(__u8)PACKET_NO_FLAGS, "what a packet does not have is 0");

/*
 * Products that do not wait for each other, then one more to spread them. Multipliers are 2^64 divided by the golden ratio
 * and the finalizer's (hash.h); of the result the upper bits are good.
 */
static __always_inline void flow_id_set(struct flow_id *id, const struct packet *pkt, __u32 slot)
{
	__u32 kinds = FLOW_QUARTERS(pkt->vlan, host_to_net16((__u16)((__u32)pkt->proto << 8 | pkt->version)));
	__u32 ports = FLOW_QUARTERS(host_to_net16((__u16)pkt->sport), host_to_net16(flow_dest_port(pkt)));
	__u64 hash;

	id->ports = FLOW_HALVES(ports, kinds);
	id->decider = FLOW_HALVES(pkt->ifindex, slot);
	if (pkt->version == 4)
		id->addresses = (__u64)pkt->src.v4 << 32 | pkt->dst.v4;
	else
		id->addresses = hash_word(hash_word(hash_word(hash_word(0, pkt->src.v6.hi), pkt->src.v6.lo), pkt->dst.v6.hi),
					  pkt->dst.v6.lo);
	hash = id->ports * 0x9e3779b97f4a7c15ull + id->decider * 0xff51afd7ed558ccdull + id->addresses * 0xc4ceb9fe1a85ec53ull;
	id->hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ull;
}

static __always_inline bool flow_is(const struct sentry_flow_block *block, __u32 entry, const struct flow_id *id,
				    const struct packet *pkt)
{
	const struct sentry_flow_hot *hot = &block->hot[entry];
	const struct sentry_flow_cold *cold = &block->cold[entry];
	const flow_word *words = (const flow_word *)&hot->source_port;

	if ((words[0] ^ id->ports) | (words[1] ^ id->decider) | (hot->addresses ^ id->addresses))
		return false;
	if (pkt->version == 4)
		return true;
	return !((cold->source_hi ^ pkt->src.v6.hi) | (cold->source_lo ^ pkt->src.v6.lo) |
		 (cold->dest_hi ^ pkt->dst.v6.hi) | (cold->dest_lo ^ pkt->dst.v6.lo));
}

/*
 * The entries in which the flow may lie, of those of a CPU: two places that have nothing to do with each other, and in both an entry and
 * the one beside it, whose line the processor fetches along with the first. So nearly all flows find an entry up to four fifths of the
 * table, and move there while their packets come (cuckoo hashing: Pagh, Rodler, "Cuckoo hashing", 2004; of places with room for
 * two: Dietzfelbinger, Weidling, "Balanced allocation and dictionaries with tightly packed constant size bins", 2007).
 */
#define FLOW_WAYS 4

static __always_inline __u32 flow_place(const struct flow_id *id, __u32 way)
{
	__u64 hash = way & 2 ? (id->hash ^ id->hash >> 32) * 0xff51afd7ed558ccdull : id->hash;

	return (__u32)(hash >> 38) % SENTRY_FLOWS_MAX ^ (way & 1);
}

_Static_assert(SENTRY_FLOWS % 2 == 0, "an entry has one beside it");

/* The number of the value that it is in, of all of the map. */
static __always_inline __u32 flow_block_number(__u32 place)
{
	return bpf_get_smp_processor_id() * FLOW_BLOCKS + place / SENTRY_FLOWS;
}

static __always_inline void flow_count(struct sentry_flow_hot *hot, const struct packet *pkt, __u32 tick)
{
	hot->packets++;
	hot->bytes += pkt->bytes;
	hot->last_tick = tick;
	hot->tcp_flags |= (__u8)pkt->tcp_flags;
}

static __always_inline void flow_lose(__u64 packets, __u64 bytes)
{
	struct sentry_flow_loss *loss = map_at(&flow_losses, 0);

	if (!loss)
		return;
	loss->records++;
	loss->packets += packets;
	loss->bytes += bytes;
}

/* As with events (events.h): the reader looks by itself, and is woken once, when a quarter is full. */
static __always_inline void flow_end(const struct sentry_flow_block *block, __u32 entry, __u32 number)
{
	struct sentry_flow_end *end = ringbuf_reserve(&flow_ends, sizeof(*end));
	__u64 beyond;

	if (!end) {
		flow_lose(block->hot[entry].packets, block->hot[entry].bytes);
		return;
	}
	__builtin_memcpy(&end->entry.hot, &block->hot[entry], sizeof(end->entry.hot));
	__builtin_memcpy(&end->entry.cold, &block->cold[entry], sizeof(end->entry.cold));
	end->number = number;
	end->reserved = 0;
	beyond = ringbuf_waiting(&flow_ends) - FLOW_ENDS_BYTES / 4;
	ringbuf_submit(end, beyond < sizeof(*end) + 8 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* Makes the entry that flow's, which begins; of the flow that was there it is told first. */
static __always_inline void flow_begin(struct sentry_flow_block *block, __u32 entry, __u32 number, const struct flow_id *id,
				       const struct packet *pkt, __u32 verdict, __u32 direction, __u32 tick)
{
	struct sentry_flow_hot *hot = &block->hot[entry];
	struct sentry_flow_cold *cold = &block->cold[entry];
	flow_word *words = (flow_word *)&hot->source_port;
	__u32 version = __sync_fetch_and_add(&hot->version_b, 1) + 1;

	if (hot->packets)
		flow_end(block, entry, number);
	words[0] = id->ports;
	words[1] = id->decider;
	hot->addresses = id->addresses;
	if (pkt->version != 4) {
		cold->source_hi = pkt->src.v6.hi;
		cold->source_lo = pkt->src.v6.lo;
		cold->dest_hi = pkt->dst.v6.hi;
		cold->dest_lo = pkt->dst.v6.lo;
	}
	hot->packets = 0;
	hot->bytes = 0;
	hot->direction = (__u8)direction;
	hot->verdict = (__u8)verdict;
	hot->tcp_flags = 0;
	cold->first_ns = bpf_ktime_get_coarse_ns();
	cold->first_tick = tick;
	__sync_lock_test_and_set(&hot->version_a, version);
}

/*
 * What an entry has to stay with its flow: when the flow was seen last, and how often the entry has changed hands, each time counting like
 * four ticks. By time alone, flows that come in turn would drive each other out of the same entries for ever, as the one that was seen
 * longest ago is the next to come; so one that is driven out finds an entry that is free after some steps (the less often an entry
 * has changed hands, the nearer is a free one: Sun, Hua, Feng, Yang, Zuo, Cao, "MinCounter", 2015). Of more weight it would be the worse for flows
 * that go on while many others come and end.
 */
static __always_inline __u32 flow_claim(const struct sentry_flow_hot *hot)
{
	return hot->last_tick + 4 * hot->version_b;
}

/* Does the second make room? One that was never used before all others, then the one with the least claim. */
static __always_inline bool flow_makes_room(const struct sentry_flow_hot *first, const struct sentry_flow_hot *second)
{
	if (!first->packets || !second->packets)
		return first->packets;
	return (__s32)(flow_claim(second) - flow_claim(first)) < 0;
}

/* A packet of a flow that begins: a function that is verified alone. Returns 0. */
__noinline int account_flow(struct packet *pkt, __u32 decided, __u32 direction);
__noinline int account_flow(struct packet *pkt, __u32 decided, __u32 direction)
{
	__u32 tick = (__u32)bpf_jiffies64(), place, at = 0;
	struct sentry_flow_block *block, *room = NULL;
	struct flow_id id;

	if (!pkt)
		return 0;
	flow_id_set(&id, pkt, decided >> 2);
	unrolled
	for (__u32 way = 0; way < FLOW_WAYS; way++) {
		place = flow_place(&id, way);
		block = map_at(&flow_cache, flow_block_number(place));
		if (block && (!room || flow_makes_room(&room->hot[at % SENTRY_FLOWS], &block->hot[place % SENTRY_FLOWS]))) {
			room = block;
			at = place;
		}
	}
	if (!room) {
		flow_lose(1, pkt->bytes);
		return 0;
	}
	flow_begin(room, at % SENTRY_FLOWS, flow_block_number(at) * SENTRY_FLOWS + at % SENTRY_FLOWS, &id, pkt, decided & 3,
		   direction, tick);
	flow_count(&room->hot[at % SENTRY_FLOWS], pkt, tick);
	return 0;
}

static __always_inline void account_flows(struct packet *pkt, __u32 decided, __u32 direction)
{
	struct sentry_flow_block *block;
	struct flow_id id;
	__u32 place;

	flow_id_set(&id, pkt, decided >> 2);
	unrolled
	for (__u32 way = 0; way < FLOW_WAYS; way++) {
		place = flow_place(&id, way);
		block = map_at(&flow_cache, flow_block_number(place));
		if (block && flow_is(block, place % SENTRY_FLOWS, &id, pkt)) {
			flow_count(&block->hot[place % SENTRY_FLOWS], pkt, (__u32)bpf_jiffies64());
			return;
		}
	}
	account_flow(pkt, decided, direction);
}

#endif

static __always_inline void account(struct packet *pkt, __u32 decided, __u32 direction)
{
#ifdef SENTRY_WITH_TRAFFIC
	account_traffic(pkt, decided & 3, direction);
#endif
#ifdef SENTRY_FLOWS_MAX
	if (pkt->class == PACKET_IP)
		account_flows(pkt, decided, direction);
#endif
}

#endif
#endif
