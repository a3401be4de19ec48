/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "prove.h"

#include "prove_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a longer list of rules only the first are named. */
#define NAMED_MAX 4u

static bool is_off(const struct rule *rule, enum code code)
{
	for (const struct lint_off *off = rule->lint_offs; off; off = off->next)
		if (off->code == code)
			return true;
	return false;
}

struct diag *report_rule(struct diags *diags, const struct rule *rule, enum code code, const char *format, ...)
{
	enum severity *severity = &diags->severity[code], before = *severity;
	struct diag *diag;
	va_list args;

	/* Before, not after: over the limit of errors there is no message left to be lowered. */
	if (is_off(rule, code) && before > SEVERITY_NOTE)
		*severity = SEVERITY_NOTE;
	va_start(args, format);
	diag = diag_vreport(diags, code, rule->name_span, format, args);
	va_end(args);
	*severity = before;
	if (diag)
		diag->rule = rule->name;
	return diag;
}

bool is_only_counted(const struct prover *prover, const struct rule *rule, enum code code)
{
	const struct diags *diags = prover->diags;

	return diags->severity[code] == SEVERITY_ERROR && !is_off(rule, code) && diags->limit &&
	       diags->count[SEVERITY_ERROR] >= diags->limit;
}

void note_rule(struct prover *prover, struct diag *diag, const struct rule *rule, const char *format, ...)
{
	struct diag_note *last;
	va_list args;
	char *text;

	if (!diag)
		return;
	va_start(args, format);
	text = arena_vprintf(prover->arena, format, args);
	va_end(args);
	diag_note(prover->diags, diag, rule->name_span, "%s", text);
	for (last = diag->notes; last->next; last = last->next)
		;
	last->rule = rule->name;
}

void set_witness(struct diag *diag, const struct witness *witness)
{
	if (!diag)
		return;
	diag->witness = witness->text;
	diag->when = witness->when;
}

const char *rule_list(struct prover *prover, const struct view *view, const size_t *rules, size_t n)
{
	size_t named = n > NAMED_MAX ? NAMED_MAX - 1 : n;
	const char *list = "";

	for (size_t i = 0; i < named; i++) {
		const char *separator = !i ? "" : i + 1 == n ? " and " : ", ";

		list = arena_printf(prover->arena, "%s%s'%s'", list, separator, view->block->rules[rules[i]]->name);
	}
	return named < n ? arena_printf(prover->arena, "%s and %zu more", list, n - named) : list;
}

size_t add_covers(struct view *view, enum family family, size_t rule, size_t n)
{
	const struct entry *entry = &view->books[family]->entries[rule];

	for (size_t i = 0; entry->deciding && i < entry->n_cubes; i++) {
		view->owners[n] = rule;
		view->covers[n++] = &entry->deciding[i];
	}
	return n;
}

size_t collect_covers(struct view *view, enum family family, const struct cube *cube, size_t to, const bool *skip)
{
	size_t n_meeting = rulebook_meeting(view->books[family], cube, 0, to, view->meeting);
	size_t n = 0;

	for (size_t i = 0; i < n_meeting; i++)
		if (!skip[view->meeting[i]])
			n = add_covers(view, family, view->meeting[i], n);
	return n;
}

static struct view *open_view(struct prover *prover, const struct block *block)
{
	struct view *view = ARENA_NEW(prover->arena, struct view);
	size_t most = 0, dimensions = 0;

	view->block = block;
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		size_t cubes = 0;

		view->books[family] = rulebook_build(prover->arena, prover->spaces[family], block);
		for (size_t i = 0; i < block->n_rules; i++)
			cubes += view->books[family]->entries[i].n_cubes;
		if (cubes > most)
			most = cubes;
		if (prover->spaces[family]->n > dimensions)
			dimensions = prover->spaces[family]->n;
	}
	view->dead = ARENA_ARRAY(prover->arena, bool, block->n_rules);
	view->meeting = ARENA_ARRAY(prover->arena, size_t, block->n_rules);
	view->later = ARENA_ARRAY(prover->arena, size_t, block->n_rules);
	view->covers = ARENA_ARRAY(prover->arena, const struct cube *, most);
	view->owners = ARENA_ARRAY(prover->arena, size_t, most);
	view->used = ARENA_ARRAY(prover->arena, bool, most);
	view->point = ARENA_ARRAY(prover->arena, u128, dimensions);
	return view;
}

/* Findings that the policy has switched off need not be looked for. */
static bool is_wanted(const struct prover *prover, enum code code)
{
	return prover->diags->severity[code] != SEVERITY_OFF;
}

void report_undecided(struct prover *prover, struct diag *diag)
{
	if (prover->effort->spent)
		diag_help(prover->diags, diag, "%s", effort_spent(prover->arena, prover->effort));
}

static void prove_block(struct prover *prover, const struct block *block)
{
	struct view *view = open_view(prover, block);

	prover->undecided = 0;
	prove_dead(prover, view);
	if (is_wanted(prover, CODE_REDUNDANT_RULE))
		prove_redundant(prover, view);
	if (is_wanted(prover, CODE_CROSSING_RULES))
		prove_crossing(prover, view);
	if (prover->undecided)
		report_undecided(prover, diag_report(prover->diags, CODE_INCONCLUSIVE, block->span,
						     "%zu question%s about the rules of %s %s not decided", prover->undecided,
						     prover->undecided == 1 ? "" : "s", block->name,
						     prover->undecided == 1 ? "was" : "were"));
	for (size_t i = 0; i < prover->policy->n_asserts; i++)
		if (prover->policy->asserts[i].block == block)
			prove_assertion(prover, view, &prover->policy->asserts[i]);
}

/* Fail-open beside a default that denies may be meant, but is worth a word. */
static void note_fail_open(struct prover *prover)
{
	const struct policy *policy = prover->policy;
	struct diag *diag;

	for (size_t i = 0; policy->on_failure_allow && i < policy->n_blocks; i++) {
		const struct block *block = policy->blocks[i];

		if (block->default_verdict == VERDICT_ALLOW)
			continue;
		diag = diag_report(prover->diags, CODE_FAIL_OPEN, policy->on_failure_span,
				   "the policy fails open: while no generation can judge a packet, it passes");
		diag_note(prover->diags, diag, block->default_span, "%s keeps out what no rule allows", block->name);
		diag_help(prover->diags, diag,
			  "`on-failure deny;` keeps such packets out; `lint fail-open off;` says that this is meant");
		return;
	}
}

void prove_policy(struct arena *arena, struct diags *diags, const struct policy *policy, struct effort *effort)
{
	struct prover prover = { .arena = arena, .diags = diags, .policy = policy, .effort = effort };
	enum severity crossing = diags->severity[CODE_CROSSING_RULES];

	for (unsigned family = 0; family < N_FAMILIES; family++)
		prover.spaces[family] = space_build(arena, &policy, 1, (enum family)family);
	/* What `lint` has not changed: `strict` makes it an error. */
	if (policy->strict && crossing == code_table[CODE_CROSSING_RULES].severity)
		diags->severity[CODE_CROSSING_RULES] = SEVERITY_ERROR;
	note_fail_open(&prover);
	for (size_t i = 0; i < policy->n_blocks; i++)
		prove_block(&prover, policy->blocks[i]);
	diags->severity[CODE_CROSSING_RULES] = crossing;
}
