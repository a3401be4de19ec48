/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "rulebook_index.h"

#include <stdlib.h>
#include <string.h>

static int compare_points(const void *left, const void *right)
{
	u128 a = *(const u128 *)left, b = *(const u128 *)right;

	return a < b ? -1 : a > b;
}

/* How many points are below `value`. */
uint32_t rulebook_rank(const struct axis *axis, u128 value)
{
	size_t low = 0, high = axis->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (axis->points[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

/* The end points of a dimension. Cubes that take all of it add its two ends but once. */
static struct axis make_axis(struct arena *arena, const struct rulebook_index *index, const struct space *space,
			     size_t d)
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
			struct range range = rulebook_hull(space, index->cubes[i], d);

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
			struct range range = rulebook_hull(space, index->cubes[i], axis->dimension);

			boxes[i].lo[a] = rulebook_rank(axis, range.lo);
			boxes[i].hi[a] = rulebook_rank(axis, range.hi);
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
