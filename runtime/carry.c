/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "carry.h"

#include "map_walk.h"
#include "maps.h"
#include "memory.h"
#include "set_map.h"
#include "set_parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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

struct before carry_from(const struct generation *old, const struct manifest *manifest, size_t n)
{
	struct before before = { .generation = old };

	if (!old)
		return before;
	before.part = generation_part(old, manifest->policy);
	if (before.part == old->record.n_parts && n == 1 && old->record.n_parts == 1)
		before.part = 0;
	if (before.part < old->record.n_parts)
		before.manifest = &old->record.parts[before.part];
	return before;
}

static int before_map(const struct before *before, const char *name)
{
	return before->manifest ? generation_map(before->generation, before->part, name) : -1;
}

/* Whether the map of that name goes on: it is there, and of the very shape that the object wants. */
static bool goes_on(const struct object *object, const struct before *before, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	int fd = before_map(before, name);
	bool same = map && fd >= 0 && same_shape(fd, map);

	if (fd >= 0)
		close(fd);
	return same;
}

static bool carry_map(const struct object *object, const struct before *before, const char *name,
		      struct failure *why)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	int fd;
	bool ok;

	if (!goes_on(object, before, name))
		return true;
	fd = before_map(before, name);
	ok = fd >= 0 && bpf_map__reuse_fd(map, fd) == 0;
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "map '%s' cannot be taken over: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

/*
 * Whether its buckets mean the same. That the values have one layout is not the question here: an object of another
 * layout is not even opened (object.h). The rate may differ: buckets are times, and go on at the new rate.
 */
static bool same_limit(const struct manifest_limit *left, const struct manifest_limit *right)
{
	return left && strcmp(left->rule, right->rule) == 0 && strcmp(left->kind, right->kind) == 0 &&
	       strcmp(left->keys, right->keys) == 0 && strcmp(left->distinct, right->distinct) == 0;
}

/* The map of a limit of the old policy that means the same, or NULL. */
static const struct manifest_limit *old_limit(const struct before *before, const struct manifest_limit *limit)
{
	const struct manifest_limit *old = before->manifest ? manifest_limit(before->manifest, limit->map) : NULL;

	return same_limit(old, limit) ? old : NULL;
}

static bool limit_goes_on(const struct object *object, const struct before *before,
			  const struct manifest_limit *limit)
{
	return old_limit(before, limit) && goes_on(object, before, limit->map);
}

static bool states_go_on(const struct object *object, const struct before *before)
{
	const char *map = object->manifest.states.map;

	return map && before->manifest && before->manifest->states.map && goes_on(object, before, map);
}

bool carry_maps(struct object *object, const struct before *before, struct failure *why)
{
	const struct manifest *manifest = &object->manifest;

	if (states_go_on(object, before) && !carry_map(object, before, manifest->states.map, why))
		return false;
	for (size_t i = 0; i < manifest->n_limits; i++) {
		if (limit_goes_on(object, before, &manifest->limits[i]) &&
		    !carry_map(object, before, manifest->limits[i].map, why))
			return false;
	}
	return true;
}

/* Whether the entries of the map of that name can be copied: it is there, of the same keys and values, and of another size. */
static bool can_copy(const struct object *object, const struct before *before, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	int fd = before_map(before, name);
	struct bpf_map_info info;
	bool can = map && fd >= 0 && map_info(fd, &info) && info.type == BPF_MAP_TYPE_LRU_HASH &&
		   bpf_map__type(map) == BPF_MAP_TYPE_LRU_HASH && info.key_size == bpf_map__key_size(map) &&
		   info.value_size == bpf_map__value_size(map);

	if (fd >= 0)
		close(fd);
	return can;
}

static void copy_entry(void *context, const void *key, const void *value)
{
	/* What the new policy has made of an entry meanwhile is younger. What finds no room makes room by itself. */
	bpf_map_update_elem(*(const int *)context, key, value, BPF_NOEXIST);
}

static void copy_entries(const struct object *object, const struct before *before, const char *name)
{
	int to = bpf_map__fd(bpf_object__find_map_by_name(object->bpf, name)), from = before_map(before, name);

	if (from >= 0) {
		map_walk(from, copy_entry, &to);
		close(from);
	}
}

static bool states_are_copied(const struct object *object, const struct before *before)
{
	const char *map = object->manifest.states.map;

	return map && before->manifest && before->manifest->states.map && !states_go_on(object, before) &&
	       can_copy(object, before, map);
}

static bool limit_is_copied(const struct object *object, const struct before *before,
			    const struct manifest_limit *limit)
{
	return old_limit(before, limit) && !limit_goes_on(object, before, limit) &&
	       can_copy(object, before, limit->map);
}

void carry_copies(const struct object *object, const struct before *before)
{
	const struct manifest *manifest = &object->manifest;

	if (states_are_copied(object, before))
		copy_entries(object, before, manifest->states.map);
	for (size_t i = 0; i < manifest->n_limits; i++) {
		if (limit_is_copied(object, before, &manifest->limits[i]))
			copy_entries(object, before, manifest->limits[i].map);
	}
}

