/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Terms before and after reduction, compared as sets of packets: for each answer, the packets that it decides must be
 * the same. On random terms; test_reduce_policy.c has those of the examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ip_proto.h"
#include "reduce.h"
#include "term_packets.h"

#include <string.h>

#define SEEDS 400u
#define MOST_TERMS 40u

static struct set some_set = { .name = "some" };

static struct class_source sources[] = {
	{ .field = FIELD_PROTO }, { .field = FIELD_DPORT },	{ .field = FIELD_SPORT },     { .field = FIELD_FLAGS },
	{ .field = FIELD_TTL },   { .field = FIELD_FRAGMENT },	{ .field = FIELD_ICMP_TYPE }, { .field = FIELD_ICMP_CODE },
	{ .field = FIELD_VLAN },  { .field = FIELD_LENGTH },	{ .field = FIELD_DSCP },
	{ .kind = SOURCE_STATE }, { SOURCE_MEMBER, FIELD_SRC, &some_set },
};

#define N_SOURCES (sizeof(sources) / sizeof(sources[0]))

/* --- random terms ------------------------------------------------------------ */

struct random {
	struct arena *arena;
	uint64_t state;
};

static unsigned next(struct random *random, unsigned n)
{
	random->state = random->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random->state >> 33) % n;
}

/* Few addresses, so that sets contain one another, are neighbours, are the same. */
static const struct rangeset *random_addresses(struct random *random, enum family family)
{
	unsigned bits = family_bits(family), kind = next(random, 24);
	struct range_bag bag = { 0 };

	if (kind == 0)
		return rangeset_empty(random->arena);
	if (kind == 1)
		return rangeset_full(random->arena, bits);
	if (kind < 6)
		return NULL;
	for (unsigned n = kind < 9 ? 3 : 1; n; n--) {
		unsigned free = next(random, 4);
		u128 base = (u128)10 << (bits - 8) | (u128)next(random, 8) << (bits - 12);
		u128 size = (u128)1 << (bits - 12 + free);

		if (kind == 10)
			range_bag_add(random->arena, &bag, base + next(random, 5), base + 5 + next(random, 1000));
		else
			range_bag_add(random->arena, &bag, base & ~(size - 1), base | (size - 1));
	}
	return rangeset_from_bag(random->arena, &bag);
}

static const struct rangeset *random_values(struct random *random, const struct class_source *source)
{
	static const struct range ports[] = { { 0, 65535 }, { 80, 80 }, { 443, 443 }, { 0, 1023 }, { 1024, 65535 } };
	static const struct range protos[] = {
		{ PROTO_TCP, PROTO_TCP }, { PROTO_UDP, PROTO_UDP }, { PROTO_ICMP, PROTO_ICMP }, { PROTO_ICMPV6, PROTO_ICMPV6 },
		{ PROTO_SCTP, PROTO_SCTP }, { 0, 255 }, { 2, 255 }, { PROTO_TCP, PROTO_UDP },
	};
	u128 last = source->kind == SOURCE_MEMBER ? 1 : source->kind == SOURCE_STATE ? N_STATES - 1
		  : source->field == FIELD_FRAGMENT ? 3 : u128_ones(field_table[source->field].bits);
	struct range_bag bag = { 0 };
	struct range range;

	if (!next(random, 40))
		return rangeset_empty(random->arena);
	for (unsigned n = 1 + !next(random, 4); n; n--) {
		if (source->kind == SOURCE_FIELD && (source->field == FIELD_DPORT || source->field == FIELD_SPORT))
			range = ports[next(random, 5)];
		else if (source->kind == SOURCE_FIELD && source->field == FIELD_PROTO)
			range = protos[next(random, 8)];
		else if (!next(random, 4))
			range = (struct range){ 0, last };
		else
			range.hi = (range.lo = next(random, last < 6 ? (unsigned)last + 1 : 6)) + (last < 6 ? 0 : next(random, 4));
		range_bag_add(random->arena, &bag, range.lo, range.hi);
	}
	return rangeset_from_bag(random->arena, &bag);
}

