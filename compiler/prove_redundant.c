/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rules that can go. */
#include "prove_parts.h"

/* Packets tried before a question is searched. */
#define SAMPLES 16u

/* Its going would be seen in records, sets or counters, whatever the verdicts. */
static bool has_effects(const struct rule *rule)
{
	return rule->log || rule->log_sample || rule->adds;
}

static bool may_go(const struct rule *rule)
{
	return rule->action != ACTION_SAMPLE && !has_effects(rule) && !rule->count;
}

/* Would a packet of `rule` that comes to `later` instead fare the same? */
static bool does_the_same(const struct rule *rule, const struct rule *later)
{
	return rule_decides(later) && later->verdict == rule->verdict && !has_effects(later);
}

/* How a packet fares that comes to the rules in `later` one after another, in the end to the default: as by `rule`? */
static bool fares_the_same(const struct view *view, enum family family, const struct rule *rule, const size_t *later,
			   size_t n, const u128 *point)
{
	const struct rulebook *book = view->books[family];

	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &book->entries[later[i]];

		for (size_t j = 0; j < entry->n_cubes; j++)
			if (cube_holds(book->space, &entry->cubes[j], point))
				return does_the_same(rule, entry->rule);
	}
	return view->block->default_verdict == rule->verdict;
}

/* A few packets that the rule decides: for most rules that settles it. */
static bool sample_difference(struct prover *prover, struct view *view, enum family family, size_t number,
			      const struct cube *cube, size_t n_covers, size_t n_later)
{
	const struct space *space = prover->spaces[family];
	struct arena scratch;
	bool differs = false;
	u128 *point;

	arena_init(&scratch);
	point = ARENA_ARRAY(&scratch, u128, space->n);
	for (unsigned try = 0; try < SAMPLES && !differs; try++)
		differs = cover_sample(space, cube, view->covers, n_covers, try, point) &&
			  !fares_the_same(view, family, view->block->rules[number], view->meeting, n_later, point);
	arena_fini(&scratch);
	return differs;
}

/*
 * Is there a packet that the rule decides in this cube and that fares differently
 * without it? Looks at where such a packet would end up: the default first, as that
 * mostly settles it, then each later rule that does something else.
 */
static enum cover_answer find_difference(struct prover *prover, struct view *view, enum family family, size_t number,
					 const struct cube *cube)
{
	const struct rule *rule = view->block->rules[number];
	const struct rulebook *book = view->books[family];
	size_t n = collect_covers(view, family, cube, 0, number);
	size_t n_later = rulebook_meeting(book, cube, number + 1, book->n, view->meeting), n_all = n;
	enum cover_answer answer, worst = COVER_ALL;

	if (sample_difference(prover, view, family, number, cube, n, n_later))
		return COVER_HOLE;
	if (view->block->default_verdict != rule->verdict) {
		for (size_t i = 0; i < n_later; i++)
			n_all = add_covers(view, family, view->meeting[i], n_all);
		answer = cover_search(prover->arena, prover->spaces[family], cube, view->covers, n_all, prover->effort,
				      NULL, NULL);
		if (answer != COVER_ALL)
			return answer;
	}
	for (size_t i = 0; i < n_later; i++) {
		const struct entry *later = &book->entries[view->meeting[i]];

		/* Also one that is dead now: perhaps only because this rule is there. */
		if (does_the_same(rule, later->rule)) {
			n = add_covers(view, family, view->meeting[i], n);
			continue;
		}
		for (size_t j = 0; j < later->n_cubes; j++) {
			struct arena scratch;
			struct cube both;

			arena_init(&scratch);
			answer = !cube_intersect(&scratch, prover->spaces[family], cube, &later->cubes[j], &both)
					 ? COVER_ALL
					 : cover_search(&scratch, prover->spaces[family], &both, view->covers, n,
							prover->effort, NULL, NULL);
			arena_fini(&scratch);
			if (answer == COVER_HOLE)
				return answer;
			if (answer == COVER_UNDECIDED)
				worst = answer;
		}
	}
	return worst;
}

static void report_redundant(struct prover *prover, struct view *view, size_t number)
{
	const struct rule *rule = view->block->rules[number], *heir = NULL;
	struct diag *diag;

	for (size_t i = number + 1; i < view->block->n_rules && !heir; i++) {
		bool all = does_the_same(rule, view->block->rules[i]);

		for (unsigned family = 0; all && family < N_FAMILIES; family++) {
			const struct entry *mine = &view->books[family]->entries[number];
			const struct entry *its = &view->books[family]->entries[i];

			for (size_t j = 0; all && j < mine->n_cubes; j++) {
				all = false;
				for (size_t k = 0; k < its->n_cubes && !all; k++)
					all = cube_contains(prover->spaces[family], &its->cubes[k], &mine->cubes[j]);
			}
		}
		if (all)
			heir = view->block->rules[i];
	}
	if (heir) {
		diag = report_rule(prover->diags, rule, CODE_REDUNDANT_RULE,
				   "rule '%s' can go: '%s' does the same with all its packets", rule->name, heir->name);
		note_rule(prover, diag, heir, "'%s' matches all that '%s' matches", heir->name, rule->name);
	} else {
		diag = report_rule(prover->diags, rule, CODE_REDUNDANT_RULE,
				   "rule '%s' can go: without it all packets fare the same%s", rule->name,
				   view->block->default_verdict == rule->verdict ? ", by later rules or the default" : "");
	}
	diag_help(prover->diags, diag, "remove it; to keep it for its counter, write `count`");
}

/* Packets that conform to a rate go on with or without it: what it decides are those that do not. */
static enum cover_answer ask_redundant(struct prover *prover, struct view *view, size_t number)
{
	enum cover_answer worst = COVER_ALL;

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[number];

		for (size_t i = 0; i < entry->n_cubes; i++) {
			enum cover_answer answer =
				find_difference(prover, view, (enum family)family, number, &entry->deciding[i]);

			if (answer == COVER_HOLE)
				return answer;
			if (answer == COVER_UNDECIDED)
				worst = answer;
		}
	}
	return worst;
}

void prove_redundant(struct prover *prover, struct view *view)
{
	for (size_t i = 0; i < view->block->n_rules; i++) {
		if (view->dead[i] || !may_go(view->block->rules[i]))
			continue;
		switch (ask_redundant(prover, view, i)) {
		case COVER_HOLE:
			break;
		case COVER_UNDECIDED:
			prover->undecided++;
			break;
		case COVER_ALL:
			report_redundant(prover, view, i);
		}
	}
}
