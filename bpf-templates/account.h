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

#include "clock.h"
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
	__u32 index = (direction & 1) * SENTRY_CLASSES + traffic_class(pkt) % SENTRY_CLASSES;
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
	counter = &here->counts[0][index][verdict < SENTRY_VERDICTS ? verdict : SENTRY_DENY];
	counter->packets++;
	counter->bytes += pkt->bytes;
	if (pkt->class == PACKET_IP && pkt->tcp_flags < PACKET_NO_FLAGS)
		here->flags[direction & 1][pkt->tcp_flags % SENTRY_FLAG_PATTERNS]++;
}

#endif

#ifdef SENTRY_FLOWS_MAX

#define FLOW_ENDS_BYTES (1024 * 1024)
#define FLOW_SETS (SENTRY_FLOWS_MAX / 2)
#define FLOW_SETS_EACH (SENTRY_FLOWS / 2) /* of a value of the map */

MAP_PERCPU_ARRAY(flow_cache, struct sentry_flows, SENTRY_FLOWS_MAX / SENTRY_FLOWS);
MAP_RINGBUF(flow_ends, FLOW_ENDS_BYTES);
MAP_PERCPU_ARRAY(flow_losses, struct sentry_flow_loss, 1);

/* What makes two flows different: struct sentry_flow from `source` to `slot`, as words, each of which is compared and stored at once. */
#define FLOW_WORDS 6
typedef __u64 __attribute__((may_alias)) flow_word;

struct flow_id {
	__u64 words[FLOW_WORDS];
	__u64 hash;
};

_Static_assert(__builtin_offsetof(struct sentry_flow, packets) - __builtin_offsetof(struct sentry_flow, source) ==
	       8 * FLOW_WORDS, "the words of a flow");

/* Numbers side by side in memory, as one word. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FLOW_HALVES(first, second) ((__u64)(first) | (__u64)(second) << 32)
#define FLOW_QUARTERS(first, second) ((__u32)(first) | (__u32)(second) << 16)
#else
#define FLOW_HALVES(first, second) ((__u64)(first) << 32 | (__u64)(second))
#define FLOW_QUARTERS(first, second) ((__u32)(first) << 16 | (__u32)(second))
#endif

/* Of ICMP the type and the code stand in the place of a port. */
static __always_inline __u32 flow_dest_port(const struct packet *pkt)
{
	if (pkt->icmp_type < PACKET_NO_ICMP)
		return (__u32)pkt->icmp_type << 8 | (pkt->icmp_code & 0xff);
	return port_number(pkt->dport);
}

/*
 * Products that do not wait for each other, then one more to spread them. Multipliers are 2^64 divided by the golden ratio
 * and the finalizer's (hash.h); of the result the upper bits are good.
 */
static __always_inline void flow_id_set(struct flow_id *id, const struct packet *pkt, __u32 slot)
{
	__u32 kinds = FLOW_QUARTERS(pkt->vlan, host_to_net16((__u16)((__u32)pkt->proto << 8 | pkt->version)));
	__u32 ports = FLOW_QUARTERS(host_to_net16(port_number(pkt->sport)), host_to_net16((__u16)flow_dest_port(pkt)));
	__u64 hash;

	id->words[4] = FLOW_HALVES(ports, kinds);
	id->words[5] = FLOW_HALVES(pkt->ifindex, slot);
	hash = id->words[4] * 0x9e3779b97f4a7c15ull + id->words[5] * 0xff51afd7ed558ccdull;
	if (pkt->version == 4) {
		hash += ((__u64)pkt->src.v4 << 32 | pkt->dst.v4) * 0xc4ceb9fe1a85ec53ull;
		id->words[0] = host_to_net64((__u64)pkt->src.v4 << 32);
		id->words[1] = 0;
		id->words[2] = host_to_net64((__u64)pkt->dst.v4 << 32);
		id->words[3] = 0;
	} else {
		hash += hash_word(pkt->src.v6.hi * 0xff51afd7ed558ccdull, pkt->src.v6.lo) * 0xc4ceb9fe1a85ec53ull +
			hash_word(pkt->dst.v6.hi * 0xff51afd7ed558ccdull, pkt->dst.v6.lo);
		id->words[0] = host_to_net64(pkt->src.v6.hi);
		id->words[1] = host_to_net64(pkt->src.v6.lo);
		id->words[2] = host_to_net64(pkt->dst.v6.hi);
		id->words[3] = host_to_net64(pkt->dst.v6.lo);
	}
	id->hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ull;
}

