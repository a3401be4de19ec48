/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Between cost.c and cost.bpf.c, which includes nothing of the C library's. */
#ifndef BENCH_COST_H
#define BENCH_COST_H

/* How often each thing is done in a run. */
#define COST_READS 16
#define COST_INSNS 256
#define COST_RULES 64
#define COST_CALLS 16

/* The largest table. */
#define COST_TABLE_BYTES (128u << 20)

struct cost_settings {
	unsigned long long state; /* of the random numbers */
	unsigned long long sum;   /* out: what was read, lest it is not */
	unsigned int mask;        /* reads stay within so many numbers, less one */
	unsigned int reserved;
};

/* As much of a packet as rules ask. */
struct cost_packet {
	unsigned int address;
	unsigned short port;
	unsigned short proto;
};

#endif
