/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the index of a rulebook answers, and what is proved with it, against a look at every rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "handmade.h"
#include "prove_parts.h"

enum {
	RULES = 60,
	VALUES = 12,
	BARS = 600, /* more than are taken away one after another */
};

struct fixture {
	struct handmade h;
	struct prover prover;
	struct view view;
	const struct rulebook *book;
	struct effort effort;
	bool skip[BARS + 1];
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static struct pred pred_of(enum field field, const struct rangeset *ranges)
{
	return (struct pred){ .kind = PRED_RANGES, .field = field, .ranges = ranges };
}

static const struct rangeset *random_values(struct fixture *f, uint32_t *state)
{
	struct range_bag bag = { 0 };

	for (unsigned i = 0; i <= next_random(state) % 2; i++) {
		unsigned lo = next_random(state) % VALUES;

		range_bag_add(&f->h.compile.arena, &bag, lo, lo + next_random(state) % (VALUES / 2));
	}
	return rangeset_from_bag(&f->h.compile.arena, &bag);
}

static struct rule *random_rule(struct fixture *f, uint32_t *state)
{
	static const enum field fields[] = { FIELD_DST, FIELD_SRC, FIELD_DPORT };
	struct arena *arena = &f->h.compile.arena;
	struct rule *rule = ARENA_NEW(arena, struct rule);

	rule->name = "r";
	rule->action = next_random(state) % 8 ? ACTION_ALLOW : ACTION_SAMPLE;
	rule->n_terms = 1 + next_random(state) % 2;
	rule->terms = ARENA_ARRAY(arena, struct term, rule->n_terms);
	for (size_t i = 0; i < rule->n_terms; i++) {
		struct term *term = &rule->terms[i];

		term->preds = ARENA_ARRAY(arena, struct pred, 3);
		for (unsigned j = 0; j < 3; j++)
			if (next_random(state) % 3)
				term->preds[term->n++] = pred_of(fields[j], random_values(f, state));
	}
	return rule;
}

static void open_block(struct fixture *f, size_t n_rules)
{
	memset(f, 0, sizeof(*f));
	handmade_open(&f->h, "edge;");
	f->view.block = f->h.policy->blocks[f->h.policy->n_blocks++] =
		handmade_block(&f->h, DIRECTION_INGRESS, HOOK_XDP, "eth0");
	f->h.policy->blocks[0]->rules = ARENA_ARRAY(&f->h.compile.arena, struct rule *, n_rules);
	f->h.policy->blocks[0]->n_rules = n_rules;
	effort_init(&f->effort, 0, 0);
}

static void open_view(struct fixture *f)
{
	struct arena *arena = &f->h.compile.arena;
	const struct policy *policy = f->h.policy;
	size_t n = f->view.block->n_rules;

	f->prover = (struct prover){ .arena = arena, .policy = policy, .effort = &f->effort };
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		f->prover.spaces[family] = space_build(arena, &policy, 1, (enum family)family);
		f->view.books[family] = rulebook_build(arena, f->prover.spaces[family], f->view.block);
	}
	f->book = f->view.books[FAMILY_V4];
	f->view.meeting = ARENA_ARRAY(arena, size_t, n);
	f->view.covers = ARENA_ARRAY(arena, const struct cube *, 2 * n);
	f->view.owners = ARENA_ARRAY(arena, size_t, 2 * n);
	f->view.used = ARENA_ARRAY(arena, bool, 2 * n);
	f->view.point = ARENA_ARRAY(arena, u128, f->book->space->n);
}

static struct cube random_cube(struct fixture *f, uint32_t *state)
{
	struct rule *rule = random_rule(f, state);
	struct cube cube;

	assert_true(cube_from_term(&f->h.compile.arena, f->book->space, &rule->terms[0], &cube));
	return cube;
}

static bool holds(const struct rulebook *book, const struct cube *cubes, size_t n, const u128 *point)
{
	for (size_t i = 0; cubes && i < n; i++)
		if (cube_holds(book->space, &cubes[i], point))
			return true;
	return false;
}

