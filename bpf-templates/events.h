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

static __always_inline void *event_reserve(__u32 size)
{
	void *record = ringbuf_reserve(&events, size);
	__u64 *drops;

	if (record)
		return record;
	drops = map_at(&event_drops, 0);
	if (drops)
		++*drops;
	return NULL;
}

/*
 * To wake the reader costs fifty times what the record does. So it looks by itself, several times a second, and
 * is woken only when a quarter of the buffer has filled up meanwhile.
 */
#define EVENTS_WAKE (EVENTS_BYTES / 4)

static __always_inline void event_submit(void *record, __u32 size)
{
	__u64 beyond = ringbuf_waiting(&events) - EVENTS_WAKE;

	/* Of the records beyond that mark the first alone. Each has a header of 8 bytes. */
	ringbuf_submit(record, beyond < size + 8 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* `sampling` is N of 1/N, 0 for a log record. */
static __always_inline void event_fill(struct sentry_event *event, const struct packet *pkt, __u32 slot, __u32 verdict,
				       __u32 sampling)
{
	event->time_ns = bpf_ktime_get_ns();
	event->slot = slot;
	event->ifindex = pkt->ifindex;
	event->sampling = sampling ? sampling : 1;
	event->bytes = pkt->bytes;
	event->generation = sentry_generation;
	event_address(event->source, pkt, &pkt->src);
	event_address(event->dest, pkt, &pkt->dst);
	event->source_port = pkt->sport < PACKET_NO_PORT ? host_to_net16((__u16)pkt->sport) : 0;
	event->dest_port = pkt->dport < PACKET_NO_PORT ? host_to_net16((__u16)pkt->dport) : 0;
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
}

/*
 * The rule's modifier `log`. A function that is verified alone and called by every rule
 * that logs. Returns 0: kernels of before 6.8 want a number from such.
 */
__noinline int event_log(struct packet *pkt, __u32 slot, __u32 verdict);
__noinline int event_log(struct packet *pkt, __u32 slot, __u32 verdict)
{
	struct sentry_event *event;

	if (!pkt)
		return 0;
	trace_logged();
	event = event_reserve(sizeof(*event));
	if (!event)
		return 0;
	event_fill(event, pkt, slot, verdict, 0);
	event_submit(event, sizeof(*event));
	return 0;
}

#ifdef SENTRY_WITH_SAMPLES

/* One packet in N: `below` is 2^32 / N. */
static __always_inline bool sample_drawn(__u64 below)
{
	return bpf_get_prandom_u32() < below;
}

/* A record with the first bytes of the frame, which the hook puts in (ctx_xdp.h, ctx_tc.h). */
static __always_inline struct sentry_sample *sample_begin(const struct packet *pkt, __u32 slot, __u32 verdict,
							  __u32 one_of)
{
	struct sentry_sample *sample;

	trace_sampled();
	sample = event_reserve(sizeof(*sample));
	if (!sample)
		return NULL;
	event_fill(&sample->event, pkt, slot, verdict, one_of);
	sample->captured = 0;
	sample->reserved = 0;
	return sample;
}

#endif
#endif
#endif