/* The set of the old policy whose contents go on, or NULL. */
static const struct manifest_set *old_set(const struct manifest_set *set, const struct before *before)
{
	const struct manifest_set *old = before->manifest ? manifest_set(before->manifest, set->name) : NULL;
	bool same = old && old->structure == set->structure && manifest_same_types(old, set) &&
		    (set->structure == SET_STRUCTURE_TABLE || old->max == set->max);

	return same ? old : NULL;
}

/* What is in the old policy's set; -1 if it had none, or one of another kind. */
static int carried_inner(const struct manifest_set *set, const struct before *before)
{
	const struct manifest_set *old = old_set(set, before);
	struct set_slot slot;
	int inner = -1;

	if (!old)
		return -1;
	if (set_slot_open(&slot, before->generation, before->part, old))
		inner = set_map_inner(&slot);
	set_slot_close(&slot);
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

/*
 * Elements of a set that is kept otherwise than before: all that the new one can hold. False if there is nothing to
 * take, or it does not fit.
 */
static bool migrate(const struct manifest_set *set, const struct before *before, struct set_elements *elements)
{
	const struct manifest_set *old = before->manifest ? manifest_set(before->manifest, set->name) : NULL;
	struct failure ignored;
	struct set_slot slot;
	bool ok = false;
	int inner;

	*elements = (struct set_elements){ 0 };
	if (!old || !manifest_same_types(old, set))
		return false;
	if (set_slot_open(&slot, before->generation, before->part, old)) {
		inner = set_map_inner(&slot);
		ok = inner >= 0 && set_map_list(old, inner, elements, &ignored);
		if (inner >= 0)
			close(inner);
	}
	set_slot_close(&slot);
	if (ok && elements->n > set->max) {
		elements_free(elements);
		ok = false;
	}
	return ok;
}

static bool fits(const struct manifest_set *set, const struct before *before)
{
	struct set_elements elements;
	bool can = migrate(set, before, &elements);

	if (can)
		elements_free(&elements);
	return can;
}

static bool fill_set(const struct manifest_set *set, const struct set_slot *slot, const struct set_source *source,
		     const struct before *before, struct set_begin *begin, struct failure *why)
{
	int inner = source->given ? -1 : carried_inner(set, before);
	struct set_elements elements = { 0 };
	bool ok;

	*begin = (struct set_begin){ .elements = source->elements.n, .from = source->from, .carried = inner >= 0 };
	if (inner < 0 && !source->given && migrate(set, before, &elements)) {
		begin->carried = true;
		begin->elements = elements.n;
		inner = set_map_build(set, &elements, why);
	} else if (inner < 0) {
		inner = set_map_build(set, &source->elements, why);
	}
	ok = inner >= 0 && (!begin->carried || elements.n || count_elements(set, inner, &begin->elements, why)) &&
	     set_map_put(slot, inner, why);
	if (inner >= 0)
		close(inner);
	elements_free(&elements);
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
 * The old programs count on until the switch: that little is lost to the new counts, and so entries made meanwhile
 * are missing in what they say of evictions.
 */
static bool carry_counts(const struct object *object, const struct before *before, struct failure *why)
{
	const struct manifest *manifest = &object->manifest;
	const struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, MAP_TABLE_COUNTS);
	int cpus = libbpf_num_possible_cpus();
	struct counting counting;
	struct bpf_map_info info;
	bool ok = true;

	counting.from = map && cpus > 0 ? before_map(before, MAP_TABLE_COUNTS) : -1;
	if (counting.from < 0)
		return true;
	counting.to = bpf_map__fd(map);
	counting.values = allocate((size_t)cpus, sizeof(*counting.values));
	/* The look-up writes a value for each CPU without asking for room. */
	if (map_info(counting.from, &info) && info.value_size == sizeof(*counting.values)) {
		if (states_go_on(object, before))
			ok = carry_count(&counting, before->manifest->states.count, manifest->states.count);
		for (size_t i = 0; ok && i < manifest->n_limits; i++) {
			const struct manifest_limit *limit = &manifest->limits[i];

			if (limit_goes_on(object, before, limit))
				ok = carry_count(&counting, old_limit(before, limit)->count, limit->count);
		}
	}
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "map '%s' cannot be filled: %s", MAP_TABLE_COUNTS, strerror(errno));
	free(counting.values);
	close(counting.from);
	return ok;
}

bool carry_contents(const struct object *object, const struct generation *staged, size_t part,
		    const struct set_source *sources, const struct before *before, struct set_begin *begins,
		    struct failure *why)
{
	const struct manifest *manifest = &object->manifest;

