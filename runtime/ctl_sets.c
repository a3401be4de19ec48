/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl sets: how much is in each. Their elements are shown by sentry-apply --set-list. */
#include "ctl.h"
#include "map_walk.h"
#include "printable.h"
#include "set_map.h"
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static json_t *set_json(const struct manifest_set *set, size_t n, __u64 memory)
{
	json_t *types = json_array();

	for (size_t i = 0; i < set->n_types; i++)
		json_array_append_new(types, json_string(set_type_words[set->types[i]]));
	return json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:s*}", "name", set->name, "types", types, "structure",
			 set_structure_words[set->structure], "elements", (json_int_t)n, "max", (json_int_t)set->max,
			 "memory_bytes", (json_int_t)memory, "from", set->from);
}

static json_t *read_set(const struct generation *generation, size_t part, const struct manifest_set *set,
			struct failure *why)
{
	struct set_elements elements = { 0 };
	json_t *json = NULL;
	struct set_slot slot;
	bool ok = set_slot_open(&slot, generation, part, set);
	int inner = ok ? set_map_inner(&slot) : -1;

	if (!ok || (inner < 0 && errno != ENOENT)) {
		failure_set(why, EXIT_ENVIRONMENT, "set '%s' cannot be opened: %s", set->name, strerror(errno));
	} else if (set_map_list(set, inner, &elements, why)) {
		json = set_json(set, elements.n, inner < 0 ? 0 : map_memory(inner));
		elements_free(&elements);
	}
	if (inner >= 0)
		close(inner);
	set_slot_close(&slot);
	return json;
}

static json_t *read_sets(const struct ctl *ctl, const struct generation *generation, size_t part, struct failure *why)
{
	const struct manifest *manifest = &generation->record.parts[part];
	json_t *list = json_array();

	for (size_t i = 0; i < manifest->n_sets; i++) {
		json_t *json = read_set(generation, part, &manifest->sets[i], why);

		if (!json) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, json);
	}
	return json_pack("{s:o}", "sets", list);
}

static void join(const json_t *list, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < json_array_size(list) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " . " : "",
					 json_string_value(json_array_get(list, i)));
}

static void print_sets(const struct ctl *ctl, const json_t *document)
{
	const json_t *list = json_object_get(document, "sets");
	struct printable text;

	if (!json_array_size(list))
		puts("the policy in force has no sets");
	else
		printf("%-20s %-20s %-6s %9s %9s %10s  %s\n", "set", "types", "kept", "elements", "max", "KiB", "from");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *set = json_array_get(list, i);
		char types[64];

		join(json_object_get(set, "types"), types, sizeof(types));
		printf("%-20s %-20s %-6s", printable(&text, member_text(set, "name")), types,
		       member_text(set, "structure"));
		printf(" %9lld %9lld %10lld", member_number(set, "elements"), member_number(set, "max"),
		       (member_number(set, "memory_bytes") + 1023) / 1024);
		printf("%s%s\n", *member_text(set, "from") ? "  " : "", printable(&text, member_text(set, "from")));
	}
}

bool ctl_sets(const struct ctl *ctl, struct failure *why)
{
	return snapshot_print(ctl, "packet-sentry/sets/v1", read_sets, print_sets, why);
}
