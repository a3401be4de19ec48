/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "cube.h"

#include "ip_proto.h"

#include <string.h>

struct cube cube_any(struct arena *arena, const struct space *space)
{
	return (struct cube){ .sets = ARENA_ARRAY(arena, const struct rangeset *, space->n) };
}

static bool is_full(const struct space *space, size_t dimension, const struct rangeset *set)
{
	return set->n == 1 && set->ranges[0].lo == 0 && set->ranges[0].hi >= space->dimensions[dimension].max;
}

bool cube_narrow(struct arena *arena, const struct space *space, struct cube *cube, size_t dimension,
		 const struct rangeset *set)
{
	const struct rangeset *before = cube->sets[dimension];

	if (before) {
		set = rangeset_intersect(arena, before, set);
	} else {
		if (is_full(space, dimension, set))
			return true;
		/* Values beyond the last that a packet can have: lengths. */
		if (set->n && set->ranges[set->n - 1].hi > space->dimensions[dimension].max) {
			set = rangeset_intersect(arena, set, space_full(arena, space, dimension));
			if (set->n && is_full(space, dimension, set))
				return true;
		}
	}
	if (!set->n)
		return false;
	cube->sets[dimension] = set;
	return true;
}

static bool narrow_field(struct arena *arena, const struct space *space, struct cube *cube, enum field field,
			 const struct rangeset *set)
{
	return cube_narrow(arena, space, cube, (size_t)space_find(space, DIMENSION_FIELD, field, NULL), set);
}

/* A field of the transport header asks for a transport that has it, and for a packet that begins with it. */
static bool narrow_to_header(struct arena *arena, const struct space *space, struct cube *cube, enum field field)
{
	struct range_bag bag = { 0 };

	switch (field_table[field].needs) {
	case FIELD_NEEDS_PORTS:
		range_bag_add(arena, &bag, PROTO_TCP, PROTO_TCP);
		range_bag_add(arena, &bag, PROTO_UDP, PROTO_UDP);
		range_bag_add(arena, &bag, PROTO_SCTP, PROTO_SCTP);
		break;
	case FIELD_NEEDS_TCP:
		range_bag_add(arena, &bag, PROTO_TCP, PROTO_TCP);
		break;
	case FIELD_NEEDS_ICMP:
		if (space->family == FAMILY_V4)
			range_bag_add(arena, &bag, PROTO_ICMP, PROTO_ICMP);
		else
			range_bag_add(arena, &bag, PROTO_ICMPV6, PROTO_ICMPV6);
		break;
	default:
		return true;
	}
	return narrow_field(arena, space, cube, FIELD_PROTO, rangeset_from_bag(arena, &bag)) &&
	       narrow_field(arena, space, cube, FIELD_FRAGMENT, rangeset_single(arena, 0, 1));
}

/* The values of a field of flags whose bits under the mask are as wanted. */
static const struct rangeset *flag_values(struct arena *arena, const struct pred *pred)
{
	struct range_bag bag = { 0 };

	for (unsigned value = 0; value < 1u << AST_TCP_FLAGS; value++)
		if ((value & pred->mask) == pred->bits)
			range_bag_add(arena, &bag, value, value);
	return rangeset_from_bag(arena, &bag);
}

static const struct rangeset *state_values(struct arena *arena, const struct pred *pred)
{
	struct range_bag bag = { 0 };

	for (unsigned state = 0; state < N_STATES; state++)
		if (pred->states & 1u << state)
			range_bag_add(arena, &bag, state, state);
	return rangeset_from_bag(arena, &bag);
}

static bool narrow_to_pred(struct arena *arena, const struct space *space, struct cube *cube, const struct pred *pred)
{
	const struct rangeset *values;

	switch (pred->kind) {
	case PRED_STATE:
		values = state_values(arena, pred);
		return cube_narrow(arena, space, cube, (size_t)space_find(space, DIMENSION_STATE, 0, NULL), values);
	case PRED_MEMBER:
		values = rangeset_single(arena, !pred->negated, !pred->negated);
		return cube_narrow(arena, space, cube,
				   (size_t)space_find(space, DIMENSION_MEMBER, pred->field, pred->set->name), values);
	case PRED_BITS:
		values = flag_values(arena, pred);
		break;
	default:
		values = pred->ranges;
	}
	/* An untagged packet is no number of a tag: `vlan 0-4095` is every tagged one. */
	return narrow_field(arena, space, cube, pred->field, values) &&
	       narrow_to_header(arena, space, cube, pred->field);
}

bool cube_from_term(struct arena *arena, const struct space *space, const struct term *term, struct cube *cube)
{
	if (term->family != space->family)
		return false;
	*cube = cube_any(arena, space);
	for (size_t i = 0; i < term->n; i++)
		if (!narrow_to_pred(arena, space, cube, &term->preds[i]))
			return false;
	return true;
}

struct cubes cubes_from_assertion(struct arena *arena, const struct space *space, const struct assertion *assertion)
{
	struct cubes cubes = { .cubes = ARENA_ARRAY(arena, struct cube, assertion->n_terms) };

	for (size_t i = 0; i < assertion->n_terms; i++) {
		struct cube *cube = &cubes.cubes[cubes.n];

		if (!cube_from_term(arena, space, &assertion->terms[i], cube))
			continue;
		for (size_t d = 0; assertion->under_limits && d < space->n; d++)
			if (space->dimensions[d].kind == DIMENSION_LIMIT)
				cube_narrow(arena, space, cube, d, rangeset_single(arena, 0, 0));
		cubes.n++;
	}
	return cubes;
}

bool cube_holds(const struct space *space, const struct cube *cube, const u128 *point)
{
	for (size_t i = 0; i < space->n; i++)
		if (cube->sets[i] && !rangeset_contains(cube->sets[i], point[i]))
			return false;
	return true;
}

bool cube_meets(const struct space *space, const struct cube *a, const struct cube *b)
{
	for (size_t i = 0; i < space->n; i++)
		if (a->sets[i] && b->sets[i] && a->sets[i] != b->sets[i] && !rangeset_meets(a->sets[i], b->sets[i]))
			return false;
	return true;
}

bool cube_intersect(struct arena *arena, const struct space *space, const struct cube *a, const struct cube *b,
		    struct cube *out)
{
	if (!cube_meets(space, a, b))
		return false;
	*out = cube_any(arena, space);
	for (size_t i = 0; i < space->n; i++)
		out->sets[i] = !a->sets[i] ? b->sets[i]
			     : !b->sets[i] ? a->sets[i]
					   : rangeset_intersect(arena, a->sets[i], b->sets[i]);
	return true;
}

bool cube_contains(const struct space *space, const struct cube *outer, const struct cube *inner)
{
	for (size_t i = 0; i < space->n; i++) {
		if (!outer->sets[i])
			continue;
		if (!inner->sets[i] || !rangeset_is_within(inner->sets[i], outer->sets[i]))
			return false;
	}
	return true;
}

bool cube_equal(const struct space *space, const struct cube *a, const struct cube *b)
{
	for (size_t i = 0; i < space->n; i++) {
		if (a->sets[i] == b->sets[i])
			continue;
		if (!a->sets[i] || !b->sets[i] || !rangeset_equal(a->sets[i], b->sets[i]))
			return false;
	}
	return true;
}
