/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The tc hooks, by TCX or clsact: a socket buffer. The outermost VLAN tag is
 * usually not in the frame but beside it, and only part of the frame may be at
 * hand at first. A buffer that stands for several frames (GSO, GRO) is one packet.
 */
#ifndef SENTRY_CTX_TC_H
#define SENTRY_CTX_TC_H

#include "packet.h"
#include "packet_parse.h"
#include "reject.h"
#include "trace.h"
#include "verdict.h"

static __always_inline void tc_cursor(struct __sk_buff *ctx, struct cursor *cursor)
{
	cursor->data = (void *)(unsigned long)ctx->data;
	cursor->end = (void *)(unsigned long)ctx->data_end;
	cursor->vlan = ctx->vlan_present ? ctx->vlan_tci & 0xfff : PACKET_NO_VLAN;
}

__noinline int tc_extensions(struct __sk_buff *ctx, struct headers *headers);
__noinline int tc_extensions(struct __sk_buff *ctx, struct headers *headers)
{
	struct cursor cursor;

	if (!headers)
		return PACKET_MALFORMED;
	tc_cursor(ctx, &cursor);
	return parse_extensions(&cursor, headers);
}

/*
 * Fetches as much as headers can take up, where not all of the frame is at hand.
 * False if there is nothing more. Apart, so that what the verifier learns of
 * lengths here does not split what it knows of the parser.
 */
__noinline int tc_fetch(struct __sk_buff *ctx);
__noinline int tc_fetch(struct __sk_buff *ctx)
{
	__u32 size = ctx->len;

	if (ctx->data_end - ctx->data >= size)
		return false;
	return !bpf_skb_pull_data(ctx, size < PARSE_OFFSETS ? size : PARSE_OFFSETS);
}

/* A test run is given no IP packet shorter than an IP header: there, frames come padded. */
static __always_inline void tc_trace_cut(struct __sk_buff *ctx)
{
	struct sentry_trace *trace = trace_get();

	if (trace && trace->size && trace->size < ctx->len)
		bpf_skb_change_tail(ctx, trace->size, 0);
}

#ifdef SENTRY_WITH_STATE
/* Of an ICMP packet: its identifier, and the packet that it quotes. Returns 0. */
__noinline int tc_quoted(struct __sk_buff *ctx, struct packet *pkt);
__noinline int tc_quoted(struct __sk_buff *ctx, struct packet *pkt)
{
	struct cursor cursor;
	__u32 size = ctx->len;

	if (!pkt)
		return 0;
	/* If not all of it can be had, what is at hand must do. */
	if (ctx->data_end - ctx->data < size)
		bpf_skb_pull_data(ctx, size < PARSE_OFFSETS ? size : PARSE_OFFSETS);
	tc_cursor(ctx, &cursor);
	parse_quoted(&cursor, pkt);
	return 0;
}
#endif

/* PACKET_IP, PACKET_NON_IP or PACKET_MALFORMED. */
static __always_inline int tc_parse(struct __sk_buff *ctx, struct packet *pkt, __u32 fields)
{
	int class = PACKET_SHORT;

	tc_trace_cut(ctx);
	/* A header may lie in a page of its own: a second time with more of the frame at hand. */
	unrolled
	for (int i = 0; i < 2; i++) {
		struct headers headers = {};
		struct cursor cursor;

		tc_cursor(ctx, &cursor);
		cursor.wire = trace_wire_size(ctx->len);
		cursor.ifindex = ctx->ifindex;
		class = parse_network(&cursor, &headers, pkt, fields);
		if (class == PACKET_EXTENSIONS)
			class = tc_extensions(ctx, &headers);
		if (class == PACKET_IP)
			class = parse_transport(&cursor, &headers, pkt, fields);
		if (class != PACKET_SHORT || !tc_fetch(ctx))
			break;
	}
#ifdef SENTRY_WITH_STATE
	if (class == PACKET_IP && parse_has_query(pkt))
		tc_quoted(ctx, pkt);
#endif
	return class == PACKET_SHORT ? PACKET_MALFORMED : class;
}

#ifdef SENTRY_WITH_REJECT
/*
 * Turns the frame into the answer to itself and sends it: with flags 0 out of the
 * interface, with BPF_F_INGRESS as if received there. A packet that must not be
 * answered, or whose answer finds no room, is dropped.
 */
