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

/* One per rule of the generation, by slot; to be freed. */
bool counters_read(const struct generation *generation, struct count **counts, struct failure *why);

/* The generation in force and its counters, which belong together even while policies are swapped. */
bool counters_current(const struct site *site, struct generation *generation, struct count **counts,
		      struct failure *why);

/* Sum of map `event_drops`: events that found no room in the ring buffer since the generation was applied. */
__u64 counters_lost_events(int map);

#endif
