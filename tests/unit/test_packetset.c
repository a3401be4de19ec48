/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Sets of packets against a list of all points of a small space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "packetset.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define DIMENSIONS 6
#define POINTS_MAX 8192

static struct dimension small_dimensions[DIMENSIONS] = {
	{ .kind = DIMENSION_FIELD, .field = FIELD_PROTO, .bits = 3, .max = 7 },
	{ .kind = DIMENSION_FIELD, .field = FIELD_FRAGMENT, .bits = 2, .max = 2 },
	{ .kind = DIMENSION_FIELD, .field = FIELD_DST, .bits = 3, .max = 7 },
	{ .kind = DIMENSION_FIELD, .field = FIELD_DPORT, .bits = 2, .max = 3 },
	{ .kind = DIMENSION_FIELD, .field = FIELD_VLAN, .bits = 3, .max = 4 },
	{ .kind = DIMENSION_LIMIT, .name = "limit", .bits = 1, .max = 1 },
};

/*
 * Memory that is asked for is full of what would be large numbers of nodes: a library that reads it before it writes it,
 * as BuDDy did, is found out.
 */
#define FILL 34
#define TEXT_OF(number) #number
#define OPTION(name, number) name "=" TEXT_OF(number)
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return OPTION("malloc_fill_byte", FILL) ":max_malloc_fill_size=1048576";
}

struct fixture {
	struct arena arena;
	struct space space;
	struct effort effort;
	uint32_t random;
	size_t n_points;
	u128 points[POINTS_MAX][DIMENSIONS];
	struct cube point_cubes[POINTS_MAX];
	struct cube impossible;
};

struct points {
	bool has[POINTS_MAX];
};

static uint32_t next_random(struct fixture *f)
{
	f->random = f->random * 1664525u + 1013904223u;
	return f->random >> 8;
}

static void list_points(struct fixture *f)
{
	u128 at[DIMENSIONS] = { 0 };
	size_t d;

	do {
		struct cube cube = cube_any(&f->arena, &f->space);

		assert_true(f->n_points < POINTS_MAX);
		memcpy(f->points[f->n_points], at, sizeof(at));
		for (d = 0; d < DIMENSIONS; d++)
			cube.sets[d] = rangeset_single(&f->arena, at[d], at[d]);
		f->point_cubes[f->n_points++] = cube;
		for (d = 0; d < DIMENSIONS && at[d]++ == f->space.dimensions[d].max; d++)
			at[d] = 0;
	} while (d < DIMENSIONS);
}

static int open_small(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	memset(f, 0, sizeof(*f));
	arena_init(&f->arena);
	f->space = (struct space){ .family = FAMILY_V4, .n = DIMENSIONS, .dimensions = small_dimensions };
	f->random = 1;
	list_points(f);
	/* No packet: protocol 2 or 3 with a VLAN of 3. */
	f->impossible = cube_any(&f->arena, &f->space);
	f->impossible.sets[0] = rangeset_single(&f->arena, 2, 3);
	f->impossible.sets[4] = rangeset_single(&f->arena, 3, 3);
	f->space.impossible = &f->impossible;
	f->space.n_impossible = 1;
	effort_init(&f->effort, 0, 0);
	assert_true(packetset_open(&f->space, &f->effort));
	*state = f;
	return 0;
}

static int close_small(void **state)
{
	struct fixture *f = *state;

	packetset_close();
	arena_fini(&f->arena);
	return 0;
}

static bool is_in_cube(const struct cube *cube, const u128 *point)
{
	for (size_t d = 0; d < DIMENSIONS; d++)
		if (cube->sets[d] && !rangeset_contains(cube->sets[d], point[d]))
			return false;
	return true;
}

static bool is_possible(const struct fixture *f, const u128 *point)
{
	return !is_in_cube(&f->impossible, point);
}

/* Of the port only if the others ask for it, as conditions of a policy do. */
static struct cube random_cube(struct fixture *f)
{
	struct cube cube = cube_any(&f->arena, &f->space);

