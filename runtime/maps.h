/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The maps that every object may have, other than the data sections of its programs. */
#ifndef SENTRY_MAPS_H
#define SENTRY_MAPS_H

#include "manifest.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#define MAP_COUNTERS "counters"
#define MAP_EVENTS "events"
#define MAP_EVENT_DROPS "event_drops"
#define MAP_TABLE_COUNTS "table_counts"
#define MAP_TRAFFIC "traffic"
#define MAP_FLOW_CACHE "flow_cache"
#define MAP_FLOW_ENDS "flow_ends"
#define MAP_FLOW_LOSSES "flow_losses"

enum map_entries {
	ENTRIES_ONE,
	ENTRIES_RULES, /* counter_entries() of the slots of the manifest */
	ENTRIES_RING,  /* the size of a ring buffer, in bytes */
};

/* Entries of the map of counters for so many slots. */
size_t counter_entries(size_t n_slots);

struct map_kind {
	const char *name;
	enum bpf_map_type type;
	__u32 key_size;
	__u32 value_size;
	enum map_entries entries;
	bool pinned; /* in the generation's directory, and lives as long as the generation; else as its programs do */
};

/* Ends with a NULL name. Whatever else is in an object, this program would not know what it does. */
extern const struct map_kind map_kinds[];

const struct map_kind *map_kind(const char *name);

/*
 * The maps that the manifest tells of: sets, connections, limits, what is counted of them, and of traffic and flows. MAP_UNKNOWN:
 * not one of these; MAP_WRONG: of another type or size than it says.
 */
enum map_check {
	MAP_UNKNOWN,
	MAP_WRONG,
	MAP_RIGHT,
};

enum map_check map_check_table(const struct manifest *manifest, const struct bpf_map *map);
/* Whether every map that the manifest tells of is in the object; else the name of one that is not. */
const char *map_missing(const struct manifest *manifest, const struct bpf_object *object);
/* In the generation's directory, under its name. */
bool map_is_pinned(const struct manifest *manifest, const char *name);

#endif
