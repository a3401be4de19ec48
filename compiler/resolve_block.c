/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Blocks: on which interfaces and hook, with which rules and verdicts. */
#include "resolver.h"

#include <string.h>

/* Interfaces: the declared ones, then those that only blocks name. */

static void add_undeclared(struct resolver *r, const struct ast_node *block)
{
	for (unsigned i = 0; i < block->n_interfaces; i++)
		if (!names_find(r, DECL_INTERFACE, block->interfaces[i].text))
			names_add(r, DECL_INTERFACE, block->interfaces[i], NULL);
}

void resolve_interfaces(struct resolver *r, const struct ast_node *body)
{
	struct policy *policy = r->policy;
	size_t n = 0;

	for (const struct ast_node *node = body; node; node = node->next)
		if (node->kind == AST_BLOCK)
			add_undeclared(r, node);
	for (size_t i = 0; i < r->names.n; i++)
		n += r->names.items[i]->kind == DECL_INTERFACE;
	policy->interfaces = ARENA_ARRAY(r->arena, struct interface, n);
	for (size_t i = 0; i < r->names.n; i++) {
		struct decl *decl = r->names.items[i];
		struct interface *interface;

		if (decl->kind != DECL_INTERFACE)
			continue;
		decl->index = (uint32_t)policy->n_interfaces;
		interface = &policy->interfaces[policy->n_interfaces++];
		interface->role = decl->name;
		interface->device = decl->node ? decl->node->text : decl->name;
		interface->span = decl->span;
	}
}

static void resolve_roles(struct resolver *r, const struct ast_node *node, struct block *block)
{
	block->any = node->any;
	block->interfaces = ARENA_ARRAY(r->arena, const struct interface *, node->n_interfaces);
	for (unsigned i = 0; i < node->n_interfaces; i++) {
		const struct decl *decl = names_find(r, DECL_INTERFACE, node->interfaces[i].text);
		const struct interface *interface = &r->policy->interfaces[decl->index];
		bool twice = false;

		for (size_t k = 0; k < block->n_interfaces; k++)
			twice = twice || block->interfaces[k] == interface;
		if (twice)
			diag_report(r->diags, CODE_SAID_TWICE, node->interfaces[i].span, "'%s' is named twice",
				    interface->role);
		else
			block->interfaces[block->n_interfaces++] = interface;
	}
}

static void resolve_hook(struct resolver *r, const struct ast_node *node, struct block *block)
{
	block->hook = block->direction == DIRECTION_INGRESS ? HOOK_XDP : HOOK_TC;
	if (!node->via.text)
		return;
	block->hook = strcmp(node->via.text, "tc") ? HOOK_XDP : HOOK_TC;
	if (block->direction == DIRECTION_EGRESS && block->hook == HOOK_XDP) {
		diag_report(r->diags, CODE_BAD_HOOK, node->via.span, "egress cannot be filtered in XDP");
		block->hook = HOOK_TC;
	}
}

static bool block_on(const struct block *block, const struct interface *interface)
{
	if (block->any)
		return true;
	for (size_t i = 0; i < block->n_interfaces; i++)
		if (block->interfaces[i] == interface)
			return true;
	return false;
}

/* The interface that both are on; "any" stands for all. NULL if there is none. */
static const char *common_interface(const struct block *a, const struct block *b)
{
	if (a->any)
		return b->any ? "any" : b->interfaces[0]->role;
	for (size_t i = 0; i < a->n_interfaces; i++)
		if (block_on(b, a->interfaces[i]))
			return a->interfaces[i]->role;
	return NULL;
}

static bool same_interfaces(const struct block *a, const struct block *b)
{
	if (a->any || b->any)
		return a->any == b->any;
	if (a->n_interfaces != b->n_interfaces)
		return false;
	for (size_t i = 0; i < a->n_interfaces; i++)
		if (!block_on(b, a->interfaces[i]))
			return false;
	return true;
}

