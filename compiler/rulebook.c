/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "rulebook.h"

#include "box_tree.h"

#include <stdlib.h>
#include <string.h>

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

/* The end points of a dimension. Cubes that take all of it add its two ends but once. */
static struct axis make_axis(struct arena *arena, const struct rulebook_index *index, const struct space *space, size_t d)
{
	struct axis axis = { .dimension = d };
	size_t n = 2;

	for (size_t i = 0; i < index->n_cubes; i++)
		n += index->cubes[i]->sets[d] ? 2 : 0;
	axis.points = ARENA_ARRAY(arena, u128, n);
	axis.points[1] = space->dimensions[d].max;
	n = 2;
	for (size_t i = 0; i < index->n_cubes; i++)
		if (index->cubes[i]->sets[d]) {
			struct range range = hull(space, index->cubes[i], d);

			axis.points[n++] = range.lo;
			axis.points[n++] = range.hi;
		}
	qsort(axis.points, n, sizeof(*axis.points), compare_points);
	for (size_t i = 0; i < n; i++)
		if (!axis.n || axis.points[axis.n - 1] != axis.points[i])
			axis.points[axis.n++] = axis.points[i];
	return axis;
}

static int compare_axes(const void *left, const void *right)
{
	const struct axis *a = left, *b = right;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return a->dimension < b->dimension ? -1 : 1;
}

static void choose_axes(struct arena *arena, struct rulebook_index *index, const struct space *space)
{
	struct axis *axes;
	struct arena scratch;

	arena_init(&scratch);
	axes = ARENA_ARRAY(&scratch, struct axis, space->n);
	for (size_t d = 0; d < space->n; d++)
		axes[d] = make_axis(&scratch, index, space, d);
	qsort(axes, space->n, sizeof(*axes), compare_axes);
	for (size_t i = 0; i < space->n && i < BOX_DIMENSIONS_MAX; i++) {
		struct axis *axis = &index->axes[index->n_axes++];

		*axis = axes[i];
		axis->points = ARENA_ARRAY(arena, u128, axis->n);
		memcpy(axis->points, axes[i].points, axis->n * sizeof(*axis->points));
	}
	arena_fini(&scratch);
}

static const struct box_tree *build_tree(struct arena *arena, const struct rulebook_index *index,
					 const struct space *space)
{
	const struct box_tree *tree;
	struct arena scratch;
	struct box *boxes;

	arena_init(&scratch);
	boxes = ARENA_ARRAY(&scratch, struct box, index->n_cubes);
	for (size_t a = 0; a < index->n_axes; a++) {
		const struct axis *axis = &index->axes[a];

		for (size_t i = 0; i < index->n_cubes; i++) {
			struct range range = hull(space, index->cubes[i], axis->dimension);

			boxes[i].lo[a] = rank(axis->points, axis->n, range.lo);
			boxes[i].hi[a] = rank(axis->points, axis->n, range.hi);
		}
	}
	tree = box_tree_build(arena, boxes, index->n_cubes, index->n_axes);
	arena_fini(&scratch);
	return tree;
}

static struct rulebook_index *build_index(struct arena *arena, const struct rulebook *book)
{
	struct rulebook_index *index = ARENA_NEW(arena, struct rulebook_index);
	size_t at = 0;