static void add_test(struct random *random, struct class_term *term, uint32_t source)
{
	struct class_test *tests = ARENA_ARRAY(random->arena, struct class_test, term->n_tests + 1);
	size_t n = 0, k = 0;

	for (; k < term->n_tests && term->tests[k].source < source; k++)
		tests[n++] = term->tests[k];
	tests[n++] = (struct class_test){ source, random_values(random, &sources[source]) };
	if (k < term->n_tests && term->tests[k].source == source)
		k++;
	for (; k < term->n_tests; k++)
		tests[n++] = term->tests[k];
	term->n_tests = n;
	term->tests = tests;
}

/* Protocol, ports and fragments twice as often as other fields: they depend on each other. */
static uint32_t random_source(struct random *random)
{
	static const uint32_t often[] = { 0, 1, 2, 3, 5 };

	return next(random, 2) ? often[next(random, 5)] : next(random, N_SOURCES);
}

static void random_input(struct random *random, struct classify_input *input)
{
	uint32_t answer = next(random, 9);
	bool one_family = next(random, 2);

	*input = (struct classify_input){ N_SOURCES, sources, 1 + next(random, MOST_TERMS), NULL };
	input->terms = ARENA_ARRAY(random->arena, struct class_term, input->n_terms);
	for (size_t i = 0; i < input->n_terms; i++) {
		struct class_term *term = &input->terms[i];

		if (i && next(random, 3)) {
			/* Almost a copy of one before. */
			*term = input->terms[i - 1 - next(random, i < 4 ? (unsigned)i : 4)];
			if (next(random, 2))
				add_test(random, term, random_source(random));
			else
				*(next(random, 2) ? &term->src : &term->dst) = random_addresses(random, term->family);
		} else {
			term->family = one_family ? FAMILY_V4 : (enum family)next(random, N_FAMILIES);
			term->src = random_addresses(random, term->family);
			term->dst = random_addresses(random, term->family);
			for (unsigned n = next(random, 4); n; n--)
				add_test(random, term, random_source(random));
		}
		answer += next(random, 2) * (1 + next(random, 3));
		term->answer = answer;
	}
}

static void add_up(struct reduction *total, const struct reduction *one)
{
	total->before += one->before;
	total->after += one->after;
	total->impossible += one->impossible;
	total->shadowed += one->shadowed;
	total->redundant += one->redundant;
	total->united += one->united;
	total->tests += one->tests;
	total->sources += one->sources;
}

static void check_random_terms(void **state)
{
	struct reduction total = { 0 };

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct classify_input before, after;
		struct reduction reduction;
		struct random random;
		struct arena arena;

		arena_init(&arena);
		random = (struct random){ &arena, seed * 0x9e3779b97f4a7c15u };
		random_input(&random, &before);
		reduce_input(&arena, &before, &after, &reduction);
		assert_int_equal(reduction.before, before.n_terms);
		assert_int_equal(reduction.after, after.n_terms);
		assert_int_equal(reduction.before - reduction.after, reduction.impossible + reduction.shadowed +
				 reduction.redundant + reduction.united);
		assert_false(reduction.cut);
		if (!equivalent(&arena, &before, &after))
			fail_msg("seed %u: the terms mean something else afterwards", (unsigned)seed);
		add_up(&total, &reduction);
		arena_fini(&arena);
	}
	/* A reduction that does nothing would pass all that. */
	assert_true(total.impossible && total.shadowed && total.redundant && total.united && total.tests && total.sources);
	assert_true(total.after < total.before / 2);
}

/* --- what the comparison can see ---------------------------------------------- */

enum mistake {
	MISTAKE_LOST,     /* a term is missing */
	MISTAKE_ANSWER,   /* a term counts for another rule */
	MISTAKE_TEST,     /* a test is missing */
	MISTAKE_VALUE,    /* a value too many */
	MISTAKE_ADDRESS,  /* an address too few */
	N_MISTAKES
};

