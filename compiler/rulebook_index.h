/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What rulebook.c builds and rulebook_find.c asks. */
#ifndef SENTRY_RULEBOOK_INDEX_H
#define SENTRY_RULEBOOK_INDEX_H

#include "box_tree.h"
#include "rulebook.h"

/*
 * Each cube as its hull: in each dimension the ranks, among all end points there, of
 * its lowest and highest value. Hulls that do not meet are of cubes that do not.
 * The dimensions with the most end points tell cubes apart best; what few ask for is left to the cubes themselves.
 */
struct rulebook_index {
	size_t n_cubes;
	uint32_t *rule;       /* of each cube, ascending */
	const struct cube **cubes, **deciding; /* deciding: NULL where the rule decides nothing */
	size_t n_axes;
	struct axis {
		size_t dimension;
		u128 *points; /* sorted, different */
		size_t n;
	} axes[BOX_DIMENSIONS_MAX];
	const struct box_tree *tree;
	size_t *first;        /* by rule: its first cube; n + 1 of them */
	uint64_t *marks;      /* a bit for each rule, all 0 between two questions */
};

static inline struct range rulebook_hull(const struct space *space, const struct cube *cube, size_t d)
{
	const struct rangeset *set = cube->sets[d];

	if (!set)
		return (struct range){ .lo = 0, .hi = space->dimensions[d].max };
	return (struct range){ .lo = set->ranges[0].lo, .hi = set->ranges[set->n - 1].hi };
}

/* How many points are below `value`. */
uint32_t rulebook_rank(const struct axis *axis, u128 value);

#endif
