/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Records of packets for user space, in a ring buffer. A record that finds no
 * room is lost and counted. Without SENTRY_WITH_EVENTS there is neither.
 */
#ifndef SENTRY_EVENTS_H
#define SENTRY_EVENTS_H

#ifdef SENTRY_WITH_EVENTS

#include "packet.h"
#include "trace.h"

#define EVENTS_BYTES (256 * 1024) /* may be changed when the object is loaded: a power of two, whole pages */

/* Set at load time, where records of several generations are to be told apart. */
const volatile __u32 sentry_generation = 0;

MAP_RINGBUF(events, EVENTS_BYTES);
MAP_PERCPU_ARRAY(event_drops, __u64, 1);

static __always_inline void event_address(__u8 *out, const struct packet *pkt, const union packet_address *address)
{
	__u32 words[4] = {};

	if (pkt->version == 4) {
		words[0] = host_to_net32(address->v4);
	} else {
		words[0] = host_to_net32((__u32)(address->v6.hi >> 32));
		words[1] = host_to_net32((__u32)address->v6.hi);
		words[2] = host_to_net32((__u32)(address->v6.lo >> 32));
		words[3] = host_to_net32((__u32)address->v6.lo);
	}
	__builtin_memcpy(out, words, sizeof(words));
}

/*
 * One record, or with 1/sampling probability one: 0 is a log record, which is
 * always written. A function that is verified alone and called by every rule
 * that logs. Returns 0: kernels of before 6.8 want a number from such.
 */
__noinline int event_write(struct packet *pkt, __u32 slot, __u32 verdict, __u32 sampling);
__noinline int event_write(struct packet *pkt, __u32 slot, __u32 verdict, __u32 sampling)
{
	struct sentry_event *event;
	__u64 *drops;

	if (!pkt)
		return 0;
	if (sampling > 1 && bpf_get_prandom_u32() % sampling)
		return 0;
	if (sampling)
		trace_sampled();
	else
		trace_logged();

	event = ringbuf_reserve(&events, sizeof(*event));
	if (!event) {
		drops = map_at(&event_drops, 0);
		if (drops)
			++*drops;
		return 0;
	}
	event->time_ns = bpf_ktime_get_ns();
	event->slot = slot;
	event->ifindex = pkt->ifindex;
	event->sampling = sampling ? sampling : 1;
	event->bytes = pkt->bytes;
	event->generation = sentry_generation;
	event_address(event->source, pkt, &pkt->src);
	event_address(event->dest, pkt, &pkt->dst);
	event->source_port = pkt->sport < PACKET_NO_PORT ? host_to_net16(pkt->sport) : 0;
	event->dest_port = pkt->dport < PACKET_NO_PORT ? host_to_net16(pkt->dport) : 0;
	event->vlan = pkt->vlan;
	event->kind = sampling ? SENTRY_EVENT_SAMPLE : SENTRY_EVENT_LOG;
	event->verdict = (__u8)verdict;
	event->ip_version = pkt->version;
	event->protocol = pkt->proto;
	event->tcp_flags = pkt->tcp_flags < PACKET_NO_FLAGS ? (__u8)pkt->tcp_flags : 0;
	event->icmp_type = pkt->icmp_type < PACKET_NO_ICMP ? (__u8)pkt->icmp_type : 0;
	event->icmp_code = pkt->icmp_code < PACKET_NO_ICMP ? (__u8)pkt->icmp_code : 0;
	event->fragment = pkt->fragment;
	__builtin_memset(event->reserved, 0, sizeof(event->reserved));
	ringbuf_submit(event);
	return 0;
}

/* The rule's modifier `log`. */
static __always_inline void event_log(struct packet *pkt, __u32 slot, __u32 verdict)
{
	event_write(pkt, slot, verdict, 0);
}

/* Modifier or verdict `sample 1/one_of`; one_of is not 0. */
static __always_inline void event_sample(struct packet *pkt, __u32 slot, __u32 verdict, __u32 one_of)
{
	event_write(pkt, slot, verdict, one_of);
}

#endif
#endif
