/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Changes that single packets show, where whole sets of packets were too much. */
#include "diff_cross.h"

#include "cover.h"

#include <string.h>

/* When the effort is spent: for packets that at least show that something changes. */
#define SHOW_NODES 200000u
#define SHOW_SECONDS 2.0

/* A packet of the hole may do as an example, one for two rules. */
static bool show(struct cross *cross, const struct cube *hole)
{
	const struct rule *rules[2];
	struct decision decisions[2];
	struct witness witness;
	struct change change;

	witness_choose(cross->arena, cross->space, hole, &witness);
	cross_replay(cross, &witness, decisions);
	if (decisions[0].verdict == decisions[1].verdict)
		return false;
	for (int version = 0; version < 2; version++) {
		const struct block *block = cross->books[version]->block;
		uint32_t number = decisions[version].slot - block->first_id;

		rules[version] = number < SLOT_RULES ? NULL : block->rules[number - SLOT_RULES];
	}
	change = cross_change(cross, rules[0], rules[1], decisions, &witness);
	for (const struct change *other = cross->pair->diff->changes; other; other = other->next)
		if (other->block == change.block && other->family == change.family &&
		    !strcmp(other->old.name, change.old.name) && !strcmp(other->new.name, change.new.name))
			return false;
	diff_add_change(cross->pair->diff, &change);
	return true;
}

/*
 * Without sets of packets: of a cube that one version may decide, a packet that comes as
 * far there; better still, one that no rule of the same verdict matches in the other.
 */
static void show_cube(struct cross *cross, int version, size_t number, const struct cube *cube, struct effort *effort)
{
	const struct rulebook *book = cross->books[version], *other = cross->books[!version];
	struct cover_list list = { 0 };
	struct arena scratch;
	struct cube hole;

	arena_init(&scratch);
	cover_list_add(&scratch, &list, book, cube, number, NULL);
	cover_list_add(&scratch, &list, other, cube, other->n, &book->entries[number].rule->verdict);
	if (cover_search(cross->arena, cross->space, cube, list.covers, list.n, effort, &hole, NULL) != COVER_HOLE ||
	    !show(cross, &hole)) {
		list.n = 0;
		cover_list_add(&scratch, &list, book, cube, number, NULL);
		if (cover_search(cross->arena, cross->space, cube, list.covers, list.n, effort, &hole, NULL) == COVER_HOLE)
			show(cross, &hole);
	}
	arena_fini(&scratch);
}

void cross_show(struct cross *cross)
{
	struct effort effort;

	effort_init(&effort, SHOW_SECONDS, SHOW_NODES);
	for (int version = 0; version < 2; version++)
		for (size_t i = 0; i < cross->books[version]->n; i++) {
			const struct entry *entry = &cross->books[version]->entries[i];

			if (cross->partners[version][i] != NOT_ALIGNED || !entry->deciding)
				continue;
			for (size_t c = 0; c < entry->n_cubes && effort_left(&effort); c++)
				show_cube(cross, version, i, &entry->deciding[c], &effort);
		}
	if (cross->default_changed) {
		struct cover_list list = { 0 };
		struct cube any = cube_any(cross->arena, cross->space), hole;

		for (int version = 0; version < 2; version++)
			cover_list_add(cross->arena, &list, cross->books[version], &any, cross->books[version]->n, NULL);
		if (cover_search(cross->arena, cross->space, &any, list.covers, list.n, &effort, &hole, NULL) ==
		    COVER_HOLE)
			show(cross, &hole);
	}
}
