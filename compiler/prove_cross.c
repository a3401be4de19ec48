/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rules that cross: packets in common, neither within the other, different verdicts. */
#include "prove_parts.h"

#include <string.h>

/* So many earlier rules get a note of their own; all are counted. */
#define NOTES_MAX 8u
/* A pair is looked at in so much less than a node of a diagram. */
#define PAIRS_PER_NODE 256u

/* Then whatever is in the cube is a packet, and no search need say so. */
static bool is_all_possible(const struct space *space, const struct cube *cube)
{
	for (size_t i = 0; i < space->n_impossible; i++)
		if (cube_meets(space, cube, &space->impossible[i]))
			return false;
	return true;
}

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
			if (out->n_cubes <= 1 && is_all_possible(space, &in->cubes[i]))
				return COVER_HOLE;
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
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *a = &view->books[family]->entries[earlier], *b = &view->books[family]->entries[later];
		const struct space *space = prover->spaces[family];

		for (size_t i = 0; i < a->n_cubes * b->n_cubes; i++)
			if (cube_meets(space, &a->cubes[i / b->n_cubes], &b->cubes[i % b->n_cubes]) &&
			    is_all_possible(space, &a->cubes[i / b->n_cubes]))
				return true;
	}
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

/* Numbers of earlier rules, in order and each once, from those of both IP versions. */
static size_t meeting_rules(struct view *view, size_t rule, size_t *out)
{
	size_t *lists[N_FAMILIES] = { view->meeting, view->later }, n[N_FAMILIES] = { 0 }, n_out = 0;

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[rule];

		n[family] = rulebook_meeting_any(view->books[family], entry->cubes, entry->n_cubes, rule, lists[family]);
	}
	for (size_t i = 0, j = 0; i < n[0] || j < n[1];) {
		size_t next = j == n[1] || (i < n[0] && lists[0][i] < lists[1][j]) ? lists[0][i] : lists[1][j];

		i += i < n[0] && lists[0][i] == next;
		j += j < n[1] && lists[1][j] == next;
		out[n_out++] = next;
	}
	return n_out;
}

struct pairing {
	struct prover *prover;
	struct view *view;
	size_t rule;
};

static bool crosses(void *context, size_t earlier)
{
	const struct pairing *pairing = context;
	struct view *view = pairing->view;
	const struct rule *rule = view->block->rules[pairing->rule], *other = view->block->rules[earlier];

	if (!rule_decides(other) || view->dead[earlier] || other->verdict == rule->verdict)
		return false;
	return cross(pairing->prover, view, earlier, pairing->rule) &&
	       meet(pairing->prover, view, earlier, pairing->rule);
}

/* The earlier rules that `rule` crosses. */
static size_t find_crossed(struct prover *prover, struct view *view, size_t rule, size_t *crossed)
{
	struct pairing pairing = { prover, view, rule };
	size_t n_meeting = meeting_rules(view, rule, crossed), n = 0;

	if (!effort_take(prover->effort, 1 + n_meeting / PAIRS_PER_NODE)) {
		prover->undecided++;
		return 0;
	}
	/* n is at most i: what is read is not yet overwritten. */
	for (size_t i = 0; i < n_meeting; i++)
		if (crosses(&pairing, crossed[i]))
			crossed[n++] = crossed[i];
	return n;
}

/* Any of them will do. */
static bool find_any_crossed(struct prover *prover, struct view *view, size_t rule, size_t *crossed)
{
	struct pairing pairing = { prover, view, rule };

	if (!effort_take(prover->effort, 1)) {
		prover->undecided++;
		return false;
	}
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[rule];

		for (size_t i = 0; i < entry->n_cubes; i++) {
			*crossed = rulebook_any(view->books[family], &entry->cubes[i], rule, crosses, &pairing);
			if (*crossed != SIZE_MAX)
				return true;
		}
	}
	return false;
}

void prove_crossing(struct prover *prover, struct view *view)
{
	size_t *crossed = ARENA_ARRAY(prover->arena, size_t, view->block->n_rules);

	for (size_t i = 0; i < view->block->n_rules; i++) {
		const struct rule *rule = view->block->rules[i];
		size_t n;

		/* What never decides is reported as that: its order does not matter. */
		if (!rule_decides(rule) || view->dead[i])
			continue;
		if (is_only_counted(prover, rule, CODE_CROSSING_RULES)) {
			if (find_any_crossed(prover, view, i, crossed))
				report_rule(prover->diags, rule, CODE_CROSSING_RULES, "rule '%s' crosses '%s'",
					    rule->name, view->block->rules[crossed[0]]->name);
			continue;
		}
		n = find_crossed(prover, view, i, crossed);
		if (n)
			report_crossing(prover, view, i, crossed, n);
	}
}