__noinline int tc_reject(struct __sk_buff *ctx, struct packet *pkt, __u64 flags);
__noinline int tc_reject(struct __sk_buff *ctx, struct packet *pkt, __u64 flags)
{
	struct answer answer = {};
	struct cursor cursor;
	__u32 size = ctx->len;

	if (!pkt)
		return TC_ACT_SHOT;
	/* The quoted part must be at hand; if it cannot be, less is quoted. */
	bpf_skb_pull_data(ctx, size < ANSWER_BYTES ? size : ANSWER_BYTES);
	tc_cursor(ctx, &cursor);
	if (!answer_make(&answer, &cursor, pkt))
		return TC_ACT_SHOT;
	/*
	 * Where the sender left the TCP checksum to the hardware, the kernel refuses to cut before its
	 * place: then the frame stays a little longer than the reset in it, as a padded frame does.
	 */
	if (bpf_skb_change_tail(ctx, answer.link_size + answer.keep, 0) &&
	    (answer.grow || bpf_skb_change_tail(ctx, pkt->transport + sizeof(struct tcp_header), 0)))
		return TC_ACT_SHOT;
	if (answer.grow && bpf_skb_change_head(ctx, answer.grow, 0))
		return TC_ACT_SHOT;
	if (bpf_skb_pull_data(ctx, answer.link_size + answer.size))
		return TC_ACT_SHOT;
	tc_cursor(ctx, &cursor);
	if (!answer_write(&answer, &cursor))
		return TC_ACT_SHOT;
	return (int)bpf_redirect(ctx->ifindex, flags);
}
#endif

#ifdef SENTRY_WITH_SAMPLES
/* Up to `room` bytes of the frame from `offset` on: how many there were. */
static __always_inline __u32 sample_load(struct __sk_buff *ctx, __u8 *to, __u32 offset, __u32 room)
{
	__u32 size = ctx->len - offset;

	if (size > room)
		size = room;
	/*
	 * That it is neither 0 nor more, the verifier wants to be told of this very number, and those of 6.1 and 6.12 do not
	 * conclude it from what is known of another: so it is made of the number that was compared.
	 */
	size--;
	opaque(size);
	if (size >= room)
		return 0;
	size++;
	return bpf_skb_load_bytes(ctx, offset, to, size) ? 0 : size;
}

/* Where the type is, behind both addresses, a tag that is beside the frame belongs. */
#define ETHERNET_ADDRESSES 12

/* Writes a sample of the packet, as it is on the wire. Returns 0. */
__noinline int tc_sample(struct __sk_buff *ctx, struct packet *pkt, __u32 slot, __u32 verdict, __u32 one_of);
__noinline int tc_sample(struct __sk_buff *ctx, struct packet *pkt, __u32 slot, __u32 verdict, __u32 one_of)
{
	struct sentry_sample *sample = pkt ? sample_begin(pkt, slot, verdict, one_of) : NULL;
	const __u32 tagged = ETHERNET_ADDRESSES + sizeof(struct vlan_tag);
	__u16 tag[2];

	if (!sample)
		return 0;
	__builtin_memset(sample->data, 0, sizeof(sample->data));
	if (ctx->vlan_present) {
		tag[0] = (__u16)ctx->vlan_proto; /* in network byte order as it is */
		tag[1] = host_to_net16((__u16)ctx->vlan_tci);
		bpf_skb_load_bytes(ctx, 0, sample->data, ETHERNET_ADDRESSES);
		__builtin_memcpy(sample->data + ETHERNET_ADDRESSES, tag, sizeof(tag));
		sample->captured = tagged + sample_load(ctx, sample->data + tagged, ETHERNET_ADDRESSES,
							SENTRY_SAMPLE_BYTES - tagged);
	} else {
		sample->captured = sample_load(ctx, sample->data, 0, SENTRY_SAMPLE_BYTES);
	}
	event_submit(sample, sizeof(*sample));
	return 0;
}
#endif

static __always_inline int tc_finish(struct __sk_buff *ctx, struct packet *pkt, __u32 decided,
				     enum sentry_direction direction, __u64 answer_flags)
{
	__u32 verdict = decision_account(pkt, decided, direction);

#ifdef SENTRY_WITH_REJECT
	if (verdict == SENTRY_REJECT)
		return tc_reject(ctx, pkt, answer_flags);
#endif
	return TC_ACT_SHOT + (TC_ACT_UNSPEC - TC_ACT_SHOT) * verdict_allows(verdict);
}

/* Carries a decision out: an answer goes back out of the interface that the packet came in by. */
static __always_inline int tc_finish_ingress(struct __sk_buff *ctx, struct packet *pkt, __u32 decided)
{
	return tc_finish(ctx, pkt, decided, SENTRY_INGRESS, 0);
}

/*
 * The sender is this host, or behind it: an answer comes in as if from the network.
 * It meets the interface's tc ingress programs like any packet, ours too.
 */
static __always_inline int tc_finish_egress(struct __sk_buff *ctx, struct packet *pkt, __u32 decided)
{
	return tc_finish(ctx, pkt, decided, SENTRY_EGRESS, BPF_F_INGRESS);
}

#endif
