/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The two ends of the benchmark over a veth pair. `send` fills live frames from the trace and sends them off; `pass`
 * stands in for XDP where the filter does not sit there, since a veth takes live frames only for a device with an XDP
 * program; `sink` ends every packet that got through the filter, and counts it.
 */
#include "types.h"
#include "kernel.h"

#include "wire.h"

#define NF_DROP 0

/* Of the kernel's own structs, what is read of them: where it lies, libbpf finds out. */
struct sk_buff {
	unsigned int len;
} __attribute__((preserve_access_index));

struct bpf_nf_ctx {
	const void *state;
	struct sk_buff *skb;
};

MAP_ARRAY(trace, struct wire_headers, WIRE_TRACE_MAX, BPF_F_MMAPABLE);
MAP_ARRAY(turns, struct wire_turn, 1, BPF_F_MMAPABLE);
MAP_ARRAY(passed, struct wire_passed, 1, BPF_F_MMAPABLE);

SEC("xdp")
int send(struct xdp_md *ctx)
{
	__u8 *data = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	struct wire_headers *headers;
	struct wire_turn *turn;
	__u32 zero = 0, index;

	turn = bpf_map_lookup_elem(&turns, &zero);
	if (!turn || turn->next >= *(volatile __u64 *)&turn->limit || data + WIRE_ETHERNET + sizeof(*headers) > end)
		return XDP_DROP;
	index = (__u32)turn->next++ % WIRE_TRACE_MAX;
	headers = bpf_map_lookup_elem(&trace, &index);
	if (!headers)
		return XDP_DROP;
	__builtin_memcpy(data + WIRE_ETHERNET, headers, sizeof(*headers));
	return XDP_TX;
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* IP has cut the packet to its own length by now, and that says what should have become of it. */
SEC("netfilter")
int sink(struct bpf_nf_ctx *ctx)
{
	struct wire_passed *counts;
	__u32 zero = 0;

	counts = bpf_map_lookup_elem(&passed, &zero);
	if (!counts)
		return NF_DROP;
	switch (ctx->skb->len) {
	case WIRE_LENGTH_ALLOW:
		counts->rightly++;
		break;
	case WIRE_LENGTH_DENY:
		counts->wrongly++;
		break;
	default:
		counts->foreign++;
	}
	return NF_DROP;
}

SENTRY_LICENSE;
