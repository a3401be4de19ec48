/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From the tree to the meaning. First all names of all files are entered, so that
 * order does not matter; then the declarations are computed; then the blocks, rule
 * by rule; then what tests and assertions say about them.
 */
#include "resolver.h"

#include "budget.h"

#include <inttypes.h>
#include <string.h>

/* Statements of a policy that are said once. */
struct said {
	const struct ast_node *owner, *strict, *insns, *memory, *states, *account, *seed, *on_failure;
	const struct ast_node *lint[N_CODES];
};

static bool is_declaration(enum ast_kind kind)
{
	switch (kind) {
	case AST_NET:
	case AST_PORT:
	case AST_SERVICE:
	case AST_SET:
	case AST_GROUP:
	case AST_INTERFACE:
		return true;
	default:
		return false;
	}
}

/* The statements at the top of one file and, before them, of those it includes. */
static void declare_file(struct resolver *r, const struct ast_file *file, bool included, const struct ast_node **policy)
{
	for (const struct ast_file *part = file->includes; part; part = part->next)
		declare_file(r, part, true, policy);
	for (const struct ast_node *node = file->nodes; node; node = node->next) {
		struct diag *diag;

		if (is_declaration(node->kind)) {
			declare(r, node);
		} else if (node->kind == AST_POLICY && included) {
			diag = diag_report(r->diags, CODE_MISPLACED_STATEMENT, node->name.span,
					   "a policy in an included file");
			diag_help(r->diags, diag,
				  "included files hold declarations; move these to a file of their own");
		} else if (node->kind == AST_POLICY && *policy) {
			diag = diag_report(r->diags, CODE_SECOND_POLICY, node->name.span,
					   "a second policy, '%s', in one file", node->name.text);
			diag_note(r->diags, diag, (*policy)->name.span, "the first is '%s'", (*policy)->name.text);
		} else if (node->kind == AST_POLICY) {
			*policy = node;
		} else if (node->kind != AST_INCLUDE) {
			diag_report(r->diags, CODE_MISPLACED_STATEMENT, node->span,
				    "this belongs inside 'policy NAME { }'");
		}
	}
}

static bool once(struct resolver *r, const struct ast_node **first, const struct ast_node *node, const char *what)
{
	struct diag *diag;

	if (!*first) {
		*first = node;
		return true;
	}
	diag = diag_report(r->diags, CODE_SAID_TWICE, head_span(node), "the policy says '%s' twice", what);
	diag_note(r->diags, diag, head_span(*first), "first said here");
	return false;
}

static void resolve_budget(struct resolver *r, const struct ast_node *budget, struct said *said)
{
	for (const struct ast_node *item = budget->body; item; item = item->next) {
		struct spell spell;
		struct diag *diag;

		if (!strcmp(item->name.text, "insns")) {
			if (once(r, &said->insns, item, "insns"))
				r->policy->budget.insns = item->number;
		} else if (!strcmp(item->name.text, "memory")) {
			if (once(r, &said->memory, item, "memory"))
				r->policy->budget.memory = item->number;
		} else {
			diag = diag_report(r->diags, CODE_UNKNOWN_NAME, item->name.span, "no budget is called '%s'",
					   item->name.text);
			spell_init(&spell, item->name.text);
			spell_offer(&spell, "insns");
			spell_offer(&spell, "memory");
			if (spell_best(&spell))
				diag_help(r->diags, diag, "did you mean '%s'?", spell_best(&spell));
			continue;
		}
		if (!item->number)
			diag_report(r->diags, CODE_OUT_OF_RANGE, item->span, "a budget of nothing");
		if (r->policy->budget.insns > BUDGET_INSNS_MOST && said->insns == item) {
			diag = diag_report(r->diags, CODE_OUT_OF_RANGE, item->span, "insns %" PRIu64
					   " is out of range: 1 to %u, as the kernel's verifier gives up at 1000000, and may need more than is estimated",
					   item->number, BUDGET_INSNS_MOST);
			diag_help(r->diags, diag, "`lint budget warning;` lets the kernel have the last word");
		}
	}
}

/* Takes effect at once: findings are reported by later stages, with the severity set here. */
static void resolve_lint(struct resolver *r, const struct ast_node *node, struct said *said)
{
	static const char *const words[] = {
		[SEVERITY_OFF] = "off",
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};
	enum code code = resolve_finding(r, node->name.text, node->name.span);

	if (code == N_CODES || !once(r, &said->lint[code], node, node->name.text))
		return;
	for (unsigned severity = SEVERITY_OFF; severity <= SEVERITY_ERROR; severity++) {
		if (strcmp(words[severity], node->text))
			continue;
		r->diags->severity[code] = severity;
		return;
	}
	/* The parser has reported any other word. */
}

/* What the policy says about itself; its declarations are entered on the way. */
static void resolve_statements(struct resolver *r, const struct ast_node *body)
{
	struct said said = { .owner = NULL };

	for (const struct ast_node *node = body; node; node = node->next) {
		switch (node->kind) {
		case AST_OWNER:
			if (once(r, &said.owner, node, "owner"))
				r->policy->owner = node->text;
			break;
		case AST_STRICT:
			if (once(r, &said.strict, node, "strict"))
				r->policy->strict = true;
			break;
		case AST_BUDGET:
			resolve_budget(r, node, &said);
			break;
		case AST_STATES:
			if (once(r, &said.states, node, "states"))
				resolve_states(r, node);
			break;
		case AST_ACCOUNT:
			if (once(r, &said.account, node, "account"))
				resolve_account(r, node);
			break;
		case AST_SEED:
			if (once(r, &said.seed, node, "seed"))
				r->policy->seed = node->number;
			break;
		case AST_ON_FAILURE:
			if (once(r, &said.on_failure, node, "on-failure")) {
				r->policy->on_failure_allow = node->verdict == AST_ALLOW;
				r->policy->on_failure_span = node->span;
			}
			break;
		case AST_LINT:
			resolve_lint(r, node, &said);
			break;
		default:
			declare(r, node);
			break;
		}
	}
	if (!said.states)
		resolve_states(r, NULL);
}

struct policy *resolve_policy(struct resolve *resolve, const struct ast_file *file)
{
	struct resolver resolver = { .arena = resolve->arena, .sources = resolve->sources, .diags = resolve->diags };
	struct policy *policy = ARENA_NEW(resolve->arena, struct policy);
	const struct ast_node *node = NULL;
	struct resolver *r = &resolver;
	struct span nowhere = { .source = file->source };

	r->policy = policy;
	r->incomplete = diags_have_errors(r->diags);
	declare_file(r, file, false, &node);
	if (!node) {
		/* Where the text has errors, the policy may be among what could not be read. */
		if (!r->incomplete)
			diag_report(r->diags, CODE_NO_POLICY, nowhere, "there is no policy in this file");
		return NULL;
	}
	policy->name = node->name.text;
	policy->span = node->name.span;
	resolve_statements(r, node->body);
	resolve_declarations(r);
	resolve_interfaces(r, node->body);
	resolve_blocks(r, node->body);
	find_states_used(policy);
	if (!policy->n_blocks && !diags_have_errors(r->diags)) {
		struct diag *diag = diag_report(r->diags, CODE_NO_BLOCK, policy->span, "policy '%s' has no block",
						policy->name);

		diag_help(r->diags, diag, "`ingress on uplink { default deny; }` is the smallest");
	}
	resolve_tests(r, node->body);
	if (resolve->query)
		resolve_query(r, resolve->query);
	return policy;
}
