/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Terms looked up as tuples answer as they do one after another, alone and beside others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "class_terms.h"
#include "rangeset.h"
#include "tuples.h"

#include <stdlib.h>

#define MEMORY (64ull << 20)

static const enum field fields[] = { FIELD_VLAN, FIELD_PROTO, FIELD_DSCP, FIELD_TTL, FIELD_LENGTH, FIELD_FRAGMENT, FIELD_SPORT,
				     FIELD_DPORT, FIELD_FLAGS, FIELD_ICMP_TYPE, FIELD_ICMP_CODE };

#define N_SOURCES (sizeof(fields) / sizeof(fields[0]))

static uint64_t state = 1;

static uint32_t draw(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % n);
}

/* A tuple that terms are drawn of. */
struct form {
	enum family family;
	unsigned lengths[2];
	uint32_t asked;               /* sources, as bits */
};

struct subject {
	struct arena arena;
	struct class_source sources[N_SOURCES];
	struct classify_input input;
};

static uint32_t most_value(uint32_t source)
{
	return fields[source] == FIELD_LENGTH ? 0x1fffe : (uint32_t)u128_ones(field_table[fields[source]].bits);
}

static u128 draw_address(enum family family)
{
	/* Few enough to be met again, the ends of the range among them. */
	switch (draw(16)) {
	case 0:
		return 0;
	case 1:
		return u128_ones(family_bits(family));
	default:
		return family == FAMILY_V4 ? 10u << 24 | draw(40) << 8 | draw(3) :
					     (u128)0x20010db8 << 96 | (u128)draw(6) << 80 | (u128)draw(5) << 56 | draw(3);
	}
}

static const struct rangeset *draw_prefix(struct arena *arena, enum family family, unsigned length)
{
	u128 rest = u128_ones(family_bits(family) - length), low = draw_address(family) & ~rest;

	return length ? rangeset_single(arena, low, low | rest) : draw(2) ? NULL : rangeset_single(arena, 0, u128_ones(family_bits(family)));
}

static void draw_term(struct subject *s, const struct form *form, struct class_term *term)
{
	term->family = form->family;
	term->src = draw_prefix(&s->arena, form->family, form->lengths[0]);
	term->dst = draw_prefix(&s->arena, form->family, form->lengths[1]);
	term->tests = ARENA_ARRAY(&s->arena, struct class_test, N_SOURCES);
	for (uint32_t source = 0; source < N_SOURCES; source++) {
		uint32_t most = most_value(source), value = draw(4) ? draw(most < 30 ? most + 1 : 30) : most - draw(2);

		if (form->asked & 1u << source)
			term->tests[term->n_tests++] = (struct class_test){ source, rangeset_single(&s->arena, value, value) };
	}
}

/* What no tuple has: a range of addresses or of numbers. */
static void widen(struct subject *s, struct class_term *term)
{
	const struct rangeset *src = term->src;

	if (src && src->ranges[0].hi < u128_ones(family_bits(term->family)))
		term->src = rangeset_single(&s->arena, src->ranges[0].lo, src->ranges[0].hi + 1);
	for (size_t i = 0; i < term->n_tests; i++) {
		u128 value = term->tests[i].values->ranges[0].lo;

		if (!draw(2))
			term->tests[i].values = rangeset_single(&s->arena, value / 2,
								value < most_value(term->tests[i].source) ? value + 1 : value);
	}
}

/* `others`: of a hundred terms, so many are none of a tuple. */
static void open_subject(struct subject *s, const struct form *forms, size_t n_forms, size_t n_terms, unsigned others)
{
	*s = (struct subject){ .input = { .n_sources = N_SOURCES, .n_terms = n_terms } };
	arena_init(&s->arena);
	for (size_t i = 0; i < N_SOURCES; i++)
		s->sources[i] = (struct class_source){ .field = fields[i] };
	s->input.sources = s->sources;
	s->input.terms = ARENA_ARRAY(&s->arena, struct class_term, n_terms);
	for (size_t i = 0; i < n_terms; i++) {
		struct class_term *term = &s->input.terms[i];

		draw_term(s, &forms[draw((uint32_t)n_forms)], term);
		if (draw(100) < others)
			widen(s, term);
		/* Terms of a rule have one answer. */
		term->answer = i && !draw(5) ? term[-1].answer : (uint32_t)(4 * i + draw(3));
	}
}

/* A packet of a term, but for now and then one thing. */
static void draw_packet(const struct subject *s, uint32_t *values, struct class_packet *packet)
{
	const struct class_term *term = &s->input.terms[draw((uint32_t)s->input.n_terms)];

	*packet = (struct class_packet){ term->family, draw_address(term->family), draw_address(term->family), values };
	if (term->src && draw(12))
		packet->src = draw(2) ? term->src->ranges[0].lo : term->src->ranges[0].hi;
	if (term->dst && draw(12))
		packet->dst = draw(2) ? term->dst->ranges[0].lo : term->dst->ranges[0].hi;
	for (uint32_t source = 0; source < N_SOURCES; source++) {
		values[source] = draw(most_value(source) + 1);
		if (field_table[fields[source]].needs != FIELD_NEEDS_NET && !draw(4))
			values[source] = CLASSIFY_ABSENT;
	}
	for (size_t i = 0; i < term->n_tests; i++)
		if (draw(30))
			values[term->tests[i].source] = (uint32_t)term->tests[i].values->ranges[0].lo;
}

