/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "counters.h"

#include "ledger.h"
#include "maps.h"
#include "memory.h"

#include "shared.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The look-up writes one value per possible CPU, without asking how much room there is. */
static bool is_percpu_of(int map, size_t value_size, size_t entries)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(map, &info, &length) == 0 && info.type == BPF_MAP_TYPE_PERCPU_ARRAY &&
	       info.value_size == value_size && info.max_entries >= entries;
}

static bool read_all(int map, size_t n, struct count *counts)
{
	int cpus = libbpf_num_possible_cpus();
	struct sentry_counters *values;
	__u32 n_values = (__u32)counter_entries(n);
	bool ok = true;

	if (cpus <= 0 || !is_percpu_of(map, sizeof(*values), n_values)) {
		errno = EINVAL;
		return false;
	}
	values = allocate((size_t)cpus, sizeof(*values));
	for (__u32 i = 0; i < n_values && ok; i++) {
		size_t first = (size_t)i * SENTRY_COUNTERS;

		ok = bpf_map_lookup_elem(map, &i, values) == 0;
		for (int cpu = 0; ok && cpu < cpus; cpu++)
			for (size_t slot = first; slot < n && slot < first + SENTRY_COUNTERS; slot++) {
				counts[slot].packets += values[cpu].slots[slot - first].packets;
				counts[slot].bytes += values[cpu].slots[slot - first].bytes;
			}
	}
	free(values);
	return ok;
}

bool counters_read(const struct generation *generation, size_t part, struct count **counts, struct failure *why)
{
	size_t n = generation->record.parts[part].n_rules;
	int map = generation_map(generation, part, MAP_COUNTERS);
	bool ok;

	*counts = allocate(n, sizeof(**counts));
	ok = map >= 0 && read_all(map, n, *counts);
	if (!ok) {
		failure_set(why, EXIT_ENVIRONMENT, "cannot read the counters: %s", strerror(errno));
		free(*counts);
		*counts = NULL;
	}
	if (map >= 0)
		close(map);
	return ok;
}

void counters_free(struct counters *counters)
{
	for (size_t i = 0; i < counters->n_parts; i++)
		free(counters->parts[i]);
	free(counters->parts);
	*counters = (struct counters){ 0 };
}

/* Of the rules of one policy: where each is, by block and name. */
static json_t *index_rules(const struct manifest *manifest)
{
	json_t *index = json_object();

	for (size_t i = 0; i < manifest->n_rules; i++) {
		const struct manifest_rule *rule = &manifest->rules[i];
		json_t *block = json_object_get(index, rule->block);

		if (!block) {
			block = json_object();
			json_object_set_new(index, rule->block, block);
		}
		json_object_set_new(block, rule->name, json_integer((json_int_t)i));
	}
	return index;
}

static bool same_rule(const struct manifest_rule *left, const struct manifest_rule *right)
{
	return strcmp(left->name, right->name) == 0 && strcmp(left->block, right->block) == 0;
}

/* Adds what rules of the same names have counted elsewhere. Mostly they have the same places. */
static void add_by_name(struct count *counts, const struct manifest *manifest, const struct manifest *other,
			const struct count *theirs)
{
	json_t *index = NULL;

	for (size_t i = 0; i < other->n_rules; i++) {
		const struct manifest_rule *rule = &other->rules[i];
		size_t at = i;

		if (i >= manifest->n_rules || !same_rule(&manifest->rules[i], rule)) {
			const json_t *found;

			if (!index)
				index = index_rules(manifest);
			found = json_object_get(json_object_get(index, rule->block), rule->name);
			if (!found)
				continue;
			at = (size_t)json_integer_value(found);
		}
		counts[at].packets += theirs[i].packets;
		counts[at].bytes += theirs[i].bytes;
	}
	json_decref(index);
}

/* Of ledger_others(). */
struct adding {
	struct counters *counters;
	const struct generation *current;
};

static bool add_generation(void *context, const struct generation *other, struct failure *why)
{
	const struct adding *adding = context;

	for (size_t i = 0; i < other->record.n_parts; i++) {
		size_t part = generation_part(adding->current, other->record.parts[i].policy);
		struct count *theirs;

		if (part == adding->current->record.n_parts)
			continue;
		if (!counters_read(other, i, &theirs, why))
			return false;
		add_by_name(adding->counters->parts[part], &adding->current->record.parts[part], &other->record.parts[i],
			    theirs);
		free(theirs);
	}
	return true;
}

static void add_ledger(struct counters *counters, const struct generation *current, const struct ledger *ledger)
{
	for (size_t part = 0; part < counters->n_parts; part++) {
		const struct manifest *manifest = &current->record.parts[part];

		for (size_t i = 0; i < manifest->n_rules; i++)
			ledger_count(ledger, manifest->policy, &manifest->rules[i], &counters->parts[part][i]);
	}
}

/* False, with why->code 0, if something changed meanwhile. */
static bool read_totals(struct counters *counters, const struct generation *current, const struct site *site,
			struct failure *why)
{
	struct adding adding = { counters, current };
	struct ledger ledger;
	bool ok;

	if (!ledger_read(&ledger, site))
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read the counters: %s", strerror(errno));
	counters->n_parts = current->record.n_parts;
	counters->parts = allocate(counters->n_parts, sizeof(*counters->parts));
	for (size_t part = 0; part < counters->n_parts; part++)
		counters->parts[part] = allocate(current->record.parts[part].n_rules, sizeof(**counters->parts));
	ok = ledger_others(&ledger, site, current, add_generation, &adding, why) && ledger_id(site) == ledger.id;
	if (ok)
		add_ledger(counters, current, &ledger);
	else
		counters_free(counters);
	ledger_free(&ledger);
	return ok;
}

bool counters_current(const struct site *site, struct generation *generation, struct counters *counters,
		      struct failure *why)
{
	*counters = (struct counters){ 0 };
	/* A generation may be collected between the opening of its record and of its counters: then all over again. */
	for (int attempt = 0; attempt < 50; attempt++) {
		if (!generation_needed(generation, site, why))
			return false;
		failure_set(why, EXIT_ENVIRONMENT, "cannot read the counters: policies are swapped all the time");
		if (read_totals(counters, generation, site, why))
			return true;
		generation_close(generation);
		usleep(2000);
	}
	return false;
}

__u64 counters_lost_events(int map)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values, lost = 0;
	__u32 zero = 0;

	if (cpus <= 0 || !is_percpu_of(map, sizeof(*values), 1))
		return 0;
	values = allocate((size_t)cpus, sizeof(*values));
	if (bpf_map_lookup_elem(map, &zero, values) == 0) {
		for (int cpu = 0; cpu < cpus; cpu++)
			lost += values[cpu];
	}
	free(values);
	return lost;
}
