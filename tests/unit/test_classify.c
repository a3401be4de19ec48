/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Classifiers against brute force: term sets of every kind, each packet judged by asking all terms in order. And the
 * check that sentryc has of its own: it must find every damaged byte that changes a decision.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "class_region.h"
#include "class_terms.h"
#include "end.h"
#include "group.h"
#include "kinds.h"
#include "parse.h"
#include "perfect_hash.h"
#include "rangeset.h"
#include "verify.h"

#include <stdlib.h>
#include <string.h>

static uint64_t random_state = 1;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016 */
static uint64_t next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717ull;
}

static uint64_t below(uint64_t n)
{
	return (next_random() >> 11) % n;
}

static u128 random_address(enum family family)
{
	return ((u128)next_random() << 64 | next_random()) & u128_ones(family_bits(family));
}

/* --- intervals, trees, hashes --------------------------------------------------------- */

static const struct rangeset *prefix(struct arena *arena, enum family family, u128 address, unsigned length)
{
	u128 rest = u128_ones(family_bits(family) - length);

	return rangeset_single(arena, address & ~rest, address | rest);
}

static void test_intervals(void **state)
{
	struct arena arena;
	struct intervals intervals;
	const struct rangeset *sets[3];
	struct range_bag bag = { 0 };

	arena_init(&arena);
	sets[0] = rangeset_single(&arena, 10, 19);
	range_bag_add(&arena, &bag, 0, 4);
	range_bag_add(&arena, &bag, 15, 255);
	sets[1] = rangeset_from_bag(&arena, &bag);
	sets[2] = rangeset_single(&arena, 20, 255);
	assert_true(intervals_make(&arena, sets, 3, 8, 100, &intervals));
	/* 0-4, 5-9, 10-14, 15-19, 20-255 */
	assert_int_equal(intervals.n, 5);
	assert_int_equal(intervals.n_classes, 5);
	for (unsigned value = 0; value < 256; value++) {
		size_t class = intervals.classes[intervals_find(&intervals, value)];
		uint32_t members = 0;

		for (uint32_t i = intervals.begins[class]; i < intervals.begins[class + 1]; i++)
			members |= 1u << intervals.members[i];
		for (unsigned p = 0; p < 3; p++)
			assert_int_equal(members >> p & 1, rangeset_contains(sets[p], value));
	}
	assert_true(intervals_make(&arena, NULL, 0, 32, 0, &intervals));
	assert_int_equal(intervals.n, 1);
	assert_int_equal(intervals.n_classes, 1);
	arena_fini(&arena);
}

/* Values that are apart, but satisfy the same, are one class; too many members are too many. */
static void test_intervals_share_classes_and_give_up(void **state)
{
	struct arena arena;
	struct intervals intervals;
	const struct rangeset *sets[50];
	struct range_bag bag = { 0 };

	arena_init(&arena);
	for (unsigned i = 0; i < 50; i++)
		range_bag_add(&arena, &bag, 10 * i, 10 * i + 3);
	sets[0] = rangeset_from_bag(&arena, &bag);
	assert_true(intervals_make(&arena, sets, 1, 32, 10, &intervals));
	assert_int_equal(intervals.n, 100);
	assert_int_equal(intervals.n_classes, 2);
	for (unsigned i = 0; i < 50; i++)
		sets[i] = rangeset_single(&arena, i, 1000 - i);
	assert_false(intervals_make(&arena, sets, 50, 32, 100, &intervals));
	assert_true(intervals_make(&arena, sets, 50, 32, 2000, &intervals));
	arena_fini(&arena);
}