/* False where there is no place for it. */
static bool make_mistake(struct random *random, struct classify_input *input, enum mistake mistake)
{
	size_t at = input->n_terms ? next(random, (unsigned)input->n_terms) : 0;
	struct class_term *term = &input->terms[at];
	struct class_test *tests;

	if (!input->n_terms)
		return false;
	if (mistake == MISTAKE_LOST) {
		memmove(term, term + 1, (--input->n_terms - at) * sizeof(*term));
		return true;
	}
	if (mistake == MISTAKE_ANSWER) {
		if (at + 1 == input->n_terms || term[1].answer == term->answer)
			return false;
		term->answer = term[1].answer;
		return true;
	}
	if (mistake == MISTAKE_ADDRESS) {
		if (!term->src)
			return false;
		term->src = rangeset_minus(random->arena, term->src,
					   rangeset_single(random->arena, term->src->ranges[0].lo, term->src->ranges[0].lo));
		return true;
	}
	if (!term->n_tests)
		return false;
	tests = ARENA_ARRAY(random->arena, struct class_test, term->n_tests);
	memcpy(tests, term->tests, term->n_tests * sizeof(*tests));
	term->tests = tests;
	if (mistake == MISTAKE_TEST)
		term->n_tests--;
	else if (rangeset_contains(tests[0].values, 1))
		return false;
	else
		tests[0].values = rangeset_union(random->arena, tests[0].values, rangeset_single(random->arena, 1, 1));
	return true;
}

/* What a mistake changes may be decided by others anyway, but mostly is not. */
static void check_mistakes_are_seen(void **state)
{
	for (unsigned mistake = 0; mistake < N_MISTAKES; mistake++) {
		unsigned made = 0, seen = 0;

		for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
			struct classify_input before, after;
			struct reduction reduction;
			struct random random;
			struct arena arena;

			arena_init(&arena);
			random = (struct random){ &arena, seed * 0x9e3779b97f4a7c15u };
			random_input(&random, &before);
			reduce_input(&arena, &before, &after, &reduction);
			if (make_mistake(&random, &after, (enum mistake)mistake)) {
				made++;
				seen += !equivalent(&arena, &before, &after);
			}
			arena_fini(&arena);
		}
		if (!made || seen < made / 2)
			fail_msg("mistake %u: %u of %u seen", mistake, seen, made);
	}
}

/* --- one of each ------------------------------------------------------------- */

static struct class_term *new_term(struct arena *arena, struct classify_input *input, uint32_t answer)
{
	struct class_term *term = &input->terms[input->n_terms++];

	*term = (struct class_term){ .answer = answer, .family = FAMILY_V4,
				     .tests = ARENA_ARRAY(arena, struct class_test, N_SOURCES) };
	return term;
}

static void ask(struct arena *arena, struct class_term *term, uint32_t source, uint32_t lo, uint32_t hi)
{
	term->tests[term->n_tests++] = (struct class_test){ source, rangeset_single(arena, lo, hi) };
}

static struct classify_input no_terms(struct arena *arena, size_t room)
{
	return (struct classify_input){ N_SOURCES, sources, 0, ARENA_ARRAY(arena, struct class_term, room) };
}

/* Numbers in `sources`. */
enum { PROTO, DPORT, SPORT, FLAGS, TTL, FRAGMENT };

static void check_ports_that_say_nothing(void **state)
{
	struct classify_input before, after;
	struct reduction reduction;
	struct arena arena;
	struct class_term *term;

	arena_init(&arena);
	before = no_terms(&arena, 3);
	/* A later fragment has no ports: only beside another port are all ports nothing. */
	term = new_term(&arena, &before, 1);
	ask(&arena, term, PROTO, PROTO_TCP, PROTO_TCP);
	ask(&arena, term, DPORT, 80, 80);
	ask(&arena, term, SPORT, 0, 65535);
	term = new_term(&arena, &before, 2);
	ask(&arena, term, PROTO, PROTO_TCP, PROTO_TCP);
	ask(&arena, term, DPORT, 0, 65535);
	term = new_term(&arena, &before, 3);
	ask(&arena, term, PROTO, PROTO_UDP, PROTO_UDP);
	ask(&arena, term, DPORT, 0, 65535);
	ask(&arena, term, FRAGMENT, 0, 0);
	reduce_input(&arena, &before, &after, &reduction);
	assert_int_equal(after.n_terms, 3);
	assert_int_equal(after.terms[0].n_tests, 2);
	assert_int_equal(after.terms[1].n_tests, 2);
	assert_int_equal(after.terms[2].n_tests, 2);
	assert_int_equal(after.sources[after.terms[2].tests[1].source].field, FIELD_FRAGMENT);
	assert_int_equal(after.n_sources, 3);
	assert_int_equal(reduction.tests, 2);
	assert_true(equivalent(&arena, &before, &after));
	arena_fini(&arena);
}

