/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Covers and the index of rules against enumeration, over a space of a few small fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cover.h"
#include "handmade.h"
#include "rulebook.h"

enum {
	DIMENSIONS = 4,
	VALUES = 6,
	POINTS = VALUES * VALUES * VALUES * VALUES,
	COVERS = 12,
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static const struct space *small_space(struct arena *arena)
{
	struct space *space = ARENA_NEW(arena, struct space);

	space->n = DIMENSIONS;
	space->dimensions = ARENA_ARRAY(arena, struct dimension, DIMENSIONS);
	for (unsigned d = 0; d < DIMENSIONS; d++)
		space->dimensions[d] = (struct dimension){ .kind = DIMENSION_FIELD, .bits = 3, .max = VALUES - 1 };
	return space;
}

static struct cube random_cube(struct arena *arena, const struct space *space, uint32_t *state, unsigned width)
{
	struct cube cube = cube_any(arena, space);

	for (unsigned d = 0; d < DIMENSIONS; d++) {
		struct range_bag bag = { 0 };

		if (next_random(state) % 3 == 0)
			continue;
		for (unsigned i = 0; i <= next_random(state) % 2; i++) {
			unsigned lo = next_random(state) % VALUES, hi = lo + next_random(state) % width;

			range_bag_add(arena, &bag, lo, hi < VALUES ? hi : VALUES - 1);
		}
		assert_true(cube_narrow(arena, space, &cube, d, rangeset_from_bag(arena, &bag)));
	}
	return cube;
}

static void point_of(unsigned number, u128 *point)
{
	for (unsigned d = 0; d < DIMENSIONS; d++) {
		point[d] = number % VALUES;
		number /= VALUES;
	}
}

static bool in_any(const struct space *space, const struct cube *const *covers, size_t n, const u128 *point)
{
	for (size_t i = 0; i < n; i++)
		if (covers[i] && cube_holds(space, covers[i], point))
			return true;
	return false;
}

static void search_agrees_with_enumeration(void **test_state)
{
	unsigned holes = 0, covered = 0;
	uint32_t state = 7;

	for (unsigned round = 0; round < 4000; round++) {
		const struct cube *covers[COVERS];
		struct cube cubes[COVERS], cube, hole;
		bool used[COVERS], left = false;
		u128 point[DIMENSIONS];
		const struct space *space;
		enum cover_answer answer;
		struct effort effort;
		struct arena arena;
		size_t n;

		arena_init(&arena);
		effort_init(&effort, 0, 0);
		space = small_space(&arena);
		cube = random_cube(&arena, space, &state, 3);
		n = next_random(&state) % COVERS;
		for (size_t i = 0; i < n; i++) {
			cubes[i] = random_cube(&arena, space, &state, VALUES);
			covers[i] = next_random(&state) % 8 ? &cubes[i] : NULL;
		}
		for (unsigned i = 0; i < POINTS && !left; i++) {
			point_of(i, point);
			left = cube_holds(space, &cube, point) && !in_any(space, covers, n, point);
		}
		answer = cover_search(&arena, space, &cube, covers, n, &effort, &hole, used);
		assert_int_equal(answer, left ? COVER_HOLE : COVER_ALL);
		if (left) {
			holes++;
			assert_true(cube_contains(space, &cube, &hole));
			for (unsigned i = 0; i < POINTS; i++) {
				point_of(i, point);
				if (cube_holds(space, &hole, point))
					assert_false(in_any(space, covers, n, point));
			}
		} else {
			covered++;
			/* What the answer did not rely on is not needed. */
			for (size_t i = 0; i < n; i++)
				if (!used[i])
					covers[i] = NULL;
			assert_int_equal(cover_search(&arena, space, &cube, covers, n, &effort, NULL, NULL), COVER_ALL);
		}
		arena_fini(&arena);
	}
	/* Both answers were asked for. */
	assert_true(holes > 500 && covered > 500);
}

/* A staircase that random packets rarely miss: 1 of 6^4 points is left. */
static void a_single_point_is_found(void **test_state)
{
	const struct cube *covers[DIMENSIONS];
	struct cube cubes[DIMENSIONS], cube, hole;
	const struct space *space;
	struct effort effort;
	struct arena arena;

	arena_init(&arena);
	effort_init(&effort, 0, 0);
	space = small_space(&arena);
	cube = cube_any(&arena, space);
	for (unsigned d = 0; d < DIMENSIONS; d++) {
		struct range_bag bag = { 0 };

		range_bag_add(&arena, &bag, 0, 2);
		range_bag_add(&arena, &bag, 4, VALUES - 1);
		cubes[d] = cube_any(&arena, space);
		assert_true(cube_narrow(&arena, space, &cubes[d], d, rangeset_from_bag(&arena, &bag)));
		covers[d] = &cubes[d];
	}
	assert_int_equal(cover_search(&arena, space, &cube, covers, DIMENSIONS, &effort, &hole, NULL), COVER_HOLE);
	for (unsigned d = 0; d < DIMENSIONS; d++)
		assert_true(hole.sets[d]->n == 1 && hole.sets[d]->ranges[0].lo == 3 && hole.sets[d]->ranges[0].hi == 3);
	arena_fini(&arena);
}

static void spent_effort_decides_nothing(void **test_state)
{
	const struct space *space;
	struct effort effort;
	struct arena arena;
	struct cube cube;

	arena_init(&arena);
	effort_init(&effort, 0, 1);
	space = small_space(&arena);
	cube = cube_any(&arena, space);
	assert_int_equal(cover_search(&arena, space, &cube, NULL, 0, &effort, NULL, NULL), COVER_HOLE);
	assert_int_equal(cover_search(&arena, space, &cube, NULL, 0, &effort, NULL, NULL), COVER_UNDECIDED);
	assert_true(effort.spent);
	arena_fini(&arena);
}

/* Rules with one term of ports each: the index must find those that meet, all and only. */
static void index_finds_all_that_meet(void **test_state)
{
	uint32_t state = 3;

	for (unsigned round = 0; round < 200; round++) {
		const struct policy *policy;
		const struct rulebook *book;
		const struct space *space;
		struct handmade h;
		struct block *block;
		size_t found[20], n;
		struct cube cube;

		handmade_open(&h, "edge;");
		block = handmade_block(&h, DIRECTION_INGRESS, HOOK_XDP, "eth0");
		h.policy->blocks[h.policy->n_blocks++] = block;
		block->rules = ARENA_ARRAY(&h.compile.arena, struct rule *, 20);
		for (block->n_rules = 0; block->n_rules < 20; block->n_rules++) {
			struct rule *rule = ARENA_NEW(&h.compile.arena, struct rule);
			unsigned lo = next_random(&state) % 50;

			rule->name = arena_printf(&h.compile.arena, "r%zu", block->n_rules);
			rule->n_terms = 1;
			rule->terms = ARENA_NEW(&h.compile.arena, struct term);
			rule->terms->n = 1;
			rule->terms->preds = ARENA_NEW(&h.compile.arena, struct pred);
			*rule->terms->preds = (struct pred){
				.kind = PRED_RANGES,
				.field = FIELD_DPORT,
				.ranges = rangeset_single(&h.compile.arena, lo, lo + next_random(&state) % 10),
			};
			block->rules[block->n_rules] = rule;
		}
		policy = h.policy;
		space = space_build(&h.compile.arena, &policy, 1, FAMILY_V4);
		book = rulebook_build(&h.compile.arena, space, block);
		cube = cube_any(&h.compile.arena, space);
		assert_true(cube_narrow(&h.compile.arena, space, &cube,
					(size_t)space_find(space, DIMENSION_FIELD, FIELD_DPORT, NULL),
					rangeset_single(&h.compile.arena, round % 50, round % 50 + round % 7)));
		n = rulebook_meeting(book, &cube, 0, 20, found);
		for (size_t i = 0, at = 0; i < 20; i++) {
			const struct range *range = &block->rules[i]->terms->preds->ranges->ranges[0];
			bool meets = range->lo <= round % 50 + round % 7 && range->hi >= round % 50;

			assert_int_equal(meets, at < n && found[at] == i);
			at += meets;
		}
		handmade_close(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search_agrees_with_enumeration),
		cmocka_unit_test(a_single_point_is_found),
		cmocka_unit_test(spent_effort_decides_nothing),
		cmocka_unit_test(index_finds_all_that_meet),
	};

	return cmocka_run_group_tests_name("cover", tests, NULL, NULL);
}
