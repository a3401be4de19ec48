/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "reduce_parts.h"

#include "mix.h"
#include "rangeset.h"

/* Uniting in one field may make terms alike in another. It ends by itself; mostly after the second. */
#define MOST_ROUNDS 4u

uint32_t reduce_set_number(struct reducing *r, const struct rangeset *set)
{
	size_t place = mix64((uintptr_t)set) % REMEMBERED_SETS, n = 0;
	const struct rangeset **slot;
	uint32_t *numbers, number;
	bool is_new;

	if (r->remembered[place].set == set)
		return r->remembered[place].number;
	numbers = ARENA_ARRAY(&r->scratch, uint32_t, 8 * set->n + 1);
	for (size_t i = 0; i < set->n; i++)
		for (unsigned word = 0; word < 128; word += 32) {
			numbers[n++] = (uint32_t)(set->ranges[i].lo >> word);
			numbers[n++] = (uint32_t)(set->ranges[i].hi >> word);
		}
	number = intern(&r->contents, numbers, n, &is_new) + 1;
	if (is_new) {
		slot = arena_push(&r->scratch, &r->sets, &r->n_sets, &r->sets_room, sizeof(*slot));
		*slot = set;
	}
	r->remembered[place].set = set;
	r->remembered[place].number = number;
	return number;
}

uint32_t reduce_condition_number(struct reducing *r, const struct number_test *tests, size_t n)
{
	bool is_new;

	return intern(&r->conditions, (const uint32_t *)tests, 2 * n, &is_new);
}

void reduce_compact(struct reducing *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!r->terms[i].gone)
			r->terms[kept++] = r->terms[i];
	r->n = kept;
}

static uint32_t end_number(struct reducing *r, const struct rangeset *set, enum family family)
{
	return !set || rangeset_is_full(set, family_bits(family)) ? 0 : reduce_set_number(r, set);
}

static void read_terms(struct reducing *r)
{
	const struct classify_input *input = r->input;
	struct number_test *tests = ARENA_ARRAY(&r->scratch, struct number_test, input->n_sources + 1);

	r->terms = ARENA_ARRAY(&r->scratch, struct reduced, input->n_terms + 1);
	for (size_t i = 0; i < input->n_terms; i++) {
		const struct class_term *term = &input->terms[i];
		struct reduced *out = &r->terms[r->n];

		if ((term->src && !term->src->n) || (term->dst && !term->dst->n)) {
			r->reduction->impossible++;
			continue;
		}
		for (size_t k = 0; k < term->n_tests; k++)
			tests[k] = (struct number_test){ term->tests[k].source, reduce_set_number(r, term->tests[k].values) };
		*out = (struct reduced){ .answer = term->answer, .family = term->family };
		out->end[0] = end_number(r, term->src, term->family);
		out->end[1] = end_number(r, term->dst, term->family);
		out->condition = reduce_condition_number(r, tests, term->n_tests);
		r->n++;
	}
}

/* Sources that are still asked get new numbers, in the old order. */
static uint32_t *write_sources(struct reducing *r, struct classify_input *out)
{
	const struct classify_input *input = r->input;
	uint32_t *numbers = ARENA_ARRAY(&r->scratch, uint32_t, input->n_sources + 1);
	bool *used = ARENA_ARRAY(&r->scratch, bool, input->n_sources + 1);
	const struct number_test *tests;
	size_t n;

	for (size_t i = 0; i < r->n; i++) {
		tests = reduce_tests(r, r->terms[i].condition, &n);
		for (size_t k = 0; k < n; k++)
			used[tests[k].source] = true;
	}
	out->sources = ARENA_ARRAY(r->arena, struct class_source, input->n_sources + 1);
	for (size_t i = 0; i < input->n_sources; i++) {
		numbers[i] = (uint32_t)out->n_sources;
		if (used[i])
			out->sources[out->n_sources++] = input->sources[i];
	}
	r->reduction->sources = input->n_sources - out->n_sources;
	return numbers;
}

static struct class_test *write_tests(struct reducing *r, uint32_t condition, const uint32_t *numbers)
{
	size_t n;
	const struct number_test *tests = reduce_tests(r, condition, &n);
	struct class_test *out = ARENA_ARRAY(r->arena, struct class_test, n + 1);

	for (size_t k = 0; k < n; k++)
		out[k] = (struct class_test){ numbers[tests[k].source], reduce_set(r, tests[k].set) };
	return out;
}

static void write_terms(struct reducing *r, struct classify_input *out)
{
	struct class_test **written = ARENA_ARRAY(&r->scratch, struct class_test *, r->conditions.n + 1);
	const uint32_t *numbers = write_sources(r, out);

	out->terms = ARENA_ARRAY(r->arena, struct class_term, r->n + 1);
	out->n_terms = r->n;
	for (size_t i = 0; i < r->n; i++) {
		const struct reduced *term = &r->terms[i];

		if (!written[term->condition])
			written[term->condition] = write_tests(r, term->condition, numbers);
		out->terms[i] = (struct class_term){
			.answer = term->answer,
			.family = term->family,
			.src = term->end[0] ? reduce_set(r, term->end[0]) : NULL,
			.dst = term->end[1] ? reduce_set(r, term->end[1]) : NULL,
			.n_tests = r->conditions.items[term->condition].n / 2,
			.tests = written[term->condition],
		};
	}
	r->reduction->after = r->n;
}

void reduce_input(struct arena *arena, const struct classify_input *input, struct classify_input *out,
		  struct reduction *reduction)
{
	struct arena frame;
	struct reducing *r;

	arena_init(&frame);
	r = ARENA_NEW(&frame, struct reducing);
	r->arena = arena;
	r->input = input;
	r->reduction = reduction;
	arena_init(&r->scratch);
	interns_init(&r->contents, &r->scratch);
	interns_init(&r->conditions, &r->scratch);
	*reduction = (struct reduction){ .before = input->n_terms };
	*out = (struct classify_input){ 0 };

	read_terms(r);
	reduce_tests_of_terms(r);
	reduce_contained(r);
	for (unsigned round = 0; round < MOST_ROUNDS && reduce_unite(r); round++) {
		/* Unions may be full, and may contain what their parts did not. */
		reduce_tests_of_terms(r);
		reduce_contained(r);
	}
	reduce_implied_sources(r);
	write_terms(r, out);
	arena_fini(&r->scratch);
	arena_fini(&frame);
}
