/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the data path accounts for. */
#include "resolver.h"

#include <inttypes.h>
#include <string.h>

uint64_t account_flows_size(uint64_t max)
{
	uint64_t size = ACCOUNT_FLOWS_LEAST;

	if (max < ACCOUNT_FLOWS_LEAST || max > ACCOUNT_FLOWS_MOST)
		return 0;
	while (size < max)
		size *= 2;
	return size;
}

static void resolve_flows(struct resolver *r, const struct ast_node *item)
{
	uint64_t size = item->item == AST_ITEM_NUMBER ? account_flows_size(item->number) : ACCOUNT_FLOWS;

	if (!size)
		diag_report(r->diags, CODE_OUT_OF_RANGE, item->span, "max %" PRIu64 " is out of range: %u to %u", item->number,
			    ACCOUNT_FLOWS_LEAST, ACCOUNT_FLOWS_MOST);
	r->policy->account.flows = size;
}

/* Else it is `flows`, with `max` or without: the parser has reported any other word. */
static bool is_traffic(const struct ast_node *item)
{
	return !strcmp(item->name.text, "traffic");
}

static const struct ast_node *said_before(const struct ast_node *body, const struct ast_node *item)
{
	for (const struct ast_node *other = body; other != item; other = other->next)
		if (is_traffic(other) == is_traffic(item))
			return other;
	return NULL;
}

void resolve_account(struct resolver *r, const struct ast_node *node)
{
	struct account *account = &r->policy->account;

	account->span = head_span(node);
	for (const struct ast_node *item = node->body; item; item = item->next) {
		const struct ast_node *first = said_before(node->body, item);
		struct diag *diag;

		if (first) {
			diag = diag_report(r->diags, CODE_SAID_TWICE, item->span, "'account' says '%s' twice",
					   is_traffic(item) ? "traffic" : "flows");
			diag_note(r->diags, diag, first->span, "first said here");
		} else if (is_traffic(item)) {
			account->traffic = true;
		} else {
			resolve_flows(r, item);
		}
	}
}