/* Nested prefixes, hosts, ranges at both ends: whatever an end of a rule may be. */
static const struct rangeset *random_set(struct arena *arena, enum family family, u128 near)
{
	unsigned bits = family_bits(family);
	u128 most = u128_ones(bits), a, b;

	switch (below(9)) {
	case 0:
		return rangeset_single(arena, near, near);
	case 1:
		return rangeset_single(arena, 0, below(2) ? 0 : near);
	case 2:
		return rangeset_single(arena, below(2) ? most : near, most);
	case 3:
		a = random_address(family);
		b = random_address(family);
		return rangeset_single(arena, a < b ? a : b, a < b ? b : a);
	case 4:
		a = near > 300 ? near - below(300) : near;
		b = near < most - 300 ? near + below(300) : near;
		return rangeset_single(arena, a, b);
	case 5: {
		struct range_bag bag = { 0 };

		for (unsigned i = 0; i < 5; i++) {
			a = random_address(family) >> below(bits);
			range_bag_add(arena, &bag, a, a + below(3) < a ? a : a);
		}
		return rangeset_from_bag(arena, &bag);
	}
	default:
		return prefix(arena, family, near, (unsigned)below(bits + 1));
	}
}

/* A place where something could change, or any. */
static u128 address_near(enum family family, const struct rangeset *const *sets, size_t n)
{
	const struct rangeset *set = n ? sets[below(n)] : NULL;
	u128 most = u128_ones(family_bits(family)), at;

	if (!set || !set->n || !below(6))
		return random_address(family);
	at = below(2) ? set->ranges[below(set->n)].lo : set->ranges[below(set->n)].hi;
	switch (below(5)) {
	case 0:
		return at < most ? at + 1 : at;
	case 1:
		return at ? at - 1 : at;
	case 2:
		return at ^ (u128)1 << below(family_bits(family));
	default:
		return at;
	}
}

static const uint32_t *class_numbers(struct arena *arena, size_t n)
{
	uint32_t *numbers = ARENA_ARRAY(arena, uint32_t, n);

	for (size_t i = 0; i < n; i++)
		numbers[i] = (uint32_t)i;
	return numbers;
}

/* The keys, where these were asked for. Rows have so many columns, each the class. */
static struct class_keys check_rows(struct arena *arena, enum family family, const struct rangeset *const *sets, size_t n,
				    bool by_keys, size_t compact_from, size_t n_columns)
{
	struct classifier classifier = { 0 };
	struct intervals intervals;
	struct class_trie trie;
	struct class_keys keys = { 0 };
	struct address_search search;
	struct class_rows rows;
	const uint32_t **columns = ARENA_ARRAY(arena, const uint32_t *, n_columns), *numbers;

	assert_true(intervals_make(arena, sets, n, family_bits(family), 1000000, &intervals));
	numbers = class_numbers(arena, intervals.n_classes);
	for (size_t i = 0; i < n_columns; i++)
		columns[i] = numbers;
	rows_place(arena, columns, n_columns, intervals.n_classes, &rows);
	if (by_keys) {
		assert_true(keys_build(arena, arena, &classifier, "keys", family, &intervals, compact_from, &rows, &keys) >= 0);
	} else {
		assert_true(trie_plan(&intervals, &trie) >= 0);
		trie_build(arena, &classifier, "trie", &intervals, n % 2 ? &rows : NULL, &trie);
	}
	if (n_columns == 1)
		search_build(arena, &classifier, "search", &intervals, n % 2 ? &rows : NULL, &search);
	regions_finish(arena, &classifier);
	for (unsigned i = 0; i < 4000; i++) {
		u128 address = address_near(family, sets, n);
		uint32_t class = intervals.classes[intervals_find(&intervals, address)];

		for (unsigned column = 0; by_keys && column < n_columns; column++)
			assert_int_equal(rows_class(&classifier, &rows, keys_lookup(&classifier, &keys, &rows, address), column), class);
		if (!by_keys)
			assert_int_equal(trie_lookup(&classifier, &trie, (uint32_t)address), class);
		if (n_columns == 1)
			assert_int_equal(search_lookup(&classifier, &search, address), class);
	}
	return keys;
}

static struct class_keys check_end(struct arena *arena, enum family family, const struct rangeset *const *sets, size_t n,
				   bool by_keys, size_t compact_from)
{
	return check_rows(arena, family, sets, n, by_keys, compact_from, 1);
}

