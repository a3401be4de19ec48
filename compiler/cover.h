/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The question behind most findings: is a cube covered by the union of others, and
 * if not, which packets are left out? Random packets find most holes at once. What
 * is left is searched: a cover that sticks out of the cube in all dimensions but one
 * narrows that dimension, and else the cube is split along the sides of a cover,
 * as DPLL does with clauses (Davis, Logemann, Loveland, 1962). Exact in either answer.
 * Worst case exponential in the number of covers, so `effort` bounds it; ClassBench
 * sets of 10,000 rules take 1 to 3,000 steps for the few questions that are searched.
 */
#ifndef SENTRY_COVER_H
#define SENTRY_COVER_H

#include "cube.h"
#include "effort.h"

enum cover_answer {
	COVER_ALL,       /* every possible packet of the cube is in a cover */
	COVER_HOLE,      /* *hole is a cube of packets that are in no cover */
	COVER_UNDECIDED, /* the effort was spent */
};

/*
 * `covers` may hold NULLs, which are passed over. What no packet is counts as covered.
 * `used`, if wanted, has room for n and is set to which covers an answer COVER_ALL
 * relied on. The hole lives in `arena`.
 */
enum cover_answer cover_search(struct arena *arena, const struct space *space, const struct cube *cube,
			       const struct cube *const *covers, size_t n, struct effort *effort, struct cube *hole,
			       bool *used);

/* The same without luck, for a caller that has tried his own: no packets are tried, and no hole is told. */
enum cover_answer cover_prove(const struct space *space, const struct cube *cube, const struct cube *const *covers,
			      size_t n, struct effort *effort, bool *used);

/*
 * A packet of the cube that is in no cover, found by luck: try number `try` of a fixed
 * sequence, one value for each dimension. False says nothing.
 */
bool cover_sample(const struct space *space, const struct cube *cube, const struct cube *const *covers, size_t n,
		  unsigned try, u128 *point);

#endif
