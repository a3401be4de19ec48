/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Packets and bytes per rule, summed over the CPUs. */
#ifndef SENTRY_RUNTIME_COUNTERS_H
#define SENTRY_RUNTIME_COUNTERS_H

#include "failure.h"
#include "generation.h"

#include <linux/types.h>
#include <stdbool.h>

struct count {
	__u64 packets;
	__u64 bytes;
};

/* What one part of a generation has counted itself: one per rule, by slot; to be freed. */
bool counters_read(const struct generation *generation, size_t part, struct count **counts, struct failure *why);

/* Of each part of a generation. */
struct counters {
	size_t n_parts;
	struct count **parts;
};

/*
 * The generation in force, and what its rules have counted since they are there: also in generations before it,
 * by policy, block and name. Never less than at an earlier call, however policies are swapped meanwhile.
 */
bool counters_current(const struct site *site, struct generation *generation, struct counters *counters,
		      struct failure *why);
void counters_free(struct counters *counters);

/* Sum of map `event_drops`: events that found no room in the ring buffer since the generation was applied. */
__u64 counters_lost_events(int map);

#endif
