/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How much work a proof may take. A question that is still open when the effort is
 * spent is undecided, and is reported as that: never as proved, never as refuted.
 */
#ifndef SENTRY_EFFORT_H
#define SENTRY_EFFORT_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

#define EFFORT_SECONDS 60u          /* `--timeout` unless given */
#define EFFORT_NODES 100000000u     /* `--max-nodes` unless given */

struct effort {
	uint64_t nodes;     /* spent: steps of searches and nodes of diagrams */
	uint64_t max_nodes;
	double seconds;     /* given; 0: no deadline */
	double deadline;    /* CLOCK_MONOTONIC, in seconds; 0: none */
	bool spent;         /* set once, never cleared: everything after is undecided */
};

/* `seconds` 0: no deadline. `max_nodes` 0: EFFORT_NODES. */
void effort_init(struct effort *effort, double seconds, uint64_t max_nodes);

/* Takes `nodes` more. False when the effort is spent. Looks at the clock only now and then, so it may be called for every step. */
bool effort_take(struct effort *effort, uint64_t nodes);

/* Looks at the clock at once. */
bool effort_left(struct effort *effort);

/* What was reached, and how to give more: "60 s were allowed: `sentryc check --timeout TIME` gives more"; of an effort that is spent. */
const char *effort_spent(struct arena *arena, const struct effort *effort);

#endif
