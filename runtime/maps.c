/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "maps.h"

#include <linux/types.h>

#include "set_table.h"
#include "shared.h"

#include <stddef.h>
#include <string.h>

#define MAX_RING (1U << 30)

const struct map_kind map_kinds[] = {
	{ MAP_COUNTERS, BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(struct sentry_counters), ENTRIES_RULES, true },
	{ MAP_EVENTS, BPF_MAP_TYPE_RINGBUF, 0, 0, ENTRIES_RING, true },
	{ MAP_EVENT_DROPS, BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(__u64), ENTRIES_ONE, true },
	/* How many answers to `reject` may be sent yet; nobody reads it here. */
	{ "answers", BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(__u64), ENTRIES_ONE, false },
	/* Of test runs; nobody reads it here. */
	{ "sentry_trace", BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(struct sentry_trace), ENTRIES_ONE, false },
	{ NULL, BPF_MAP_TYPE_UNSPEC, 0, 0, ENTRIES_ONE, false },
};

size_t counter_entries(size_t n_slots)
{
	return (n_slots + SENTRY_COUNTERS - 1) / SENTRY_COUNTERS;
}

const struct map_kind *map_kind(const char *name)
{
	for (const struct map_kind *kind = map_kinds; kind->name; kind++) {
		if (strcmp(kind->name, name) == 0)
			return kind;
	}
	return NULL;
}

static bool is_map(const struct bpf_map *map, enum bpf_map_type type, size_t key_size, size_t value_size,
		   __u32 entries)
{
	return bpf_map__type(map) == type && bpf_map__key_size(map) == key_size &&
	       bpf_map__value_size(map) == value_size && bpf_map__max_entries(map) == entries;
}

static bool check_set(const struct manifest_set *set, struct bpf_map *map)
{
	static const enum bpf_map_type types[] = {
		[SET_STRUCTURE_TABLE] = BPF_MAP_TYPE_ARRAY,
		[SET_STRUCTURE_HASH] = BPF_MAP_TYPE_HASH,
		[SET_STRUCTURE_LRU] = BPF_MAP_TYPE_LRU_HASH,
	};
	const struct bpf_map *inner = bpf_map__inner_map(map);
	bool table = set->structure == SET_STRUCTURE_TABLE;

	return inner && is_map(map, BPF_MAP_TYPE_ARRAY_OF_MAPS, sizeof(__u32), sizeof(__u32), 1) &&
	       bpf_map__type(inner) == types[set->structure] &&
	       bpf_map__key_size(inner) == (table ? sizeof(__u32) : sizeof(struct sentry_end_key)) &&
	       bpf_map__value_size(inner) ==
		       (table ? sizeof(struct sentry_set_bucket) : sizeof(struct sentry_element)) &&
	       bpf_map__map_flags(inner) == (table ? BPF_F_MMAPABLE | BPF_F_INNER_MAP : 0);
}

/* A sketch is followed by its bits. */
static bool check_limit(const struct manifest_limit *limit, const struct bpf_map *map)
{
	bool distinct = strcmp(limit->kind, "distinct") == 0;
	size_t value = bpf_map__value_size(map), key = bpf_map__key_size(map);

	if (distinct && (value <= sizeof(struct sentry_sketch) || value % sizeof(__u64)))
		return false;
	if (!distinct && value != sizeof(struct sentry_bucket))
		return false;
	if (!*limit->keys)
		return is_map(map, BPF_MAP_TYPE_ARRAY, sizeof(__u32), value, 1);
	return (key == sizeof(struct sentry_end_key) || key == sizeof(struct sentry_flow_key)) &&
	       is_map(map, BPF_MAP_TYPE_LRU_HASH, key, value, limit->max);
}

static const struct manifest_set *set_of_map(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->n_sets; i++) {
		if (strcmp(manifest->sets[i].map, name) == 0)
			return &manifest->sets[i];
	}
	return NULL;
}