	for (size_t d = 0; d < DIMENSIONS; d++) {
		struct range_bag bag = { 0 };
		unsigned max = (unsigned)f->space.dimensions[d].max;

		if (next_random(f) % 2)
			continue;
		for (unsigned i = 0; i <= next_random(f) % 3; i++) {
			unsigned lo = next_random(f) % (max + 1);

			range_bag_add(&f->arena, &bag, lo, lo + next_random(f) % (max + 1 - lo));
		}
		cube_narrow(&f->arena, &f->space, &cube, d, rangeset_from_bag(&f->arena, &bag));
	}
	if (cube.sets[3]) {
		cube.sets[0] = rangeset_single(&f->arena, 6, 6);
		cube.sets[1] = rangeset_single(&f->arena, 0, 1);
	}
	return cube;
}

static packetset random_set(struct fixture *f, struct points *points)
{
	packetset set = packetset_none();

	memset(points, 0, sizeof(*points));
	for (unsigned i = 0; i <= next_random(f) % 4; i++) {
		struct cube cube = random_cube(f);

		set = packetset_or(set, packetset_cube(&cube));
		for (size_t k = 0; k < f->n_points; k++)
			if (is_in_cube(&cube, f->points[k]) && is_possible(f, f->points[k]))
				points->has[k] = true;
	}
	return set;
}

static void assert_holds(struct fixture *f, packetset set, const struct points *points)
{
	for (size_t k = 0; k < f->n_points; k++) {
		packetset point = packetset_cube(&f->point_cubes[k]);

		assert_int_equal(!packetset_empty(packetset_and(set, point)), points->has[k]);
	}
	assert_true(packetset_decided());
}

static void operations_agree_with_points(void **state)
{
	static struct points a_points, b_points, either, both, only, all;
	struct fixture *f = *state;

	for (size_t k = 0; k < f->n_points; k++)
		all.has[k] = is_possible(f, f->points[k]);
	assert_holds(f, packetset_all(), &all);
	for (unsigned round = 0; round < 20; round++) {
		packetset a = random_set(f, &a_points), b = random_set(f, &b_points);

		for (size_t k = 0; k < f->n_points; k++) {
			either.has[k] = a_points.has[k] || b_points.has[k];
			both.has[k] = a_points.has[k] && b_points.has[k];
			only.has[k] = a_points.has[k] && !b_points.has[k];
		}
		assert_holds(f, packetset_or(a, b), &either);
		assert_holds(f, packetset_and(a, b), &both);
		assert_holds(f, packetset_minus(a, b), &only);
		assert_int_equal(packetset_or(packetset_minus(a, b), packetset_and(a, b)), a);
		assert_true(packetset_empty(packetset_minus(a, packetset_all())));
	}
}

/* Disjoint cubes whose possible points are those of the set, and none of them without any. */
static void regions_are_the_set(void **state)
{
	struct fixture *f = *state;

	for (unsigned round = 0; round < 300; round++) {
		static struct points points;
		packetset set = packetset_minus(random_set(f, &points), random_set(f, &points)), sum = packetset_none();
		struct cubes cubes;
		bool more;

		if (round % 2)
			set = packetset_minus(packetset_all(), set);
		cubes = packetset_regions(&f->arena, set, 10000, &more);
		assert_false(more);
		for (size_t i = 0; i < cubes.n; i++) {
			packetset region = packetset_cube(&cubes.cubes[i]);

			assert_false(packetset_empty(region));
			assert_true(packetset_empty(packetset_and(sum, region)));
			sum = packetset_or(sum, region);
		}
		assert_int_equal(sum, set);
		assert_true(packetset_decided());
	}
}

static void regions_are_plain(void **state)
{
	struct fixture *f = *state;
	struct cube cube = cube_any(&f->arena, &f->space);
	struct cubes cubes;
	bool more;

	cubes = packetset_regions(&f->arena, packetset_all(), 10, &more);
	assert_int_equal(cubes.n, 1);
	for (size_t d = 0; d < DIMENSIONS; d++)
		assert_null(cubes.cubes[0].sets[d]);

	assert_int_equal(packetset_regions(&f->arena, packetset_none(), 10, &more).n, 0);
	assert_false(more);

	/* What protocol 2 cannot be is not said again. */
	cube.sets[0] = rangeset_single(&f->arena, 2, 2);
	cubes = packetset_regions(&f->arena, packetset_cube(&cube), 10, &more);
	assert_int_equal(cubes.n, 1);
	assert_null(cubes.cubes[0].sets[4]);
	assert_true(cube_equal(&f->space, &cubes.cubes[0], &cube));
}

