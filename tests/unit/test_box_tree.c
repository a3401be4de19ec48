/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The index of boxes against a look at all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "box_tree.h"

enum {
	BOXES = 700,
	DIMENSIONS = 4,
	ENDS = 200, /* coordinates are below */
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Filter sets have everything: wildcards, single values, prefixes within prefixes. */
static struct box random_box(uint32_t *state)
{
	struct box box = { 0 };

	for (unsigned d = 0; d < DIMENSIONS; d++) {
		uint32_t size = 1u << next_random(state) % 8;

		box.lo[d] = next_random(state) % 4 ? next_random(state) % ENDS / size * size : 0;
		box.hi[d] = next_random(state) % 4 ? box.lo[d] + size - 1 : 255;
	}
	return box;
}

struct search {
	struct box_query query;
	unsigned times[BOXES];
	size_t first, stop_after, n;
};

static bool note(struct box_query *query, size_t number)
{
	struct search *search = (struct search *)query;

	search->times[number]++;
	return ++search->n != search->stop_after;
}

static bool note_first(struct box_query *query, size_t number)
{
	struct search *search = (struct search *)query;

	assert_true(number < search->first);
	search->first = query->to = number;
	return true;
}

static bool answers(const struct box_query *query, const struct box *box, size_t number)
{
	for (unsigned d = 0; d < DIMENSIONS; d++)
		if (box->lo[d] >= query->below[d] || box->hi[d] < query->least[d])
			return false;
	return number >= query->from && number < query->to;
}

/* A box to meet, or to be contained; a point is both. */
static struct box_query random_query(uint32_t *state, bool contain)
{
	size_t from = next_random(state) % BOXES / 2, to = BOXES - next_random(state) % BOXES / 2;
	struct box_query query = { .from = from, .to = to };
	struct box box = random_box(state);

	for (unsigned d = 0; d < DIMENSIONS; d++) {
		query.below[d] = (contain ? box.lo[d] : box.hi[d]) + 1;
		query.least[d] = contain ? box.hi[d] : box.lo[d];
	}
	return query;
}

static void check(const struct box_tree *tree, const struct box *boxes, size_t n_boxes, const struct box_query *query,
		  size_t *n_found)
{
	struct search all = { .query = *query }, first = { .query = *query, .first = SIZE_MAX };
	size_t lowest = SIZE_MAX;

	all.query.found = note;
	first.query.found = note_first;
	box_tree_walk(tree, &all.query);
	box_tree_walk(tree, &first.query);
	for (size_t i = n_boxes; i-- > 0;) {
		bool expected = answers(query, &boxes[i], i);

		assert_int_equal(all.times[i], expected);
		lowest = expected ? i : lowest;
	}
	assert_int_equal(first.first, lowest);
	if (all.n > 1) {
		struct search some = { .query = *query, .stop_after = 2 };

		some.query.found = note;
		box_tree_walk(tree, &some.query);
		assert_int_equal(some.n, 2);
	}
	*n_found += all.n;
}

static void finds_all_and_only(void **test_state)
{
	uint32_t state = 11;
	size_t found = 0;

	for (unsigned round = 0; round < 30; round++) {
		static struct box boxes[BOXES];
		const struct box_tree *tree;
		struct arena arena;

		arena_init(&arena);
		for (size_t i = 0; i < BOXES; i++)
			boxes[i] = random_box(&state);
		tree = box_tree_build(&arena, boxes, BOXES, DIMENSIONS);
		for (unsigned i = 0; i < 60; i++) {
			struct box_query query = random_query(&state, i % 2);

			check(tree, boxes, BOXES, &query, &found);
		}
		arena_fini(&arena);
	}
	assert_true(found > 30 * 60);
}

/* Nothing tells them apart but their number; and no box at all is a tree, too. */
static void equal_boxes_are_told_apart(void **test_state)
{
	static struct box boxes[BOXES];
	uint32_t state = 5;
	size_t found = 0;
	struct arena arena;

	arena_init(&arena);
	for (size_t n = 0; n <= BOXES; n += BOXES / 7) {
		const struct box_tree *tree = box_tree_build(&arena, boxes, n, DIMENSIONS);

		for (unsigned i = 0; i < 20; i++) {
			struct box_query query = random_query(&state, true);

			for (unsigned d = 0; d < DIMENSIONS; d++)
				query.least[d] = 0;
			check(tree, boxes, n, &query, &found);
		}
	}
	assert_true(found > BOXES);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all_and_only),
		cmocka_unit_test(equal_boxes_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
