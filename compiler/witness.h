/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From a cube to one packet of it that a person likes to read, with what must hold on
 * the host for it (sets, state, rates). Replaying it in the model is the proof of
 * the pudding, and the provers do it for each witness that they hand out.
 */
#ifndef SENTRY_WITNESS_H
#define SENTRY_WITNESS_H

#include "cube.h"
#include "engine.h"

struct witness {
	struct packet_spec spec;
	const char *text;     /* as in tests: "tcp 203.0.113.5:40000 > 192.0.2.10:22 syn" */
	const char *when;     /* "from in @bogons, state established, over the rate of 'syn-flood'"; NULL: nothing needed */
	struct world world;   /* the same for model_decide_in */
};

/* Any cube without impossible points has one. The choice depends on the cube alone. */
void witness_choose(struct arena *arena, const struct space *space, const struct cube *cube, struct witness *witness);

/* What the model says about it. */
void witness_replay(const struct policy *policy, const struct block *block, const struct witness *witness,
		    struct decision *decision);

#endif
