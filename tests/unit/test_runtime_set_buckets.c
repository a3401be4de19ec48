/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Tables of two hundred thousand elements against the list they came from, before and after changes in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "set_buckets.h"

#include <stdlib.h>
#include <string.h>

/* The programs' own look-up, for this machine: what is built must be found by it. */
#define SENTRY_NATIVE
#define SENTRY_SLOTS 1
#define SENTRY_QUESTIONS 1
#define SENTRY_WITH_SET_TABLES
#define SENTRY_TABLES 1
#define SENTRY_WITH_CLOCK
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpointer-arith"
#include "../../bpf-templates/sentry.h"
#pragma GCC diagnostic pop

#define MANY 200000

static uint64_t next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static struct set_element element4(uint32_t address, unsigned int length)
{
	return (struct set_element){ .lo = length ? address >> (32 - length) << (32 - length) : 0,
				     .lifetime_ns = SENTRY_FOREVER, .version = 4, .length = (__u8)length };
}

static struct set_element element6(uint64_t hi, uint64_t lo, unsigned int length)
{
	return (struct set_element){
		.hi = length >= 64 ? hi : length ? hi >> (64 - length) << (64 - length) : 0,
		.lo = length == 128 ? lo : length > 64 ? lo >> (128 - length) << (128 - length) : 0,
		.lifetime_ns = SENTRY_FOREVER, .version = 6, .length = (__u8)length,
	};
}

/* Even first bits: what has an odd one is in no prefix. */
static struct set_elements random_elements(size_t n, uint64_t seed)
{
	struct set_elements all = { 0 }, kept = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint64_t a = next(&seed), b = next(&seed);
		struct set_element element = i % 2 ? element4((uint32_t)a & 0x7fffffff, 16 + (unsigned int)(b % 17))
						   : element6(a >> 1, b, 32 + (unsigned int)(b % 90));

		elements_add(&all, &element);
	}
	elements_sort(&all);
	for (size_t i = 0; i < all.n; i++) {
		if (!kept.n || !element_covers(&kept.items[kept.n - 1], &all.items[i]))
			elements_add(&kept, &all.items[i]);
	}
	elements_free(&all);
	return kept;
}

static bool count_one(void *context, const struct set_element *element)
{
	*(size_t *)context += 1;
	return true;
}

/* Of an address, or of the last address of a prefix. */
static bool program_finds(const struct set_buckets *table, const struct set_element *element)
{
	struct native_table native = { .buckets = table->buckets, .n = (__u32)table->n };
	unsigned int length = element->length;

	if (element->version == 4)
		return table_has4(&native, (__u32)element->lo | (length < 32 ? 0xffffffffu >> length : 0));
	return table_has6(&native, element->hi | (length < 64 ? ~0ull >> length : 0),
			  element->lo | (length <= 64 ? ~0ull : length < 128 ? ~0ull >> (length - 64) : 0));
}

/* A search as the programs do it: what is not in a bucket of the reach before its first empty entry is not there. */
static void members(const struct set_buckets *table, const struct set_elements *elements, size_t from, bool there)
{
	for (size_t i = from; i < elements->n; i++) {
		if (set_buckets_has(table, &elements->items[i]) != there ||
		    program_finds(table, &elements->items[i]) != there)
			fail_msg("element %zu of version %u is %sthere", i, elements->items[i].version,
				 there ? "not " : "");
	}
}

static void many(void **state)
{
	struct set_elements elements = random_elements(MANY, 88172645463325252);
	struct failure why = { 0 };
	struct set_buckets table;
	uint64_t seed = 77;
	size_t n = 0, half;
	bool *placed;

	assert_true(elements.n > MANY / 3);
	assert_true(set_buckets_build(&table, &elements, &why));
	/* About half full of IPv6, whose buckets hold two, and with a cover. */
	assert_in_range(table.n, elements.n / 4, elements.n * 2 + SET_TABLE_COVER);
	assert_int_not_equal(table.buckets[0].head4.cover, 0);
	assert_true(set_buckets_valid(&table));
	members(&table, &elements, 0, true);
	set_buckets_each(&table, count_one, &n);
	assert_int_equal(n, elements.n);
	for (size_t i = 0; i < MANY; i++) {
		uint64_t a = next(&seed), b = next(&seed);
		struct set_element odd =
			i % 2 ? element4((uint32_t)a | 0x80000000, 32) : element6(a | 1ull << 63, b, 128);
		struct set_element found;

		assert_false(set_buckets_covering(&table, &odd, &found));
		assert_false(program_finds(&table, &odd));
		/* Anywhere, what is there and what is not. */
		odd = i % 2 ? element4((uint32_t)b, 32) : element6(a >> 1, b, 128);
		assert_int_equal(program_finds(&table, &odd), set_buckets_covering(&table, &odd, &found));
	}
	for (size_t i = 0; i < elements.n; i += 7) {
		struct set_element inner = elements.items[i], found;

		/* The last address of the prefix. */
		if (inner.version == 4) {
			inner.lo |= inner.length < 32 ? 0xffffffffu >> inner.length : 0;
			inner.length = 32;
		} else {
			inner.hi |= inner.length < 64 ? ~0ull >> inner.length : 0;
			inner.lo |= inner.length <= 64 ? ~0ull : inner.length < 128 ? ~0ull >> (inner.length - 64) : 0;
			inner.length = 128;
		}
		assert_true(set_buckets_covering(&table, &inner, &found));
		assert_int_equal(element_compare(&found, &elements.items[i]), 0);
	}

	/* Out and in again, in another order: graves are used anew, nobody is lost behind them, and few find no room.
	 */
	half = elements.n / 2;
	for (size_t i = half; i < elements.n; i++)
		assert_true(set_buckets_remove(&table, &elements.items[i]));
	assert_false(set_buckets_remove(&table, &elements.items[half]));
	members(&table, &elements, half, false);
	n = 0;
	set_buckets_each(&table, count_one, &n);
	assert_int_equal(n, half);
	placed = calloc(elements.n, sizeof(*placed));
	n = 0;
	for (size_t i = elements.n; i-- > half;) {
		placed[i] = set_buckets_add(&table, &elements.items[i]) == PLACE_TAKEN;
		n += !placed[i];
	}
	assert_in_range(n, 0, MANY / 10000);
	for (size_t i = 0; i < elements.n; i++)
		assert_int_equal(set_buckets_has(&table, &elements.items[i]), i < half || placed[i]);
	for (size_t i = 0; i < elements.n; i++)
		assert_int_equal(program_finds(&table, &elements.items[i]), i < half || placed[i]);
	free(placed);
	set_buckets_free(&table);
	elements_free(&elements);
}

