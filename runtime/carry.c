/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "carry.h"

#include "map_walk.h"
#include "maps.h"
#include "memory.h"
#include "set_map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared.h"

static bool same_shape(int fd, const struct bpf_map *map)
{
	struct bpf_map_info info;

	return map_info(fd, &info) && info.type == bpf_map__type(map) && info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) && info.max_entries == bpf_map__max_entries(map) &&
	       info.map_flags == bpf_map__map_flags(map);
}

/* 1 if the map goes on, 0 if there is none of that shape, -1 on failure. */
static int carry_map(const struct object *object, const struct generation *old, const char *name,
		     struct failure *why)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	int fd = generation_map(old, name), carried = 0;

	if (fd < 0)
		return 0;
	if (map && same_shape(fd, map)) {
		carried = bpf_map__reuse_fd(map, fd) == 0 ? 1 : -1;
		if (carried < 0)
			failure_set(why, EXIT_ENVIRONMENT, "map '%s' cannot be taken over: %s", name, strerror(errno));
	}
	close(fd);
	return carried;
}

static bool same_limit(const struct manifest_limit *left, const struct manifest_limit *right)
{
	return left && strcmp(left->rule, right->rule) == 0 && strcmp(left->kind, right->kind) == 0 &&
	       strcmp(left->keys, right->keys) == 0 && strcmp(left->distinct, right->distinct) == 0;
}

/* The map of a limit of the old policy that means the same, or NULL. */
static const struct manifest_limit *old_limit(const struct generation *old, const struct manifest_limit *limit)
{
	const struct manifest_limit *before = manifest_limit(&old->record.manifest, limit->map);

	return same_limit(before, limit) ? before : NULL;
}

/* The pinned map and that of the object are one. */
static bool is_shared(const struct object *object, const struct generation *old, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	int fd = generation_map(old, name);
	struct bpf_map_info left, right;
	bool shared =
		map && fd >= 0 && map_info(fd, &left) && map_info(bpf_map__fd(map), &right) && left.id == right.id;

	if (fd >= 0)
		close(fd);
	return shared;
}

bool carry_maps(struct object *object, const struct generation *old, struct failure *why)
{
	const struct manifest *manifest = &object->manifest;
	bool ok = true;

	if (!old)
		return true;
	if (manifest->states.map && old->record.manifest.states.map)
		ok = carry_map(object, old, manifest->states.map, why) >= 0;
	for (size_t i = 0; ok && i < manifest->n_limits; i++)
		ok = !old_limit(old, &manifest->limits[i]) || carry_map(object, old, manifest->limits[i].map, why) >= 0;
	return ok;
}

static bool begins_as(const struct manifest_set *set, const struct manifest_set *before)
{
	return before && before->structure == set->structure && manifest_same_types(before, set) &&
	       (set->structure == SET_STRUCTURE_TABLE || before->max == set->max);
}

/* The inner map of the old policy's set; -1 if it had none, or one of another kind. */
static int carried_inner(const struct manifest_set *set, const struct generation *old)
{
	const struct manifest_set *before = old ? manifest_set(&old->record.manifest, set->name) : NULL;
	int outer, inner;

	if (!begins_as(set, before))
		return -1;
	outer = generation_map(old, before->map);
	inner = outer < 0 ? -1 : set_map_inner(outer);
	if (outer >= 0)
		close(outer);
	return inner;
}

static bool count_elements(const struct manifest_set *set, int inner, size_t *n, struct failure *why)
{
	struct set_elements elements;

	if (!set_map_list(set, inner, &elements, why))
		return false;
	*n = elements.n;
	elements_free(&elements);
	return true;
}

static bool fill_set(const struct manifest_set *set, const struct bpf_map *map, const struct set_source *source,
		     const struct generation *old, struct set_begin *begin, struct failure *why)
{
	int inner = source->given ? -1 : carried_inner(set, old);
	bool ok;

	*begin = (struct set_begin){ .elements = source->elements.n, .from = source->from, .carried = inner >= 0 };
	if (inner < 0)
		inner = set_map_build(set, &source->elements, why);
	ok = inner >= 0 && (!begin->carried || count_elements(set, inner, &begin->elements, why)) &&
	     set_map_put(bpf_map__fd(map), inner, why);
	if (inner >= 0)
		close(inner);
	return ok;
}

