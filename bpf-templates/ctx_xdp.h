/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The XDP hook: the frame as the driver received it. A VLAN tag that the network
 * card has taken out of the frame is not seen here.
 */
#ifndef SENTRY_CTX_XDP_H
#define SENTRY_CTX_XDP_H

#include "packet.h"
#include "packet_parse.h"
#include "reject.h"
#include "trace.h"
#include "verdict.h"

/*
 * Set at load time where the program is loaded for frames of several buffers
 * (BPF_F_XDP_HAS_FRAGS, Linux 5.18); of those only the first buffer is at hand.
 */
const volatile __u32 sentry_xdp_frags = 0;

static __always_inline __u32 xdp_size(struct xdp_md *ctx)
{
	if (sentry_xdp_frags)
		return (__u32)bpf_xdp_get_buff_len(ctx);
	return (__u32)(ctx->data_end - ctx->data);
}

static __always_inline void xdp_cursor(struct xdp_md *ctx, struct cursor *cursor)
{
	cursor->data = (void *)(unsigned long)ctx->data;
	cursor->end = (void *)(unsigned long)ctx->data_end;
	cursor->vlan = PACKET_NO_VLAN;
}

__noinline int xdp_extensions(struct xdp_md *ctx, struct headers *headers);
__noinline int xdp_extensions(struct xdp_md *ctx, struct headers *headers)
{
	struct cursor cursor;

	if (!headers)
		return PACKET_MALFORMED;
	xdp_cursor(ctx, &cursor);
	return parse_extensions(&cursor, headers);
}

#ifdef SENTRY_WITH_STATE
/* Of an ICMP packet: its identifier, and the packet that it quotes. Returns 0. */
__noinline int xdp_quoted(struct xdp_md *ctx, struct packet *pkt);
__noinline int xdp_quoted(struct xdp_md *ctx, struct packet *pkt)
{
	struct cursor cursor;

	if (!pkt)
		return 0;
	xdp_cursor(ctx, &cursor);
	parse_quoted(&cursor, pkt);
	return 0;
}
#endif

/* PACKET_IP, PACKET_NON_IP or PACKET_MALFORMED. */
static __always_inline int xdp_parse(struct xdp_md *ctx, struct packet *pkt, __u32 fields)
{
	struct headers headers = {};
	struct cursor cursor;
	int class;

	xdp_cursor(ctx, &cursor);
	cursor.wire = trace_wire_size(xdp_size(ctx));
	cursor.ifindex = ctx->ingress_ifindex;
	class = parse_network(&cursor, &headers, pkt, fields);
	if (class == PACKET_EXTENSIONS)
		class = xdp_extensions(ctx, &headers);
	if (class == PACKET_IP)
		class = parse_transport(&cursor, &headers, pkt, fields);
#ifdef SENTRY_WITH_STATE
	if (class == PACKET_IP && parse_has_query(pkt))
		xdp_quoted(ctx, pkt);
#endif
	return class == PACKET_SHORT ? PACKET_MALFORMED : class;
}

#ifdef SENTRY_WITH_REJECT
/*
 * Turns the frame into the answer to itself and sends it back where it came from.
 * A packet that must not be answered, or whose answer finds no room, is dropped.
 */
__noinline int xdp_reject(struct xdp_md *ctx, struct packet *pkt);
__noinline int xdp_reject(struct xdp_md *ctx, struct packet *pkt)
{
	struct answer answer = {};
	struct cursor cursor;

	if (!pkt)
		return XDP_DROP;
	xdp_cursor(ctx, &cursor);
	if (!answer_make(&answer, &cursor, pkt))
		return XDP_DROP;
	if (bpf_xdp_adjust_tail(ctx, (int)(answer.link_size + answer.keep) - (int)xdp_size(ctx)))
		return XDP_DROP;
	if (answer.grow && bpf_xdp_adjust_head(ctx, -(int)answer.grow))
		return XDP_DROP;
	xdp_cursor(ctx, &cursor);
	return answer_write(&answer, &cursor) ? XDP_TX : XDP_DROP;
}
#endif

#ifdef SENTRY_WITH_SAMPLES
/* Writes a sample of the packet: as much of the frame as is at hand, in whole words and then byte by byte. Returns 0. */
__noinline int xdp_sample(struct xdp_md *ctx, struct packet *pkt, __u32 slot, __u32 verdict, __u32 one_of);
__noinline int xdp_sample(struct xdp_md *ctx, struct packet *pkt, __u32 slot, __u32 verdict, __u32 one_of)
{
	struct sentry_sample *sample = pkt ? sample_begin(pkt, slot, verdict, one_of) : NULL;
	const __u8 *from = (const __u8 *)(unsigned long)ctx->data;
	const __u8 *end = (const __u8 *)(unsigned long)ctx->data_end;
	__u32 words = 0, at;

	if (!sample)
		return 0;
	unrolled
	for (__u32 i = 0; i < SENTRY_SAMPLE_BYTES; i += 8) {
		if (from + i + 8 <= end) {
			__builtin_memcpy(sample->data + i, from + i, 8);
			words = i + 8;
		} else {
			__builtin_memset(sample->data + i, 0, 8);
		}
	}
	at = words;
	unrolled
	for (__u32 i = 0; i < 7; i++) {
		if (at >= SENTRY_SAMPLE_BYTES || from + at + 1 > end)
			break;
		sample->data[at] = from[at];
		at++;
	}
	sample->captured = at;
	event_submit(sample, sizeof(*sample));
	return 0;
}
#endif

/* Carries a decision out. */
static __always_inline int xdp_finish(struct xdp_md *ctx, struct packet *pkt, __u32 decided)
{
	__u32 verdict = decision_account(pkt, decided, SENTRY_INGRESS);

#ifdef SENTRY_WITH_REJECT
	if (verdict == SENTRY_REJECT)
		return xdp_reject(ctx, pkt);
#endif
	return XDP_DROP + (XDP_PASS - XDP_DROP) * verdict_allows(verdict);
}

#endif
