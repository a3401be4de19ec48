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

/* Carries a decision out. */
static __always_inline int xdp_finish(struct xdp_md *ctx, struct packet *pkt, __u32 decided)
{
	switch (decision_account(pkt, decided)) {
	case SENTRY_ALLOW:
		return XDP_PASS;
#ifdef SENTRY_WITH_REJECT
	case SENTRY_REJECT:
		return xdp_reject(ctx, pkt);
#endif
	default:
		return XDP_DROP;
	}
}

#endif
