/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Bit vectors against asking one term after another, on random terms of both IP versions and all fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "class_terms.h"
#include "rangeset.h"
#include "vectors.h"

#define MEMORY (64ull << 20)

static uint64_t random_state;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((random_state >> 33) % below);
}

/* Every field of a number there is, and a state and a membership. */
static const enum field fields[] = { FIELD_PROTO, FIELD_SPORT, FIELD_DPORT, FIELD_FLAGS, FIELD_VLAN, FIELD_DSCP,
				     FIELD_TTL, FIELD_LENGTH, FIELD_FRAGMENT, FIELD_ICMP_TYPE, FIELD_ICMP_CODE };

#define N_FIELD_SOURCES (sizeof(fields) / sizeof(fields[0]))
#define N_SOURCES (N_FIELD_SOURCES + 2)

static void make_sources(struct class_source *sources)
{
	for (size_t i = 0; i < N_FIELD_SOURCES; i++)
		sources[i] = (struct class_source){ .field = fields[i] };
	sources[N_FIELD_SOURCES] = (struct class_source){ .kind = SOURCE_STATE };
	sources[N_FIELD_SOURCES + 1] = (struct class_source){ .kind = SOURCE_MEMBER, .field = FIELD_SRC };
}

/* Numbers that a source has in packets: those of its table but the last, which stands for what is absent. */
static uint32_t numbers_of(const struct class_source *source)
{
	uint32_t size = source_size(source);

	return source->kind != SOURCE_FIELD ? size : size - 1;
}

static u128 draw_address(enum family family)
{
	u128 address = 0;

	/* Few networks, so that terms meet. */
	if (family == FAMILY_V4)
		return (u128)(10 + draw(4)) << 24 | draw(16) << 16 | draw(16) << 8 | draw(256);
	address = (u128)0x20010db8 << 96 | (u128)draw(3) << 80 | (u128)draw(256) << 64 | draw(1 << 16);
	return address;
}

/* NULL: any; else a host, prefixes or a range. */
static const struct rangeset *draw_addresses(struct arena *arena, enum family family)
{
	unsigned bits = family == FAMILY_V4 ? 32 : 128;
	struct range_bag bag = { 0 };

	if (!draw(4))
		return NULL;
	for (uint32_t left = draw(3) ? 1 : 1 + draw(5); left; left--) {
		u128 lo = draw_address(family);
		unsigned free_bits = draw(3) ? draw(bits == 32 ? 9 : 70) : 0;
		u128 span = ((u128)1 << free_bits) - 1;

		if (draw(4))
			range_bag_add(arena, &bag, lo & ~span, lo | span);
		else
			range_bag_add(arena, &bag, lo, lo + draw(5000));
	}
	return rangeset_from_bag(arena, &bag);
}

static const struct rangeset *draw_values(struct arena *arena, uint32_t numbers)
{
	struct range_bag bag = { 0 };

	for (uint32_t left = draw(3) ? 1 : 1 + draw(4); left; left--) {
		uint32_t lo = draw(numbers), hi = draw(2) ? lo : lo + draw(numbers - lo);

		range_bag_add(arena, &bag, lo, hi);
	}
	return rangeset_from_bag(arena, &bag);
}

static struct classify_input draw_terms(struct arena *arena, size_t n, uint32_t tested)
{
	struct classify_input input = { .n_sources = N_SOURCES, .n_terms = n };

	input.sources = ARENA_ARRAY(arena, struct class_source, N_SOURCES);
	input.terms = ARENA_ARRAY(arena, struct class_term, n + 1);
	make_sources(input.sources);
	for (size_t i = 0; i < n; i++) {
		struct class_term *term = &input.terms[i];

		term->answer = (uint32_t)(i / 2 * 3); /* two terms of one rule, and numbers that nobody has */
		term->family = draw(2) ? FAMILY_V4 : FAMILY_V6;
		term->src = draw_addresses(arena, term->family);
		term->dst = draw_addresses(arena, term->family);
		/* Lest the first few decide all. */
		while (!term->src && !term->dst)
			term->dst = draw_addresses(arena, term->family);
		term->tests = ARENA_ARRAY(arena, struct class_test, N_SOURCES);
		for (uint32_t source = 0; source < N_SOURCES; source++)
			if (draw(100) < tested)
				term->tests[term->n_tests++] = (struct class_test){
					source, draw_values(arena, numbers_of(&input.sources[source]))
				};
	}
	return input;
}

/* One that some term matches, in most of its fields. */
static void draw_packet(const struct classify_input *input, uint32_t *values, struct class_packet *packet)
{
	const struct class_term *term = input->n_terms ? &input->terms[draw((uint32_t)input->n_terms)] : NULL;

	packet->family = term ? term->family : FAMILY_V4;
	packet->values = values;
	packet->src = draw_address(packet->family);
	packet->dst = draw_address(packet->family);
	if (term && term->src && draw(8))
		packet->src = term->src->ranges[draw((uint32_t)term->src->n)].lo;
	if (term && term->dst && draw(8))
		packet->dst = term->dst->ranges[draw((uint32_t)term->dst->n)].hi;
	for (uint32_t source = 0; source < N_SOURCES; source++) {
		values[source] = draw(numbers_of(&input->sources[source]));
		if (input->sources[source].kind == SOURCE_FIELD && !draw(4))
			values[source] = CLASSIFY_ABSENT;
	}
	for (size_t i = 0; term && i < term->n_tests; i++)
		if (draw(30))
			values[term->tests[i].source] = (uint32_t)term->tests[i].values->ranges[0].lo;
}

