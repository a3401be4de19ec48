/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Assertions: every packet that one describes gets its verdict, or here is one that does not. */
#include "prove_parts.h"

/* A packet that refutes the assertion, and who decides it: NULL for the default. */
struct refutation {
	const struct space *space;
	struct cube hole;
	const struct rule *rule;
};

static enum cover_answer ask(struct prover *prover, const struct view *view, const struct space *space,
			     const struct cube *cube, size_t n_covers, struct refutation *refutation)
{
	refutation->space = space;
	return cover_search(prover->arena, space, cube, view->covers, n_covers, prover->effort, &refutation->hole, NULL);
}

/*
 * Rule by rule: a rule of the right verdict takes its packets out of the question, one of
 * another must have none left to decide.
 */
static enum cover_answer refute_cube(struct prover *prover, struct view *view, enum family family,
				     const struct cube *cube, enum verdict verdict, struct refutation *refutation)
{
	const struct space *space = prover->spaces[family];
	const struct rulebook *book = view->books[family];
	size_t n_meeting = rulebook_meeting(book, cube, 0, book->n, view->meeting), n = 0;
	enum cover_answer answer, worst = COVER_ALL;

	for (size_t i = 0; i < n_meeting; i++) {
		const struct entry *entry = &book->entries[view->meeting[i]];

		if (!entry->deciding || view->dead[view->meeting[i]])
			continue;
		if (entry->rule->verdict == verdict) {
			n = add_covers(view, family, view->meeting[i], n);
			continue;
		}
		for (size_t j = 0; j < entry->n_cubes; j++) {
			struct cube both;

			if (!cube_intersect(prover->arena, space, cube, &entry->deciding[j], &both))
				continue;
			answer = ask(prover, view, space, &both, n, refutation);
			refutation->rule = entry->rule;
			if (answer == COVER_HOLE)
				return answer;
			if (answer == COVER_UNDECIDED)
				worst = answer;
		}
	}
	if (view->block->default_verdict == verdict)
		return worst;
	answer = ask(prover, view, space, cube, n, refutation);
	refutation->rule = NULL;
	return answer == COVER_ALL ? worst : answer;
}

static bool is_possible(struct prover *prover, const struct view *view, enum family family, const struct cubes *cubes)
{
	struct refutation ignored;

	for (size_t i = 0; i < cubes->n; i++)
		if (ask(prover, view, prover->spaces[family], &cubes->cubes[i], 0, &ignored) != COVER_ALL)
			return true;
	return false;
}

static void report_refuted(struct prover *prover, const struct view *view, const struct assertion *assertion,
			   const struct refutation *refutation)
{
	const struct rule *rule = refutation->rule;
	enum verdict verdict = rule ? rule->verdict : view->block->default_verdict;
	uint32_t slot = rule ? rule->id : view->block->first_id + SLOT_DEFAULT;
	struct decision decision;
	struct witness witness;
	struct diag *diag;

	witness_choose(prover->arena, refutation->space, &refutation->hole, &witness);
	witness_replay(prover->policy, view->block, &witness, &decision);
	if (decision.slot != slot || decision.verdict != verdict) {
		/* Not to be hidden behind either answer: prover and model do not agree. */
		diag_report(prover->diags, CODE_INCONCLUSIVE, assertion->span,
			    "assert '%s': the prover and the model disagree about %s: please report this", assertion->name,
			    witness.text);
		return;
	}
	diag = diag_report(prover->diags, CODE_FAILED_ASSERT, assertion->span,
			   "assert '%s' does not hold: a packet gets %s from %s, not %s", assertion->name,
			   verdict_names[verdict],
			   rule ? arena_printf(prover->arena, "rule '%s'", rule->name) : "the default",
			   verdict_names[assertion->verdict]);
	set_witness(diag, &witness);
	if (rule)
		note_rule(prover, diag, rule, "'%s' decides it", rule->name);
	else
		diag_note(prover->diags, diag, view->block->default_span, "the default decides it");
	if (verdict == VERDICT_REJECT && assertion->verdict == VERDICT_DENY)
		diag_help(prover->diags, diag, "reject answers the sender, deny does not: if either will do, say it of the "
					       "packets of each");
}

void prove_assertion(struct prover *prover, struct view *view, const struct assertion *assertion)
{
	enum cover_answer answer, worst = COVER_ALL;
	struct cubes cubes[N_FAMILIES];
	bool possible = false;

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		cubes[family] = cubes_from_assertion(prover->arena, prover->spaces[family], assertion);
		possible = possible || is_possible(prover, view, (enum family)family, &cubes[family]);
	}
	if (!possible) {
		diag_report(prover->diags, CODE_EMPTY_ASSERT, assertion->span,
			    "assert '%s' is about no packet: there is none that it describes", assertion->name);
		return;
	}
	for (unsigned family = 0; family < N_FAMILIES; family++)
		for (size_t i = 0; i < cubes[family].n; i++) {
			struct refutation refutation;

			answer = refute_cube(prover, view, (enum family)family, &cubes[family].cubes[i],
					     assertion->verdict, &refutation);
			if (answer == COVER_HOLE) {
				report_refuted(prover, view, assertion, &refutation);
				return;
			}
			if (answer == COVER_UNDECIDED)
				worst = answer;
		}
	if (worst == COVER_UNDECIDED)
		report_undecided(prover, diag_report(prover->diags, CODE_INCONCLUSIVE, assertion->span,
						     "assert '%s' was not decided: it may hold or not", assertion->name));
}
