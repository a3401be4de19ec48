/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rules that cross: packets in common, neither within the other, different verdicts. */
#include "prove_parts.h"

#include <string.h>

/* So many earlier rules get a note of their own; all are counted. */
#define NOTES_MAX 8u

/* Is every packet of `inner` matched by `outer` too? */
static enum cover_answer contains(struct prover *prover, const struct view *view, size_t outer, size_t inner)
{
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct space *space = prover->spaces[family];
		const struct entry *out = &view->books[family]->entries[outer], *in = &view->books[family]->entries[inner];

		for (size_t i = 0; i < in->n_cubes; i++) {
			const struct cube **covers = view->covers;
			enum cover_answer answer;

			if (out->n_cubes == 1 && cube_contains(space, &out->cubes[0], &in->cubes[i]))
				continue;
			for (size_t j = 0; j < out->n_cubes; j++)
				covers[j] = &out->cubes[j];
			answer = cover_search(prover->arena, space, &in->cubes[i], covers, out->n_cubes, prover->effort,
					      NULL, NULL);
			if (answer != COVER_ALL)
				return answer;
		}
	}
	return COVER_ALL;
}

static bool is_overridden(const struct rule *earlier, const struct rule *later)
{
	for (size_t i = 0; i < later->n_overrides; i++)
		if (!strcmp(later->overrides[i], earlier->name))
			return true;
	return false;
}

/* A packet in both cubes; one that no rule before `earlier` decides, if `decided`. */
static bool find_in_cubes(struct prover *prover, struct view *view, enum family family, const struct cube *const cubes[2],
			  size_t earlier, bool decided, struct witness *witness)
{
	const struct space *space = prover->spaces[family];
	struct cube both, hole;
	struct arena scratch;
	bool found = false;

	arena_init(&scratch);
	if (cube_intersect(&scratch, space, cubes[0], cubes[1], &both)) {
		size_t n = decided ? collect_covers(view, family, &both, earlier, view->dead) : 0;

		found = cover_search(&scratch, space, &both, view->covers, n, prover->effort, &hole, NULL) == COVER_HOLE;
		if (found && witness)
			witness_choose(prover->arena, space, &hole, witness);
	}
	arena_fini(&scratch);
	return found;
}

/* A packet of both rules. */
static bool find_common(struct prover *prover, struct view *view, size_t earlier, size_t later, bool decided,
			struct witness *witness)
{
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *a = &view->books[family]->entries[earlier], *b = &view->books[family]->entries[later];

		for (size_t i = 0; i < a->n_cubes * b->n_cubes; i++) {
			const struct cube *const cubes[2] = { &a->cubes[i / b->n_cubes], &b->cubes[i % b->n_cubes] };

			if (find_in_cubes(prover, view, (enum family)family, cubes, earlier, decided, witness))
				return true;
		}
	}
	return false;
}

static bool cross(struct prover *prover, struct view *view, size_t earlier, size_t later)
{
	enum cover_answer one, other;

	if (is_overridden(view->block->rules[earlier], view->block->rules[later]))
		return false;
	one = contains(prover, view, earlier, later);
	if (one == COVER_ALL)
		return false;
	other = contains(prover, view, later, earlier);
	if (other == COVER_ALL)
		return false;
	if (one == COVER_UNDECIDED || other == COVER_UNDECIDED) {
		prover->undecided++;
		return false;
	}
	return true;
}

/* Do they meet in a packet that there is? */
static bool meet(struct prover *prover, struct view *view, size_t earlier, size_t later)
{
	return find_common(prover, view, earlier, later, false, NULL);
}

static void report_crossing(struct prover *prover, struct view *view, size_t later, const size_t *crossed, size_t n)
{
	const struct rule *rule = view->block->rules[later], *first = view->block->rules[crossed[0]];
	struct decision decision;
	struct witness witness;
	struct diag *diag;
	bool decided;

	decided = find_common(prover, view, crossed[0], later, true, &witness);
	if (decided) {
		witness_replay(prover->policy, view->block, &witness, &decision);
		decided = decision.slot == first->id;
	}
	diag = report_rule(prover->diags, rule, CODE_CROSSING_RULES,
			   "rule '%s' (%s) crosses %s, of another verdict and earlier",
			   rule->name, verdict_names[rule->verdict], rule_list(prover, view, crossed, n));
	if (decided)
		set_witness(diag, &witness);
	for (size_t i = 0; i < n && i < NOTES_MAX; i++) {
		const struct rule *other = view->block->rules[crossed[i]];

		note_rule(prover, diag, other,
			  i == 0 && decided ? "the packet is decided here: %s by '%s'" : "crosses this %s, '%s'",
			  verdict_names[other->verdict], other->name);
	}
	if (prover->policy->strict)
		diag_help(prover->diags, diag, "if the order is meant, write `overrides %s` at '%s'%s", first->name, rule->name,
			  n > 1 ? ", with the others" : "");
}

/* Numbers of rules, in order and each once, from those of both IP versions. */
static size_t meeting_rules(struct view *view, size_t rule, bool *seen, size_t *out)
{
	size_t n = 0;

	memset(seen, 0, rule * sizeof(*seen));
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[rule];

		for (size_t i = 0; i < entry->n_cubes; i++) {
			size_t found = rulebook_meeting(view->books[family], &entry->cubes[i], 0, rule, view->meeting);

			for (size_t j = 0; j < found; j++)
				seen[view->meeting[j]] = true;
		}
	}
	for (size_t i = 0; i < rule; i++)
		if (seen[i])
			out[n++] = i;
	return n;
}

void prove_crossing(struct prover *prover, struct view *view)
{
	size_t *crossed = ARENA_ARRAY(prover->arena, size_t, view->block->n_rules);
	bool *seen = ARENA_ARRAY(prover->arena, bool, view->block->n_rules);

	for (size_t i = 0; i < view->block->n_rules; i++) {
		const struct rule *rule = view->block->rules[i];
		size_t n_meeting, n = 0;

		/* What never decides is reported as that: its order does not matter. */
		if (!rule_decides(rule) || view->dead[i])
			continue;
		n_meeting = meeting_rules(view, i, seen, crossed);
		for (size_t j = 0; j < n_meeting; j++) {
			const struct rule *earlier = view->block->rules[crossed[j]];

			if (!rule_decides(earlier) || view->dead[crossed[j]] || earlier->verdict == rule->verdict)
				continue;
			/* n is at most j: what is read is not yet overwritten. */
			if (cross(prover, view, crossed[j], i) && meet(prover, view, crossed[j], i))
				crossed[n++] = crossed[j];
		}
		if (n)
			report_crossing(prover, view, i, crossed, n);
	}
}
