/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "set_map.h"

#include "map_walk.h"
#include "refusal.h"
#include "set_parts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Of the pins of what lies in slots. */
#define VERSION "version-"

bool set_map_failed(const struct manifest_set *set, const char *what, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "set '%s': %s: %s", set->name, what, strerror(errno));
}

static struct sentry_end_key key_of(const struct set_element *element)
{
	return (struct sentry_end_key){ .hi = element->hi, .lo = element->lo, .port = element->port,
					.protocol = element->protocol, .ip_version = element->version };
}

static struct set_element element_of(const struct sentry_end_key *key, __u64 lifetime_ns)
{
	return (struct set_element){ .hi = key->hi, .lo = key->lo, .lifetime_ns = lifetime_ns, .port = key->port,
				     .protocol = key->protocol, .version = key->ip_version,
				     .length = key->ip_version == 4 ? 32 : 128 };
}

static __u64 expiry_of(const struct set_element *element, __u64 now)
{
	return element->lifetime_ns == SENTRY_FOREVER ? SENTRY_FOREVER : now + element->lifetime_ns;
}

static bool hash_put(const struct manifest_set *set, int map, const struct set_element *element, __u64 now,
		     struct failure *why)
{
	struct sentry_element value = { expiry_of(element, now) }, present;
	struct sentry_end_key key = key_of(element);

	/* Never to an earlier time: see docs/state.md. */
	if (bpf_map_lookup_elem(map, &key, &present) == 0 && present.expires_ns > value.expires_ns)
		return true;
	return bpf_map_update_elem(map, &key, &value, BPF_ANY) == 0 ||
	       set_map_failed(set, "cannot add an element", why);
}

static int hash_build(const struct manifest_set *set, const struct set_elements *elements, struct failure *why)
{
	enum bpf_map_type type = set->structure == SET_STRUCTURE_LRU ? BPF_MAP_TYPE_LRU_HASH : BPF_MAP_TYPE_HASH;
	int map = bpf_map_create(type, set->map, sizeof(struct sentry_end_key), sizeof(struct sentry_element), set->max,
				 NULL);
	__u64 now = monotonic_ns();
	bool ok = true;

	if (map < 0) {
		refusal_of_map("set", set->name, set->max,
			       set->max * (__u64)(sizeof(struct sentry_end_key) + sizeof(struct sentry_element)), errno, why);
		return -1;
	}
	for (size_t i = 0; ok && i < elements->n; i++)
		ok = hash_put(set, map, &elements->items[i], now, why);
	if (ok)
		return map;
	close(map);
	return -1;
}

int set_map_build(const struct manifest_set *set, const struct set_elements *elements, struct failure *why)
{
	return set->structure == SET_STRUCTURE_TABLE ? table_map_build(set, elements, why)
						     : hash_build(set, elements, why);
}

bool set_slot_open(struct set_slot *slot, const struct generation *generation, size_t part,
		   const struct manifest_set *set)
{
	*slot = (struct set_slot){ .map = generation_map(generation, part, set->map) };
	return slot->map >= 0 && path_format(&slot->version, "%s/%zu/" VERSION "%s", generation->path.text, part, set->map);
}

void set_slot_close(struct set_slot *slot)
{
	if (slot->map >= 0)
		close(slot->map);
	slot->map = -1;
}

/* A pinned map, if it is the one with that number; -1 if not. */
static int open_if(const struct path *path, __u32 id)
{
	int map = bpf_obj_get(path->text);
	struct bpf_map_info info;

	if (map >= 0 && map_info(map, &info) && info.id == id)
		return map;
	if (map >= 0)
		close(map);
	return -1;
}

static bool next_path(const struct set_slot *slot, struct path *path)
{
	return path_format(path, "%s-next", slot->version.text);
}

