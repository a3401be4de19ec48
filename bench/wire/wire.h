/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What wire.c and wire.bpf.c share. Frames are Ethernet, IPv4, TCP and a few bytes. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

enum {
	WIRE_TRACE_MAX = 1 << 15,
	WIRE_ETHERNET = 14,
	WIRE_FRAME = 62,

	/* The length of a packet by IP tells the sink what its verdict should have been. No filter looks at it. */
	WIRE_LENGTH_ALLOW = 46,
	WIRE_LENGTH_DENY = 47,
};

/* IPv4 and TCP without options, as on the wire. */
struct wire_headers {
	__u64 words[5];
};

/* How many were sent, and how many may be; beyond, the sender spins. */
struct wire_turn {
	__u64 next;
	__u64 limit;
};

/* Packets behind the filter. */
struct wire_passed {
	__u64 rightly;
	__u64 wrongly;
	__u64 foreign; /* none of ours */
};

#endif
