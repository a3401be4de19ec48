/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Where rules can change a verdict: what those without a partner decide in their own
 * version. A rule that covers them there keeps packets out.
 */
#include "diff_cross.h"

#include "cover.h"

/* A rule is looked at this hard to find it dead; one that is not found dead merely costs more later. */
#define DEAD_NODES 20000u
/* Cubes within others are looked for among so many. */
#define CONTAINED_MAX 2000u

void cover_list_add(struct arena *arena, struct cover_list *list, const struct rulebook *book,
		    const struct cube *cube, size_t n, const enum verdict *only)
{
	size_t *numbers = ARENA_ARRAY(arena, size_t, n);
	size_t n_numbers = rulebook_meeting(book, cube, 0, n, numbers);

	for (size_t i = 0; i < n_numbers; i++) {
		const struct entry *entry = &book->entries[numbers[i]];

		if (!entry->deciding || (only && entry->rule->verdict != *only))
			continue;
		for (size_t c = 0; c < entry->n_cubes; c++)
			*(const struct cube **)arena_push(arena, &list->covers, &list->n, &list->room,
							  sizeof(*list->covers)) = &entry->deciding[c];
	}
}

/* Does nothing of the cube come as far as its rule? */
static bool is_dead(const struct cross *cross, const struct rulebook *book, size_t number, const struct cube *cube)
{
	struct effort effort;
	struct arena scratch;
	struct cover_list list = { 0 };
	struct cube hole;
	bool dead;

	arena_init(&scratch);
	effort_init(&effort, 0, DEAD_NODES);
	cover_list_add(&scratch, &list, book, cube, number, NULL);
	dead = cover_search(&scratch, cross->space, cube, list.covers, list.n, &effort, &hole, NULL) == COVER_ALL;
	arena_fini(&scratch);
	return dead;
}

static void add_to_domain(struct cross *cross, const struct cube *cube)
{
	*(struct cube *)arena_push(cross->arena, &cross->domain.cubes, &cross->domain.n, &cross->room, sizeof(*cube)) =
		*cube;
}

static void add_unaligned(struct cross *cross, int version)
{
	const struct rulebook *book = cross->books[version];

	for (size_t i = 0; i < book->n; i++) {
		const struct entry *entry = &book->entries[i];

		if (cross->partners[version][i] != NOT_ALIGNED || !entry->deciding)
			continue;
		for (size_t c = 0; c < entry->n_cubes; c++)
			if (!is_dead(cross, book, i, &entry->deciding[c]))
				add_to_domain(cross, &entry->deciding[c]);
	}
}

static void drop_contained(struct cross *cross)
{
	struct cubes *domain = &cross->domain;
	size_t kept = 0;

	if (domain->n > CONTAINED_MAX)
		return;
	for (size_t i = 0; i < domain->n; i++) {
		size_t j;

		/* Of equal ones the last stays. */
		for (j = 0; j < domain->n; j++)
			if (j != i && cube_contains(cross->space, &domain->cubes[j], &domain->cubes[i]) &&
			    (j > i || !cube_contains(cross->space, &domain->cubes[i], &domain->cubes[j])))
				break;
		if (j == domain->n)
			domain->cubes[kept++] = domain->cubes[i];
		else
			domain->cubes[i] = domain->cubes[j];
	}
	domain->n = kept;
}

void cross_find_domain(struct cross *cross)
{
	add_unaligned(cross, 0);
	add_unaligned(cross, 1);
	drop_contained(cross);
}
