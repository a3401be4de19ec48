/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sets of packets that are products: for each dimension of a space a set of values,
 * and a packet is in if each of its values is. One term of a rule is one cube. What
 * is said once (a list of 500,000 prefixes) stays one set, however large.
 */
#ifndef SENTRY_CUBE_H
#define SENTRY_CUBE_H

#include "rangeset.h"
#include "space.h"

/* sets[d] NULL: any value. A cube is never empty: no set has n == 0. */
struct cube {
	const struct rangeset **sets; /* space->n */
};

struct cubes {
	size_t n;
	struct cube *cubes;
};

/* The cube of all packets. */
struct cube cube_any(struct arena *arena, const struct space *space);

/* Narrows one dimension; false, and the cube is as it was, if nothing would be left. Changes *cube's own array. */
bool cube_narrow(struct arena *arena, const struct space *space, struct cube *cube, size_t dimension,
		 const struct rangeset *set);

/*
 * What a term matches, with what its fields need: a port needs tcp, udp or sctp and
 * no later fragment. False if it is of the other family or matches no packet.
 */
bool cube_from_term(struct arena *arena, const struct space *space, const struct term *term, struct cube *cube);

/* What an assertion (or a query) describes; under limits no rate is exceeded. */
struct cubes cubes_from_assertion(struct arena *arena, const struct space *space, const struct assertion *assertion);

/* `point` has one value for each dimension. */
bool cube_holds(const struct space *space, const struct cube *cube, const u128 *point);
bool cube_meets(const struct space *space, const struct cube *a, const struct cube *b);
/* False if they have nothing in common. */
bool cube_intersect(struct arena *arena, const struct space *space, const struct cube *a, const struct cube *b,
		    struct cube *out);
bool cube_contains(const struct space *space, const struct cube *outer, const struct cube *inner);
bool cube_equal(const struct space *space, const struct cube *a, const struct cube *b);

#endif