static void test_ends(void **state)
{
	for (unsigned round = 0; round < 120; round++) {
		enum family family = round % 3 == 2 ? FAMILY_V6 : FAMILY_V4;
		size_t n = 1 + below(round < 60 ? 6 : 80);
		const struct rangeset *sets[80];
		struct arena arena;
		u128 near;

		arena_init(&arena);
		near = random_address(family);
		for (size_t i = 0; i < n; i++) {
			near = below(3) ? near ^ below(1 << below(20)) : random_address(family);
			sets[i] = random_set(&arena, family, near);
		}
		check_end(&arena, family, sets, n, round % 3, round % 2 ? 0 : SIZE_MAX);
		arena_fini(&arena);
	}
}

/* A leaf tells eight lengths apart: chains of nested prefixes are longer. */
static void test_long_chains(void **state)
{
	for (enum family family = 0; family < N_FAMILIES; family++) {
		unsigned bits = family_bits(family);
		const struct rangeset *sets[256];
		struct arena arena;
		size_t n = 0;

		arena_init(&arena);
		for (unsigned chain = 0; chain < 2; chain++) {
			u128 address = random_address(family);

			for (unsigned length = 1; length <= bits && n < 256; length += 1 + chain)
				sets[n++] = prefix(&arena, family, address, length);
		}
		check_end(&arena, family, sets, n, true, 0);
		check_end(&arena, family, sets, n, true, SIZE_MAX);
		if (family == FAMILY_V4)
			check_end(&arena, family, sets, n, false, 0);
		arena_fini(&arena);
	}
}

/* So many hosts that the nodes of a compact tree's last level lie at multiples of more than a byte. */
static void test_many_keys(void **state)
{
	for (enum family family = 0; family < N_FAMILIES; family++) {
		unsigned length = family_bits(family) / 4;
		struct range_bag bag = { 0 };
		const struct rangeset *sets[2];
		struct class_keys keys;
		struct arena arena;
		u128 around;

		arena_init(&arena);
		around = random_address(family);
		sets[0] = prefix(&arena, family, around, length);
		around = sets[0]->ranges[0].lo;
		for (unsigned i = 0; i < 160000; i++) {
			u128 host = around | (random_address(family) & u128_ones(family_bits(family) - length));

			range_bag_add(&arena, &bag, host, host);
		}
		sets[1] = rangeset_normalise(&arena, bag.ranges, bag.n);
		keys = check_end(&arena, family, sets, 2, true, 0);
		assert_true(keys.unit > 0);
		assert_int_equal(keys.fence.length, length);
		arena_fini(&arena);
	}
}

/*
 * Hosts in prefixes, and rows so long that those of the prefixes are not repeated for each host. In IPv6 several hosts of one /64 part at
 * lengths that make another kind of leaf.
 */
static void test_shared_rows(void **state)
{
	unsigned layouts = 0;

	for (unsigned round = 0; round < 6; round++) {
		enum family family = round % 3 ? FAMILY_V6 : FAMILY_V4;
		unsigned host_bits = family == FAMILY_V4 ? 8 : 64, networks = round % 3 == 1 ? 81 : 4;
		const struct rangeset *sets[300];
		struct class_keys keys;
		struct arena arena;

		arena_init(&arena);
		for (unsigned i = 0; i < 300; i++) {
			u128 around = random_address(family) >> (host_bits + 9) << (host_bits + 9), low;
			struct range_bag bag = { 0 };

			range_bag_add(&arena, &bag, around, around | u128_ones(host_bits));
			for (unsigned k = 1; k <= 80; k++) {
				low = around | (u128)(k % networks) << host_bits | (random_address(family) & u128_ones(host_bits));
				range_bag_add(&arena, &bag, low, low);
			}
			sets[i] = rangeset_normalise(&arena, bag.ranges, bag.n);
		}
		keys = check_rows(&arena, family, sets, 300, true, round % 2 ? 0 : SIZE_MAX, 8);
		assert_true(keys.shares);
		layouts |= 1u << keys.layout;
		arena_fini(&arena);
	}
	assert_int_equal(layouts, 1u << KEYS_NARROW | 1u << KEYS_FOLDED | 1u << KEYS_WIDE);
}

