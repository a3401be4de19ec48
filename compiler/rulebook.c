/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "rulebook.h"

#include <stdlib.h>

/*
 * Each cube as its hull: in each dimension the ranks, among all end points there, of
 * its lowest and highest value. Hulls that do not meet are of cubes that do not.
 */
struct rulebook_index {
	size_t n_cubes;
	uint32_t *rule;       /* of each cube, ascending */
	const struct cube **cubes;
	u128 **points;        /* by dimension: sorted, different */
	size_t *n_points;
	uint32_t **lo, **hi;  /* by dimension and cube */
	size_t *first;        /* by rule: its first cube; n + 1 of them */
};

static int compare_points(const void *left, const void *right)
{
	u128 a = *(const u128 *)left, b = *(const u128 *)right;

	return a < b ? -1 : a > b;
}

static struct range hull(const struct space *space, const struct cube *cube, size_t d)
{
	const struct rangeset *set = cube->sets[d];

	if (!set)
		return (struct range){ .lo = 0, .hi = space->dimensions[d].max };
	return (struct range){ .lo = set->ranges[0].lo, .hi = set->ranges[set->n - 1].hi };
}

/* How many points are below `value`. */
static uint32_t rank(const u128 *points, size_t n, u128 value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (points[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static void index_dimension(struct arena *arena, struct rulebook_index *index, const struct space *space, size_t d)
{
	u128 *points = ARENA_ARRAY(arena, u128, 2 * index->n_cubes);
	size_t n = 0;

	for (size_t i = 0; i < index->n_cubes; i++) {
		struct range range = hull(space, index->cubes[i], d);

		points[2 * i] = range.lo;
		points[2 * i + 1] = range.hi;
	}
	qsort(points, 2 * index->n_cubes, sizeof(*points), compare_points);
	for (size_t i = 0; i < 2 * index->n_cubes; i++)
		if (!n || points[n - 1] != points[i])
			points[n++] = points[i];
	index->points[d] = points;
	index->n_points[d] = n;
	index->lo[d] = ARENA_ARRAY(arena, uint32_t, index->n_cubes);
	index->hi[d] = ARENA_ARRAY(arena, uint32_t, index->n_cubes);
	for (size_t i = 0; i < index->n_cubes; i++) {
		struct range range = hull(space, index->cubes[i], d);

		index->lo[d][i] = rank(points, n, range.lo);
		index->hi[d][i] = rank(points, n, range.hi);
	}
}

static struct rulebook_index *build_index(struct arena *arena, const struct rulebook *book)
{
	struct rulebook_index *index = ARENA_NEW(arena, struct rulebook_index);
	const struct space *space = book->space;
	size_t at = 0;

	index->first = ARENA_ARRAY(arena, size_t, book->n + 1);
	for (size_t i = 0; i < book->n; i++) {
		index->first[i] = index->n_cubes;
		index->n_cubes += book->entries[i].n_cubes;
	}
	index->first[book->n] = index->n_cubes;
	index->rule = ARENA_ARRAY(arena, uint32_t, index->n_cubes);
	index->cubes = ARENA_ARRAY(arena, const struct cube *, index->n_cubes);
	for (size_t i = 0; i < book->n; i++)
		for (size_t j = 0; j < book->entries[i].n_cubes; j++) {
			index->rule[at] = (uint32_t)i;
			index->cubes[at++] = &book->entries[i].cubes[j];
		}
	index->points = ARENA_ARRAY(arena, u128 *, space->n);
	index->n_points = ARENA_ARRAY(arena, size_t, space->n);
	index->lo = ARENA_ARRAY(arena, uint32_t *, space->n);
	index->hi = ARENA_ARRAY(arena, uint32_t *, space->n);
	for (size_t d = 0; d < space->n; d++)
		index_dimension(arena, index, space, d);
	return index;
}

/* A rate-limit decides a packet only if it exceeds the rate. */
static struct cube exceeding(struct arena *arena, const struct space *space, const struct rule *rule,
			     const struct cube *cube)
{
	int dimension = space_find(space, DIMENSION_LIMIT, 0, rule->name);
	struct cube deciding = cube_any(arena, space);

	for (size_t d = 0; d < space->n; d++)
		deciding.sets[d] = cube->sets[d];
	cube_narrow(arena, space, &deciding, (size_t)dimension, rangeset_single(arena, 1, 1));
	return deciding;
}

static void fill_entry(struct arena *arena, const struct space *space, struct entry *entry)
{
	const struct rule *rule = entry->rule;

	entry->cubes = ARENA_ARRAY(arena, struct cube, rule->n_terms);
	for (size_t i = 0; i < rule->n_terms; i++)
		if (cube_from_term(arena, space, &rule->terms[i], &entry->cubes[entry->n_cubes]))
			entry->n_cubes++;
	if (rule->action == ACTION_RATE_LIMIT) {
		entry->deciding = ARENA_ARRAY(arena, struct cube, entry->n_cubes);
		for (size_t i = 0; i < entry->n_cubes; i++)
			entry->deciding[i] = exceeding(arena, space, rule, &entry->cubes[i]);
	} else if (rule->action != ACTION_SAMPLE) {
		entry->deciding = entry->cubes;
	}
}

const struct rulebook *rulebook_build(struct arena *arena, const struct space *space, const struct block *block)
{
	struct rulebook *book = ARENA_NEW(arena, struct rulebook);

	book->block = block;
	book->space = space;
	book->n = block->n_rules;
	book->entries = ARENA_ARRAY(arena, struct entry, book->n);
	for (size_t i = 0; i < book->n; i++) {
		book->entries[i].rule = block->rules[i];
		fill_entry(arena, space, &book->entries[i]);
	}
	book->index = build_index(arena, book);
	return book;
}

struct filter {
	const uint32_t *lo, *hi; /* of the cubes */
	uint32_t from, to;       /* of the question, half-open */
};

/* The dimensions in which the question is narrower than everything, as ranks. */
static size_t make_filters(const struct rulebook *book, const struct cube *cube, struct filter *filters)
{
	const struct rulebook_index *index = book->index;
	size_t n = 0;

	for (size_t d = 0; d < book->space->n; d++) {
		struct filter *filter = &filters[n];
		struct range range;

		if (!cube->sets[d] || !index->n_cubes)
			continue;
		range = hull(book->space, cube, d);
		/* A cube that begins at a point above the range, or ends at one below it, does not meet it. */
		filter->from = rank(index->points[d], index->n_points[d], range.lo);
		filter->to = range.hi + 1 ? rank(index->points[d], index->n_points[d], range.hi + 1) : UINT32_MAX;
		filter->lo = index->lo[d];
		filter->hi = index->hi[d];
		n++;
	}
	return n;
}

static bool passes(const struct filter *filters, size_t n, size_t cube)
{
	for (size_t i = 0; i < n; i++)
		if (filters[i].lo[cube] >= filters[i].to || filters[i].hi[cube] < filters[i].from)
			return false;
	return true;
}

size_t rulebook_meeting(const struct rulebook *book, const struct cube *cube, size_t from, size_t to, size_t *out)
{
	const struct rulebook_index *index = book->index;
	size_t n_filters, n = 0, end = index->first[to];
	struct filter *filters = calloc(book->space->n, sizeof(*filters));

	/* Without filters there are more candidates, and the same answer. */
	n_filters = filters ? make_filters(book, cube, filters) : 0;
	for (size_t i = index->first[from]; i < end; i++) {
		size_t rule = index->rule[i];

		if (n && out[n - 1] == rule)
			continue;
		if (passes(filters, n_filters, i) && cube_meets(book->space, cube, index->cubes[i]))
			out[n++] = rule;
	}
	free(filters);
	return n;
}