/* After a kill between the slot and the pins, it is the next one that lies in the slot. */
static int open_version(const struct set_slot *slot, __u32 id)
{
	struct path next;
	int map = slot->version.text[0] ? open_if(&slot->version, id) : -1;

	if (map < 0 && slot->version.text[0] && next_path(slot, &next))
		map = open_if(&next, id);
	return map >= 0 ? map : bpf_map_get_fd_by_id(id);
}

int set_map_inner(const struct set_slot *slot)
{
	__u32 zero = 0, id;

	/* What lay in the slot may be gone before it is opened: then something else lies there. */
	for (int attempt = 0; attempt < 100; attempt++) {
		int inner;

		if (bpf_map_lookup_elem(slot->map, &zero, &id) != 0)
			return -1;
		inner = open_version(slot, id);
		/* EPERM: of what has just been replaced the pin is not there any more. */
		if (inner >= 0 || (errno != ENOENT && errno != EPERM))
			return inner;
	}
	return -1;
}

static bool cannot_put(struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "cannot put the new content into its place: %s", strerror(errno));
}

bool set_map_put(const struct set_slot *slot, int inner, struct failure *why)
{
	bool pinned = slot->version.text[0];
	struct path next;
	__u32 zero = 0;

	if (pinned) {
		if (!next_path(slot, &next))
			return cannot_put(why);
		unlink(next.text);
		if (bpf_obj_pin(inner, next.text) != 0)
			return cannot_put(why);
	}
	if (bpf_map_update_elem(slot->map, &zero, &inner, BPF_ANY) != 0) {
		cannot_put(why);
		if (pinned)
			unlink(next.text);
		return false;
	}
	return !pinned || rename(next.text, slot->version.text) == 0 || cannot_put(why);
}

struct listing {
	struct set_elements *elements;
	__u64 now;
};

static void list_entry(void *context, const void *key, const void *value)
{
	const struct sentry_element *present = value;
	struct listing *listing = context;
	struct set_element element;

	if (present->expires_ns <= listing->now)
		return;
	element = element_of(key, present->expires_ns == SENTRY_FOREVER ? SENTRY_FOREVER
									 : present->expires_ns - listing->now);
	elements_add(listing->elements, &element);
}

bool set_map_list(const struct manifest_set *set, int inner, struct set_elements *elements, struct failure *why)
{
	struct listing listing = { elements, monotonic_ns() };
	bool ok = true;

	*elements = (struct set_elements){ 0 };
	if (inner >= 0 && set->structure == SET_STRUCTURE_TABLE)
		ok = table_map_list(set, inner, elements, why);
	else if (inner >= 0)
		ok = map_walk(inner, list_entry, &listing) || set_map_failed(set, "cannot be read", why);
	if (ok)
		elements_sort(elements);
	else
		elements_free(elements);
	return ok;
}

struct census {
	__u64 now;
	size_t present;
	struct set_elements gone; /* the expired */
};

static void count_entry(void *context, const void *key, const void *value)
{
	const struct sentry_element *present = value;
	struct census *census = context;
	struct set_element element = element_of(key, 0);

	if (present->expires_ns > census->now)
		census->present++;
	else
		elements_add(&census->gone, &element);
}

static bool is_present(int map, const struct set_element *element, __u64 now)
{
	struct sentry_end_key key = key_of(element);
	struct sentry_element value;

	return bpf_map_lookup_elem(map, &key, &value) == 0 && value.expires_ns > now;
}

static void hash_delete(int map, const struct set_element *element)
{
	struct sentry_end_key key = key_of(element);

	bpf_map_delete_elem(map, &key);
}

bool set_map_full(const struct manifest_set *set, size_t present, size_t fresh, struct failure *why)
{
	return failure_set(
		why, EXIT_POLICY,
		"set '%s' has %zu of at most %u elements; %zu more do not fit: raise its `max`, or take some out",
		set->name, present, set->max, fresh);
}

static bool hash_may_add(const struct manifest_set *set, int map, const struct set_elements *elements,
			 struct failure *why)
{
	struct census census = { .now = monotonic_ns() };
	size_t fresh = 0;
	bool ok = map_walk(map, count_entry, &census) || set_map_failed(set, "cannot be read", why);

