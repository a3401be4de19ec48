/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rules that never decide, and rules that can go. */
#include "prove_parts.h"

#include <string.h>

/* So often it is asked what a dead rule can do without. */
#define MINIMISE_MAX 100u
/* So many of the rules that cover it get a note of their own. */
#define NOTES_MAX 16u
/* Packets tried before a question is searched. */
#define SAMPLES 16u
#define SAMPLES_ALIVE 32u

/* Who decides all packets of a rule, of both IP versions, before it? */
struct question {
	struct prover *prover;
	struct view *view;
	size_t rule;
	bool *needed;    /* by rule, earlier ones: those that the answer relies on */
	bool is_needed;  /* … are there any? */
	size_t *rules;   /* room for as many numbers */
	u128 *point;     /* room for a packet */
};

static void need(struct question *question, size_t rule)
{
	question->needed[rule] = question->is_needed = true;
}

/* Also learns who is needed: what comes here is mostly dead. */
static enum cover_answer search_cube(struct question *question, enum family family, const struct cube *cube)
{
	struct prover *prover = question->prover;
	struct view *view = question->view;
	size_t n = collect_covers(view, family, cube, 0, question->rule);
	enum cover_answer answer = cover_prove(prover->spaces[family], cube, view->covers, n, prover->effort, view->used);

	for (size_t i = 0; answer == COVER_ALL && i < n; i++)
		if (view->used[i])
			need(question, view->owners[i]);
	return answer;
}

/* A packet of the cube that comes to the rule, by luck. */
static bool sample_alive(const struct question *question, const struct rulebook *book, const struct cube *cube)
{
	for (unsigned try = 0; try < SAMPLES_ALIVE; try++)
		if (cover_sample(book->space, cube, NULL, 0, try, question->point) &&
		    !rulebook_decides(book, question->point, question->rule))
			return true;
	return false;
}

/*
 * The index finds the one rule that covers a cube, and tells who decides a packet, without a list of all
 * rules that meet the cube. Mostly that settles it; what is left is searched.
 */
static enum cover_answer ask_cube(struct question *question, enum family family, const struct cube *cube)
{
	const struct rulebook *book = question->view->books[family];
	size_t single = rulebook_containing(book, cube, 0, question->rule, question->view->dead);

	if (single != SIZE_MAX) {
		need(question, single);
		return COVER_ALL;
	}
	return sample_alive(question, book, cube) ? COVER_HOLE : search_cube(question, family, cube);
}

/* COVER_ALL: it never decides. */
static enum cover_answer ask_rule(struct question *question)
{
	if (!effort_take(question->prover->effort, 1))
		return COVER_UNDECIDED;
	if (question->is_needed)
		memset(question->needed, 0, question->rule * sizeof(*question->needed));
	question->is_needed = false;
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &question->view->books[family]->entries[question->rule];

		for (size_t i = 0; i < entry->n_cubes; i++) {
			enum cover_answer answer = ask_cube(question, (enum family)family, &entry->cubes[i]);

			if (answer != COVER_ALL)
				return answer;
		}
	}
	return COVER_ALL;
}

/* Do those of the `n` rules that are still needed suffice? */
static bool suffice(struct question *question, size_t n)
{
	struct prover *prover = question->prover;
	struct view *view = question->view;

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[question->rule];
		size_t n_covers = 0;

		for (size_t i = 0; i < n; i++)
			if (question->needed[question->rules[i]])
				n_covers = add_covers(view, (enum family)family, question->rules[i], n_covers);
		for (size_t i = 0; i < entry->n_cubes; i++)
			if (cover_search(prover->arena, prover->spaces[family], &entry->cubes[i], view->covers, n_covers,
					 prover->effort, NULL, NULL) != COVER_ALL)
				return false;
	}
	return true;
}

static bool is_within(const struct space *space, const struct entry *inner, const struct entry *outer)
{
	for (size_t i = 0; i < inner->n_cubes; i++) {
		bool within = false;

		for (size_t j = 0; outer->deciding && j < outer->n_cubes && !within; j++)
			within = cube_contains(space, &outer->deciding[j], &inner->cubes[i]);
		if (!within)
			return false;
	}
	return true;
}

/* One earlier rule that is enough alone, if there is one: it is what a person would name. */
static bool find_single(const struct question *question, size_t *single)
{
	const struct view *view = question->view;

	for (size_t i = 0; i < question->rule; i++) {
		bool within;

		/* Whichever decides all of the rule decides all of its first cube. */
		for (unsigned family = 0; i < question->rule && family < N_FAMILIES; family++) {
			const struct rulebook *book = view->books[family];
			const struct entry *entry = &book->entries[question->rule];

			if (!entry->n_cubes)
				continue;
			i = rulebook_containing(book, &entry->cubes[0], i, question->rule, view->dead);
			break;
		}
		if (i >= question->rule)
			return false;
		within = !view->dead[i];
		for (unsigned family = 0; within && family < N_FAMILIES; family++) {
			const struct rulebook *book = view->books[family];

			within = is_within(book->space, &book->entries[question->rule], &book->entries[i]);
		}
		if (within) {
			*single = i;
			return true;
		}
	}
	return false;
}

/*
 * Leaves out what is not needed, in ever smaller groups (after Zeller's ddmin, 2002), until every rule that
 * is named is needed, or the questions are used up. The later rules go first: the earlier explain more.
 */
static size_t minimise(struct question *question)
{
	bool *needed = question->needed;
	size_t *rules = question->rules;
	size_t n = 0, asked = 0;

	for (size_t i = 0; i < question->rule; i++)
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
	struct prover *prover = question->prover;
	struct view *view = question->view;
	const struct rule *rule = view->block->rules[question->rule];
	size_t *rules = question->rules;
	const char *never = rule->action == ACTION_SAMPLE ? "never sees a packet" : "never decides a packet";
	struct diag *diag;
	size_t n = 1;

	if (!find_single(question, &rules[0]))
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
	size_t n = view->block->n_rules, most = 0;
	struct question question = { .prover = prover, .view = view };
	struct arena scratch;

	arena_init(&scratch);
	question.needed = ARENA_ARRAY(&scratch, bool, n);
	question.rules = ARENA_ARRAY(&scratch, size_t, n);
	for (unsigned family = 0; family < N_FAMILIES; family++)
		most = prover->spaces[family]->n > most ? prover->spaces[family]->n : most;
	question.point = ARENA_ARRAY(&scratch, u128, most);
	for (size_t i = 0; i < n; i++) {
		enum cover_answer answer;

		question.rule = i;
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

/* Redundant rules */

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