static void none(void **state)
{
	const struct set_elements elements = { 0 };
	struct set_element any = element4(0, 0), host = element6(1, 2, 128), found;
	struct failure why = { 0 };
	struct set_buckets table;

	assert_true(set_buckets_build(&table, &elements, &why));
	assert_false(set_buckets_covering(&table, &host, &found));
	assert_int_equal(table.buckets[0].head4.n, 0);
	assert_int_equal(set_buckets_add(&table, &any), PLACE_TAKEN);
	assert_int_equal(table.buckets[0].head4.n, 1);
	assert_true(set_buckets_has(&table, &any));
	host = element4(0x01020304, 32);
	assert_true(set_buckets_covering(&table, &host, &found));
	assert_int_equal(found.length, 0);
	set_buckets_free(&table);
}

/* The most frequent length comes first; a new one is appended; too many of IPv6 are refused. */
static void lengths(void **state)
{
	struct set_elements elements = { 0 };
	struct failure why = { 0 };
	struct set_buckets table;
	struct set_element more;

	for (unsigned int i = 0; i < 9; i++) {
		struct set_element element = element4(0x0a000000 + (i << 16), i < 3 ? 16 : i < 8 ? 24 : 32);

		elements_add(&elements, &element);
	}
	for (unsigned int i = 0; i < SET_TABLE_LENGTHS6; i++) {
		struct set_element element = element6((uint64_t)i << 48, 0, 16 + i);

		elements_add(&elements, &element);
	}
	assert_true(set_buckets_build(&table, &elements, &why));
	assert_memory_equal(table.buckets[0].head4.lengths, ((__u8[]){ 24, 16, 32 }), 3);
	assert_int_equal(table.buckets[1].head6.n, SET_TABLE_LENGTHS6);
	members(&table, &elements, 0, true);
	more = element4(0x0b000000, 20);
	assert_int_equal(set_buckets_add(&table, &more), PLACE_TAKEN);
	assert_int_equal(table.buckets[0].head4.n, 4);
	assert_int_equal(table.buckets[0].head4.lengths[3], 20);
	more = element6(~0ull, 0, 15);
	assert_int_equal(set_buckets_add(&table, &more), PLACE_TOO_MANY_LENGTHS);
	set_buckets_free(&table);
	elements_add(&elements, &more);
	assert_false(set_buckets_build(&table, &elements, &why));
	assert_int_equal(why.code, EXIT_POLICY);
	assert_non_null(strstr(why.text, "different lengths"));
	elements_free(&elements);
}

/* A table is full when the buckets in reach are; nothing is lost of those that are there. */
static void full(void **state)
{
	struct set_elements elements = { 0 };
	struct failure why = { 0 };
	struct set_buckets table;
	enum set_place place = PLACE_TAKEN;
	uint32_t n = 0;

	assert_true(set_buckets_build(&table, &elements, &why));
	while (place == PLACE_TAKEN && n < 10000) {
		struct set_element element = element4(n++, 32);

		place = set_buckets_add(&table, &element);
		if (place == PLACE_TAKEN)
			elements_add(&elements, &element);
	}
	assert_int_equal(place, PLACE_NO_ROOM);
	members(&table, &elements, 0, true);
	set_buckets_free(&table);
	elements_free(&elements);
}

/* Heads that somebody else wrote are not followed out of the table. */
static void damaged(void **state)
{
	const struct set_elements elements = { 0 };
	struct failure why = { 0 };
	struct set_buckets table;

	assert_true(set_buckets_build(&table, &elements, &why));
	table.buckets[0].head4.mask = 7;
	table.buckets[0].head4.first = (__u32)table.n - 4;
	assert_false(set_buckets_valid(&table));
	table.buckets[0].head4.first = 0;
	assert_true(set_buckets_valid(&table));
	table.buckets[0].head4.n = 1;
	assert_false(set_buckets_valid(&table));
	table.buckets[0].head4.n = 0;
	table.buckets[1].head6.n = SET_TABLE_LENGTHS6 + 1;
	assert_false(set_buckets_valid(&table));
	set_buckets_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many), cmocka_unit_test(none), cmocka_unit_test(lengths), cmocka_unit_test(full),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