	for (size_t i = 0; ok && i < elements->n; i++)
		fresh += !is_present(map, &elements->items[i], census.now);
	if (ok && census.present + fresh > set->max)
		ok = set_map_full(set, census.present, fresh, why);
	/* What has expired is no member, and takes room until somebody takes it out. */
	if (ok && census.present + census.gone.n + fresh > set->max) {
		for (size_t i = 0; i < census.gone.n; i++)
			hash_delete(map, &census.gone.items[i]);
	}
	elements_free(&census.gone);
	return ok;
}

bool set_map_missing(const struct manifest_set *set, const struct set_element *element, struct failure *why)
{
	char text[ELEMENT_TEXT];

	return failure_set(why, EXIT_POLICY, "set '%s' does not have %s; sentry-apply --set-list %s shows what it has",
			   set->name, element_format(element, set, text), set->name);
}

static bool hash_may_remove(const struct manifest_set *set, int map, const struct set_elements *elements,
			    struct failure *why)
{
	__u64 now = monotonic_ns();

	for (size_t i = 0; i < elements->n; i++) {
		if (!is_present(map, &elements->items[i], now))
			return set_map_missing(set, &elements->items[i], why);
	}
	return true;
}

/* The map in the slot; if there is none, an empty one that is put there. */
static int inner_or_new(const struct manifest_set *set, const struct set_slot *slot, struct failure *why)
{
	const struct set_elements none = { 0 };
	int inner = set_map_inner(slot);

	if (inner >= 0)
		return inner;
	if (errno != ENOENT) {
		set_map_failed(set, "cannot be opened", why);
		return -1;
	}
	inner = set_map_build(set, &none, why);
	if (inner >= 0 && !set_map_put(slot, inner, why)) {
		close(inner);
		inner = -1;
	}
	return inner;
}

static bool with_inner(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
		       bool (*act)(const struct manifest_set *set, int inner, const struct set_elements *elements,
				   struct failure *why),
		       struct failure *why)
{
	int inner = inner_or_new(set, slot, why);
	bool ok = inner >= 0 && act(set, inner, elements, why);

	if (inner >= 0)
		close(inner);
	return ok;
}

bool set_map_may_add(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
		     struct failure *why)
{
	return with_inner(set, slot, elements,
			  set->structure == SET_STRUCTURE_TABLE ? table_map_may_add : hash_may_add, why);
}

bool set_map_may_remove(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
			struct failure *why)
{
	return with_inner(set, slot, elements,
			  set->structure == SET_STRUCTURE_TABLE ? table_map_may_remove : hash_may_remove, why);
}

static bool hash_add(const struct manifest_set *set, int map, const struct set_elements *elements, struct failure *why)
{
	__u64 now = monotonic_ns();

	for (size_t i = 0; i < elements->n; i++) {
		if (!hash_put(set, map, &elements->items[i], now, why))
			return false;
	}
	return true;
}

static bool hash_remove(const struct manifest_set *set, int map, const struct set_elements *elements,
			struct failure *why)
{
	for (size_t i = 0; i < elements->n; i++)
		hash_delete(map, &elements->items[i]);
	return true;
}

bool set_map_add(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements, struct failure *why)
{
	int larger = -1, inner;
	bool ok;

	if (set->structure != SET_STRUCTURE_TABLE)
		return with_inner(set, slot, elements, hash_add, why);
	inner = inner_or_new(set, slot, why);
	ok = inner >= 0 && table_map_add(set, inner, elements, &larger, why) &&
	     (larger < 0 || set_map_put(slot, larger, why));
	if (inner >= 0)
		close(inner);
	if (larger >= 0)
		close(larger);
	return ok;
}

bool set_map_remove(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
		    struct failure *why)
{
	return with_inner(set, slot, elements, set->structure == SET_STRUCTURE_TABLE ? table_map_remove : hash_remove,
			  why);
}
