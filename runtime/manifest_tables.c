/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The part of a manifest that tells of maps with entries of their own: sets, connections, rate-limits, flows. */
#include "manifest.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ENTRIES (1u << 28)
#define MAX_COUNTS 100000
#define MAX_FLOWS (1 << 20)
#define NS_PER_MS 1000000u

const char *const set_type_words[] = { "addr", "net", "port", "proto", NULL };
const char *const set_structure_words[] = { "table", "hash", "lru", NULL };

static bool bad(struct failure *why, const char *kind, const char *name, const char *what)
{
	return failure_set(why, EXIT_ENVIRONMENT, "manifest: %s '%s' %s", kind, name ? name : "?", what);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Names of maps become file names beside those of other pins: they begin with what is theirs alone. */
static bool is_map_name(const char *text, const char *prefix)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return text && strncmp(text, prefix, strlen(prefix)) == 0 && strlen(text) < 128 &&
	       text[strspn(text, letters)] == '\0';
}

static bool read_max(const json_t *item, unsigned int *max)
{
	json_int_t number = json_integer_value(json_object_get(item, "max"));

	*max = (unsigned int)number;
	return number > 0 && number <= MAX_ENTRIES;
}

static bool read_count(const json_t *item, long long *count)
{
	const json_t *value = json_object_get(item, "count");

	*count = json_is_integer(value) ? json_integer_value(value) : NO_COUNT;
	return *count >= NO_COUNT && *count < MAX_COUNTS;
}

static bool read_types(struct manifest_set *set, const json_t *list)
{
	bool has_address = false;
	size_t n = json_array_size(list);

	if (n > MAX_SET_TYPES)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *word = json_string_value(json_array_get(list, i));
		int type = word ? word_index(set_type_words, word) : -1;

		if (type < 0 || (type == SET_TYPE_NET && n > 1) || (type <= SET_TYPE_NET && has_address))
			return false;
		has_address |= type <= SET_TYPE_NET;
		set->types[set->n_types++] = (enum set_type)type;
	}
	return has_address;
}

static bool read_set(struct manifest_set *set, const json_t *item, struct failure *why)
{
	const char *structure = text_of(item, "structure");
	int index = structure ? word_index(set_structure_words, structure) : -1;

	set->name = text_of(item, "name");
	set->map = text_of(item, "map");
	set->from = text_of(item, "from");
	set->timeout_ns = (unsigned long long)json_integer_value(json_object_get(item, "timeout_ms")) * NS_PER_MS;
	if (!set->name || !*set->name)
		return bad(why, "a set", "", "has no name");
	if (!is_map_name(set->map, "set_"))
		return bad(why, "set", set->name, "has no map of its own");
	if (!read_types(set, json_object_get(item, "types")))
		return bad(why, "set", set->name, "has types that this program does not know");
	if (index < 0)
		return bad(why, "set", set->name, "has a structure that this program does not know");
	set->structure = (enum set_structure)index;
	if (set->structure == SET_STRUCTURE_TABLE ? set->n_types != 1 : set->types[0] == SET_TYPE_NET)
		return bad(why, "set", set->name, "has a structure that cannot hold its types");
	if (!read_max(item, &set->max) || !read_count(item, &set->count))
		return bad(why, "set", set->name, "has a size out of range");
	return true;
}

static bool read_sets(struct manifest *manifest, const json_t *list, struct failure *why)
{
	size_t n = json_array_size(list);

	manifest->sets = allocate(n, sizeof(*manifest->sets));
	for (size_t i = 0; i < n; i++) {
		const struct manifest_set *set = &manifest->sets[manifest->n_sets++];

		if (!read_set(&manifest->sets[i], json_array_get(list, i), why))
			return false;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(manifest->sets[j].name, set->name) == 0 ||
			    strcmp(manifest->sets[j].map, set->map) == 0)
				return bad(why, "set", set->name, "is there twice");
		}
	}
	return true;
}