	for (size_t i = 0; i < manifest->n_sets; i++) {
		const struct manifest_set *set = &manifest->sets[i];
		struct set_slot slot;
		bool ok = set_slot_open(&slot, staged, part, set) || set_map_failed(set, "cannot be opened", why);

		ok = ok && fill_set(set, &slot, &sources[i], before, &begins[i], why);
		set_slot_close(&slot);
		if (!ok)
			return false;
	}
	carry_copies(object, before);
	return carry_counts(object, before, why);
}

/* --- what does not go on ------------------------------------------------ */

struct losses {
	size_t n;
	char **lines;
};

static void lose(struct losses *losses, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void lose(struct losses *losses, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	losses->lines = grow(losses->lines, losses->n, sizeof(*losses->lines));
	losses->lines[losses->n++] = copy_text(line, strlen(line));
}

static void gain(char *text, size_t size, const char *what, const char *name)
{
	size_t used = strlen(text);

	if (used + 1 < size)
		snprintf(text + used, size - used, "%s%s%s", used ? ", " : "", what, name);
}

static size_t shared_rules(const struct manifest *manifest, const struct manifest *old)
{
	json_t *names = json_object();
	size_t n = 0;

	for (size_t i = 0; i < old->n_rules; i++) {
		char key[512];

		snprintf(key, sizeof(key), "%s/%s", old->rules[i].block, old->rules[i].name);
		json_object_set_new(names, key, json_true());
	}
	for (size_t i = 0; i < manifest->n_rules; i++) {
		char key[512];

		snprintf(key, sizeof(key), "%s/%s", manifest->rules[i].block, manifest->rules[i].name);
		n += json_object_get(names, key) != NULL;
	}
	json_decref(names);
	return n;
}

void carry_gains(const struct object *object, const struct set_source *sources, const struct before *before,
		 char *text, size_t size)
{
	const struct manifest *manifest = &object->manifest;
	char number[32];

	*text = '\0';
	if (!before->manifest)
		return;
	snprintf(number, sizeof(number), "%zu of %zu rules", shared_rules(manifest, before->manifest), manifest->n_rules);
	gain(text, size, "the counts of ", number);
	if (states_go_on(object, before) || states_are_copied(object, before))
		gain(text, size, "connections", "");
	for (size_t i = 0; i < manifest->n_limits; i++) {
		if (limit_goes_on(object, before, &manifest->limits[i]) ||
		    limit_is_copied(object, before, &manifest->limits[i]))
			gain(text, size, "the buckets of ", manifest->limits[i].rule);
	}
	for (size_t i = 0; i < manifest->n_sets; i++) {
		const struct manifest_set *set = &manifest->sets[i];

		if (!sources[i].given && manifest_set(before->manifest, set->name) &&
		    (old_set(set, before) || fits(set, before)))
			gain(text, size, "set ", set->name);
	}
}

static void lose_set(struct losses *losses, const struct manifest_set *old, const struct manifest *manifest,
		     const struct set_source *sources, const struct before *before)
{
	const struct manifest_set *set = manifest_set(manifest, old->name);

	if (!set) {
		lose(losses, "set '%s' of the policy before is gone", old->name);
		return;
	}
	if (sources[set - manifest->sets].given || old_set(set, before))
		return;
	if (!manifest_same_types(old, set))
		lose(losses, "set '%s' begins empty: its elements are of another kind than before", set->name);
	else if (!fits(set, before))
		lose(losses, "set '%s' begins empty: what it holds is more than its new `max` of %u", set->name, set->max);
}

static const struct manifest_limit *limit_of_rule(const struct manifest *manifest, const char *rule)
{
	for (size_t i = 0; i < manifest->n_limits; i++) {
		if (strcmp(manifest->limits[i].rule, rule) == 0)
			return &manifest->limits[i];
	}
	return NULL;
}

char **carry_losses(const struct object *object, const struct set_source *sources, const struct before *before)
{
	const struct manifest *manifest = &object->manifest, *old = before->manifest;
	struct losses losses = { 0 };

	for (size_t i = 0; old && i < old->n_sets; i++)
		lose_set(&losses, &old->sets[i], manifest, sources, before);
	if (old && old->states.map && !manifest->states.map)
		lose(&losses, "the connections of the policy before are forgotten: no rule asks for `state`");
	else if (old && old->states.map && !states_go_on(object, before) && !states_are_copied(object, before))
		lose(&losses, "the table of connections begins empty: its entries are of another kind than before");
	for (size_t i = 0; old && i < old->n_limits; i++) {
		const struct manifest_limit *limit = limit_of_rule(manifest, old->limits[i].rule);

		if (limit && !limit_goes_on(object, before, limit) && !limit_is_copied(object, before, limit))
			lose(&losses, "rule %s begins with empty buckets: its keys have changed", limit->rule);
	}
	losses.lines = grow(losses.lines, losses.n, sizeof(*losses.lines));
	losses.lines[losses.n] = NULL;
	return losses.lines;
}

void carry_losses_free(char **losses)
{
	for (size_t i = 0; losses && losses[i]; i++)
		free(losses[i]);
	free(losses);
}