static void names_come_back(void **state)
{
	struct fixture *f = *state;
	struct cube cube = cube_any(&f->arena, &f->space), other = cube_any(&f->arena, &f->space);
	packetset set;
	bool more;

	cube.sets[2] = rangeset_named(&f->arena, rangeset_single(&f->arena, 1, 5), "inside");
	set = packetset_cube(&cube);
	assert_string_equal(packetset_regions(&f->arena, set, 1, &more).cubes[0].sets[2]->name, "inside");
	assert_string_equal(packetset_regions(&f->arena, packetset_minus(packetset_all(), set), 1, &more)
				    .cubes[0].sets[2]->name,
			    "not inside");
	/* Now the name could be either. */
	other.sets[2] = rangeset_named(&f->arena, rangeset_single(&f->arena, 1, 6), "inside");
	packetset_cube(&other);
	assert_null(packetset_regions(&f->arena, set, 1, &more).cubes[0].sets[2]->name);
}

static void no_more_regions_than_asked_for(void **state)
{
	struct fixture *f = *state;
	packetset set = packetset_none();
	struct cubes cubes;
	bool more;

	for (unsigned i = 0; i < 7; i++) {
		struct cube cube = cube_any(&f->arena, &f->space);

		cube.sets[0] = rangeset_single(&f->arena, i, i);
		cube.sets[2] = rangeset_single(&f->arena, 0, i);
		set = packetset_or(set, packetset_cube(&cube));
	}
	cubes = packetset_regions(&f->arena, set, 3, &more);
	assert_int_equal(cubes.n, 3);
	assert_true(more);
	assert_true(cubes.cubes[0].sets[0]->ranges[0].lo == 0);
	cubes = packetset_regions(&f->arena, set, 7, &more);
	assert_int_equal(cubes.n, 7);
	assert_false(more);
}

static void one_is_inside(void **state)
{
	static struct points points;
	struct fixture *f = *state;
	struct cube cube;

	assert_false(packetset_one(&f->arena, packetset_none(), &cube));
	for (unsigned round = 0; round < 100; round++) {
		packetset set = packetset_minus(random_set(f, &points), random_set(f, &points));
		bool inside = false;

		if (packetset_empty(set))
			continue;
		assert_true(packetset_one(&f->arena, set, &cube));
		assert_true(packetset_empty(packetset_minus(packetset_cube(&cube), set)));
		for (size_t k = 0; k < f->n_points; k++) {
			if (!is_in_cube(&cube, f->points[k]))
				continue;
			inside = true;
			assert_true(is_possible(f, f->points[k]));
		}
		assert_true(inside);
	}
}

/* A packet is what is left of a point without the limit, and without the port where there is none. */
static size_t count_packets(const struct fixture *f, const struct points *points)
{
	static bool seen[8][3][8][4][5];
	size_t n = 0;

	memset(seen, 0, sizeof(seen));
	for (size_t k = 0; k < f->n_points; k++) {
		const u128 *at = f->points[k];
		size_t port = at[0] == 6 && at[1] != 2 ? (size_t)at[3] : 0;
		bool *cell = &seen[at[0]][at[1]][at[2]][port][at[4]];

		if (!points->has[k] || *cell)
			continue;
		*cell = true;
		n++;
	}
	return n;
}

static void counts_are_of_packets(void **state)
{
	static struct points points;
	struct fixture *f = *state;

	assert_string_equal(packetset_count(&f->arena, packetset_none()), "0");
	for (unsigned round = 0; round < 100; round++) {
		packetset set = random_set(f, &points);
		char expected[32];

		snprintf(expected, sizeof(expected), "%zu", count_packets(f, &points));
		assert_string_equal(packetset_count(&f->arena, set), expected);
	}
}

