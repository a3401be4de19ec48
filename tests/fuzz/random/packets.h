/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Packets for a policy: just within and just beyond what its rules say, mixed from several rules, conversations,
 * damaged ones, and such as were captured somewhere.
 */
#ifndef RANDOM_PACKETS_H
#define RANDOM_PACKETS_H

#include "run.h"

#define CORNERS 64

struct packets {
	struct arena *arena;
	struct rng *rng;
	const struct policy *policy;
	const struct captured *captured;
	/* Values at which rules part, of a sample of them. */
	u128 addresses[N_FAMILIES][CORNERS];
	size_t n_addresses[N_FAMILIES];
	uint32_t values[N_FIELDS][CORNERS];
	size_t n_values[N_FIELDS];
	size_t n_terms;
	const struct term **terms; /* of all rules */
	size_t next_term;          /* each term's turn comes */
	struct packet_spec last, quoted;
	uint8_t room[FRAME_MAX];
};

void packets_init(struct packets *packets, struct arena *arena, struct rng *rng, const struct policy *policy,
		  const struct captured *captured);

/* From now on, of the terms of this rule only. */
void packets_focus(struct packets *packets, const struct rule *rule);

/* The frame lasts until the next call. */
struct frame packets_next(struct packets *packets);

/* An address that rules or packets name. */
u128 packets_address(struct packets *packets, enum family family);

#endif