/* Flags are TCP's: where all ask for flags, nobody need ask for the protocol. */
static void check_protocols_that_follow(void **state)
{
	for (unsigned other = 0; other < 2; other++) {
		struct classify_input before, after;
		struct reduction reduction;
		struct class_term *term;
		struct arena arena;

		arena_init(&arena);
		before = no_terms(&arena, 2);
		for (uint32_t flags = 2; flags < 4; flags++) {
			term = new_term(&arena, &before, flags);
			ask(&arena, term, PROTO, PROTO_TCP, other && flags == 3 ? PROTO_UDP : PROTO_TCP);
			if (!other || flags == 2)
				ask(&arena, term, FLAGS, flags, flags);
		}
		reduce_input(&arena, &before, &after, &reduction);
		assert_int_equal(after.n_terms, 2);
		assert_int_equal(after.n_sources, other ? 2 : 1);
		assert_true(equivalent(&arena, &before, &after));
		arena_fini(&arena);
	}
}

static void check_answers_are_not_united(void **state)
{
	for (uint32_t step = 0; step < 2; step++) {
		struct classify_input before, after;
		struct reduction reduction;
		struct arena arena;

		arena_init(&arena);
		before = no_terms(&arena, 20);
		for (uint32_t i = 0; i < 20; i++)
			new_term(&arena, &before, 1 + i * step)->src = rangeset_single(&arena, 8 * i, 8 * i + 7);
		reduce_input(&arena, &before, &after, &reduction);
		assert_int_equal(after.n_terms, step ? 20 : 1);
		assert_int_equal(reduction.united, step ? 0 : 19);
		if (!step)
			assert_true(after.terms[0].src->n == 1 && after.terms[0].src->ranges[0].hi == 159);
		arena_fini(&arena);
	}
}

static void check_nothing_left(void **state)
{
	struct classify_input before, after;
	struct reduction reduction;
	struct class_term *term;
	struct arena arena;

	arena_init(&arena);
	before = no_terms(&arena, 2);
	term = new_term(&arena, &before, 1);
	ask(&arena, term, PROTO, PROTO_UDP, PROTO_UDP);
	ask(&arena, term, FLAGS, 2, 2);
	new_term(&arena, &before, 2)->dst = rangeset_empty(&arena);
	reduce_input(&arena, &before, &after, &reduction);
	assert_int_equal(after.n_terms, 0);
	assert_int_equal(after.n_sources, 0);
	assert_int_equal(reduction.impossible, 2);
	arena_fini(&arena);
}

/* Of terms that differ in ranges that overlap in all ways every pair would have to be compared: it stops before. */
static void check_work_is_bounded(void **state)
{
	enum { N = 20000 };
	struct classify_input before, after;
	struct reduction reduction;
	struct arena arena;

	arena_init(&arena);
	before = no_terms(&arena, N);
	for (uint32_t i = 0; i < N; i++)
		ask(&arena, new_term(&arena, &before, i), DPORT, i, i + 10000 + i % 7);
	reduce_input(&arena, &before, &after, &reduction);
	assert_true(reduction.cut);
	assert_int_equal(reduction.after, after.n_terms);
	assert_true(after.n_terms <= N);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_random_terms),
		cmocka_unit_test(check_mistakes_are_seen),
		cmocka_unit_test(check_ports_that_say_nothing),
		cmocka_unit_test(check_protocols_that_follow),
		cmocka_unit_test(check_answers_are_not_united),
		cmocka_unit_test(check_nothing_left),
		cmocka_unit_test(check_work_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