static void counts_are_exact_for_ipv6(void **state)
{
	struct dimension dimensions[] = {
		{ .kind = DIMENSION_FIELD, .field = FIELD_PROTO, .bits = 8, .max = 255 },
		{ .kind = DIMENSION_FIELD, .field = FIELD_FRAGMENT, .bits = 2, .max = 2 },
		{ .kind = DIMENSION_FIELD, .field = FIELD_DST, .bits = 128, .max = ~(u128)0 },
		{ .kind = DIMENSION_FIELD, .field = FIELD_SRC, .bits = 128, .max = ~(u128)0 },
		{ .kind = DIMENSION_STATE, .bits = 2, .max = 3 },
	};
	struct space space = { .family = FAMILY_V6, .n = 5, .dimensions = dimensions };
	struct effort effort;
	struct arena arena;
	struct cube cube;

	arena_init(&arena);
	effort_init(&effort, 0, 0);
	assert_true(packetset_open(&space, &effort));
	assert_string_equal(packetset_count(&arena, packetset_all()),
			    "88928324534258838085302516486672313231311348223211953182303424518077283563470848");
	cube = cube_any(&arena, &space);
	cube.sets[2] = rangeset_single(&arena, (u128)1 << 127, ~(u128)0 - 1);
	cube.sets[3] = rangeset_single(&arena, 5, 5);
	assert_string_equal(packetset_count(&arena, packetset_cube(&cube)), "130668428897640369969935849253798993198336");
	packetset_close();
	arena_fini(&arena);
}

/* 150,000 ranges come back as they were. */
static void long_lists(void **state)
{
	struct dimension dimensions[] = {
		{ .kind = DIMENSION_FIELD, .field = FIELD_DST, .bits = 32, .max = UINT32_MAX },
		{ .kind = DIMENSION_FIELD, .field = FIELD_TTL, .bits = 8, .max = 255 },
	};
	struct space space = { .family = FAMILY_V4, .n = 2, .dimensions = dimensions };
	struct range_bag bag = { 0 };
	struct fixture f = { .random = 7 };
	struct effort effort;
	struct cubes cubes;
	struct cube cube;
	bool more;

	arena_init(&f.arena);
	for (unsigned i = 0; i < 150000; i++) {
		uint32_t lo = next_random(&f) << 8, length = 1u << next_random(&f) % 12;

		range_bag_add(&f.arena, &bag, lo & ~(length - 1), lo | (length - 1));
	}
	effort_init(&effort, 0, 0);
	assert_true(packetset_open(&space, &effort));
	cube = cube_any(&f.arena, &space);
	cube.sets[0] = rangeset_from_bag(&f.arena, &bag);
	cube.sets[1] = rangeset_single(&f.arena, 3, 77);
	assert_true(cube.sets[0]->n > 100000);
	cubes = packetset_regions(&f.arena, packetset_cube(&cube), 2, &more);
	assert_true(packetset_decided());
	assert_int_equal(cubes.n, 1);
	assert_true(cube_equal(&space, &cubes.cubes[0], &cube));
	packetset_close();
	arena_fini(&f.arena);
}

/* With too little effort nothing is believed; the next session is a new one. */
static void effort_ends_a_session(void **state)
{
	struct fixture f = { .random = 3 };
	struct space space = { .family = FAMILY_V4, .n = DIMENSIONS, .dimensions = small_dimensions };
	struct cube cube;
	bool more;

	arena_init(&f.arena);
	f.space = space;
	effort_init(&f.effort, 0, 10);
	assert_true(packetset_open(&f.space, &f.effort));
	for (unsigned i = 0; i < 100; i++) {
		cube = random_cube(&f);
		packetset_or(packetset_cube(&cube), packetset_all());
	}
	assert_false(packetset_decided());
	assert_true(f.effort.spent);
	assert_null(packetset_count(&f.arena, packetset_all()));
	assert_int_equal(packetset_regions(&f.arena, packetset_all(), 5, &more).n, 0);
	packetset_close();

	effort_init(&f.effort, 0, 0);
	assert_true(packetset_open(&f.space, &f.effort));
	assert_false(packetset_empty(packetset_all()));
	assert_true(packetset_decided());
	packetset_close();
	arena_fini(&f.arena);
}

