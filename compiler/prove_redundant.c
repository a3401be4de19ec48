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

/* What may stand in for a rule whose going is asked about. */
struct stand_ins {
	/* By verdict of that rule, then by rule: neither an earlier one that decides nor a later that does the same. */
	bool *skip[N_VERDICTS];
	bool *skip_nothing; /* … nor any later one */
};

static struct stand_ins open_stand_ins(struct arena *arena, const struct view *view)
{
	const struct block *block = view->block;
	struct stand_ins stand_ins = { .skip_nothing = ARENA_ARRAY(arena, bool, block->n_rules) };

	for (unsigned verdict = 0; verdict < N_VERDICTS; verdict++) {
		struct rule rule = { .verdict = (enum verdict)verdict };

		stand_ins.skip[verdict] = ARENA_ARRAY(arena, bool, block->n_rules);
		for (size_t i = 0; i < block->n_rules; i++)
			stand_ins.skip[verdict][i] = !does_the_same(&rule, block->rules[i]);
	}
	return stand_ins;
}

static void set_skip(struct stand_ins *stand_ins, size_t rule, bool skip)
{
	for (unsigned verdict = 0; verdict < N_VERDICTS; verdict++)
		stand_ins->skip[verdict][rule] = skip;
	stand_ins->skip_nothing[rule] = skip;
}

/* A few packets that the rule decides: for most rules that settles it. */
static bool sample_difference(const struct cover_question *question, size_t number, const struct cube *cube)
{
	const struct view *view = question->view;
	const struct rulebook *book = view->books[question->family];
	const struct rule *rule = view->block->rules[number];

	for (unsigned try = 0; try < SAMPLES; try++) {
		size_t later;

		if (!cover_sample(book->space, cube, NULL, 0, try, view->point) ||
		    rulebook_decides(book, view->point, number, view->dead))
			continue;
		later = rulebook_first(book, view->point, number + 1, book->n);
		if (later == SIZE_MAX ? view->block->default_verdict != rule->verdict
				      : !does_the_same(rule, view->block->rules[later]))
			return true;
	}
	return false;
}

/* Does what the rule decides of both cubes come to one that does the same, before `later`? */
static enum cover_answer ask_later(struct cover_question *question, const struct cube *cube, const struct entry *later)
{
	const struct space *space = question->prover->spaces[question->family];
	enum cover_answer answer = COVER_ALL, worst = COVER_ALL;

	for (size_t i = 0; answer != COVER_HOLE && i < later->n_cubes; i++) {
		struct arena scratch;
		struct cube both;

		arena_init(&scratch);
		answer = !cube_intersect(&scratch, space, cube, &later->cubes[i], &both) ? COVER_ALL
											: ask_cover(question, &both);
		arena_fini(&scratch);
		if (answer != COVER_ALL)
			worst = answer;
	}
	return worst;
}

/*
 * Is there a packet that the rule decides in this cube and that fares differently
 * without it? Looks at where such a packet would end up: the default first, as that
 * mostly settles it, then each later rule that does something else, up to one that does the same with all.
 */
static enum cover_answer find_difference(struct cover_question *question, const struct stand_ins *stand_ins,
					 size_t number, const struct cube *cube)
{
	struct view *view = question->view;
	const struct rulebook *book = view->books[question->family];
	const struct rule *rule = view->block->rules[number];
	enum cover_answer answer, worst = COVER_ALL;
	size_t heir, n_later, *later = view->later;

	if (sample_difference(question, number, cube))
		return COVER_HOLE;
	heir = rulebook_containing(book, cube, number + 1, book->n, stand_ins->skip[rule->verdict]);
	if (heir == SIZE_MAX && view->block->default_verdict != rule->verdict) {
		question->to = book->n;
		question->skip = stand_ins->skip_nothing;
		answer = ask_cover(question, cube);
		if (answer != COVER_ALL)
			return answer;
	}
	n_later = rulebook_meeting(book, cube, number + 1, heir == SIZE_MAX ? book->n : heir, later);
	question->skip = stand_ins->skip[rule->verdict];
	for (size_t i = 0; i < n_later; i++) {
		/* Also one that is dead now does the same: perhaps it is dead only because this rule is there. */
		if (!question->skip[later[i]])
			continue;
		question->to = later[i];
		answer = ask_later(question, cube, &book->entries[later[i]]);
		if (answer == COVER_HOLE)
			return answer;
		if (answer == COVER_UNDECIDED)
			worst = answer;
	}
	return worst;
}

static void report_redundant(struct prover *prover, struct view *view, const struct stand_ins *stand_ins, size_t number)
{
	const struct rule *rule = view->block->rules[number], *heir = NULL;
	size_t alone = find_alone(view, number, number + 1, view->block->n_rules, stand_ins->skip[rule->verdict]);
	struct diag *diag;

	if (alone != SIZE_MAX)
		heir = view->block->rules[alone];
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
static enum cover_answer ask_redundant(struct prover *prover, struct view *view, const struct stand_ins *stand_ins,
				       size_t number)
{
	struct cover_question question = { .prover = prover, .view = view };
	enum cover_answer worst = COVER_ALL;

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[number];

		for (size_t i = 0; i < entry->n_cubes; i++) {
			enum cover_answer answer;

			question.family = (enum family)family;
			answer = find_difference(&question, stand_ins, number, &entry->deciding[i]);
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
	struct stand_ins stand_ins;
	struct arena scratch;

	arena_init(&scratch);
	stand_ins = open_stand_ins(&scratch, view);
	for (size_t i = 0; i < view->block->n_rules; i++) {
		enum cover_answer answer = COVER_HOLE;

		set_skip(&stand_ins, i, true);
		if (!view->dead[i] && may_go(view->block->rules[i]))
			answer = ask_redundant(prover, view, &stand_ins, i);
		prover->undecided += answer == COVER_UNDECIDED;
		if (answer == COVER_ALL)
			report_redundant(prover, view, &stand_ins, i);
		set_skip(&stand_ins, i, view->dead[i]);
	}
	arena_fini(&scratch);
}
