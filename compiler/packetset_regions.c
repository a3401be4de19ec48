/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* From diagrams back to cubes: dimension by dimension, the values that lead to the same. */
#include "packetset_session.h"

#include "ip_proto.h"

#include <string.h>

/* More than was asked for is collected, for cubes may join; see merge. */
#define SURPLUS(max) (4 * (max) + 64)

/* So many packets from an address to itself are passed over for one that is not. */
#define LOOPS_MAX 8u

/* One collection of cubes. Nothing is made in BuDDy's table meanwhile. */
struct walk {
	struct arena *arena;
	const struct space *space;
	struct cube current;
	struct cube *cubes;
	size_t n, room, limit;
	bool full; /* stopped: there would be more */
};

/* The values of one dimension, by what they lead to; in the order of the least of each. */
struct fan {
	struct walk *walk;
	size_t dimension;
	struct node_table seen; /* index in spokes */
	struct spoke *spokes;
	size_t n, room;
};

struct spoke {
	BDD below;
	struct range_bag values;
};

static bool is_below(const struct fan *fan, BDD node)
{
	return node < 2 || (unsigned)bdd_var(node) >= packetset_session.first[fan->dimension + 1];
}

static void fan_add(struct fan *fan, BDD below, u128 lo, u128 hi)
{
	u128 max = fan->walk->space->dimensions[fan->dimension].max;
	struct range_bag *values;
	struct range *last;
	size_t *place;
	bool added;

	if (lo > max)
		return;
	if (hi > max)
		hi = max;
	place = node_table_at(fan->walk->arena, &fan->seen, below, &added);
	if (added) {
		struct spoke *spoke;

		*place = fan->n;
		spoke = arena_push(fan->walk->arena, &fan->spokes, &fan->n, &fan->room, sizeof(*spoke));
		spoke->below = below;
	}
	values = &fan->spokes[*place].values;
	last = values->n ? &values->ranges[values->n - 1] : NULL;
	/* In order as they come. */
	if (last && last->hi + 1 == lo)
		last->hi = hi;
	else
		range_bag_add(fan->walk->arena, values, lo, hi);
}

/* The values [base, base + 2^bits), for which the bits above have led to `node`. */
static void fan_out(struct fan *fan, BDD node, u128 base, unsigned bits)
{
	unsigned variable = packetset_session.first[fan->dimension + 1] - bits;
	bool tested;

	if (!node || !effort_take(packetset_session.effort, 1))
		return;
	if (is_below(fan, node)) {
		fan_add(fan, node, base, base + u128_ones(bits));
		return;
	}
	tested = (unsigned)bdd_var(node) == variable;
	fan_out(fan, tested ? bdd_low(node) : node, base, bits - 1);
	fan_out(fan, tested ? bdd_high(node) : node, base + ((u128)1 << (bits - 1)), bits - 1);
}

static void add_current(struct walk *walk)
{
	struct cube *cube;

	if (walk->n == walk->limit) {
		walk->full = true;
		return;
	}
	cube = arena_push(walk->arena, &walk->cubes, &walk->n, &walk->room, sizeof(*cube));
	*cube = cube_any(walk->arena, walk->space);
	memcpy(cube->sets, walk->current.sets, walk->space->n * sizeof(*cube->sets));
}

/* NULL for all values. */
static const struct rangeset *unless_full(const struct space *space, size_t dimension, const struct rangeset *set)
{
	if (set->n == 1 && set->ranges[0].lo == 0 && set->ranges[0].hi >= space->dimensions[dimension].max)
		return NULL;
	return set;
}

static void descend(struct walk *walk, size_t dimension, BDD node)
{
	struct fan fan = { .walk = walk, .dimension = dimension };

	if (dimension == walk->space->n) {
		add_current(walk);
		return;
	}
	fan_out(&fan, node, 0, walk->space->dimensions[dimension].bits);
	for (size_t i = 0; i < fan.n && !walk->full && packetset_decided(); i++) {
		const struct rangeset *values = rangeset_from_bag(walk->arena, &fan.spokes[i].values);

		walk->current.sets[dimension] = unless_full(walk->space, dimension, values);
		descend(walk, dimension + 1, fan.spokes[i].below);
	}
}

/* Do they differ in one dimension only? Returns it, or -1. */
static int only_difference(const struct space *space, const struct cube *a, const struct cube *b)
{
	int found = -1;

	for (size_t d = 0; d < space->n; d++) {
		const struct rangeset *x = a->sets[d], *y = b->sets[d];

		if (x == y || (x && y && rangeset_equal(x, y)))
			continue;
		/* As they are disjoint, what has all values here differs elsewhere, but for points that no packet is. */
		if (found >= 0 || !x || !y)
			return -1;
		found = (int)d;
	}
	return found;
}