static bool read_states(struct manifest_states *states, const json_t *item, struct failure *why)
{
	if (!item)
		return true;
	states->map = text_of(item, "map");
	if (!states->map || strcmp(states->map, "states") != 0)
		return bad(why, "the table of", "states", "has another name");
	if (!read_max(item, &states->max) || !read_count(item, &states->count))
		return bad(why, "the table of", "states", "has a size out of range");
	return true;
}

static bool read_account(struct manifest_account *account, const json_t *item, struct failure *why)
{
	json_int_t flows = json_integer_value(json_object_get(item, "flows"));

	account->traffic = json_is_true(json_object_get(item, "traffic"));
	account->flows = (unsigned int)flows;
	if (flows && (flows < 2 || flows > MAX_FLOWS || flows & (flows - 1)))
		return bad(why, "the cache of", "flows", "has a size out of range");
	return true;
}

static bool read_limit(struct manifest_limit *limit, const json_t *item, struct failure *why)
{
	const char *distinct = text_of(item, "distinct");

	limit->json = item;
	limit->rule = text_of(item, "rule");
	limit->map = text_of(item, "map");
	limit->kind = text_of(item, "kind");
	limit->keys = text_of(item, "keys");
	limit->distinct = distinct ? distinct : "";
	if (!limit->rule)
		return bad(why, "a limit", "", "has no rule");
	if (!is_map_name(limit->map, "limit_"))
		return bad(why, "the limit of rule", limit->rule, "has no map of its own");
	if (!limit->kind || !limit->keys || (strcmp(limit->kind, "rate") != 0 && strcmp(limit->kind, "distinct") != 0))
		return bad(why, "the limit of rule", limit->rule, "is of a kind that this program does not know");
	if (!read_max(item, &limit->max) || !read_count(item, &limit->count))
		return bad(why, "the limit of rule", limit->rule, "has a size out of range");
	if (!*limit->keys)
		limit->max = 1;
	return true;
}

static bool read_limits(struct manifest *manifest, const json_t *list, struct failure *why)
{
	size_t n = json_array_size(list);

	manifest->limits = allocate(n, sizeof(*manifest->limits));
	for (size_t i = 0; i < n; i++) {
		const struct manifest_limit *limit = &manifest->limits[manifest->n_limits++];

		if (!read_limit(&manifest->limits[i], json_array_get(list, i), why))
			return false;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(manifest->limits[j].map, limit->map) == 0)
				return bad(why, "the limit of rule", limit->rule, "has the map of another");
		}
	}
	return true;
}

bool manifest_read_tables(struct manifest *manifest, struct failure *why)
{
	return read_sets(manifest, json_object_get(manifest->json, "sets"), why) &&
	       read_states(&manifest->states, json_object_get(manifest->json, "states"), why) &&
	       read_account(&manifest->account, json_object_get(manifest->json, "account"), why) &&
	       read_limits(manifest, json_object_get(manifest->json, "limits"), why);
}

const struct manifest_set *manifest_set(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->n_sets; i++) {
		if (strcmp(manifest->sets[i].name, name) == 0)
			return &manifest->sets[i];
	}
	return NULL;
}

const struct manifest_limit *manifest_limit(const struct manifest *manifest, const char *map)
{
	for (size_t i = 0; i < manifest->n_limits; i++) {
		if (strcmp(manifest->limits[i].map, map) == 0)
			return &manifest->limits[i];
	}
	return NULL;
}

size_t manifest_n_counts(const struct manifest *manifest)
{
	long long last = manifest->states.map ? manifest->states.count : NO_COUNT;

	for (size_t i = 0; i < manifest->n_sets; i++)
		last = manifest->sets[i].count > last ? manifest->sets[i].count : last;
	for (size_t i = 0; i < manifest->n_limits; i++)
		last = manifest->limits[i].count > last ? manifest->limits[i].count : last;
	return (size_t)(last + 1);
}

bool manifest_same_types(const struct manifest_set *left, const struct manifest_set *right)
{
	return left->n_types == right->n_types &&
	       memcmp(left->types, right->types, left->n_types * sizeof(left->types[0])) == 0;
}
