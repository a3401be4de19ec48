/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rules that never decide. */
#include "prove_parts.h"

#include <string.h>

/* So often it is asked what a dead rule can do without. */
#define MINIMISE_MAX 100u
/* So many of the rules that cover it get a note of their own. */
#define NOTES_MAX 16u
/* Packets tried before a question is searched. */
#define SAMPLES 32u
/* So many large covers are tried together before all that meet the rule are looked at. */
#define LARGE_MAX 256u

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

/* The rules that a proof by large covers has used. */
struct large {
	size_t n;
	size_t rules[LARGE_MAX];
};

/* A cover of the point that is the lowest of the cube; NULL: it comes to the rule. */
static const struct cube *largest_at_lowest(struct question *question, const struct rulebook *book,
					    const struct cube *cube, struct large *large)
{
	const struct space *space = book->space;
	const struct cube *cover;
	size_t rule;

	for (size_t d = 0; d < space->n; d++)
		question->point[d] = cube->sets[d] ? cube->sets[d]->ranges[0].lo : 0;
	for (size_t i = 0; i < space->n_impossible; i++)
		if (cube_holds(space, &space->impossible[i], question->point))
			return &space->impossible[i];
	cover = rulebook_largest(book, cube, question->point, question->rule, question->view->dead, &rule);
	if (cover)
		large->rules[large->n++] = rule;
	return cover;
}

/*
 * Whichever earlier rule decides most of the cube, of those that decide its lowest packet, is taken away, and what
 * remains is asked for again. Few large rules that cover it together are found so among the thousands that meet
 * it. Undecided after LARGE_MAX of them.
 */
static enum cover_answer cover_by_large(struct question *question, const struct rulebook *book,
					const struct cube *cube, struct large *large)
{
	const struct space *space = book->space;
	enum cover_answer answer = COVER_UNDECIDED;
	const struct rangeset *full;
	const struct cube *cover;
	struct arena scratch;
	struct cube rest;

	arena_init(&scratch);
	rest = cube_any(&scratch, space);
	memcpy(rest.sets, cube->sets, space->n * sizeof(*rest.sets));
	while (large->n < LARGE_MAX && effort_take(question->prover->effort, 1)) {
		size_t last = SIZE_MAX;

		cover = largest_at_lowest(question, book, &rest, large);
		answer = cover ? COVER_ALL : COVER_HOLE;
		/* What sticks out in one dimension after another; in the last of them, it is the next rest. */
		for (size_t d = 0; cover && answer == COVER_ALL && d < space->n; d++) {
			if (!cover->sets[d] || (rest.sets[d] && rangeset_is_within(rest.sets[d], cover->sets[d])))
				continue;
			if (last != SIZE_MAX) {
				full = rest.sets[last] ? rest.sets[last] : space_full(&scratch, space, last);
				rest.sets[last] = rangeset_minus(&scratch, full, cover->sets[last]);
				answer = cover_by_large(question, book, &rest, large);
				rest.sets[last] = rangeset_intersect(&scratch, full, cover->sets[last]);
			}
			last = d;
		}
		if (answer != COVER_ALL || last == SIZE_MAX)
			break;
		full = rest.sets[last] ? rest.sets[last] : space_full(&scratch, space, last);
		rest.sets[last] = rangeset_minus(&scratch, full, cover->sets[last]);
		answer = COVER_UNDECIDED;
	}
	arena_fini(&scratch);
	return answer;
}

/* A packet of the cube that comes to the rule, by luck. */
static bool sample_alive(const struct question *question, const struct rulebook *book, const struct cube *cube)
{
	for (unsigned try = 0; try < SAMPLES; try++)
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
	struct large large = { .n = 0 };
	enum cover_answer answer;

	if (single != SIZE_MAX) {
		need(question, single);
		return COVER_ALL;
	}
	if (sample_alive(question, book, cube))
		return COVER_HOLE;
	answer = cover_by_large(question, book, cube, &large);
	if (answer == COVER_UNDECIDED)
		return search_cube(question, family, cube);
	for (size_t i = 0; answer == COVER_ALL && i < large.n; i++)
		need(question, large.rules[i]);
	return answer;
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
