/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "maps.h"

#include "shared.h"

#include <stddef.h>
#include <string.h>

const struct map_kind map_kinds[] = {
	{ MAP_COUNTERS, BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(struct sentry_counter), ENTRIES_RULES, true },
	{ MAP_EVENTS, BPF_MAP_TYPE_RINGBUF, 0, 0, ENTRIES_RING, true },
	{ MAP_EVENT_DROPS, BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(__u64), ENTRIES_ONE, true },
	/* How many answers to `reject` may be sent yet; nobody reads it here. */
	{ "answers", BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(__u64), ENTRIES_ONE, false },
	/* Of test runs; nobody reads it here. */
	{ "sentry_trace", BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(struct sentry_trace), ENTRIES_ONE, false },
	{ NULL, BPF_MAP_TYPE_UNSPEC, 0, 0, ENTRIES_ONE, false },
};

const struct map_kind *map_kind(const char *name)
{
	for (const struct map_kind *kind = map_kinds; kind->name; kind++) {
		if (strcmp(kind->name, name) == 0)
			return kind;
	}
	return NULL;
}
