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
#define FLOW_SETS (SENTRY_FLOWS_MAX / 2) /* of each CPU */

MAP_ARRAY(flow_cache, struct sentry_flow_set, FLOW_SETS, BPF_F_MMAPABLE);
MAP_RINGBUF(flow_ends, FLOW_ENDS_BYTES);
MAP_PERCPU_ARRAY(flow_losses, struct sentry_flow_loss, 1);

/* What an entry is found by, as words: struct sentry_flow_entry from `source_port` to `addresses`. */
typedef __u64 __attribute__((may_alias)) flow_word;

struct flow_id {
	__u64 ports;      /* and VLAN, protocol, IP version */
	__u64 decider;    /* interface and slot */
	__u64 addresses;
	__u64 hash;
};

_Static_assert(__builtin_offsetof(struct sentry_flow_entry, addresses) -
	       __builtin_offsetof(struct sentry_flow_entry, source_port) == 16, "the words of a flow");

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

static __always_inline bool flow_is(const struct sentry_flow_entry *entry, const struct flow_id *id, const struct packet *pkt)
{
	const flow_word *words = (const flow_word *)&entry->source_port;

	if ((words[0] ^ id->ports) | (words[1] ^ id->decider) | (entry->addresses ^ id->addresses))
		return false;
	if (pkt->version == 4)
		return true;
	return !((entry->source_hi ^ pkt->src.v6.hi) | (entry->source_lo ^ pkt->src.v6.lo) |
		 (entry->dest_hi ^ pkt->dst.v6.hi) | (entry->dest_lo ^ pkt->dst.v6.lo));
}

static __always_inline __u32 flow_set_number(const struct flow_id *id)
{
	return bpf_get_smp_processor_id() * FLOW_SETS + (__u32)(id->hash >> 43) % FLOW_SETS;
}

static __always_inline void flow_count(struct sentry_flow_entry *entry, const struct packet *pkt, __u32 tick)
{
	entry->packets++;
	entry->bytes += pkt->bytes;
	entry->last_tick = tick;
	entry->tcp_flags |= pkt->tcp_flags < PACKET_NO_FLAGS ? (__u8)pkt->tcp_flags : 0;
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
static __always_inline void flow_end(const struct sentry_flow_entry *entry, __u32 number)
{
	struct sentry_flow_end *end = ringbuf_reserve(&flow_ends, sizeof(*end));
	__u64 beyond;

	if (!end) {
		flow_lose(entry->packets, entry->bytes);
		return;
	}
	__builtin_memcpy(&end->entry, entry, sizeof(end->entry));
	end->number = number;
	end->reserved = 0;
	beyond = ringbuf_waiting(&flow_ends) - FLOW_ENDS_BYTES / 4;
	ringbuf_submit(end, beyond < sizeof(*end) + 8 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* Makes the entry that flow's, which begins; of the flow that was there it is told first. */
static __always_inline void flow_begin(struct sentry_flow_entry *entry, __u32 number, const struct flow_id *id,
				       const struct packet *pkt, __u32 verdict, __u32 direction, __u32 tick)
{
	flow_word *words = (flow_word *)&entry->source_port;
	__u32 version = __sync_fetch_and_add(&entry->version_b, 1) + 1;

	if (entry->packets)
		flow_end(entry, number);
	words[0] = id->ports;
	words[1] = id->decider;
	entry->addresses = id->addresses;
	if (pkt->version != 4) {
		entry->source_hi = pkt->src.v6.hi;
		entry->source_lo = pkt->src.v6.lo;
		entry->dest_hi = pkt->dst.v6.hi;
		entry->dest_lo = pkt->dst.v6.lo;
	}
	entry->packets = 0;
	entry->bytes = 0;
	entry->direction = (__u8)direction;
	entry->verdict = (__u8)verdict;
	entry->tcp_flags = 0;
	entry->first_ns = bpf_ktime_get_coarse_ns();
	entry->first_tick = tick;
	__sync_lock_test_and_set(&entry->version_a, version);
}

/* A packet of a flow that begins: a function that is verified alone. Returns 0. */
__noinline int account_flow(struct packet *pkt, __u32 decided, __u32 direction);
__noinline int account_flow(struct packet *pkt, __u32 decided, __u32 direction)
{
	__u32 tick = (__u32)bpf_jiffies64(), number, second;
	struct sentry_flow_entry *entry;
	struct sentry_flow_set *set;
	struct flow_id id;

	if (!pkt)
		return 0;
	flow_id_set(&id, pkt, decided >> 2);
	number = flow_set_number(&id);
	set = map_at(&flow_cache, number);
	if (!set) {
		flow_lose(1, pkt->bytes);
		return 0;
	}
	/* Of the two the one that was seen longest ago makes room, one that was never used before that. */
	second = set->entries[0].packets &&
		 (!set->entries[1].packets || (__s32)(set->entries[1].last_tick - set->entries[0].last_tick) < 0);
	entry = &set->entries[second & 1];
	flow_begin(entry, number * 2 + second, &id, pkt, decided & 3, direction, tick);
	flow_count(entry, pkt, tick);
	return 0;
}

static __always_inline void account_flows(struct packet *pkt, __u32 decided, __u32 direction)
{
	struct sentry_flow_entry *entry;
	struct sentry_flow_set *set;
	struct flow_id id;

	flow_id_set(&id, pkt, decided >> 2);
	set = map_at(&flow_cache, flow_set_number(&id));
	if (set) {
		entry = &set->entries[0];
		if (!flow_is(entry, &id, pkt))
			entry = &set->entries[1];
		if (flow_is(entry, &id, pkt)) {
			flow_count(entry, pkt, (__u32)bpf_jiffies64());
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
