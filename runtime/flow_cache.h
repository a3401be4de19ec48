/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Map `flow_cache` of one part of a generation, as it is now. */
#ifndef SENTRY_FLOW_CACHE_H
#define SENTRY_FLOW_CACHE_H

#include "failure.h"
#include "generation.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

struct flow_cache {
	int map;
	unsigned int cpus;
	size_t n;                   /* entries of each CPU */
	struct sentry_flow *flows;  /* of CPU c, entry e: flows[e * cpus + c]; of those changing just now, version_a and version_b differ */
};

/* Takes `map` over, also if it fails. */
bool flow_cache_open(struct flow_cache *cache, int map, struct failure *why);
bool flow_cache_read(struct flow_cache *cache, struct failure *why);
void flow_cache_close(struct flow_cache *cache);

/* There is a flow, and it is whole. */
static inline bool flow_is_whole(const struct sentry_flow *flow)
{
	return flow->version_a == flow->version_b && flow->packets;
}

/* All flows of a part, those of several CPUs as one, the one with most bytes first. To be freed. NULL with why->code 0: none are kept. */
struct sentry_flow *flows_read(const struct generation *generation, size_t part, size_t *n, struct failure *why);

#endif