static bool merge_into(struct walk *walk, struct cube *a, const struct cube *b)
{
	int d = only_difference(walk->space, a, b);
	const struct rangeset *both;

	if (d < 0)
		return false;
	both = rangeset_union(walk->arena, a->sets[d], b->sets[d]);
	a->sets[d] = unless_full(walk->space, (size_t)d, both);
	return true;
}

/* Each with all after it, until a pass joins nothing. A pass that joins something leaves fewer. */
static void merge(struct walk *walk)
{
	bool joined = true;

	while (joined) {
		joined = false;
		for (size_t i = 0; i < walk->n; i++) {
			size_t kept = i + 1;

			if (!effort_take(packetset_session.effort, walk->n - i))
				return;
			for (size_t j = i + 1; j < walk->n; j++) {
				if (merge_into(walk, &walk->cubes[i], &walk->cubes[j]))
					joined = true;
				else
					walk->cubes[kept++] = walk->cubes[j];
			}
			walk->n = kept;
		}
	}
}

/*
 * Adds values that only points have which no packet is, where that makes the set no longer to
 * write: "length 40-65535" of tcp packets is any length.
 */
static void widen(struct walk *walk, struct cube *cube, size_t dimension, const struct rangeset *values)
{
	const struct rangeset *before = cube->sets[dimension], *wider;
	packetset set;

	if (!before || !values || (before->n == 1 && before->ranges[0].lo == before->ranges[0].hi))
		return;
	wider = rangeset_union(walk->arena, before, values);
	if (wider->n > before->n || rangeset_equal(wider, before))
		return;
	set = packetset_cube(cube);
	cube->sets[dimension] = unless_full(walk->space, dimension, wider);
	if (packetset_cube(cube) != set)
		cube->sets[dimension] = before;
}

static void widen_all(struct walk *walk)
{
	for (size_t i = 0; i < walk->n && packetset_decided(); i++)
		for (size_t k = 0; k < walk->space->n_impossible; k++)
			for (size_t d = 0; d < walk->space->n; d++)
				widen(walk, &walk->cubes[i], d, walk->space->impossible[k].sets[d]);
}

static void give_names(const struct walk *walk, size_t n)
{
	for (size_t i = 0; i < n * walk->space->n; i++) {
		size_t d = i % walk->space->n;
		const struct rangeset **set = &walk->cubes[i / walk->space->n].sets[d];

		if (*set && walk->space->dimensions[d].kind == DIMENSION_FIELD)
			*set = packetset_named(walk->arena, d, *set);
	}
}

static bool is_possible(const struct space *space, const struct cube *cube)
{
	for (size_t i = 0; i < space->n_impossible; i++)
		if (cube_meets(space, &space->impossible[i], cube))
			return !packetset_empty(packetset_cube(cube));
	return true;
}

static void drop_impossible(struct walk *walk)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->n; i++)
		if (is_possible(walk->space, &walk->cubes[i]))
			walk->cubes[kept++] = walk->cubes[i];
	walk->n = kept;
}

static struct walk take_apart(struct arena *arena, packetset set, size_t max)
{
	const struct space *space = packetset_session.space;
	struct walk walk = { .arena = arena, .space = space, .limit = SURPLUS(max) };

	walk.current = cube_any(arena, space);
	if (packetset_decided())
		descend(&walk, 0, set);
	if (space->n_impossible) {
		drop_impossible(&walk);
		widen_all(&walk);
	}
	merge(&walk);
	if (space->n_impossible)
		widen_all(&walk);
	return walk;
}

/* How much there is to read. */
static size_t length(const struct walk *walk)
{
	size_t n = walk->n;

	for (size_t i = 0; i < walk->n * walk->space->n; i++) {
		const struct rangeset *set = walk->cubes[i / walk->space->n].sets[i % walk->space->n];

		n += set ? set->n : 0;
	}
	return n;
}

/*
 * Where there are impossible points, the set as it is and the smallest diagram that agrees with it on
 * all others can both come out ragged: the shorter one is taken.
 */
struct cubes packetset_regions(struct arena *arena, packetset set, size_t max, bool *more)
{
	struct walk walk = { .arena = NULL };

