/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Map `flow_cache` of one part of a generation (`account { flows; }`), mapped into memory: as it is now. */
#ifndef SENTRY_FLOW_CACHE_H
#define SENTRY_FLOW_CACHE_H

#include "failure.h"
#include "generation.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

struct flow_cache {
	size_t n; /* entries of all CPUs */
	const struct sentry_flow_block *blocks;
	size_t bytes;
};

/* `map` may be closed afterwards. */
bool flow_cache_open(struct flow_cache *cache, int map, struct failure *why);
void flow_cache_close(struct flow_cache *cache);

enum flow_presence {
	FLOW_NONE,
	FLOW_WHOLE,    /* copied */
	FLOW_CHANGING, /* becomes another just now */
};

enum flow_presence flow_cache_copy(const struct flow_cache *cache, size_t number, struct sentry_flow_entry *copy);

/* As user space hands it on. */
void flow_of_entry(const struct sentry_flow_entry *entry, struct sentry_flow *flow);

/*
 * All flows of a part, those of several CPUs as one, the one with most bytes first; to be freed. NULL with why->code 0: the
 * part keeps none.
 */
struct sentry_flow *flows_read(const struct generation *generation, size_t part, size_t *n, struct failure *why);

#endif