/* How many packets some term decides. */
static size_t compare(const struct subject *s, const struct classifier *classifier, size_t n_packets)
{
	size_t decided = 0;

	for (size_t i = 0; i < n_packets; i++) {
		uint32_t values[N_SOURCES], right;
		struct class_packet packet;

		draw_packet(s, values, &packet);
		right = class_first_match(&s->input, &packet);
		decided += right != CLASSIFY_NONE;
		assert_int_equal(classify_lookup(classifier, &packet), right);
	}
	return decided;
}

#define SOURCE_BIT(source) (1u << (source))

static const struct form some_forms[] = {
	{ FAMILY_V4, { 32, 32 }, SOURCE_BIT(1) | SOURCE_BIT(7) },
	{ FAMILY_V4, { 24, 0 }, SOURCE_BIT(1) | SOURCE_BIT(6) | SOURCE_BIT(7) },
	{ FAMILY_V4, { 0, 31 }, 0 },
	{ FAMILY_V4, { 1, 32 }, SOURCE_BIT(3) },
	{ FAMILY_V6, { 128, 128 }, SOURCE_BIT(1) | SOURCE_BIT(7) },
	{ FAMILY_V6, { 64, 65 }, SOURCE_BIT(0) | SOURCE_BIT(2) },
	{ FAMILY_V6, { 0, 48 }, SOURCE_BIT(9) | SOURCE_BIT(10) },
	/* All that there is, and IPv6: as long as a key gets. */
	{ FAMILY_V6, { 127, 128 }, 0x7ff },
};

#define N_FORMS (sizeof(some_forms) / sizeof(some_forms[0]))

static void alone(void **unused)
{
	const struct classify_budget budget = { MEMORY };
	size_t decided = 0;

	for (size_t form = 0; form < N_FORMS; form++)
		for (size_t n = 64; n <= 4096; n *= 8) {
			struct classifier *classifier;
			struct subject s;

			open_subject(&s, &some_forms[form], 1, n, 0);
			classifier = classify_build_tuples(&s.arena, &s.input, &budget);
			assert_non_null(classifier);
			assert_int_equal(classifier->tuples.n, 1);
			assert_null(classifier->sides[FAMILY_V4]);
			assert_null(classifier->sides[FAMILY_V6]);
			assert_string_equal(classifier->plan, "tuples");
			decided += compare(&s, classifier, 2000);
			arena_fini(&s.arena);
		}
	assert_true(decided > N_FORMS * 3 * 1000);
}

static void beside_others(void **unused)
{
	const struct classify_budget budget = { MEMORY };
	size_t decided = 0, built = 0, with_both = 0;

	for (unsigned round = 0; round < 40; round++) {
		struct classifier *classifier;
		struct subject s;

		open_subject(&s, some_forms, N_FORMS, 600 + draw(1500), 1 + draw(40));
		classifier = classify_build_tuples(&s.arena, &s.input, &budget);
		if (classifier) {
			built++;
			assert_true(classifier->tuples.n > 1);
			with_both += classifier->sides[FAMILY_V4] && classifier->sides[FAMILY_V6];
			decided += compare(&s, classifier, 1500);
		}
		arena_fini(&s.arena);
	}
	print_message("%zu of 40 built, %zu packets decided\n", built, decided);
	assert_true(built > 30);
	assert_true(with_both > 20);
	assert_true(decided > 20000);
}

/* More tuples than are looked up: the largest four of each IP version are, the others are not lost. */
static void many_tuples(void **unused)
{
	const struct classify_budget budget = { MEMORY };
	struct form forms[12];
	struct classifier *classifier;
	size_t of_family[N_FAMILIES] = { 0 };
	struct subject s;

	for (unsigned i = 0; i < 12; i++)
		forms[i] = (struct form){ i % 2 ? FAMILY_V4 : FAMILY_V6, { 20 + i, 12 }, SOURCE_BIT(1) };
	open_subject(&s, forms, 12, 3000, 0);
	classifier = classify_build_tuples(&s.arena, &s.input, &budget);
	assert_non_null(classifier);
	for (size_t i = 0; i < classifier->tuples.n; i++)
		of_family[classifier->tuples.tuples[i].family]++;
	assert_int_equal(of_family[FAMILY_V4], 4);
	assert_int_equal(of_family[FAMILY_V6], 4);
	assert_true(compare(&s, classifier, 3000) > 1500);
	arena_fini(&s.arena);
}

