/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The hash table of the engines in user space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "table.h"

static void *put(struct table *table, uint64_t key, uint32_t value, bool *evicted)
{
	return table_insert(table, &key, &value, evicted);
}

static uint32_t get(struct table *table, uint64_t key)
{
	uint32_t *value = table_find(table, &key);

	return value ? *value : 0;
}

static void entries(void **state)
{
	struct table *table = table_new(sizeof(uint64_t), sizeof(uint32_t), 10, false);
	uint64_t key = 1;
	bool evicted = true;
	void *place = put(table, 1, 11, &evicted);

	assert_false(evicted);
	assert_non_null(put(table, 2, 12, NULL));
	assert_int_equal(get(table, 1), 11);
	assert_int_equal(get(table, 2), 12);
	assert_int_equal(get(table, 3), 0);
	/* Another value of the same key is at the same place. */
	assert_ptr_equal(put(table, 1, 21, NULL), place);
	assert_int_equal(get(table, 1), 21);
	assert_int_equal(table_size(table), 2);
	assert_true(table_remove(table, &key));
	assert_false(table_remove(table, &key));
	assert_int_equal(get(table, 1), 0);
	assert_int_equal(table_size(table), 1);
	table_clear(table);
	assert_int_equal(table_size(table), 0);
	assert_int_equal(get(table, 2), 0);
	assert_non_null(put(table, 2, 5, NULL));
	assert_int_equal(get(table, 2), 5);
	table_free(table);
	table_free(NULL);
}

/* Many, with places that stay valid while the table grows. */
static void many(void **state)
{
	struct table *table = table_new(sizeof(uint64_t), sizeof(uint32_t), 100000, false);
	uint32_t *first = put(table, 0, 1, NULL);

	for (uint64_t i = 1; i < 100000; i++)
		assert_non_null(put(table, i << 20, (uint32_t)i + 1, NULL));
	assert_null(put(table, 1, 1, NULL));
	assert_non_null(put(table, 5u << 20, 7, NULL));
	assert_int_equal(get(table, 5u << 20), 7);
	assert_int_equal(*first, 1);
	for (uint64_t i = 6; i < 100000; i++)
		assert_int_equal(get(table, i << 20), i + 1);
	assert_int_equal(table_size(table), 100000);
	table_free(table);
}

static void least_recently_used(void **state)
{
	struct table *table = table_new(sizeof(uint64_t), sizeof(uint32_t), 3, true), *none;
	bool evicted;

	put(table, 1, 1, NULL);
	put(table, 2, 2, NULL);
	put(table, 3, 3, NULL);
	assert_int_equal(get(table, 1), 1);
	put(table, 2, 22, &evicted);
	assert_false(evicted);
	/* 3 was used before 1 and 2. */
	put(table, 4, 4, &evicted);
	assert_true(evicted);
	assert_int_equal(get(table, 3), 0);
	put(table, 5, 5, &evicted);
	assert_true(evicted);
	assert_int_equal(get(table, 1), 0);
	assert_int_equal(get(table, 2), 22);
	assert_int_equal(table_size(table), 3);
	table_free(table);

	none = table_new(sizeof(uint64_t), sizeof(uint32_t), 0, true);
	assert_null(put(none, 1, 1, NULL));
	table_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(many),
		cmocka_unit_test(least_recently_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