static void check_overlap(struct resolver *r, const struct block *block)
{
	for (size_t i = 0; i < r->policy->n_blocks; i++) {
		const struct block *other = r->policy->blocks[i];
		const char *common;
		struct diag *diag;

		if (other->direction != block->direction)
			continue;
		common = common_interface(other, block);
		/* On two hooks a packet passes both; but the blocks must be told apart by name. */
		if (!common || (other->hook != block->hook && !same_interfaces(other, block)))
			continue;
		if (other->hook != block->hook)
			diag = diag_report(r->diags, CODE_BLOCK_OVERLAP, block->span,
					   "two blocks on the same interfaces, one in each hook, cannot be told apart");
		else
			diag = diag_report(r->diags, CODE_BLOCK_OVERLAP, block->span,
					   "a second block for the same traffic on '%s'", common);
		diag_note(r->diags, diag, other->span, "the first is here");
		return;
	}
}

static const char *const directions[] = { "ingress", "egress" };

static const char *long_name(struct resolver *r, const struct block *block)
{
	const char *name = directions[block->direction];

	if (block->any)
		return arena_printf(r->arena, "%s-any", name);
	for (size_t i = 0; i < block->n_interfaces; i++)
		name = arena_printf(r->arena, "%s-%s", name, block->interfaces[i]->role);
	return name;
}

static void name_blocks(struct resolver *r)
{
	size_t count[2] = { 0, 0 };

	for (size_t i = 0; i < r->policy->n_blocks; i++)
		count[r->policy->blocks[i]->direction]++;
	for (size_t i = 0; i < r->policy->n_blocks; i++) {
		struct block *block = r->policy->blocks[i];

		block->name = count[block->direction] == 1 ? directions[block->direction] : long_name(r, block);
	}
}

static void add_rule(struct resolver *r, const struct ast_node *node, struct block *block, size_t *room)
{
	const struct ast_name *name = &node->rule.name;
	struct rule *rule, **slot;
	struct decl *decl;

	for (size_t i = 0; i < SLOT_RULES; i++)
		if (!strcmp(name->text, slot_names[i]))
			diag_report(r->diags, CODE_RESERVED_NAME, name->span,
				    "no rule can be called '%s': that is what no rule decides", name->text);
	rule = resolve_rule(r, node, block);
	decl = names_add(r, DECL_RULE, *name, node);
	if (!decl)
		return;
	decl->rule = rule;
	decl->block = block;
	rule->id = block->first_id + SLOT_RULES + (uint32_t)block->n_rules;
	slot = arena_push(r->arena, &block->rules, &block->n_rules, room, sizeof(*slot));
	*slot = rule;
}

/* default, non-ip, malformed: each once. */
static void set_verdict(struct resolver *r, const struct ast_node *node, const struct ast_node **first,
			const char *word, enum verdict *out)
{
	if (*first) {
		struct diag *diag = diag_report(r->diags, CODE_SAID_TWICE, node->span, "this block says '%s' twice",
						word);

		diag_note(r->diags, diag, (*first)->span, "first said here");
		return;
	}
	*first = node;
	if (node->kind != AST_DEFAULT && node->verdict == AST_REJECT)
		diag_report(r->diags, CODE_BAD_VERDICT, node->verdict_span,
			    "'%s' takes allow or deny: such a packet cannot be answered", word);
	else
		resolve_verdict(r, node->verdict, node->verdict_span, word, out);
}

static void resolve_body(struct resolver *r, const struct ast_node *node, struct block *block)
{
	const struct ast_node *first_default = NULL, *first_non_ip = NULL, *first_malformed = NULL;
	size_t room = 0;

	for (const struct ast_node *item = node->body; item; item = item->next) {
		switch (item->kind) {
		case AST_RULE:
			add_rule(r, item, block, &room);
			break;
		case AST_DEFAULT:
			set_verdict(r, item, &first_default, "default", &block->default_verdict);
			block->default_span = first_default->span;
			break;
		case AST_NON_IP:
			set_verdict(r, item, &first_non_ip, "non-ip", &block->non_ip);
			break;
		case AST_MALFORMED:
			set_verdict(r, item, &first_malformed, "malformed", &block->malformed);
			break;
		default:
			diag_report(r->diags, CODE_MISPLACED_STATEMENT, item->span,
				    "this does not belong inside a block");
		}
	}
	if (!first_default && !r->incomplete) {
		struct diag *diag = diag_report(r->diags, CODE_NO_DEFAULT, block->span,
						"this block does not say what happens to packets that no rule decides");

		diag_help(r->diags, diag, "end it with 'default deny;' or 'default allow;'");
	}
}

