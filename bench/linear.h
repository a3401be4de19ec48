/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The rules of a block as the arrays that the linear program of classify.bpf.c walks: 5-tuples and nothing else. */
#ifndef BENCH_LINEAR_H
#define BENCH_LINEAR_H

#include "policy.h"

/* Rules come in chunks of so many; what is left of the last is its last rule again, which changes nothing. */
#define LINEAR_CHUNK 8

/* As in classify.bpf.c. */
struct linear_rule4 {
	uint32_t src_lo, src_span, dst_lo, dst_span;
	uint16_t sport_lo, sport_span, dport_lo, dport_span;
	uint8_t proto_lo, proto_span;
	uint8_t ports;
	uint8_t verdict;
	uint32_t rule;
};

struct linear_ip6 {
	uint64_t hi, lo;
};

struct linear_rule6 {
	struct linear_ip6 src_lo, src_span, dst_lo, dst_span;
	uint16_t sport_lo, sport_span, dport_lo, dport_span;
	uint8_t proto_lo, proto_span;
	uint8_t ports;
	uint8_t verdict;
	uint32_t rule;
};

struct linear {
	uint32_t n4, n6; /* without what fills the last chunk */
	uint32_t room4, room6;
	struct linear_rule4 *rules4;
	struct linear_rule6 *rules6;
	char why[256]; /* there is none for this block, and the reason */
};

/* False, with `why`, if a rule asks for more than a 5-tuple or there would be too many. */
bool linear_make(struct linear *linear, const struct block *block);
void linear_free(struct linear *linear);

#endif
