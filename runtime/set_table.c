/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Sets as tables: array maps that are read and written as memory. */
#include "map_walk.h"
#include "memory.h"
#include "set_buckets.h"
#include "set_parts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool map_table(struct set_buckets *table, const struct manifest_set *set, int map, struct failure *why)
{
	struct bpf_map_info info;
	void *memory;

	*table = (struct set_buckets){ 0 };
	if (!map_info(map, &info))
		return set_map_failed(set, "cannot be read", why);
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != sizeof(*table->buckets)) {
		errno = EINVAL;
		return set_map_failed(set, "is no table", why);
	}
	memory = mmap(NULL, (size_t)info.max_entries * info.value_size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (memory == MAP_FAILED)
		return set_map_failed(set, "cannot be mapped into memory", why);
	*table = (struct set_buckets){ memory, info.max_entries };
	return true;
}

static void unmap_table(struct set_buckets *table)
{
	if (table->buckets)
		munmap(table->buckets, table->n * sizeof(*table->buckets));
	*table = (struct set_buckets){ 0 };
}

static bool open_table(struct set_buckets *table, const struct manifest_set *set, int map, struct failure *why)
{
	if (!map_table(table, set, map, why))
		return false;
	if (set_buckets_valid(table))
		return true;
	unmap_table(table);
	errno = EINVAL;
	return set_map_failed(set, "is damaged; --set NAME=FILE replaces it", why);
}

static int to_map(const struct manifest_set *set, const struct set_buckets *built, struct failure *why)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	struct set_buckets table;
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, set->map, sizeof(__u32), sizeof(*built->buckets), (__u32)built->n,
				 &options);

	if (map < 0) {
		set_map_failed(set, "no memory for its elements", why);
		return -1;
	}
	if (!map_table(&table, set, map, why)) {
		close(map);
		return -1;
	}
	memcpy(table.buckets, built->buckets, built->n * sizeof(*built->buckets));
	unmap_table(&table);
	return map;
}

int table_map_build(const struct manifest_set *set, const struct set_elements *elements, struct failure *why)
{
	struct set_buckets built;
	struct failure reason;
	int map;

	if (!set_buckets_build(&built, elements, &reason)) {
		failure_set(why, reason.code, "set '%s': %s", set->name, reason.text);
		return -1;
	}
	map = to_map(set, &built, why);
	set_buckets_free(&built);
	return map;
}

static bool list_one(void *context, const struct set_element *element)
{
	elements_add(context, element);
	return true;
}

bool table_map_list(const struct manifest_set *set, int map, struct set_elements *elements, struct failure *why)
{
	struct set_buckets table;

	if (!open_table(&table, set, map, why))
		return false;
	set_buckets_each(&table, list_one, elements);
	unmap_table(&table);
	return true;
}

/* What is there, looked up in what shall come: sorted, and disjoint. */
struct meeting {
	const struct set_elements *fresh;
	const struct set_element *met; /* one of them */
	struct set_element present;
	size_t n;
};

static bool meet(void *context, const struct set_element *present)
{
	struct meeting *meeting = context;
	size_t low = 0, high = meeting->fresh->n;

	meeting->n++;
	/* The first that is not before it: what it covers begins there, and what covers it stands right before. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (element_compare(&meeting->fresh->items[middle], present) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	meeting->present = *present;
	if (low < meeting->fresh->n && element_covers(present, &meeting->fresh->items[low]))
		meeting->met = &meeting->fresh->items[low];
	else if (low > 0 && element_covers(&meeting->fresh->items[low - 1], present))
		meeting->met = &meeting->fresh->items[low - 1];
	return !meeting->met;
}

static bool met(const struct manifest_set *set, const struct meeting *meeting, struct failure *why)
{
	char fresh[ELEMENT_TEXT], present[ELEMENT_TEXT];

	element_format(meeting->met, set, fresh);
	element_format(&meeting->present, set, present);
	if (meeting->met->length == meeting->present.length)
		return failure_set(why, EXIT_POLICY, "set '%s' has %s already", set->name, present);
	return failure_set(why, EXIT_POLICY, "set '%s' has %s, which %s %s: take that out first", set->name, present,
			   meeting->met->length > meeting->present.length ? "contains" : "lies in", fresh);
}

bool table_map_may_add(const struct manifest_set *set, int map, const struct set_elements *elements,
		       struct failure *why)
{
	struct meeting meeting = { .fresh = elements };
	struct set_buckets table;
	bool ok;

	if (!open_table(&table, set, map, why))
		return false;
	ok = set_buckets_each(&table, meet, &meeting) || met(set, &meeting, why);
	if (ok && meeting.n + elements->n > set->max)
		ok = set_map_full(set, meeting.n, elements->n, why);
	unmap_table(&table);
	return ok;
}

bool table_map_may_remove(const struct manifest_set *set, int map, const struct set_elements *elements,
			  struct failure *why)
{
	struct set_buckets table;
	bool ok = open_table(&table, set, map, why);

	for (size_t i = 0; ok && i < elements->n; i++)
		ok = set_buckets_has(&table, &elements->items[i]) || set_map_missing(set, &elements->items[i], why);
	unmap_table(&table);
	return ok;
}

bool table_map_add(const struct manifest_set *set, int map, const struct set_elements *elements, int *larger,
		   struct failure *why)
{
	struct set_elements all = { 0 };
	struct set_buckets table;
	size_t placed = 0;

	*larger = -1;
	if (!open_table(&table, set, map, why))
		return false;
	while (placed < elements->n && set_buckets_add(&table, &elements->items[placed]) == PLACE_TAKEN)
		placed++;
	if (placed < elements->n) {
		while (placed > 0)
			set_buckets_remove(&table, &elements->items[--placed]);
		set_buckets_each(&table, list_one, &all);
		for (size_t i = 0; i < elements->n; i++)
			elements_add(&all, &elements->items[i]);
		elements_sort(&all);
		*larger = table_map_build(set, &all, why);
		elements_free(&all);
	}
	unmap_table(&table);
	return placed == elements->n || *larger >= 0;
}

bool table_map_remove(const struct manifest_set *set, int map, const struct set_elements *elements,
		      struct failure *why)
{
	struct set_buckets table;

	if (!open_table(&table, set, map, why))
		return false;
	for (size_t i = 0; i < elements->n; i++)
		set_buckets_remove(&table, &elements->items[i]);
	unmap_table(&table);
	return true;
}