/* What classes would not cross is looked up as tuples without being told to. */
static void chosen(void **unused)
{
	const struct classify_budget budget = { MEMORY };
	struct classify_options options = { 0 };
	struct classifier *classifier;
	struct subject s;

	open_subject(&s, some_forms, 1, 20000, 0);
	for (size_t i = 0; i < s.input.n_terms; i++) {
		struct class_term *term = &s.input.terms[i];
		uint32_t host = draw(1u << 24) << 8 | draw(256), peer = draw(1u << 24) << 8 | draw(256), port = draw(65536);

		term->src = rangeset_single(&s.arena, host, host);
		term->dst = rangeset_single(&s.arena, peer, peer);
		term->tests[1].values = rangeset_single(&s.arena, port, port);
	}
	classifier = classify_build(&s.arena, &s.input, &budget, &options);
	assert_non_null(classifier);
	assert_string_equal(classifier->plan, "tuples");
	/* 16 bytes of each term, and as many as a mask may reach. */
	assert_true(classifier->bytes < 3 * 16 * s.input.n_terms);
	assert_true(options.n > 0);
	assert_null(options.options[0].why_not);
	assert_true(compare(&s, classifier, 500) > 200);
	arena_fini(&s.arena);
}

static uint64_t draw_word(void)
{
	return (uint64_t)draw(1u << 31) << 33 ^ (uint64_t)draw(1u << 31) << 16 ^ draw(1u << 16);
}

/* Leading bits that all terms share are in no slot, and are asked: each bit of both addresses matters. */
static void shared_bits_leave_slots(void **unused)
{
	const struct classify_budget budget = { MEMORY };
	const struct class_tuple *tuple;
	struct classifier *classifier;
	struct subject s;

	open_subject(&s, &some_forms[4], 1, 500, 0);
	for (size_t i = 0; i < s.input.n_terms; i++) {
		struct class_term *term = &s.input.terms[i];
		u128 src = (u128)0x20010db8 << 96 | (u128)(draw_word() >> 32) << 64 | draw_word();
		u128 dst = (u128)0x20010db8abcdef01 << 64 | (u128)0xfedcba98765 << 20 | draw(1u << 20);

		term->src = rangeset_single(&s.arena, src, src);
		term->dst = rangeset_single(&s.arena, dst, dst);
	}
	classifier = classify_build_tuples(&s.arena, &s.input, &budget);
	assert_non_null(classifier);
	assert_int_equal(classifier->tuples.n, 1);
	tuple = &classifier->tuples.tuples[0];
	/* 32 of the source; 64 and 44 of the destination. */
	assert_int_equal(tuple->n_fixed, 3);
	assert_int_equal(tuple->n_words, 3);
	for (size_t i = 0; i < s.input.n_terms; i += 10)
		for (unsigned bit = 0; bit <= 256; bit++) {
			const struct class_term *term = &s.input.terms[i];
			struct class_packet packet;
			uint32_t values[N_SOURCES], right;

			draw_packet(&s, values, &packet);
			for (size_t k = 0; k < term->n_tests; k++)
				values[term->tests[k].source] = (uint32_t)term->tests[k].values->ranges[0].lo;
			packet.src = term->src->ranges[0].lo ^ (bit < 128 ? (u128)1 << bit : 0);
			packet.dst = term->dst->ranges[0].lo ^ (bit >= 128 && bit < 256 ? (u128)1 << (bit - 128) : 0);
			right = class_first_match(&s.input, &packet);
			assert_int_equal(right, bit == 256 ? term->answer : CLASSIFY_NONE);
			assert_int_equal(classify_lookup(classifier, &packet), right);
		}
	arena_fini(&s.arena);
}

/* Where slots are no smaller without them, shared bits stay. */
static void shared_bits_stay(void **unused)
{
	const struct classify_budget budget = { MEMORY };
	struct classifier *classifier;
	struct subject s;

	open_subject(&s, &some_forms[0], 1, 500, 0);
	for (size_t i = 0; i < s.input.n_terms; i++) {
		u128 src = 10u << 24 | draw(1u << 24), dst = 192u << 24 | draw(1u << 24);

		s.input.terms[i].src = rangeset_single(&s.arena, src, src);
		s.input.terms[i].dst = rangeset_single(&s.arena, dst, dst);
	}
	classifier = classify_build_tuples(&s.arena, &s.input, &budget);
	assert_non_null(classifier);
	assert_int_equal(classifier->tuples.tuples[0].n_words, 2);
	assert_int_equal(classifier->tuples.tuples[0].n_fixed, 0);
	assert_true(compare(&s, classifier, 2000) > 1000);
	arena_fini(&s.arena);
}

/* Fewer than are worth it, or none that asks for an address. */
static void not_worth_it(void **unused)
{
	static const struct form ports = { FAMILY_V4, { 0, 0 }, SOURCE_BIT(7) };
	const struct classify_budget budget = { MEMORY };
	struct subject s;

	open_subject(&s, some_forms, 1, 63, 0);
	assert_null(classify_build_tuples(&s.arena, &s.input, &budget));
	arena_fini(&s.arena);
	open_subject(&s, &ports, 1, 1000, 0);
	assert_null(classify_build_tuples(&s.arena, &s.input, &budget));
	arena_fini(&s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),       cmocka_unit_test(beside_others), cmocka_unit_test(many_tuples),
		cmocka_unit_test(chosen),      cmocka_unit_test(not_worth_it),  cmocka_unit_test(shared_bits_leave_slots),
		cmocka_unit_test(shared_bits_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