/* How many packets some term decides. */
static size_t compare(struct arena *arena, const struct classify_input *input, size_t n_packets)
{
	const struct classify_budget budget = { MEMORY };
	const struct classifier *classifier = classify_build_vectors(arena, input, &budget);
	size_t decided = 0;

	assert_non_null(classifier);
	assert_true(classifier->bytes <= MEMORY);
	for (unsigned f = 0; f < N_FAMILIES; f++)
		assert_true(!classifier->sides[f] || classifier->sides[f]->vectors);
	for (size_t i = 0; i < n_packets; i++) {
		uint32_t values[N_SOURCES], right;
		struct class_packet packet;

		draw_packet(input, values, &packet);
		right = class_first_match(input, &packet);
		decided += right != CLASSIFY_NONE;
		assert_int_equal(classify_lookup(classifier, &packet), right);
	}
	return decided;
}

static void few_terms(void **state)
{
	for (uint32_t n = 0; n < 40; n++) {
		struct classify_input input;
		struct arena arena;

		arena_init(&arena);
		random_state = n;
		input = draw_terms(&arena, n, n % 3 * 15);
		compare(&arena, &input, 500);
		arena_fini(&arena);
	}
}

/* Nothing is asked but the IP version: one dimension there is all the same. */
static void terms_without_conditions(void **state)
{
	static const uint32_t values[N_SOURCES];
	const struct classify_budget budget = { MEMORY };
	struct class_packet packet = { .family = FAMILY_V6, .values = values };
	const struct classifier *classifier;
	struct classify_input input;
	struct arena arena;

	arena_init(&arena);
	input = draw_terms(&arena, 3, 0);
	for (size_t i = 0; i < 3; i++)
		input.terms[i] = (struct class_term){ .answer = 5 + (uint32_t)i, .family = FAMILY_V6 };
	classifier = classify_build_vectors(&arena, &input, &budget);
	assert_non_null(classifier);
	assert_int_equal(classify_lookup(classifier, &packet), 5);
	packet.family = FAMILY_V4;
	assert_int_equal(classify_lookup(classifier, &packet), CLASSIFY_NONE);
	arena_fini(&arena);
}

/* Several segments: more terms than one has bits for. */
static void many_terms(void **state)
{
	static const struct {
		size_t n;
		uint32_t tested;
	} rounds[] = { { 900, 25 }, { 3000, 10 }, { 12000, 20 } };

	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		struct classify_input input;
		struct arena arena;
		size_t decided;

		arena_init(&arena);
		random_state = 100 + i;
		input = draw_terms(&arena, rounds[i].n, rounds[i].tested);
		decided = compare(&arena, &input, 3000);
		/* Neither all nor none, or nothing is shown. */
		assert_in_range(decided, 300, 2990);
		arena_fini(&arena);
	}
}

/* No packet is as long as that: the test holds for none, and does not stand in the way. */
static void values_beyond_the_table(void **state)
{
	const struct classify_budget budget = { MEMORY };
	uint32_t values[N_SOURCES] = { 0 };
	struct class_packet packet = { .family = FAMILY_V4, .values = values };
	const struct classifier *classifier;
	struct classify_input input;
	struct arena arena;
	uint32_t length = 0;

	arena_init(&arena);
	input = draw_terms(&arena, 2, 0);
	while (input.sources[length].field != FIELD_LENGTH)
		length++;
	for (size_t i = 0; i < 2; i++) {
		input.terms[i] = (struct class_term){ .answer = (uint32_t)i, .family = FAMILY_V4, .n_tests = 1 };
		input.terms[i].tests = ARENA_NEW(&arena, struct class_test);
		*input.terms[i].tests = (struct class_test){
			length, i ? rangeset_single(&arena, 0, 99) : rangeset_single(&arena, 1000000, 2000000)
		};
	}
	classifier = classify_build_vectors(&arena, &input, &budget);
	assert_non_null(classifier);
	values[length] = 50;
	assert_int_equal(classify_lookup(classifier, &packet), 1);
	values[length] = 100;
	assert_int_equal(classify_lookup(classifier, &packet), CLASSIFY_NONE);
	arena_fini(&arena);
}

/* What does not fit is not made. */
static void the_budget_is_kept(void **state)
{
	const struct classify_budget budget = { 4096 };
	struct classify_input input;
	struct arena arena;

	arena_init(&arena);
	random_state = 7;
	input = draw_terms(&arena, 2000, 20);
	assert_null(classify_build_vectors(&arena, &input, &budget));
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_terms),
		cmocka_unit_test(terms_without_conditions),
		cmocka_unit_test(many_terms),
		cmocka_unit_test(values_beyond_the_table),
		cmocka_unit_test(the_budget_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
