/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The rules of one block as cubes of one space, with an index that tells which of
 * them a cube meets, which contain it, and which hold a packet, without a look at the others.
 */
#ifndef SENTRY_RULEBOOK_H
#define SENTRY_RULEBOOK_H

#include "cube.h"

struct entry {
	const struct rule *rule;
	size_t n_cubes;
	struct cube *cubes;    /* what the rule matches; 0: nothing of this IP version */
	/* n_cubes: what it decides if it is reached. Of a rate-limit, with DIMENSION_LIMIT 1; NULL of a sample. */
	struct cube *deciding;
};

struct rulebook_index;

struct rulebook {
	const struct block *block;
	const struct space *space;
	size_t n;               /* block->n_rules */
	struct entry *entries;
	struct rulebook_index *index;
};

const struct rulebook *rulebook_build(struct arena *arena, const struct space *space, const struct block *block);

/*
 * Writes the numbers of those rules in [from, to) that have a cube which meets `cube`
 * to `out` (room for to - from), in order; returns how many.
 */
size_t rulebook_meeting(const struct rulebook *book, const struct cube *cube, size_t from, size_t to, size_t *out);
/* The same of several cubes and the rules before `to`: those that meet any of them, each once. */
size_t rulebook_meeting_any(const struct rulebook *book, const struct cube *cubes, size_t n_cubes, size_t to,
			    size_t *out);
/*
 * Any rule before `to` that meets the cube and is wanted; SIZE_MAX: none. A rule may be asked about once for each
 * of its cubes.
 */
size_t rulebook_any(const struct rulebook *book, const struct cube *cube, size_t to,
		    bool (*is_wanted)(void *context, size_t rule), void *context);

/* The first rule in [from, to) that matches the packet; SIZE_MAX: none. */
size_t rulebook_first(const struct rulebook *book, const u128 *point, size_t from, size_t to);
/* Does one before `to` decide it that is not in `skip`? */
bool rulebook_decides(const struct rulebook *book, const u128 *point, size_t to, const bool *skip);

/* The first rule in [from, to) and not in `skip` that decides all of `cube` by one of its cubes; SIZE_MAX: none. */
size_t rulebook_containing(const struct rulebook *book, const struct cube *cube, size_t from, size_t to,
			   const bool *skip);
/*
 * Of the cubes that decide `point`, of rules before `to` and not in `skip`, the one that covers most of `cube`, by a
 * guess, the earliest of those alike; its rule in *rule. NULL: there is none.
 */
const struct cube *rulebook_largest(const struct rulebook *book, const struct cube *cube, const u128 *point, size_t to,
				    const bool *skip, size_t *rule);

#endif