static void check_point(struct fixture *f, uint32_t *state)
{
	size_t from = next_random(state) % RULES, first = SIZE_MAX, owner;
	const struct rulebook *book = f->book;
	const struct cube *largest;
	bool decides = false;
	struct cube cube;
	u128 point[16];

	assert_true(book->space->n <= 16);
	for (size_t d = 0; d < book->space->n; d++)
		point[d] = book->space->dimensions[d].field == FIELD_FRAGMENT ? 0 : next_random(state) % VALUES;
	for (size_t i = book->n; i-- > 0;) {
		const struct entry *entry = &book->entries[i];

		if (i >= from && holds(book, entry->cubes, entry->n_cubes, point))
			first = i;
		decides |= i < from && !f->skip[i] && holds(book, entry->deciding, entry->n_cubes, point);
	}
	assert_int_equal(rulebook_first(book, point, from, book->n), first);
	assert_int_equal(rulebook_decides(book, point, from, f->skip), decides);
	cube = random_cube(f, state);
	largest = rulebook_largest(book, &cube, point, from, f->skip, &owner);
	assert_int_equal(largest != NULL, decides);
	if (largest)
		assert_true(owner < from && !f->skip[owner] && cube_holds(book->space, largest, point) &&
			    holds(book, book->entries[owner].deciding, book->entries[owner].n_cubes, point));
}

static void check_cube(struct fixture *f, uint32_t *state, unsigned *answers)
{
	size_t to = next_random(state) % (RULES + 1), single = SIZE_MAX, n = 0;
	struct cover_question question = { .prover = &f->prover, .view = &f->view, .to = to, .skip = f->skip };
	const struct rulebook *book = f->book;
	const struct cube *covers[2 * RULES];
	struct cube cube = random_cube(f, state);
	bool needed[RULES] = { false };
	enum cover_answer answer, expected;

	for (size_t i = to; i-- > 0;) {
		const struct entry *entry = &book->entries[i];

		for (size_t j = 0; !f->skip[i] && entry->deciding && j < entry->n_cubes; j++) {
			covers[n++] = &entry->deciding[j];
			if (cube_contains(book->space, &entry->deciding[j], &cube))
				single = i;
		}
	}
	assert_int_equal(rulebook_containing(book, &cube, 0, to, f->skip), single);
	expected = cover_search(f->prover.arena, book->space, &cube, covers, n, &f->effort, NULL, NULL);
	question.needed = needed;
	answer = ask_cover(&question, &cube);
	assert_int_equal(answer, expected);
	answers[answer]++;
	if (answer != COVER_ALL)
		return;
	/* Those that it says it needs suffice. */
	for (size_t i = n = 0; i < to; i++)
		for (size_t j = 0; needed[i] && j < book->entries[i].n_cubes; j++)
			covers[n++] = &book->entries[i].deciding[j];
	assert_int_equal(cover_search(f->prover.arena, book->space, &cube, covers, n, &f->effort, NULL, NULL), COVER_ALL);
}

static void the_index_agrees_with_enumeration(void **test_state)
{
	unsigned answers[3] = { 0 };
	uint32_t state = 9;

	for (unsigned round = 0; round < 100; round++) {
		struct fixture f;

		open_block(&f, RULES);
		for (size_t i = 0; i < RULES; i++) {
			f.view.block->rules[i] = random_rule(&f, &state);
			f.skip[i] = next_random(&state) % 5 == 0;
		}
		open_view(&f);
		for (unsigned i = 0; i < 100; i++) {
			check_point(&f, &state);
			check_cube(&f, &state, answers);
		}
		handmade_close(&f.h);
	}
	assert_int_equal(answers[COVER_UNDECIDED], 0);
	assert_true(answers[COVER_ALL] > 100 && answers[COVER_HOLE] > 100);
}

/* One port each: too many to be taken away one after another, so the search has to tell. */
static void many_small_covers_are_searched(void **test_state)
{
	for (unsigned missing = 0; missing < 2; missing++) {
		struct cover_question question = { .to = BARS };
		struct fixture f;
		bool needed[BARS] = { false };

		open_block(&f, BARS + 1);
		for (size_t i = 0; i <= BARS; i++) {
			struct arena *arena = &f.h.compile.arena;
			struct rule *rule = ARENA_NEW(arena, struct rule);
			size_t port = missing && i == BARS / 2 ? 0 : i;

			rule->name = "r";
			rule->action = ACTION_DENY;
			rule->n_terms = 1;
			rule->terms = ARENA_NEW(arena, struct term);
			rule->terms->n = 1;
			rule->terms->preds = ARENA_NEW(arena, struct pred);
			*rule->terms->preds = pred_of(FIELD_DPORT, i < BARS ? rangeset_single(arena, port, port)
										: rangeset_single(arena, 0, BARS - 1));
			f.view.block->rules[i] = rule;
		}
		open_view(&f);
		question.prover = &f.prover;
		question.view = &f.view;
		question.skip = f.skip;
		question.needed = needed;
		assert_int_equal(ask_cover(&question, &f.book->entries[BARS].cubes[0]), missing ? COVER_HOLE : COVER_ALL);
		for (size_t i = 0; !missing && i < BARS; i++)
			assert_true(needed[i]);
		handmade_close(&f.h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_index_agrees_with_enumeration),
		cmocka_unit_test(many_small_covers_are_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
