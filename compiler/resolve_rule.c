/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a rule does when it matches, and what is said about it. */
#include "resolver.h"

#include <inttypes.h>
#include <string.h>

bool resolve_verdict(struct resolver *r, enum ast_verdict verdict, struct span span, const char *where,
		     enum verdict *out)
{
	switch (verdict) {
	case AST_ALLOW:
		*out = VERDICT_ALLOW;
		return true;
	case AST_DENY:
		*out = VERDICT_DENY;
		return true;
	case AST_REJECT:
		*out = VERDICT_REJECT;
		return true;
	default:
		diag_report(r->diags, CODE_BAD_VERDICT, span, "%s takes allow, deny or reject", where);
		return false;
	}
}

static bool resolve_sample(struct resolver *r, uint64_t n, struct span span, uint32_t *out)
{
	if (!n || n > UINT32_MAX) {
		diag_report(r->diags, CODE_BAD_RATE, span,
			    "a sample of 1/%" PRIu64 " cannot be taken: 1/1 to 1/%" PRIu32, n, UINT32_MAX);
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

static void resolve_action(struct resolver *r, const struct ast_rule *ast, struct rule *rule)
{
	switch (ast->verdict) {
	case AST_ALLOW:
		rule->action = ACTION_ALLOW;
		rule->verdict = VERDICT_ALLOW;
		break;
	case AST_DENY:
		rule->action = ACTION_DENY;
		rule->verdict = VERDICT_DENY;
		break;
	case AST_REJECT:
		rule->action = ACTION_REJECT;
		rule->verdict = VERDICT_REJECT;
		break;
	case AST_RATE_LIMIT:
		rule->action = ACTION_RATE_LIMIT;
		rule->verdict = VERDICT_DENY;
		resolve_rate(r, &ast->rate, &rule->rate);
		break;
	case AST_SAMPLE:
		rule->action = ACTION_SAMPLE;
		resolve_sample(r, ast->sample, ast->verdict_span, &rule->sample);
		rule->sample_flow = ast->sample_flow;
		break;
	}
}

static void resolve_else(struct resolver *r, const struct ast_clause *clause, struct rule *rule)
{
	enum verdict verdict;

	if (rule->action != ACTION_RATE_LIMIT) {
		diag_report(r->diags, CODE_MISPLACED_CLAUSE, clause->span,
			    "'else' is what a rate-limit does with packets over its rate; this rule has no rate");
		return;
	}
	if (resolve_verdict(r, clause->verdict, clause->span, "'else'", &verdict))
		rule->verdict = verdict;
}

static void resolve_add(struct resolver *r, const struct ast_clause *clause, struct rule *rule)
{
	const struct set *set = resolve_address_set(r, clause->text, clause->text_span);
	struct add *add, **end;
	struct diag *diag;

	if (!set || !timeout_ok(r, clause->number, clause->span))
		return;
	if (set->types[0] == AST_SET_NET) {
		diag = diag_report(r->diags, CODE_BAD_SET, clause->text_span,
				   "a rule adds single addresses, and '@%s' holds prefixes, which come from outside",
				   set->name);
		diag_note(r->diags, diag, set->span, "declared here");
		diag_help(r->diags, diag, "a set of type addr takes what rules add");
		return;
	}
	add = ARENA_NEW(r->arena, struct add);
	add->set = set;
	add->source = clause->first;
	add->timeout_ns = clause->number;
	for (end = &rule->adds; *end; end = &(*end)->next)
		;
	*end = add;
}

static void resolve_overrides(struct resolver *r, const struct ast_clause *clause, const struct block *block,
			      struct rule *rule)
{
	const struct decl *decl = names_find(r, DECL_RULE, clause->text);
	struct spell spell;
	struct diag *diag;

	if (decl && decl->block == block) {
		const char **names = ARENA_ARRAY(r->arena, const char *, rule->n_overrides + 1);

		for (size_t i = 0; i < rule->n_overrides; i++)
			names[i] = rule->overrides[i];
		names[rule->n_overrides++] = decl->name;
		rule->overrides = names;
		return;
	}
	diag = diag_report(r->diags, CODE_MISPLACED_CLAUSE, clause->text_span,
			   "'%s' is no earlier rule of this block", clause->text);
	/* Rules are entered block by block: what is not known yet comes later, or never. */
	if (decl) {
		diag_note(r->diags, diag, decl->span, "it is a rule of another block");
		return;
	}
	spell_init(&spell, clause->text);
	for (size_t i = 0; i < block->n_rules; i++)
		spell_offer(&spell, block->rules[i]->name);
	if (spell_best(&spell))
		diag_help(r->diags, diag, "did you mean '%s'?", spell_best(&spell));
}

static void resolve_lint_off(struct resolver *r, const struct ast_clause *clause, struct rule *rule)
{
	enum code code = resolve_finding(r, clause->text, clause->text_span);
	struct lint_off *off, **end;

	if (code == N_CODES)
		return;
	off = ARENA_NEW(r->arena, struct lint_off);
	off->code = code;
	off->reason = clause->reason;
	for (end = &rule->lint_offs; *end; end = &(*end)->next)
		;
	*end = off;
}

static void resolve_modifier(struct resolver *r, const struct ast_clause *clause, const struct block *block,
			     struct rule *rule)
{
	switch (clause->kind) {
	case AST_CLAUSE_ELSE:
		resolve_else(r, clause, rule);
		break;
	case AST_CLAUSE_LOG:
		rule->log = true;
		break;
	/* What tells of a detection is a record: the data path knows no other. */
	case AST_CLAUSE_DETECT:
		rule->detect = clause->text;
		rule->log = true;
		break;
	case AST_CLAUSE_COUNT:
		rule->count = true;
		break;
	case AST_CLAUSE_SAMPLE:
		resolve_sample(r, clause->number, clause->span, &rule->log_sample);
		rule->log_sample_flow = clause->first;
		break;
	case AST_CLAUSE_ADD:
		resolve_add(r, clause, rule);
		break;
	case AST_CLAUSE_OVERRIDES:
		resolve_overrides(r, clause, block, rule);
		break;
	case AST_CLAUSE_LINT_OFF:
		resolve_lint_off(r, clause, rule);
		break;
	case AST_CLAUSE_OWNER:
		rule->owner = clause->text;
		break;
	case AST_CLAUSE_TICKET:
		rule->ticket = clause->text;
		break;
	case AST_CLAUSE_NOTE:
		rule->note = clause->text;
		break;
	case AST_CLAUSE_EXPIRES:
		rule->has_expires = true;
		rule->expires = (int64_t)clause->number;
		break;
	default:
		break;
	}
}

/* All but the lists, `add`, `overrides` and `lint-off`, are said once. */
static bool said_before(struct resolver *r, const struct ast_clause **seen, const struct ast_clause *clause)
{
	struct diag *diag;

	if (clause->kind == AST_CLAUSE_ADD || clause->kind == AST_CLAUSE_OVERRIDES ||
	    clause->kind == AST_CLAUSE_LINT_OFF)
		return false;
	if (!seen[clause->kind]) {
		seen[clause->kind] = clause;
		return false;
	}
	diag = diag_report(r->diags, CODE_REPEATED_CLAUSE, clause->span, "%s is said twice", clause_word(clause->kind));
	diag_note(r->diags, diag, seen[clause->kind]->span, "first said here");
	return true;
}

struct rule *resolve_rule(struct resolver *r, const struct ast_node *node, const struct block *block)
{
	const struct ast_rule *ast = &node->rule;
	const struct ast_clause *seen[AST_CLAUSE_EXPIRES + 1] = { NULL };
	struct rule *rule = ARENA_NEW(r->arena, struct rule);

	rule->name = ast->name.text;
	rule->name_span = ast->name.span;
	rule->span = node->span;
	rule->span.begin = ast->name.span.begin;
	rule->text = ast_rule_text(r->arena, ast);
	resolve_action(r, ast, rule);
	for (const struct ast_clause *clause = ast->clauses; clause; clause = clause->next)
		if (!clause_is_match(clause->kind) && !said_before(r, seen, clause))
			resolve_modifier(r, clause, block, rule);
	resolve_match(r, ast->clauses, &rule->n_terms, &rule->terms);
	return rule;
}
