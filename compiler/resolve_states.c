/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The connection table: how big it is, and how long connections stay in it. */
#include "resolver.h"

#include <inttypes.h>
#include <string.h>

#define MS_NS 1000000ull
#define SECOND_MS 1000ull
#define MINUTE_MS (60 * SECOND_MS)

static const uint64_t default_ms[N_STATE_TIMEOUTS] = {
	[TIMEOUT_TCP_OPENING] = MINUTE_MS,
	[TIMEOUT_TCP_ESTABLISHED] = 24 * 60 * MINUTE_MS,
	[TIMEOUT_TCP_CLOSING] = 5 * MINUTE_MS,
	[TIMEOUT_TCP_CLOSED] = 10 * SECOND_MS,
	[TIMEOUT_UDP_OPENING] = 30 * SECOND_MS,
	[TIMEOUT_UDP_ESTABLISHED] = 3 * MINUTE_MS,
	[TIMEOUT_ICMP] = 30 * SECOND_MS,
	[TIMEOUT_OTHER] = 10 * MINUTE_MS,
};

bool timeout_ok(struct resolver *r, uint64_t timeout_ns, struct span span)
{
	if (timeout_ns <= TIMEOUT_MAX_NS)
		return true;
	diag_report(r->diags, CODE_OUT_OF_RANGE, span, "a time of more than 365d: what is to stay says no time");
	return false;
}

static void resolve_timeout(struct resolver *r, const struct ast_node *item, uint64_t *timeout_ns)
{
	if (!item->number) {
		diag_report(r->diags, CODE_OUT_OF_RANGE, item->span,
			    "a timeout of nothing: connections would be gone at once");
		return;
	}
	if (item->number > TIMEOUT_MAX_NS) {
		diag_report(r->diags, CODE_OUT_OF_RANGE, item->span, "a timeout is at most 365d");
		return;
	}
	/* The table counts in milliseconds. */
	*timeout_ns = (item->number + MS_NS - 1) / MS_NS * MS_NS;
}

static void resolve_item(struct resolver *r, const struct ast_node *item)
{
	struct states *states = &r->policy->states;

	if (!strcmp(item->name.text, "loose")) {
		states->loose = true;
		return;
	}
	if (!strcmp(item->name.text, "max")) {
		if (!item->number || item->number > STATES_MAX_LIMIT)
			diag_report(r->diags, CODE_OUT_OF_RANGE, item->span, "max %" PRIu64 " is out of range: 1 to %u",
				    item->number, STATES_MAX_LIMIT);
		else
			states->max = item->number;
		return;
	}
	/* The parser has reported any other word. */
	for (unsigned i = 0; i < N_STATE_TIMEOUTS; i++)
		if (!strcmp(item->name.text, state_timeout_words[i]))
			resolve_timeout(r, item, &states->timeout_ns[i]);
}

static const struct ast_node *said_before(const struct ast_node *body, const struct ast_node *item)
{
	for (const struct ast_node *other = body; other != item; other = other->next)
		if (!strcmp(other->name.text, item->name.text))
			return other;
	return NULL;
}

void resolve_states(struct resolver *r, const struct ast_node *node)
{
	struct states *states = &r->policy->states;

	states->max = STATES_MAX;
	for (unsigned i = 0; i < N_STATE_TIMEOUTS; i++)
		states->timeout_ns[i] = default_ms[i] * MS_NS;
	if (!node)
		return;
	states->span = head_span(node);
	for (const struct ast_node *item = node->body; item; item = item->next) {
		const struct ast_node *first = said_before(node->body, item);
		struct diag *diag;

		if (!first) {
			resolve_item(r, item);
			continue;
		}
		diag = diag_report(r->diags, CODE_SAID_TWICE, item->span, "'states' says '%s' twice", item->name.text);
		diag_note(r->diags, diag, first->span, "first said here");
	}
}

static bool rule_asks(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_terms; i++)
		for (size_t j = 0; j < rule->terms[i].n; j++)
			if (rule->terms[i].preds[j].kind == PRED_STATE)
				return true;
	return false;
}

void find_states_used(struct policy *policy)
{
	for (size_t i = 0; i < policy->n_blocks; i++)
		for (size_t j = 0; j < policy->blocks[i]->n_rules; j++)
			if (rule_asks(policy->blocks[i]->rules[j]))
				policy->states.used = true;
}
