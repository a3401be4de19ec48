/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "partition.h"

static packetset union_of(const struct cube *cubes, size_t n)
{
	packetset set = packetset_none();

	for (size_t i = 0; i < n; i++) {
		packetset cube = packetset_cube(&cubes[i]), before = set;

		set = packetset_or(before, cube);
		packetset_release(before);
		packetset_release(cube);
	}
	return set;
}

/* The rules that meet any of the cubes. */
static bool *find_meeting(struct arena *arena, const struct rulebook *book, const struct cubes *within)
{
	bool *meets = ARENA_ARRAY(arena, bool, book->n);
	size_t *found = ARENA_ARRAY(arena, size_t, book->n);

	for (size_t i = 0; i < within->n; i++) {
		size_t n = rulebook_meeting(book, &within->cubes[i], 0, book->n, found);

		for (size_t j = 0; j < n; j++)
			meets[found[j]] = true;
	}
	return meets;
}

static void add_part(struct partition *partition, const struct rule *rule, enum verdict verdict, packetset set)
{
	struct part *part;

	if (packetset_empty(set))
		return;
	part = &partition->parts[partition->n++];
	part->rule = rule;
	part->verdict = verdict;
	part->set = set;
}

/* Halves first, which keeps the diagrams on the way small. */
packetset partition_decided(const struct rulebook *book, const bool *meets, size_t from, size_t to)
{
	const struct entry *entry = &book->entries[from];
	packetset left, right, both;
	size_t middle;

	if (from == to || !packetset_decided())
		return packetset_none();
	if (to - from == 1)
		return !entry->deciding || (meets && !meets[from]) ? packetset_none()
								    : union_of(entry->deciding, entry->n_cubes);
	middle = from + (to - from) / 2;
	left = partition_decided(book, meets, from, middle);
	right = partition_decided(book, meets, middle, to);
	both = packetset_or(left, right);
	packetset_release(left);
	packetset_release(right);
	return both;
}

struct partition partition_build(struct arena *arena, const struct rulebook *book, const struct cubes *within, size_t from)
{
	struct partition partition = { .parts = ARENA_ARRAY(arena, struct part, book->n + 1) };
	bool *meets = find_meeting(arena, book, within);
	packetset rest = packetset_minus(union_of(within->cubes, within->n), partition_decided(book, meets, 0, from));

	for (size_t i = from; i < book->n && !packetset_empty(rest) && packetset_decided(); i++) {
		const struct entry *entry = &book->entries[i];
		packetset matched, before = rest;

		if (!meets[i] || !entry->deciding)
			continue;
		matched = union_of(entry->deciding, entry->n_cubes);
		add_part(&partition, entry->rule, entry->rule->verdict, packetset_and(rest, matched));
		rest = packetset_minus(before, matched);
		/* What is left after each of 10,000 rules is large, and different each time. */
		packetset_release(before);
		packetset_release(matched);
	}
	if (packetset_decided())
		add_part(&partition, NULL, book->block->default_verdict, rest);
	return partition;
}
