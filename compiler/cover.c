/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "cover.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES 32u
/* Each level splits at least one cover off; deeper than this nothing ends in any time one would wait. */
#define DEPTH_MAX 4000u
/* A step looks at every cover; so many are the work of one node of a diagram. */
#define COVERS_PER_NODE 256u

/* One cover of the question, with its place in the caller's array; impossible cubes have none. */
struct piece {
	const struct cube *cube;
	size_t number;
};

#define NO_NUMBER SIZE_MAX

struct search {
	const struct space *space;
	struct effort *effort;
	const struct cube *question;
	struct arena *arena; /* the hole's */
	struct cube *hole;   /* may be NULL */
	bool *used;          /* may be NULL */
	uint64_t random;
};

/* splitmix64, from a fixed seed: the same policy has the same witnesses everywhere. */
static uint64_t next_random(uint64_t *random)
{
	uint64_t z = *random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void mark_used(struct search *search, const struct piece *piece)
{
	if (search->used && piece->number != NO_NUMBER)
		search->used[piece->number] = true;
}

static bool dimension_covers(const struct cube *cover, const struct cube *cube, size_t d)
{
	return !cover->sets[d] || (cube->sets[d] && rangeset_is_within(cube->sets[d], cover->sets[d]));
}

static const struct rangeset *values(struct arena *arena, const struct space *space, const struct cube *cube, size_t d)
{
	return cube->sets[d] ? cube->sets[d] : space_full(arena, space, d);
}

/* What a person would think of first, then two opposite corners, then anything. */
static void choose_point(const struct space *space, const struct cube *cube, unsigned try, uint64_t *random, u128 *point)
{
	for (size_t d = 0; d < space->n; d++) {
		const struct rangeset *set = cube->sets[d];
		struct range range = { .lo = 0, .hi = space->dimensions[d].max };
		u128 span;

		if (try == 0 && (!set || rangeset_contains(set, space->dimensions[d].plain))) {
			point[d] = space->dimensions[d].plain;
			continue;
		}
		if (try > 2 && set)
			range = set->ranges[next_random(random) % set->n];
		else if (set)
			range = (struct range){ .lo = set->ranges[0].lo, .hi = set->ranges[set->n - 1].hi };
		span = range.hi - range.lo + 1; /* 0: all 2^128 */
		if (try <= 1)
			point[d] = range.lo;
		else if (try == 2)
			point[d] = range.hi;
		else if (span == 1)
			point[d] = range.lo;
		else {
			u128 number = (u128)next_random(random) << 64 | next_random(random);

			point[d] = range.lo + (span ? number % span : number);
		}
	}
}

static bool find_point(struct search *search, const struct cube *cube, const struct piece *pieces, size_t n, u128 *point)
{
	for (unsigned try = 0; try < SAMPLES; try++) {
		size_t i;

		choose_point(search->space, cube, try, &search->random, point);
		for (i = 0; i < n; i++)
			if (cube_holds(search->space, pieces[i].cube, point))
				break;
		if (i == n)
			return true;
	}
	return false;
}

/*
 * A cube around a point outside of all covers: of each cover in the way the cube
 * gives up one dimension, the one that costs the fewest ranges.
 */
static void grow(struct arena *scratch, const struct space *space, struct cube *cube, const struct piece *pieces,
		 size_t n, const u128 *point)
{
	for (size_t i = 0; i < n; i++) {
		const struct cube *cover = pieces[i].cube;
		const struct rangeset *best = NULL;
		size_t best_dimension = 0;

		if (!cube_meets(space, cube, cover))
			continue;
		/* From the back: what a person looks at last gives way first. */
		for (size_t d = space->n; d-- > 0;) {
			const struct rangeset *rest;

			if (!cover->sets[d] || rangeset_contains(cover->sets[d], point[d]))
				continue;
			rest = rangeset_minus(scratch, values(scratch, space, cube, d), cover->sets[d]);
			if (!best || rest->n < best->n) {
				best = rest;
				best_dimension = d;
			}
		}
		cube->sets[best_dimension] = best;
	}
}

/* What is the question's own lives as long as the question; all else is scratch. */
static void copy_cube(const struct cube *from, struct search *search)
{
	struct arena *arena = search->arena;

	*search->hole = cube_any(arena, search->space);
	for (size_t d = 0; d < search->space->n; d++) {
		const struct rangeset *set = from->sets[d];
		struct rangeset *copy;

		if (!set || set == search->question->sets[d]) {
			search->hole->sets[d] = set;
			continue;
		}
		copy = ARENA_NEW(arena, struct rangeset);
		copy->n = set->n;
		copy->name = set->name;
		copy->ranges = ARENA_ARRAY(arena, struct range, set->n);
		memcpy(copy->ranges, set->ranges, set->n * sizeof(*set->ranges));
		search->hole->sets[d] = copy;
	}
}

/* What one pass over the covers finds out. */
struct pass {
	size_t n_kept;
	const struct piece *pivot;   /* sticks out in the fewest dimensions */
	unsigned pivot_misses;
	bool narrowed;
	bool covered;
};

/*
 * Drops covers that miss the cube, and takes those that cover it in all dimensions
 * but one as a narrowing of that dimension. `pieces` is compacted in place.
 */
static struct pass look(struct search *search, struct arena *scratch, struct cube *cube, struct piece *pieces, size_t n)
{
	const struct space *space = search->space;
	struct range_bag *bags = ARENA_ARRAY(scratch, struct range_bag, space->n);
	struct pass pass = { 0 };

	for (size_t i = 0; i < n; i++) {
		unsigned misses = 0;
		size_t missed = 0;

		if (!cube_meets(space, cube, pieces[i].cube))
			continue;
		for (size_t d = 0; d < space->n; d++)
			if (!dimension_covers(pieces[i].cube, cube, d)) {
				misses++;
				missed = d;
			}
		if (misses == 0) {
			mark_used(search, &pieces[i]);
			pass.covered = true;
			return pass;
		}
		if (misses == 1) {
			mark_used(search, &pieces[i]);
			range_bag_add_set(scratch, &bags[missed], pieces[i].cube->sets[missed]);
			pass.narrowed = true;
			continue;
		}
		pieces[pass.n_kept] = pieces[i];
		if (!pass.pivot || misses < pass.pivot_misses) {
			pass.pivot = &pieces[pass.n_kept];
			pass.pivot_misses = misses;
		}
		pass.n_kept++;
	}
	for (size_t d = 0; pass.narrowed && d < space->n; d++) {
		const struct rangeset *rest;

		if (!bags[d].n)
			continue;
		rest = rangeset_minus(scratch, values(scratch, space, cube, d), rangeset_from_bag(scratch, &bags[d]));
		if (!rest->n) {
			pass.covered = true;
			return pass;
		}
		cube->sets[d] = rest;
	}
	return pass;
}

static enum cover_answer search_in(struct search *search, const struct cube *outer, const struct piece *outer_pieces,
				   size_t n, unsigned depth);

/* The parts of the cube that stick out of the pivot, one dimension after another. */
static enum cover_answer split(struct search *search, struct arena *scratch, struct cube *cube, const struct piece *pivot,
			       const struct piece *pieces, size_t n, unsigned depth)
{
	const struct space *space = search->space;
	const struct cube *cover = pivot->cube;

	mark_used(search, pivot);
	for (size_t d = 0; d < space->n; d++) {
		const struct rangeset *all;
		enum cover_answer answer;

		if (dimension_covers(cover, cube, d))
			continue;
		all = values(scratch, space, cube, d);
		cube->sets[d] = rangeset_minus(scratch, all, cover->sets[d]);
		answer = search_in(search, cube, pieces, n, depth + 1);
		if (answer != COVER_ALL)
			return answer;
		cube->sets[d] = rangeset_intersect(scratch, all, cover->sets[d]);
	}
	return COVER_ALL;
}

static enum cover_answer search_in(struct search *search, const struct cube *outer, const struct piece *outer_pieces,
				   size_t n, unsigned depth)
{
	enum cover_answer answer = COVER_ALL;
	struct arena scratch;
	struct piece *pieces;
	struct cube cube;
	struct pass pass;

	if (depth > DEPTH_MAX || !effort_take(search->effort, 1 + n / COVERS_PER_NODE))
		return COVER_UNDECIDED;
	arena_init(&scratch);
	cube = cube_any(&scratch, search->space);
	memcpy(cube.sets, outer->sets, search->space->n * sizeof(*cube.sets));
	pieces = ARENA_ARRAY(&scratch, struct piece, n);
	memcpy(pieces, outer_pieces, n * sizeof(*pieces));
	do {
		pass = look(search, &scratch, &cube, pieces, n);
		n = pass.n_kept;
	} while (pass.narrowed && !pass.covered);
	if (!pass.covered && !n) {
		if (search->hole)
			copy_cube(&cube, search);
		answer = COVER_HOLE;
	} else if (!pass.covered) {
		struct piece pivot = *pass.pivot;

		answer = split(search, &scratch, &cube, &pivot, pieces, n, depth);
	}
	arena_fini(&scratch);
	return answer;
}

static enum cover_answer sample_then_search(struct search *search, struct arena *scratch, const struct cube *cube,
					    const struct piece *pieces, size_t n)
{
	u128 *point = ARENA_ARRAY(scratch, u128, search->space->n);
	struct cube grown;

	if (!find_point(search, cube, pieces, n, point))
		return search_in(search, cube, pieces, n, 0);
	if (search->hole) {
		grown = cube_any(scratch, search->space);
		memcpy(grown.sets, cube->sets, search->space->n * sizeof(*grown.sets));
		grow(scratch, search->space, &grown, pieces, n, point);
		copy_cube(&grown, search);
	}
	return COVER_HOLE;
}

static enum cover_answer start(struct search *search, const struct cube *const *covers, size_t n, bool by_luck)
{
	const struct space *space = search->space;
	const struct cube *cube = search->question;
	enum cover_answer answer;
	struct arena scratch;
	struct piece *pieces;
	size_t n_pieces = 0;

	if (search->used)
		memset(search->used, 0, n * sizeof(*search->used));
	if (!effort_take(search->effort, 1 + n / COVERS_PER_NODE))
		return COVER_UNDECIDED;
	arena_init(&scratch);
	pieces = ARENA_ARRAY(&scratch, struct piece, space->n_impossible + n);
	/* Impossible points first: a hole is never one of them. */
	for (size_t i = 0; i < space->n_impossible; i++)
		if (cube_meets(space, cube, &space->impossible[i]))
			pieces[n_pieces++] = (struct piece){ .cube = &space->impossible[i], .number = NO_NUMBER };
	for (size_t i = 0; i < n; i++) {
		if (!covers[i] || !cube_meets(space, cube, covers[i]))
			continue;
		pieces[n_pieces++] = (struct piece){ .cube = covers[i], .number = i };
		/* The common case of a cover: one alone. */
		if (cube_contains(space, covers[i], cube)) {
			mark_used(search, &pieces[n_pieces - 1]);
			arena_fini(&scratch);
			return COVER_ALL;
		}
	}
	answer = by_luck ? sample_then_search(search, &scratch, cube, pieces, n_pieces)
			 : search_in(search, cube, pieces, n_pieces, 0);
	arena_fini(&scratch);
	return answer;
}

enum cover_answer cover_search(struct arena *arena, const struct space *space, const struct cube *cube,
			       const struct cube *const *covers, size_t n, struct effort *effort, struct cube *hole,
			       bool *used)
{
	struct search search = {
		.space = space, .effort = effort, .question = cube, .arena = arena, .hole = hole, .used = used,
	};

	return start(&search, covers, n, true);
}

enum cover_answer cover_prove(const struct space *space, const struct cube *cube, const struct cube *const *covers,
			      size_t n, struct effort *effort, bool *used)
{
	struct search search = { .space = space, .effort = effort, .question = cube, .used = used };

	return start(&search, covers, n, false);
}

bool cover_sample(const struct space *space, const struct cube *cube, const struct cube *const *covers, size_t n,
		  unsigned try, u128 *point)
{
	uint64_t random = try;

	choose_point(space, cube, try, &random, point);
	for (size_t i = 0; i < space->n_impossible; i++)
		if (cube_holds(space, &space->impossible[i], point))
			return false;
	for (size_t i = 0; i < n; i++)
		if (covers[i] && cube_holds(space, covers[i], point))
			return false;
	return true;
}
