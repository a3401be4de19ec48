/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Terms of one answer that are equal in all sets but one: the union of those sets, once. */
#include "reduce_parts.h"

#include "rangeset.h"

#define NONE UINT32_MAX

/* Where terms may differ: source, destination, then the sources of tests. */
#define FIRST_TEST 2u

struct uniting {
	struct reducing *r;
	uint32_t field;
	struct interns keys;   /* of terms without the field */
	uint32_t *first;       /* by key: the term that stays */
	uint32_t *last;
	uint32_t *next;        /* term of the same key */
	uint32_t *key;         /* scratch */
};

/* The number of the set in which terms may differ; 0: the term does not ask for the field. */
static uint32_t set_in_field(const struct uniting *u, const struct reduced *term)
{
	const struct number_test *tests;
	size_t n;

	if (u->field < FIRST_TEST)
		return term->end[u->field];
	tests = reduce_tests(u->r, term->condition, &n);
	for (size_t i = 0; i < n; i++)
		if (tests[i].source == u->field - FIRST_TEST)
			return tests[i].set;
	return 0;
}

/* All that terms must have in common. A set's number is never 0, so the field's own place cannot be taken for one. */
static uint32_t key_of(struct uniting *u, const struct reduced *term, bool *is_new)
{
	const struct number_test *tests;
	size_t n_tests, n = 0;

	u->key[n++] = term->answer;
	u->key[n++] = term->family;
	u->key[n++] = u->field == 0 ? 0 : term->end[0];
	u->key[n++] = u->field == 1 ? 0 : term->end[1];
	tests = reduce_tests(u->r, term->condition, &n_tests);
	for (size_t i = 0; i < n_tests; i++) {
		u->key[n++] = tests[i].source;
		u->key[n++] = tests[i].source + FIRST_TEST == u->field ? 0 : tests[i].set;
	}
	return intern(&u->keys, u->key, n, is_new);
}

static void set_field(struct uniting *u, struct reduced *term, const struct rangeset *set)
{
	struct reducing *r = u->r;
	struct number_test *copy;
	const struct number_test *tests;
	size_t n;

	if (u->field < FIRST_TEST) {
		term->end[u->field] = rangeset_is_full(set, family_bits(term->family)) ? 0 : reduce_set_number(r, set);
		return;
	}
	tests = reduce_tests(r, term->condition, &n);
	copy = ARENA_ARRAY(&r->scratch, struct number_test, n + 1);
	for (size_t i = 0; i < n; i++) {
		copy[i] = tests[i];
		if (copy[i].source == u->field - FIRST_TEST)
			copy[i].set = reduce_set_number(r, set);
	}
	term->condition = reduce_condition_number(r, copy, n);
}

static void unite_key(struct uniting *u, uint32_t first)
{
	struct reducing *r = u->r;
	struct range_bag bag = { 0 };

	if (u->next[first] == NONE)
		return;
	for (uint32_t i = first; i != NONE; i = u->next[i]) {
		range_bag_add_set(r->arena, &bag, reduce_set(r, set_in_field(u, &r->terms[i])));
		if (i == first)
			continue;
		r->terms[i].gone = true;
		r->reduction->united++;
	}
	set_field(u, &r->terms[first], rangeset_from_bag(r->arena, &bag));
}

/* Which terms have others of their answer and family. */
static size_t find_fellows(const struct reducing *r, bool *has_fellows)
{
	size_t found = 0;

	for (size_t i = 0, end; i < r->n; i = end) {
		size_t counts[N_FAMILIES] = { 0 };

		for (end = i; end < r->n && r->terms[end].answer == r->terms[i].answer; end++)
			counts[r->terms[end].family]++;
		for (size_t k = i; k < end; k++) {
			has_fellows[k] = counts[r->terms[k].family] > 1;
			found += has_fellows[k];
		}
	}
	return found;
}

static void unite_in_field(struct reducing *r, uint32_t field)
{
	struct uniting u = { .r = r, .field = field };
	struct arena arena;
	bool *has_fellows;

	arena_init(&arena);
	has_fellows = ARENA_ARRAY(&arena, bool, r->n + 1);
	if (!find_fellows(r, has_fellows)) {
		arena_fini(&arena);
		return;
	}
	interns_init(&u.keys, &arena);
	u.first = ARENA_ARRAY(&arena, uint32_t, r->n + 1);
	u.last = ARENA_ARRAY(&arena, uint32_t, r->n + 1);
	u.next = ARENA_ARRAY(&arena, uint32_t, r->n + 1);
	u.key = ARENA_ARRAY(&arena, uint32_t, 4 + 2 * r->input->n_sources);
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t key;
		bool is_new;

		if (!has_fellows[i] || !set_in_field(&u, &r->terms[i]))
			continue;
		key = key_of(&u, &r->terms[i], &is_new);
		u.next[i] = NONE;
		if (is_new)
			u.first[key] = i;
		else
			u.next[u.last[key]] = i;
		u.last[key] = i;
	}
	for (size_t key = 0; key < u.keys.n; key++)
		unite_key(&u, u.first[key]);
	arena_fini(&arena);
	reduce_compact(r);
}

bool reduce_unite(struct reducing *r)
{
	size_t before = r->n;

	for (uint32_t field = 0; field < FIRST_TEST + r->input->n_sources; field++)
		unite_in_field(r, field);
	return r->n < before;
}