static bool is_states(const struct manifest *manifest, const char *name)
{
	return manifest->states.map && strcmp(manifest->states.map, name) == 0;
}

/* One of the maps of what is accounted for. */
static bool is_account(const struct manifest *manifest, const char *name)
{
	if (strcmp(name, MAP_TRAFFIC) == 0)
		return manifest->account.traffic;
	return manifest->account.flows && (strcmp(name, MAP_FLOW_CACHE) == 0 || strcmp(name, MAP_FLOW_ENDS) == 0 ||
					   strcmp(name, MAP_FLOW_LOSSES) == 0);
}

static bool check_account(const struct manifest *manifest, const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);
	__u32 entries = bpf_map__max_entries(map);

	if (strcmp(name, MAP_TRAFFIC) == 0)
		return is_map(map, BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(struct sentry_traffic),
			      SENTRY_TRAFFIC_ENTRIES);
	if (strcmp(name, MAP_FLOW_CACHE) == 0)
		return is_map(map, BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(struct sentry_flow_block),
			      manifest->account.flows / SENTRY_FLOWS) && bpf_map__map_flags(map) == BPF_F_MMAPABLE;
	if (strcmp(name, MAP_FLOW_LOSSES) == 0)
		return is_map(map, BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(struct sentry_flow_loss), 1);
	return is_map(map, BPF_MAP_TYPE_RINGBUF, 0, 0, entries) && !(entries & (entries - 1)) && entries <= MAX_RING;
}

enum map_check map_check_table(const struct manifest *manifest, const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);
	const struct manifest_limit *limit = manifest_limit(manifest, name);
	const struct manifest_set *set = set_of_map(manifest, name);
	bool right;

	if (set)
		right = check_set(set, (struct bpf_map *)map);
	else if (limit)
		right = check_limit(limit, map);
	else if (is_states(manifest, name))
		right = is_map(map, BPF_MAP_TYPE_LRU_HASH, sizeof(struct sentry_flow_key), sizeof(struct sentry_state),
			       manifest->states.max);
	else if (is_account(manifest, name))
		right = check_account(manifest, map);
	else if (strcmp(name, MAP_TABLE_COUNTS) == 0)
		right = manifest_n_counts(manifest) &&
			is_map(map, BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(struct sentry_table_count),
			       (__u32)manifest_n_counts(manifest));
	else
		return MAP_UNKNOWN;
	return right ? MAP_RIGHT : MAP_WRONG;
}

const char *map_missing(const struct manifest *manifest, const struct bpf_object *object)
{
	static const char *const account[] = { MAP_TRAFFIC, MAP_FLOW_CACHE, MAP_FLOW_ENDS, MAP_FLOW_LOSSES };

	for (size_t i = 0; i < manifest->n_sets; i++) {
		if (!bpf_object__find_map_by_name(object, manifest->sets[i].map))
			return manifest->sets[i].map;
	}
	for (size_t i = 0; i < manifest->n_limits; i++) {
		if (!bpf_object__find_map_by_name(object, manifest->limits[i].map))
			return manifest->limits[i].map;
	}
	if (manifest->states.map && !bpf_object__find_map_by_name(object, manifest->states.map))
		return manifest->states.map;
	if (manifest_n_counts(manifest) && !bpf_object__find_map_by_name(object, MAP_TABLE_COUNTS))
		return MAP_TABLE_COUNTS;
	for (size_t i = 0; i < sizeof(account) / sizeof(account[0]); i++) {
		if (is_account(manifest, account[i]) && !bpf_object__find_map_by_name(object, account[i]))
			return account[i];
	}
	return NULL;
}

bool map_is_pinned(const struct manifest *manifest, const char *name)
{
	const struct map_kind *kind = map_kind(name);

	if (kind)
		return kind->pinned;
	return set_of_map(manifest, name) || manifest_limit(manifest, name) || is_states(manifest, name) ||
	       is_account(manifest, name) || strcmp(name, MAP_TABLE_COUNTS) == 0;
}