/* A single operation that would fill any table is given up, here for its nodes. */
static void effort_ends_an_operation(void **state)
{
	struct dimension dimensions[] = {
		{ .kind = DIMENSION_FIELD, .field = FIELD_DST, .bits = 32, .max = UINT32_MAX },
		{ .kind = DIMENSION_FIELD, .field = FIELD_SRC, .bits = 32, .max = UINT32_MAX },
	};
	struct space space = { .family = FAMILY_V4, .n = 2, .dimensions = dimensions };
	struct fixture f = { .random = 11 };
	struct cube cube;
	packetset set;

	arena_init(&f.arena);
	effort_init(&f.effort, 0, 60000);
	assert_true(packetset_open(&space, &f.effort));
	set = packetset_none();
	for (unsigned i = 0; i < 300; i++) {
		cube = cube_any(&f.arena, &space);
		for (size_t d = 0; d < 2; d++) {
			uint32_t lo = next_random(&f) << 8;

			cube.sets[d] = rangeset_single(&f.arena, lo, lo + (UINT32_MAX - lo) / 20);
		}
		set = packetset_or(set, packetset_cube(&cube));
	}
	assert_false(packetset_decided());
	packetset_close();
	arena_fini(&f.arena);
}

/* One host, and where from. */
static packetset two_hosts(struct fixture *f, u128 src, u128 dst)
{
	struct cube cube = cube_any(&f->arena, &f->space);

	cube.sets[0] = rangeset_single(&f->arena, src, src);
	cube.sets[1] = rangeset_single(&f->arena, dst, dst);
	return packetset_cube(&cube);
}

/* The table is full in the middle of the first operation that goes deep: with about 37 cubes of 256 bits each. */
static void a_table_is_full_anywhere(void **state)
{
	static struct dimension addresses[2] = {
		{ .kind = DIMENSION_FIELD, .field = FIELD_SRC, .bits = 128, .max = ~(u128)0 },
		{ .kind = DIMENSION_FIELD, .field = FIELD_DST, .bits = 128, .max = ~(u128)0 },
	};

	for (unsigned n = 20; n < 60; n++) {
		struct fixture f = { .random = n };
		packetset one, other, both;

		arena_init(&f.arena);
		f.space = (struct space){ .family = FAMILY_V6, .n = 2, .dimensions = addresses };
		effort_init(&f.effort, 0, 0);
		assert_true(packetset_open(&f.space, &f.effort));
		/* All bits are the same but the last: a union is new from there up. */
		one = two_hosts(&f, ~(u128)0, ~(u128)0);
		other = two_hosts(&f, ~(u128)0, ~(u128)1);
		for (unsigned i = 2; i < n; i++)
			two_hosts(&f, next_random(&f), next_random(&f));
		both = packetset_or(one, other);
		assert_true(packetset_decided());
		assert_true(packetset_empty(packetset_minus(one, both)));
		assert_true(packetset_empty(packetset_minus(other, both)));
		packetset_close();
		arena_fini(&f.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(operations_agree_with_points, open_small, close_small),
		cmocka_unit_test_setup_teardown(regions_are_the_set, open_small, close_small),
		cmocka_unit_test_setup_teardown(regions_are_plain, open_small, close_small),
		cmocka_unit_test_setup_teardown(names_come_back, open_small, close_small),
		cmocka_unit_test_setup_teardown(no_more_regions_than_asked_for, open_small, close_small),
		cmocka_unit_test_setup_teardown(one_is_inside, open_small, close_small),
		cmocka_unit_test_setup_teardown(counts_are_of_packets, open_small, close_small),
		cmocka_unit_test(counts_are_exact_for_ipv6),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(effort_ends_a_session),
		cmocka_unit_test(effort_ends_an_operation),
		cmocka_unit_test(a_table_is_full_anywhere),
	};

	/* Without the sanitizer; what comes is the complement. */
	mallopt(M_PERTURB, (uint8_t)~FILL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
