/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Assertions and tests: what is said about a block, to be held against it. */
#include "resolver.h"

#include <string.h>

static bool assertion_clauses_ok(struct resolver *r, const struct ast_clause *clauses)
{
	bool ok = true;

	for (const struct ast_clause *clause = clauses; clause; clause = clause->next) {
		if (clause_is_match(clause->kind))
			continue;
		diag_report(r->diags, CODE_MISPLACED_CLAUSE, clause->span, "an assertion has no %s: it does nothing",
			    clause_word(clause->kind));
		ok = false;
	}
	return ok;
}

static void resolve_assert(struct resolver *r, const struct ast_node *node, size_t *room)
{
	struct policy *policy = r->policy;
	struct assertion assertion = { .name = node->name.text,
				       .span = node->span,
				       .under_limits = node->under_limits };
	struct assertion *added;
	bool ok;

	ok = names_add(r, DECL_ASSERT, node->name, node);
	ok = resolve_verdict(r, node->verdict, node->verdict_span, "an assertion", &assertion.verdict) && ok;
	ok = assertion_clauses_ok(r, node->clauses) && ok;
	ok = resolve_match(r, node->clauses, &assertion.n_terms, &assertion.terms) && ok;
	assertion.block = resolve_where(r, &node->where);
	if (!ok || !assertion.block)
		return;
	added = arena_push(r->arena, &policy->asserts, &policy->n_asserts, room, sizeof(*added));
	*added = assertion;
}

void resolve_query(struct resolver *r, const struct ast_node *node)
{
	struct assertion *query = ARENA_NEW(r->arena, struct assertion);
	bool ok;

	query->name = node->name.text;
	query->span = node->span;
	query->under_limits = node->under_limits;
	ok = resolve_verdict(r, node->verdict, node->verdict_span, "a query", &query->verdict);
	ok = assertion_clauses_ok(r, node->clauses) && ok;
	ok = resolve_match(r, node->clauses, &query->n_terms, &query->terms) && ok;
	if (ok)
		r->policy->query = query;
}

/* The slot of `by NAME`: a rule of the block, or one of the decisions that no rule takes. */
static bool resolve_by(struct resolver *r, const struct ast_expect *expect, const struct block *block,
		       struct test_packet *packet)
{
	const struct decl *decl;
	struct spell spell;
	struct diag *diag;
	bool may_spell;

	packet->by = expect->by.text;
	for (unsigned slot = 0; slot < SLOT_RULES; slot++) {
		if (strcmp(expect->by.text, slot_names[slot]))
			continue;
		packet->by_id = block->first_id + slot;
		return true;
	}
	decl = names_find(r, DECL_RULE, expect->by.text);
	if (decl && decl->block == block) {
		packet->by_id = decl->rule->id;
		if (decl->rule->action != ACTION_SAMPLE)
			return true;
		diag = diag_report(r->diags, CODE_BAD_EXPECT, expect->by.span, "rule '%s' samples: it never decides",
				   decl->name);
		diag_note(r->diags, diag, decl->span, "declared here");
		return false;
	}
	may_spell = names_may_spell(r);
	spell_init(&spell, expect->by.text);
	for (unsigned slot = 0; slot < SLOT_RULES; slot++)
		spell_offer(&spell, slot_names[slot]);
	for (size_t i = 0; may_spell && i < block->n_rules; i++)
		spell_offer(&spell, block->rules[i]->name);
	if (r->incomplete && !decl && !spell_best(&spell))
		return false;
	diag = diag_report(r->diags, CODE_BAD_EXPECT, expect->by.span, "block %s has no rule '%s'", block->name,
			   expect->by.text);
	if (decl)
		diag_note(r->diags, diag, decl->span, "it is a rule of %s", decl->block->name);
	else if (spell_best(&spell))
		diag_help(r->diags, diag, "did you mean '%s'?", spell_best(&spell));
	return false;
}

struct steps {
	struct test *test;
	size_t packets_room, room;
	uint64_t waited_ns;
};

static void add_step(struct resolver *r, struct steps *steps, const struct test_step *step)
{
	struct test_step *added = arena_push(r->arena, &steps->test->steps, &steps->test->n_steps, &steps->room,
					     sizeof(*added));

	*added = *step;
}

static void resolve_expect(struct resolver *r, const struct ast_node *node, struct steps *steps)
{
	struct resolve resolve = { .arena = r->arena, .sources = r->sources, .diags = r->diags };
	const struct ast_expect *expect = &node->expect;
	struct test_packet packet = { .span = node->span }, *added;
	struct test *test = steps->test;
	bool ok;

	packet.block = expect->where.span.source ? resolve_where(r, &expect->where) : test->block;
	ok = resolve_packet(&resolve, expect->packet, &packet.spec, &packet.text);
	ok = resolve_verdict(r, expect->verdict, expect->verdict_span, "'expect'", &packet.expect) && ok;
	if (!packet.block)
		return;
	if (expect->by.text)
		ok = resolve_by(r, expect, packet.block, &packet) && ok;
	if (!ok)
		return;
	add_step(r, steps, &(struct test_step){ .kind = TEST_PACKET, .packet = test->n_packets });
	added = arena_push(r->arena, &test->packets, &test->n_packets, &steps->packets_room, sizeof(*added));
	*added = packet;
}

static void resolve_add_step(struct resolver *r, const struct ast_node *node, struct steps *steps)
{
	struct test_step step = { .kind = TEST_ADD, .timeout_ns = node->add.timeout_ns };

	if (resolve_element(r, &node->add, &step.set, &step.element))
		add_step(r, steps, &step);
}

/* Clocks of engines are far from their end, and shall stay so. */
static void resolve_wait(struct resolver *r, const struct ast_node *node, struct steps *steps)
{
	if (node->number > TIMEOUT_MAX_NS - steps->waited_ns) {
		diag_report(r->diags, CODE_OUT_OF_RANGE, node->span, "a test lasts at most 365d");
		return;
	}
	steps->waited_ns += node->number;
	add_step(r, steps, &(struct test_step){ .kind = TEST_WAIT, .wait_ns = node->number });
}

static void resolve_test(struct resolver *r, const struct ast_node *node, size_t *room)
{
	struct policy *policy = r->policy;
	struct ast_name name = { .text = node->text, .span = node->text_span };
	struct test test = { .name = node->text, .span = node->span }, *added;
	struct steps steps = { .test = &test };

	names_add(r, DECL_TEST, name, node);
	test.block = resolve_where(r, &node->where);
	for (const struct ast_node *item = node->body; item; item = item->next) {
		if (item->kind == AST_EXPECT)
			resolve_expect(r, item, &steps);
		else if (item->kind == AST_WAIT)
			resolve_wait(r, item, &steps);
		else if (item->kind == AST_ADD)
			resolve_add_step(r, item, &steps);
	}
	if (!test.block)
		return;
	added = arena_push(r->arena, &policy->tests, &policy->n_tests, room, sizeof(*added));
	*added = test;
}

void resolve_tests(struct resolver *r, const struct ast_node *body)
{
	size_t test_room = 0, assert_room = 0;

	for (const struct ast_node *node = body; node; node = node->next) {
		if (node->kind == AST_ASSERT)
			resolve_assert(r, node, &assert_room);
		else if (node->kind == AST_TEST)
			resolve_test(r, node, &test_room);
	}
}
