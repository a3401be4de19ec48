/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "table_feed.h"

#include "generation.h"
#include "map_walk.h"
#include "memory.h"
#include "set_element.h"
#include "set_map.h"
#include "snapshot.h"
#include "state_count.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(struct telemetry *telemetry, const char *kind, const char *policy, const char *name, uint64_t entries,
		uint64_t capacity, uint64_t failed)
{
	telemetry->tables = grow(telemetry->tables, telemetry->n_tables, sizeof(*telemetry->tables));
	telemetry->tables[telemetry->n_tables++] = (struct table_use){
		.kind = kind, .policy = copy_text(policy, strlen(policy)), .name = copy_text(name, strlen(name)),
		.entries = entries, .capacity = capacity, .failed = failed,
	};
}

void table_feed_clear(struct telemetry *telemetry)
{
	for (size_t i = 0; i < telemetry->n_tables; i++) {
		free(telemetry->tables[i].policy);
		free(telemetry->tables[i].name);
	}
	free(telemetry->tables);
	telemetry->tables = NULL;
	telemetry->n_tables = 0;
	memset(telemetry->states, 0, sizeof(telemetry->states));
}

static uint64_t failed_of(const struct generation *generation, size_t part, long long index)
{
	struct sentry_table_count count;

	return index != NO_COUNT && snapshot_count(generation, part, index, &count) ? count.failed : 0;
}

static void read_set(struct telemetry *telemetry, const struct generation *generation, size_t part,
		     const struct manifest_set *set)
{
	struct set_elements elements = { 0 };
	struct failure ignored = { 0 };
	struct set_slot slot;
	int inner;

	if (!set_slot_open(&slot, generation, part, set))
		return;
	inner = set_map_inner(&slot);
	if (set_map_list(set, inner, &elements, &ignored)) {
		add(telemetry, "set", generation->record.parts[part].policy, set->name, elements.n, set->max,
		    failed_of(generation, part, set->count));
		elements_free(&elements);
	}
	if (inner >= 0)
		close(inner);
	set_slot_close(&slot);
}

static bool read_states(struct telemetry *telemetry, const struct generation *generation, size_t part,
			struct failure *why)
{
	const struct manifest *manifest = &generation->record.parts[part];
	struct state_count *count = allocate(1, sizeof(*count));
	bool ok = state_count(count, generation, part, NULL, NULL, why);

	for (size_t i = 0; ok && count->tracked && i < 256; i++) {
		for (size_t stage = 0; stage < N_STAGES; stage++)
			telemetry->states[stage] += count->counts[i][stage];
	}
	if (ok && count->tracked)
		add(telemetry, "states", manifest->policy, "states", count->present, manifest->states.max,
		    failed_of(generation, part, manifest->states.count));
	free(count);
	return ok;
}

static void count_entry(void *context, const void *key, const void *value)
{
	++*(uint64_t *)context;
}

static void read_limit(struct telemetry *telemetry, const struct generation *generation, size_t part,
		       const struct manifest_limit *limit)
{
	int map = *limit->keys ? generation_map(generation, part, limit->map) : -1;
	uint64_t entries = 0;

	if (map < 0)
		return;
	if (map_walk(map, count_entry, &entries))
		add(telemetry, "limit", generation->record.parts[part].policy, limit->rule, entries, limit->max,
		    failed_of(generation, part, limit->count));
	close(map);
}

bool table_feed_read(const struct site *site, struct telemetry *telemetry, struct failure *why)
{
	struct generation generation;
	bool ok = true;

	table_feed_clear(telemetry);
	switch (generation_current(&generation, site, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return true;
	case PRESENCE_FOUND:
		break;
	}
	for (size_t part = 0; part < generation.record.n_parts; part++) {
		const struct manifest *manifest = &generation.record.parts[part];

		for (size_t i = 0; i < manifest->n_sets; i++)
			read_set(telemetry, &generation, part, &manifest->sets[i]);
		for (size_t i = 0; i < manifest->n_limits; i++)
			read_limit(telemetry, &generation, part, &manifest->limits[i]);
		ok &= read_states(telemetry, &generation, part, why);
	}
	generation_close(&generation);
	return ok;
}