static void test_cells(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 17, 100, 1000, 20000 };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct classifier classifier = { 0 };
		struct class_group group = { 0 };
		uint64_t *cells;
		uint64_t *numbers;
		struct arena arena;

		arena_init(&arena);
		cells = ARENA_ARRAY(&arena, uint64_t, sizes[s]);
		numbers = ARENA_ARRAY(&arena, uint64_t, sizes[s]);
		for (size_t i = 0; i < sizes[s]; i++) {
			cells[i] = (i ? cells[i - 1] : 0) + 1 + below(1000);
			numbers[i] = (uint32_t)next_random() | 1;
		}
		group.n[0] = (uint32_t)cells[sizes[s] - 1] + 1;
		group.n[1] = 1;
		cells_hash(&arena, &arena, &classifier, cells, numbers, sizes[s], &group);
		regions_finish(&arena, &classifier);
		for (size_t i = 0; i < sizes[s]; i++) {
			uint64_t hash = mix_product(cells[i]);
			uint64_t slot = perfect_hash_slot(hash, region_get(&classifier, &group.displacements, hash), group.slots.n);

			assert_true(slot < group.slots.n);
			assert_true(region_get(&classifier, &group.slots, slot) == (cells[i] << slot_bits(&group) | numbers[i]));
		}
		arena_fini(&arena);
	}
}

/* --- term sets ------------------------------------------------------------------------ */

static const struct set a_set = { .name = "bad", .max = 10 };

/* Every source that there is. */
static struct class_source all_sources[] = {
	{ .field = FIELD_VLAN }, { .field = FIELD_PROTO }, { .field = FIELD_DSCP }, { .field = FIELD_TTL },
	{ .field = FIELD_LENGTH }, { .field = FIELD_FRAGMENT }, { .field = FIELD_SPORT }, { .field = FIELD_DPORT },
	{ .field = FIELD_FLAGS }, { .field = FIELD_ICMP_TYPE }, { .field = FIELD_ICMP_CODE }, { .kind = SOURCE_STATE },
	{ .kind = SOURCE_MEMBER, .field = FIELD_SRC, .set = &a_set },
	{ .kind = SOURCE_MEMBER, .field = FIELD_DST, .set = &a_set },
};

#define N_SOURCES (sizeof(all_sources) / sizeof(all_sources[0]))

static uint32_t source_most(const struct class_source *source)
{
	if (source->kind != SOURCE_FIELD)
		return source->kind == SOURCE_STATE ? N_STATES - 1 : 1;
	return source->field == FIELD_LENGTH ? 0x1fffe : (uint32_t)u128_ones(field_table[source->field].bits);
}

static bool may_be_absent(const struct class_source *source)
{
	return source->kind == SOURCE_FIELD && field_table[source->field].needs != FIELD_NEEDS_NET;
}

static const struct rangeset *random_values(struct arena *arena, const struct class_source *source)
{
	uint32_t most = source_most(source), a = (uint32_t)below(most + 1ull), b = (uint32_t)below(most + 1ull);
	struct range_bag bag = { 0 };

	switch (below(6)) {
	case 0:
		return rangeset_single(arena, 0, a);
	case 1:
		return rangeset_single(arena, a, most);
	case 2:
		return rangeset_single(arena, a < b ? a : b, a < b ? b : a);
	case 3:
		for (unsigned i = 0; i < 4; i++) {
			a = (uint32_t)below(most + 1ull);
			range_bag_add(arena, &bag, a, a);
		}
		return rangeset_from_bag(arena, &bag);
	case 4:
		return rangeset_single(arena, 0, most);
	default:
		/* What many rules ask for. */
		a = most < 3 ? a : a % 3;
		return rangeset_single(arena, a, a);
	}
}

struct random_terms {
	struct arena arena;
	struct classify_input input;
	size_t n_sets[N_FAMILIES];
	const struct rangeset *sets[N_FAMILIES][40];
};