	*more = false;
	if (!packetset_decided() || packetset_empty(set))
		return (struct cubes){ 0 };
	walk = take_apart(arena, set, max);
	if (walk.space->n_impossible) {
		struct walk other = take_apart(arena, packetset_simplify(set), max);

		if (other.full < walk.full || (other.full == walk.full && length(&other) < length(&walk)))
			walk = other;
	}
	if (!packetset_decided())
		return (struct cubes){ 0 };
	*more = walk.full || walk.n > max;
	if (walk.n > max)
		walk.n = max;
	give_names(&walk, walk.n);
	return (struct cubes){ .n = walk.n, .cubes = walk.cubes };
}

/* Values that make a packet an ordinary one, by field; where none of them is in the set, the least that is. */
static const struct {
	enum field field;
	u128 value;
} ordinary[] = {
	{ FIELD_PROTO, PROTO_TCP },	{ FIELD_PROTO, PROTO_UDP }, { FIELD_PROTO, PROTO_ICMP },
	{ FIELD_PROTO, PROTO_ICMPV6 },	{ FIELD_FLAGS, 2 },	    { FIELD_VLAN, VLAN_NONE },
	{ FIELD_TTL, 64 },
};

/*
 * Follows the bits of `value`; returns where they lead, and how many of the last were not asked
 * for: with any other value there it is the same. NULL: the least value that leads anywhere, into *value.
 */
static BDD follow(size_t dimension, BDD node, bool free_choice, u128 *value, unsigned *open)
{
	const struct session *session = &packetset_session;
	unsigned bits = session->space->dimensions[dimension].bits;

	*open = bits;
	if (free_choice)
		*value = 0;
	while (node > 1 && (unsigned)bdd_var(node) < session->first[dimension + 1]) {
		u128 bit;

		*open = session->first[dimension + 1] - (unsigned)bdd_var(node) - 1;
		bit = (u128)1 << *open;
		if (free_choice && !bdd_low(node))
			*value |= bit;
		node = *value & bit ? bdd_high(node) : bdd_low(node);
	}
	return node;
}

static BDD choose(size_t dimension, BDD node, u128 *value, unsigned *open)
{
	const struct dimension *about = &packetset_session.space->dimensions[dimension];

	for (size_t i = 0; about->kind == DIMENSION_FIELD && i < sizeof(ordinary) / sizeof(ordinary[0]); i++) {
		BDD below;

		if (ordinary[i].field != about->field || ordinary[i].value > about->max)
			continue;
		*value = ordinary[i].value;
		below = follow(dimension, node, false, value, open);
		if (below)
			return below;
	}
	return follow(dimension, node, true, value, open);
}

static void choose_cube(struct arena *arena, BDD set, struct cube *cube)
{
	const struct space *space = packetset_session.space;

	*cube = cube_any(arena, space);
	for (size_t d = 0; d < space->n; d++) {
		unsigned open;
		u128 value;

		set = choose(d, set, &value, &open);
		/* Points beyond the greatest value are in no set, so all that is open is possible. */
		if (open < space->dimensions[d].bits)
			cube->sets[d] = rangeset_single(arena, value & ~u128_ones(open), value | u128_ones(open));
	}
}

/* Its packets all go from one address to the same; *loop is all such packets. */
static bool is_loop(struct arena *arena, const struct cube *cube, struct cube *loop)
{
	const struct space *space = packetset_session.space;
	int src = space_find(space, DIMENSION_FIELD, FIELD_SRC, NULL);
	int dst = space_find(space, DIMENSION_FIELD, FIELD_DST, NULL);
	const struct rangeset *from = src < 0 ? NULL : cube->sets[src], *to = dst < 0 ? NULL : cube->sets[dst];

	if (!from || !to || from->ranges[0].lo != from->ranges[0].hi || !rangeset_equal(from, to))
		return false;
	*loop = cube_any(arena, space);
	loop->sets[src] = from;
	loop->sets[dst] = to;
	return true;
}

bool packetset_one(struct arena *arena, packetset set, struct cube *cube)
{
	struct cube loop;

	if (!packetset_decided() || packetset_empty(set))
		return false;
	choose_cube(arena, set, cube);
	/* Who sends to himself makes a poor example. Another is looked for, but not forever. */
	for (unsigned try = 0; try < LOOPS_MAX && is_loop(arena, cube, &loop); try++) {
		set = packetset_minus(set, packetset_cube(&loop));
		if (!packetset_decided() || packetset_empty(set))
			break;
		choose_cube(arena, set, cube);
	}
	return true;
}
