/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "supported.h"

static void report_pred(struct diags *diags, const struct rule *rule, const struct pred *pred)
{
	struct diag *diag;

	if (pred->kind == PRED_STATE)
		diag = diag_report(diags, CODE_UNSUPPORTED_STATE, pred->span,
				   "rule '%s' asks for the connection's state, which this release does not keep",
				   rule->name);
	else
		diag = diag_report(diags, CODE_UNSUPPORTED_SET, pred->span,
				   "rule '%s' looks into @%s, and this release has no sets that change at run time",
				   rule->name, pred->set->name);
	if (diag)
		diag->rule = rule->name;
}

static bool same_place(const struct pred *a, const struct pred *b)
{
	return a->kind == b->kind && a->set == b->set && a->span.source == b->span.source &&
	       a->span.begin == b->span.begin && a->span.end == b->span.end;
}

/* What is written once becomes a predicate of many terms: has an earlier one been reported? */
static bool reported_before(const struct rule *rule, const struct pred *pred)
{
	for (size_t i = 0; i < rule->n_terms; i++)
		for (size_t j = 0; j < rule->terms[i].n; j++) {
			const struct pred *earlier = &rule->terms[i].preds[j];

			if (earlier == pred)
				return false;
			if (same_place(earlier, pred))
				return true;
		}
	return false;
}

static bool rule_is_supported(struct diags *diags, const struct rule *rule)
{
	struct diag *diag;
	bool good = true;

	if (rule->action == ACTION_RATE_LIMIT) {
		diag = diag_report(diags, CODE_UNSUPPORTED_LIMIT, rule->span,
				   "rule '%s' limits a rate, which this release cannot do", rule->name);
		if (diag)
			diag->rule = rule->name;
		good = false;
	}
	for (size_t i = 0; i < rule->n_terms; i++)
		for (size_t j = 0; j < rule->terms[i].n; j++) {
			const struct pred *pred = &rule->terms[i].preds[j];

			if (pred->kind != PRED_STATE && pred->kind != PRED_MEMBER)
				continue;
			if (!reported_before(rule, pred))
				report_pred(diags, rule, pred);
			good = false;
		}
	for (const struct add *add = rule->adds; add; add = add->next) {
		diag = diag_report(diags, CODE_UNSUPPORTED_SET, rule->span,
				   "rule '%s' adds to @%s, and this release has no sets that change at run time",
				   rule->name, add->set->name);
		if (diag)
			diag->rule = rule->name;
		good = false;
	}
	return good;
}

bool policy_is_supported(struct diags *diags, const struct policy *policy)
{
	bool good = true;

	for (size_t i = 0; i < policy->n_blocks; i++)
		for (size_t j = 0; j < policy->blocks[i]->n_rules; j++)
			if (!rule_is_supported(diags, policy->blocks[i]->rules[j]))
				good = false;
	return good;
}
