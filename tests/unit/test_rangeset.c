/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Range sets against the plainest model there is: one bit for each number of a byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rangeset.h"

#define WIDTH 8u
#define NUMBERS 256u

struct bits {
	bool has[NUMBERS];
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* A set made of a few ranges, and the same as bits. */
static const struct rangeset *random_set(struct arena *arena, uint32_t *state, struct bits *bits)
{
	struct range_bag bag = { 0 };
	unsigned n = next_random(state) % 7;

	memset(bits, 0, sizeof(*bits));
	for (unsigned i = 0; i < n; i++) {
		unsigned lo = next_random(state) % NUMBERS, length = next_random(state) % 60;
		unsigned hi = lo + length < NUMBERS ? lo + length : NUMBERS - 1;

		range_bag_add(arena, &bag, lo, hi);
		for (unsigned at = lo; at <= hi; at++)
			bits->has[at] = true;
	}
	return rangeset_from_bag(arena, &bag);
}

/* Sorted, disjoint, not touching, and the numbers that `bits` says. */
static void assert_canonical(const struct rangeset *set, const struct bits *bits)
{
	for (size_t i = 0; i < set->n; i++) {
		assert_true(set->ranges[i].lo <= set->ranges[i].hi);
		if (i)
			assert_true(set->ranges[i].lo > set->ranges[i - 1].hi + 1);
	}
	for (unsigned number = 0; number < NUMBERS; number++)
		assert_int_equal(rangeset_contains(set, number), bits->has[number]);
	assert_false(rangeset_contains(set, NUMBERS));
}

static void operations_agree_with_bits(void **test_state)
{
	uint32_t state = 1;

	for (unsigned round = 0; round < 3000; round++) {
		struct bits a_bits, b_bits, either, both, others, rest;
		const struct rangeset *a, *b;
		bool equal = true, full = true, meets = false, within = true;
		struct arena arena;

		arena_init(&arena);
		a = random_set(&arena, &state, &a_bits);
		b = random_set(&arena, &state, &b_bits);
		for (unsigned i = 0; i < NUMBERS; i++) {
			either.has[i] = a_bits.has[i] || b_bits.has[i];
			both.has[i] = a_bits.has[i] && b_bits.has[i];
			others.has[i] = !a_bits.has[i];
			rest.has[i] = a_bits.has[i] && !b_bits.has[i];
			meets = meets || both.has[i];
			within = within && !rest.has[i];
			equal = equal && a_bits.has[i] == b_bits.has[i];
			full = full && either.has[i];
		}
		assert_canonical(a, &a_bits);
		assert_canonical(rangeset_union(&arena, a, b), &either);
		assert_canonical(rangeset_intersect(&arena, a, b), &both);
		assert_canonical(rangeset_complement(&arena, a, WIDTH), &others);
		assert_canonical(rangeset_minus(&arena, a, b), &rest);
		assert_int_equal(rangeset_meets(a, b), meets);
		assert_int_equal(rangeset_is_within(a, b), within);
		assert_true(
			rangeset_equal(a, rangeset_complement(&arena, rangeset_complement(&arena, a, WIDTH), WIDTH)));
		assert_int_equal(rangeset_equal(a, b), equal);
		assert_int_equal(rangeset_is_full(rangeset_union(&arena, a, b), WIDTH), full);
		arena_fini(&arena);
	}
}

static void ends_of_the_number_line(void **test_state)
{
	const u128 top = ~(u128)0;
	const struct rangeset *set, *rest;
	struct range_bag bag = { 0 };
	struct arena arena;

	arena_init(&arena);
	range_bag_add(&arena, &bag, top, top);
	range_bag_add(&arena, &bag, top - 1, top);
	range_bag_add(&arena, &bag, 0, 0);
	range_bag_add(&arena, &bag, 5, top - 9);
	set = rangeset_from_bag(&arena, &bag);
	assert_int_equal(set->n, 3);
	assert_true(set->ranges[2].lo == top - 1 && set->ranges[2].hi == top);
	rest = rangeset_complement(&arena, set, 128);
	assert_int_equal(rest->n, 2);
	assert_true(rest->ranges[0].lo == 1 && rest->ranges[0].hi == 4);
	assert_true(rest->ranges[1].lo == top - 8 && rest->ranges[1].hi == top - 2);
	assert_true(rangeset_is_full(rangeset_union(&arena, set, rest), 128));
	assert_int_equal(rangeset_intersect(&arena, set, rest)->n, 0);
	assert_int_equal(rangeset_complement(&arena, rangeset_full(&arena, 128), 128)->n, 0);
	assert_true(rangeset_is_full(rangeset_complement(&arena, rangeset_empty(&arena), 128), 128));
	arena_fini(&arena);
}

/* What an operation leaves as it is stays the same object: so a table is shared, and keeps its name. */
static void unchanged_operands_are_kept(void **test_state)
{
	const struct rangeset *few, *many, *named, *all;
	struct arena arena;

	arena_init(&arena);
	few = rangeset_single(&arena, 10, 20);
	many = rangeset_single(&arena, 0, 100);
	named = rangeset_named(&arena, few, "mgmt");
	all = rangeset_full(&arena, 32);
	assert_string_equal(named->name, "mgmt");
	assert_ptr_equal(rangeset_intersect(&arena, named, all), named);
	assert_ptr_equal(rangeset_intersect(&arena, many, named), named);
	assert_ptr_equal(rangeset_union(&arena, named, rangeset_empty(&arena)), named);
	assert_ptr_equal(rangeset_union(&arena, rangeset_empty(&arena), named), named);
	assert_null(rangeset_union(&arena, named, rangeset_single(&arena, 30, 30))->name);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_agree_with_bits),
		cmocka_unit_test(ends_of_the_number_line),
		cmocka_unit_test(unchanged_operands_are_kept),
	};

	return cmocka_run_group_tests_name("rangeset", tests, NULL, NULL);
}