struct span head_span(const struct ast_node *node)
{
	struct span span = node->span;

	if (!node->open.source)
		return span;
	span.end = node->open.begin;
	while (span.end > span.begin && strchr(" \t\r\n", span.source->text[span.end - 1]))
		span.end--;
	return span;
}

void resolve_blocks(struct resolver *r, const struct ast_node *body)
{
	struct policy *policy = r->policy;
	size_t room = 0;

	for (const struct ast_node *node = body; node; node = node->next) {
		struct block *block, **slot;

		if (node->kind != AST_BLOCK)
			continue;
		block = ARENA_NEW(r->arena, struct block);
		block->span = head_span(node);
		block->direction = node->where.egress ? DIRECTION_EGRESS : DIRECTION_INGRESS;
		block->default_verdict = VERDICT_DENY;
		block->non_ip = VERDICT_ALLOW;
		block->malformed = VERDICT_DENY;
		block->first_id = policy->n_slots;
		resolve_roles(r, node, block);
		resolve_hook(r, node, block);
		check_overlap(r, block);
		resolve_body(r, node, block);
		policy->n_slots += SLOT_RULES + (uint32_t)block->n_rules;
		slot = arena_push(r->arena, &policy->blocks, &policy->n_blocks, &room, sizeof(*slot));
		*slot = block;
	}
	name_blocks(r);
}

/* Of several on the interface, the one that is on nothing else is meant. */
static const struct block *choose_block(const struct policy *policy, enum direction direction,
					const struct interface *interface, size_t *n)
{
	const struct block *found = NULL, *alone = NULL;

	*n = 0;
	for (size_t i = 0; i < policy->n_blocks; i++) {
		const struct block *block = policy->blocks[i];

		if (block->direction != direction || (interface && !block_on(block, interface)))
			continue;
		++*n;
		found = block;
		if (interface && block->n_interfaces == 1)
			alone = block;
	}
	if (*n > 1 && alone)
		*n = 1;
	return alone ? alone : found;
}

const struct block *resolve_where(struct resolver *r, const struct ast_where *where)
{
	enum direction direction = where->egress ? DIRECTION_EGRESS : DIRECTION_INGRESS;
	const struct interface *interface = NULL;
	const struct decl *decl = NULL;
	const struct block *block;
	struct diag *diag;
	size_t n;

	if (where->on.text) {
		decl = names_need(r, DECL_INTERFACE, where->on.text, where->on.span);
		if (!decl)
			return NULL;
		interface = &r->policy->interfaces[decl->index];
	}
	block = choose_block(r->policy, direction, interface, &n);
	if (n == 1)
		return block;
	if (!n && !r->incomplete)
		diag_report(r->diags, CODE_WHICH_BLOCK, where->span, "this policy has no %s block%s%s%s",
			    directions[direction], interface ? " on '" : "", interface ? interface->role : "",
			    interface ? "'" : "");
	if (!n)
		return NULL;
	diag = diag_report(r->diags, CODE_WHICH_BLOCK, where->span, "which of the %zu %s blocks is meant?", n,
			   directions[direction]);
	for (size_t i = 0; i < r->policy->n_blocks && i < 8; i++) {
		block = r->policy->blocks[i];
		if (block->direction == direction && (!interface || block_on(block, interface)))
			diag_note(r->diags, diag, block->span, "this is one");
	}
	diag_help(r->diags, diag, "name an interface: 'in %s on NAME'", directions[direction]);
	return NULL;
}
