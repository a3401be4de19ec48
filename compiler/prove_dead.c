/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rules that never decide. */
#include "prove_parts.h"

#include <string.h>

/* So often it is asked what a dead rule can do without. */
#define MINIMISE_MAX 100u
/* So many of the rules that cover it get a note of their own. */
#define NOTES_MAX 16u
/* Who decides all packets of a rule, of both IP versions, before it? */
struct question {
	struct cover_question cover; /* of the rules before it; needed: those that the answer relies on */
	size_t *rules;               /* room for as many numbers */
};

/* COVER_ALL: it never decides. */
static enum cover_answer ask_rule(struct question *question)
{
	struct cover_question *cover = &question->cover;

	if (cover->is_needed)
		memset(cover->needed, 0, cover->to * sizeof(*cover->needed));
	cover->is_needed = false;
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &question->cover.view->books[family]->entries[question->cover.to];

		for (size_t i = 0; i < entry->n_cubes; i++) {
			enum cover_answer answer;

			cover->family = (enum family)family;
			answer = ask_cover(cover, &entry->cubes[i]);
			if (answer != COVER_ALL)
				return answer;
		}
	}
	return COVER_ALL;
}

/* Do those of the `n` rules that are still needed suffice? */
static bool suffice(struct question *question, size_t n)
{
	struct prover *prover = question->cover.prover;
	struct view *view = question->cover.view;

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[question->cover.to];
		size_t n_covers = 0;

		for (size_t i = 0; i < n; i++)
			if (question->cover.needed[question->rules[i]])
				n_covers = add_covers(view, (enum family)family, question->rules[i], n_covers);
		for (size_t i = 0; i < entry->n_cubes; i++)
			if (cover_search(prover->arena, prover->spaces[family], &entry->cubes[i], view->covers,
					 n_covers, prover->effort, NULL, NULL) != COVER_ALL)
				return false;
	}
	return true;
}

/*
 * Leaves out what is not needed, in ever smaller groups (after Zeller's ddmin, 2002), until every rule that
 * is named is needed, or the questions are used up. The later rules go first: the earlier explain more.
 */
static size_t minimise(struct question *question)
{
	bool *needed = question->cover.needed;
	size_t *rules = question->rules;
	size_t n = 0, asked = 0;

	for (size_t i = 0; i < question->cover.to; i++)
		if (needed[i])
			rules[n++] = i;
	for (size_t group = n > 3 ? n / 2 : 1; group && asked < MINIMISE_MAX; group /= 2) {
		size_t kept = 0;

		for (size_t end = n; end && asked < MINIMISE_MAX; end = end > group ? end - group : 0) {
			size_t begin = end > group ? end - group : 0;

			for (size_t i = begin; i < end; i++)
				needed[rules[i]] = false;
			asked++;
			if (suffice(question, n))
				continue;
			for (size_t i = begin; i < end; i++)
				needed[rules[i]] = true;
		}
		for (size_t i = 0; i < n; i++)
			if (needed[rules[i]])
				rules[kept++] = rules[i];
		n = kept;
	}
	return n;
}

static void report_dead(struct question *question)
{
	struct prover *prover = question->cover.prover;
	struct view *view = question->cover.view;
	const struct rule *rule = view->block->rules[question->cover.to];
	size_t *rules = question->rules;
	const char *never = rule->action == ACTION_SAMPLE ? "never sees a packet" : "never decides a packet";
	struct diag *diag;
	size_t n = 1;

	/* It is what a person would name. */
	rules[0] = find_alone(view, question->cover.to, 0, question->cover.to, view->dead);
	if (rules[0] == SIZE_MAX)
		n = minimise(question);
	if (!n) {
		diag = report_rule(prover->diags, rule, CODE_DEAD_RULE, "rule '%s' %s: there is none that it matches",
				   rule->name, never);
		diag_help(prover->diags, diag, "no packet is that short or that long, or has these headers together");
		return;
	}
	if (n == 1)
		diag = report_rule(prover->diags, rule, CODE_DEAD_RULE, "rule '%s' %s: %s decides all that it matches",
				   rule->name, never, rule_list(prover, view, rules, n));
	else
		diag = report_rule(prover->diags, rule, CODE_DEAD_RULE,
				   "rule '%s' %s: %s together decide all that it matches", rule->name, never,
				   rule_list(prover, view, rules, n));
	for (size_t i = 0; i < n && i < NOTES_MAX; i++)
		note_rule(prover, diag, view->block->rules[rules[i]], "'%s' comes first", view->block->rules[rules[i]]->name);
	if (n == 1 && view->block->rules[rules[0]]->verdict != rule->verdict)
		diag_help(prover->diags, diag, "if '%s' is the exception, move it before '%s'; else remove it",
			  rule->name, view->block->rules[rules[0]]->name);
	else
		diag_help(prover->diags, diag, "remove it, or move it up");
}

void prove_dead(struct prover *prover, struct view *view)
{
	struct question question = { .cover = { .prover = prover, .view = view, .skip = view->dead } };
	size_t n = view->block->n_rules;
	struct arena scratch;

	arena_init(&scratch);
	question.cover.needed = ARENA_ARRAY(&scratch, bool, n);
	question.rules = ARENA_ARRAY(&scratch, size_t, n);
	for (size_t i = 0; i < n; i++) {
		enum cover_answer answer;

		question.cover.to = i;
		answer = ask_rule(&question);
		prover->undecided += answer == COVER_UNDECIDED;
		if (answer != COVER_ALL)
			continue;
		if (prover->diags->severity[CODE_DEAD_RULE] != SEVERITY_OFF)
			report_dead(&question);
		view->dead[i] = true;
	}
	arena_fini(&scratch);
}