static void make_terms(struct random_terms *r, size_t n_terms, unsigned few_sources)
{
	memset(r, 0, sizeof(*r));
	arena_init(&r->arena);
	r->input.n_sources = N_SOURCES;
	r->input.sources = all_sources;
	r->input.n_terms = n_terms;
	r->input.terms = ARENA_ARRAY(&r->arena, struct class_term, n_terms);
	for (enum family family = 0; family < N_FAMILIES; family++) {
		u128 near = random_address(family);

		r->n_sets[family] = 1 + below(40);
		for (size_t i = 0; i < r->n_sets[family]; i++) {
			near = below(3) ? near ^ below(1 << 16) : random_address(family);
			r->sets[family][i] = random_set(&r->arena, family, near);
		}
	}
	for (size_t i = 0; i < n_terms; i++) {
		struct class_term *term = &r->input.terms[i];
		unsigned tests = (unsigned)below(4);

		/* Some rules have several terms. */
		term->answer = i && !below(5) ? term[-1].answer : (uint32_t)(4 * i + below(3));
		term->family = below(3) ? FAMILY_V4 : FAMILY_V6;
		term->src = below(3) ? r->sets[term->family][below(r->n_sets[term->family])] : NULL;
		term->dst = below(3) ? r->sets[term->family][below(r->n_sets[term->family])] : NULL;
		term->tests = ARENA_ARRAY(&r->arena, struct class_test, N_SOURCES);
		for (uint32_t s = 0; s < N_SOURCES; s++)
			if (below(N_SOURCES) < tests && (s + i) % few_sources == 0)
				term->tests[term->n_tests++] =
					(struct class_test){ s, random_values(&r->arena, &all_sources[s]) };
	}
}

static uint32_t random_value(const struct classify_input *input, uint32_t source)
{
	const struct class_term *term = &input->terms[below(input->n_terms)];
	uint32_t most = source_most(&input->sources[source]), at;

	if (may_be_absent(&input->sources[source]) && !below(5))
		return CLASSIFY_ABSENT;
	/* A packet may be longer than any table is. */
	if (input->sources[source].kind == SOURCE_FIELD && input->sources[source].field == FIELD_LENGTH && !below(4))
		return 131071 + (uint32_t)below(200000);
	for (size_t i = 0; i < term->n_tests; i++) {
		const struct rangeset *set = term->tests[i].values;
		const struct range *range;

		if (term->tests[i].source != source || !set->n)
			continue;
		range = &set->ranges[below(set->n)];
		at = (uint32_t)(below(2) ? range->lo : range->hi) + (uint32_t)below(3) - 1;
		return at > most ? most : at;
	}
	return (uint32_t)below(most + 1ull);
}

static void random_packet(struct random_terms *r, struct class_packet *packet, uint32_t values[N_SOURCES])
{
	packet->family = below(3) ? FAMILY_V4 : FAMILY_V6;
	packet->src = address_near(packet->family, r->sets[packet->family], r->n_sets[packet->family]);
	packet->dst = address_near(packet->family, r->sets[packet->family], r->n_sets[packet->family]);
	for (uint32_t s = 0; s < N_SOURCES; s++)
		values[s] = random_value(&r->input, s);
	packet->values = values;
}

static void test_terms_against_brute_force(void **state)
{
	const struct classify_budget budget = { 64ull << 20 };
	unsigned built = 0, decided = 0;

	for (unsigned round = 0; round < 150; round++) {
		size_t n_terms = 1 + below(round < 50 ? 8 : round < 120 ? 60 : 250);
		struct random_terms r;
		struct classifier *classifier;

		make_terms(&r, n_terms, n_terms > 60 ? 4 : n_terms > 8 ? 2 : 1);
		classifier = classify_build(&r.arena, &r.input, &budget, NULL);
		for (unsigned i = 0; i < 2000 && classifier; i++) {
			uint32_t values[N_SOURCES], right;
			struct class_packet packet;

			random_packet(&r, &packet, values);
			right = class_first_match(&r.input, &packet);
			decided += right != CLASSIFY_NONE;
			if (classify_lookup(classifier, &packet) != right)
				fail_msg("round %u, packet %u: %#x instead of %#x", round, i,
					 classify_lookup(classifier, &packet), right);
		}
		built += classifier != NULL;
		arena_fini(&r.arena);
	}
	/* Crossing so many sources may explode, but not always; and packets that meet no term prove little. */
	print_message("%u of 150 built, %u packets decided\n", built, decided);
	assert_true(built > 75);
	assert_true(decided > 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_intervals_share_classes_and_give_up),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_long_chains),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_shared_rows),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_terms_against_brute_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
