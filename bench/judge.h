/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Who decides each packet of a measurement: as the reference says, as others expect, and as the kernel came to it. */
#ifndef BENCH_JUDGE_H
#define BENCH_JUDGE_H

#include "compile.h"
#include "traffic.h"

struct judgement {
	uint32_t *slots;     /* of each packet, by the reference */
	bool stateful;       /* the reference was the model engine */
	uint32_t rejected;   /* packets taken out, because they would be answered */
	uint32_t compared;   /* with what was expected */
};

/*
 * Judges the packets, takes out those that are rejected, for a test run does not survive the answer, and compares the
 * rest with a file of expected rules (NULL: none). An exit code.
 */
int judge(struct judgement *judgement, const struct policy *policy, const struct block *block, struct traffic *traffic,
	  const char *expected);
void judgement_free(struct judgement *judgement);

/* Runs the object in the kernel over all packets and compares verdict and slot. An exit code. */
int judge_kernel(const struct judgement *judgement, const struct policy *policy, const struct block *block,
		 const struct traffic *traffic, struct bytes object);

#endif