static __always_inline bool flow_is(const struct sentry_flow *flow, const struct flow_id *id)
{
	const flow_word *words = (const flow_word *)flow->source;

	return !((words[0] ^ id->words[0]) | (words[1] ^ id->words[1]) | (words[2] ^ id->words[2]) |
		 (words[3] ^ id->words[3]) | (words[4] ^ id->words[4]) | (words[5] ^ id->words[5]));
}

static __always_inline void flow_lose(const struct sentry_flow *flow)
{
	struct sentry_flow_loss *loss = map_at(&flow_losses, 0);

	if (!loss)
		return;
	loss->records++;
	loss->packets += flow->packets;
	loss->bytes += flow->bytes;
}

/* As with events (events.h): the reader looks by itself, and is woken once, when a quarter is full. */
static __always_inline void flow_end(const struct sentry_flow *flow, __u32 entry)
{
	struct sentry_flow_end *end = ringbuf_reserve(&flow_ends, sizeof(*end));
	__u64 beyond;

	if (!end) {
		flow_lose(flow);
		return;
	}
	__builtin_memcpy(&end->flow, flow, sizeof(end->flow));
	end->entry = entry;
	end->cpu = bpf_get_smp_processor_id();
	beyond = ringbuf_waiting(&flow_ends) - FLOW_ENDS_BYTES / 4;
	ringbuf_submit(end, beyond < sizeof(*end) + 8 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* Makes the entry that flow's, which begins; of the flow that was there it is told first. */
static __always_inline void flow_begin(struct sentry_flow *flow, const struct flow_id *id, __u32 entry, __u64 now)
{
	flow_word *words = (flow_word *)flow->source;
	__u32 version = __sync_fetch_and_add(&flow->version_b, 1) + 1;

	if (flow->packets)
		flow_end(flow, entry);
	unrolled
	for (int i = 0; i < FLOW_WORDS; i++)
		words[i] = id->words[i];
	flow->packets = 0;
	flow->bytes = 0;
	flow->first_ns = now;
	flow->tcp_flags = 0;
	__sync_lock_test_and_set(&flow->version_a, version);
}

static __always_inline void account_flow(struct packet *pkt, __u32 slot, __u32 verdict, __u32 direction)
{
	__u64 now = clock_tick(pkt);
	struct sentry_flows *flows;
	struct sentry_flow *flow;
	struct flow_id id;
	__u32 set;

	flow_id_set(&id, pkt, slot);
	set = (__u32)(id.hash >> 43) % FLOW_SETS;
	flows = map_at(&flow_cache, set / FLOW_SETS_EACH);
	if (!flows)
		return;
	flow = &flows->entries[set % FLOW_SETS_EACH * 2];
	if (!flow_is(flow, &id)) {
		struct sentry_flow *other = flow + 1;

		if (flow_is(other, &id)) {
			flow = other;
		} else {
			/* Of two others, the one that was seen longest ago makes room; one never used was seen at 0. */
			bool second = other->last_ns < flow->last_ns;

			flow = second ? other : flow;
			flow_begin(flow, &id, set * 2 + second, now);
		}
	}
	flow->packets++;
	flow->bytes += pkt->bytes;
	flow->last_ns = now;
	flow->direction = (__u8)direction;
	flow->verdict = (__u8)verdict;
	flow->tcp_flags |= pkt->tcp_flags < PACKET_NO_FLAGS ? (__u8)pkt->tcp_flags : 0;
}

#endif

/* A function that is verified alone, and called where a decision is counted. Returns 0. */
__noinline int account(struct packet *pkt, __u32 decided, __u32 direction);
__noinline int account(struct packet *pkt, __u32 decided, __u32 direction)
{
	if (!pkt)
		return 0;
#ifdef SENTRY_WITH_TRAFFIC
	account_traffic(pkt, decided & 3, direction);
#endif
#ifdef SENTRY_FLOWS_MAX
	if (pkt->class == PACKET_IP)
		account_flow(pkt, decided >> 2, decided & 3, direction);
#endif
	return 0;
}

#endif
#endif
