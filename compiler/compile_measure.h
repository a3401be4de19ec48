/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * sentryc compile --measure: nanoseconds of a packet in this kernel, beside what was predicted. One packet is repeated
 * at a time, by BPF_PROG_TEST_RUN, so the caches and the branch predictor know it: what comes out is the least that the
 * block takes. sentry-bench measures over many packets that follow each other.
 */
#ifndef SENTRY_COMPILE_MEASURE_H
#define SENTRY_COMPILE_MEASURE_H

#include "compile.h"

/* Of one block. Each packet's figure is a median; the call of the program is in it. */
struct block_measure {
	size_t n_packets;          /* 0: nothing was measured */
	size_t n_ways;             /* different rules, or the default, that decide them */
	uint32_t least, median, most;
	uint32_t non_ip;           /* of a frame that is no IP: what the call, and little else, takes */
};

/* By block of the program; arena memory. NULL with compile->error set. */
struct block_measure *compile_measure(struct compile *compile, const struct program *program, struct bytes object);

#endif