	index->first = ARENA_ARRAY(arena, size_t, book->n + 1);
	for (size_t i = 0; i < book->n; i++) {
		index->first[i] = index->n_cubes;
		index->n_cubes += book->entries[i].n_cubes;
	}
	index->first[book->n] = index->n_cubes;
	index->rule = ARENA_ARRAY(arena, uint32_t, index->n_cubes);
	index->cubes = ARENA_ARRAY(arena, const struct cube *, index->n_cubes);
	index->deciding = ARENA_ARRAY(arena, const struct cube *, index->n_cubes);
	index->marks = ARENA_ARRAY(arena, uint64_t, book->n / 64 + 1);
	for (size_t i = 0; i < book->n; i++) {
		const struct entry *entry = &book->entries[i];

		for (size_t j = 0; j < entry->n_cubes; j++) {
			index->rule[at] = (uint32_t)i;
			index->deciding[at] = entry->deciding ? &entry->deciding[j] : NULL;
			index->cubes[at++] = &entry->cubes[j];
		}
	}
	choose_axes(arena, index, book->space);
	index->tree = build_tree(arena, index, book->space);
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

/* A question to the tree; what the tree finds is held against the cubes themselves. */
struct question {
	struct box_query query; /* first: what the tree hands back */
	const struct rulebook *book;
	const struct cube *cube;
	const u128 *point;
	const bool *skip;
	size_t answer;          /* a rule; SIZE_MAX: none */
};

static struct question ask(const struct rulebook *book, size_t from, size_t to)
{
	return (struct question){
		.query = { .from = book->index->first[from], .to = book->index->first[to] },
		.book = book,
		.answer = SIZE_MAX,
	};
}

/* How many points are `value` or below. */
static uint32_t rank_above(const struct axis *axis, u128 value)
{
	return value + 1 ? rank(axis->points, axis->n, value + 1) : (uint32_t)axis->n;
}

/* What begins at `begin` or before, and ends at `end` or later. */
static void set_bounds(struct question *question, size_t a, u128 begin, u128 end)
{
	const struct axis *axis = &question->book->index->axes[a];

	question->query.below[a] = rank_above(axis, begin);
	question->query.least[a] = rank(axis->points, axis->n, end);
}

static bool mark_meeting(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct rulebook_index *index = question->book->index;
	uint32_t rule = index->rule[number];

	if (!(index->marks[rule / 64] >> rule % 64 & 1) &&
	    cube_meets(question->book->space, question->cube, index->cubes[number]))
		index->marks[rule / 64] |= (uint64_t)1 << rule % 64;
	return true;
}

size_t rulebook_meeting(const struct rulebook *book, const struct cube *cube, size_t from, size_t to, size_t *out)
{
	struct question question = ask(book, from, to);
	const struct rulebook_index *index = book->index;
	size_t n = 0;

	question.cube = cube;
	question.query.found = mark_meeting;
	for (size_t a = 0; a < index->n_axes; a++) {
		struct range range = hull(book->space, cube, index->axes[a].dimension);

		set_bounds(&question, a, range.hi, range.lo);
	}
	box_tree_walk(index->tree, &question.query);
	for (size_t word = from / 64; word * 64 < to; word++)
		for (; index->marks[word]; index->marks[word] &= index->marks[word] - 1)
			out[n++] = word * 64 + (size_t)__builtin_ctzll(index->marks[word]);
	return n;
}

/* A rule that is found leaves only earlier ones to be looked for. */
static bool settle(struct question *question, size_t number)
{
	const struct rulebook_index *index = question->book->index;

	question->answer = index->rule[number];
	question->query.to = index->first[question->answer];
	return true;
}

static bool first_matching(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;

	if (!cube_holds(question->book->space, question->book->index->cubes[number], question->point))
		return true;
	return settle(question, number);
}

size_t rulebook_first(const struct rulebook *book, const u128 *point, size_t from, size_t to)
{
	struct question question = ask(book, from, to);

	question.point = point;
	question.query.found = first_matching;
	for (size_t a = 0; a < book->index->n_axes; a++)
		set_bounds(&question, a, point[book->index->axes[a].dimension], point[book->index->axes[a].dimension]);
	box_tree_walk(book->index->tree, &question.query);
	return question.answer;
}

static bool any_deciding(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct cube *cube = question->book->index->deciding[number];

	if (!cube || !cube_holds(question->book->space, cube, question->point))
		return true;
	question->answer = question->book->index->rule[number];
	return false;
}

bool rulebook_decides(const struct rulebook *book, const u128 *point, size_t to)
{
	struct question question = ask(book, 0, to);

	question.point = point;
	question.query.found = any_deciding;
	for (size_t a = 0; a < book->index->n_axes; a++)
		set_bounds(&question, a, point[book->index->axes[a].dimension], point[book->index->axes[a].dimension]);
	box_tree_walk(book->index->tree, &question.query);
	return question.answer != SIZE_MAX;
}

static bool first_containing(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct rulebook_index *index = question->book->index;
	const struct cube *cube = index->deciding[number];

	if (!cube || question->skip[index->rule[number]] ||
	    !cube_contains(question->book->space, cube, question->cube))
		return true;
	return settle(question, number);
}

size_t rulebook_containing(const struct rulebook *book, const struct cube *cube, size_t from, size_t to,
			   const bool *skip)
{
	struct question question = ask(book, from, to);

	question.cube = cube;
	question.skip = skip;
	question.query.found = first_containing;
	for (size_t a = 0; a < book->index->n_axes; a++) {
		struct range range = hull(book->space, cube, book->index->axes[a].dimension);

		set_bounds(&question, a, range.lo, range.hi);
	}
	box_tree_walk(book->index->tree, &question.query);
	return question.answer;
}