struct counting {
	int from;
	int to;
	struct sentry_table_count *values; /* one per CPU */
};

/* What a map that goes on has counted, under its new number. */
static bool carry_count(const struct counting *counting, long long from, long long to)
{
	__u32 old_index = (__u32)from, new_index = (__u32)to;

	if (from == NO_COUNT || to == NO_COUNT)
		return true;
	return bpf_map_lookup_elem(counting->from, &old_index, counting->values) != 0 ||
	       bpf_map_update_elem(counting->to, &new_index, counting->values, BPF_ANY) == 0;
}

/*
 * The old programs count on until the hooks have changed: that little is lost to the new counters, and so
 * entries made meanwhile are missing in what they say of evictions.
 */
static bool carry_counts(const struct object *object, const struct generation *old, struct failure *why)
{
	const struct manifest *manifest = &object->manifest;
	const struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, MAP_TABLE_COUNTS);
	int cpus = libbpf_num_possible_cpus();
	struct counting counting;
	struct bpf_map_info info;
	bool ok = true;

	counting.from = old && map && cpus > 0 ? generation_map(old, MAP_TABLE_COUNTS) : -1;
	if (counting.from < 0)
		return true;
	counting.to = bpf_map__fd(map);
	counting.values = allocate((size_t)cpus, sizeof(*counting.values));
	/* The look-up writes a value for each CPU without asking for room. */
	if (map_info(counting.from, &info) && info.value_size == sizeof(*counting.values)) {
		if (manifest->states.map && is_shared(object, old, manifest->states.map))
			ok = carry_count(&counting, old->record.manifest.states.count, manifest->states.count);
		for (size_t i = 0; ok && i < manifest->n_limits; i++) {
			const struct manifest_limit *limit = &manifest->limits[i], *before = old_limit(old, limit);

			if (before && is_shared(object, old, limit->map))
				ok = carry_count(&counting, before->count, limit->count);
		}
	}
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "map '%s' cannot be filled: %s", MAP_TABLE_COUNTS, strerror(errno));
	free(counting.values);
	close(counting.from);
	return ok;
}

bool carry_contents(const struct object *object, const struct set_source *sources, const struct generation *old,
		    struct set_begin *begins, struct failure *why)
{
	const struct manifest *manifest = &object->manifest;

	for (size_t i = 0; i < manifest->n_sets; i++) {
		const struct manifest_set *set = &manifest->sets[i];

		if (!fill_set(set, bpf_object__find_map_by_name(object->bpf, set->map), &sources[i], old, &begins[i],
			      why))
			return false;
	}
	return carry_counts(object, old, why);
}

static void report_set(const struct manifest *manifest, const struct set_begin *begins,
		       const struct manifest_set *before)
{
	const struct manifest_set *set = manifest_set(manifest, before->name);
	const struct set_begin *begin = set ? &begins[set - manifest->sets] : NULL;

	if (!set)
		say("set '%s' of the policy before is gone", before->name);
	else if (!begin->carried && !begin->from)
		say("set '%s' begins empty: it was declared otherwise in the policy before", set->name);
}

void carry_report(const struct object *object, const struct set_begin *begins, const struct generation *old)
{
	const struct manifest *manifest = &object->manifest;
	const struct manifest *before = old ? &old->record.manifest : NULL;

	if (!old)
		return;
	for (size_t i = 0; i < before->n_sets; i++)
		report_set(manifest, begins, &before->sets[i]);
	if (before->states.map && !manifest->states.map)
		say("the connections of the policy before are forgotten: no rule asks for `state`");
	else if (before->states.map && !is_shared(object, old, before->states.map))
		say("the table of connections begins empty: it has another size than in the policy before");
	for (size_t i = 0; i < before->n_limits; i++) {
		for (size_t j = 0; j < manifest->n_limits; j++) {
			if (strcmp(before->limits[i].rule, manifest->limits[j].rule) == 0 &&
			    !is_shared(object, old, manifest->limits[j].map))
				say("rule %s begins with empty buckets: its keys or its size have changed",
				    before->limits[i].rule);
		}
	}
}
