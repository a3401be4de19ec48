/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Constructors of statements. */
#include "build.h"
#include "spell.h"

#include <string.h>

struct ast_node *build_node(struct parser *parser, enum ast_kind kind, struct span span)
{
	struct ast_node *node = ARENA_NEW(parser->arena, struct ast_node);

	node->kind = kind;
	node->span = span;
	return node;
}

struct ast_node *build_text(struct parser *parser, enum ast_kind kind, struct ast_name text, struct span span)
{
	struct ast_node *node = build_node(parser, kind, span);

	node->text = text.text;
	node->text_span = text.span;
	return node;
}

struct ast_node *build_named(struct parser *parser, enum ast_kind kind, struct ast_name name, struct ast_expr *value,
			     struct span span)
{
	struct ast_node *node = build_node(parser, kind, span);

	node->name = name;
	node->value = value;
	return node;
}

struct ast_node *build_named_text(struct parser *parser, enum ast_kind kind, struct ast_name name, struct ast_name text,
				  struct span span)
{
	struct ast_node *node = build_text(parser, kind, text, span);

	node->name = name;
	return node;
}

struct ast_node *build_group(struct parser *parser, struct ast_name name, struct pieces labels, struct span span)
{
	struct ast_name text = {
		.text = arena_printf(parser->arena, "label %s", build_joined(parser, labels)),
		.span = labels.span,
	};

	return build_named_text(parser, AST_GROUP, name, text, span);
}

struct ast_node *build_set(struct parser *parser, struct ast_name name, struct ast_set set, struct span span)
{
	struct ast_node *node = build_named(parser, AST_SET, name, NULL, span);

	node->set = set;
	return node;
}

struct ast_set build_set_type(struct parser *parser, struct ast_set set, enum ast_set_type type, struct span span)
{
	size_t room = sizeof(set.types) / sizeof(set.types[0]);

	if (set.n_types == room)
		diag_report(parser->diags, CODE_SYNTAX, span, "the elements of a set have at most %zu parts", room);
	else
		set.types[set.n_types++] = type;
	return set;
}

static void refuse_twice(struct parser *parser, bool given, const char *option, struct span span)
{
	if (given)
		diag_report(parser->diags, CODE_TWICE, span, "'%s' is given twice", option);
}

struct ast_set build_set_max(struct parser *parser, struct ast_set set, uint64_t max, struct span span)
{
	refuse_twice(parser, set.has_max, "max", span);
	set.has_max = true;
	set.max = max;
	return set;
}

struct ast_set build_set_timeout(struct parser *parser, struct ast_set set, uint64_t timeout_ns, struct span span)
{
	refuse_twice(parser, set.has_timeout, "timeout", span);
	set.has_timeout = true;
	set.timeout_ns = timeout_ns;
	return set;
}

struct ast_set build_set_from(struct parser *parser, struct ast_set set, struct ast_name file, struct span span)
{
	refuse_twice(parser, set.from.text, "from", span);
	set.from = file;
	return set;
}

struct ast_node *build_lint(struct parser *parser, struct ast_name finding, struct ast_name severity, struct span span)
{
	static const char *const words[] = { "error", "warning", "note", "off" };
	struct ast_node *node = build_named_text(parser, AST_LINT, finding, severity, span);
	struct spell spell;
	struct diag *diag;

	spell_init(&spell, severity.text);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], severity.text))
			return node;
		spell_offer(&spell, words[i]);
	}
	diag = diag_report(parser->diags, CODE_UNKNOWN_WORD, severity.span,
			   "a finding can be an error, a warning, a note or off, not '%s'", severity.text);
	if (spell_best(&spell))
		diag_help(parser->diags, diag, "did you mean '%s'?", spell_best(&spell));
	return node;
}

struct ast_node *build_budget_item(struct parser *parser, struct ast_name name, uint64_t number, struct span span)
{
	struct ast_node *node = build_named(parser, AST_BUDGET_ITEM, name, NULL, span);

	node->number = number;
	return node;
}

struct ast_node *build_number_node(struct parser *parser, enum ast_kind kind, uint64_t number, struct span span)
{
	struct ast_node *node = build_node(parser, kind, span);

	node->number = number;
	return node;
}

struct ast_name build_words(struct parser *parser, struct ast_name first, struct ast_name second)
{
	return (struct ast_name){
		.text = arena_printf(parser->arena, "%s %s", first.text, second.text),
		.span = span_join(first.span, second.span),
	};
}

/* What the items of `states` take. Those with a time are policy.h's state_timeout_words. */
static const struct {
	const char *words;
	enum item_value value;
} states_items[] = {
	{ "max", ITEM_NUMBER },
	{ "loose", ITEM_WORD },
	{ "tcp opening", ITEM_DURATION },
	{ "tcp established", ITEM_DURATION },
	{ "tcp closing", ITEM_DURATION },
	{ "tcp closed", ITEM_DURATION },
	{ "udp opening", ITEM_DURATION },
	{ "udp established", ITEM_DURATION },
	{ "icmp", ITEM_DURATION },
	{ "other", ITEM_DURATION },
};

static void unknown_states_item(struct parser *parser, struct ast_name words)
{
	struct spell spell;
	struct diag *diag;

	diag = diag_report(parser->diags, CODE_UNKNOWN_WORD, words.span, "'states' has no %s",
			   quoted(parser, words.text, strlen(words.text)));
	spell_init(&spell, words.text);
	for (size_t i = 0; i < sizeof(states_items) / sizeof(states_items[0]); i++)
		spell_offer(&spell, states_items[i].words);
	if (spell_best(&spell))
		diag_help(parser->diags, diag, "did you mean '%s'?", spell_best(&spell));
	else
		diag_help(parser->diags, diag, "it has max, loose, tcp opening, tcp established, tcp closing, tcp closed, "
			  "udp opening, udp established, icmp and other");
}

struct ast_node *build_states_item(struct parser *parser, struct ast_name words, enum item_value value, uint64_t number,
				   struct span span)
{
	static const char *const wanted[] = {
		[ITEM_WORD] = "nothing behind it",
		[ITEM_NUMBER] = "a number",
		[ITEM_DURATION] = "a time such as 10s",
	};
	struct ast_node *node = build_number_node(parser, AST_STATES_ITEM, number, span);

	node->name = words;
	for (size_t i = 0; i < sizeof(states_items) / sizeof(states_items[0]); i++) {
		if (strcmp(states_items[i].words, words.text))
			continue;
		if (states_items[i].value != value)
			diag_report(parser->diags, CODE_SYNTAX, span, "'%s' takes %s", words.text,
				    wanted[states_items[i].value]);
		return node;
	}
	unknown_states_item(parser, words);
	return node;
}

struct ast_node *build_account_item(struct parser *parser, struct ast_name name, bool has_max, uint64_t number,
				    struct span span)
{
	struct ast_node *node = build_number_node(parser, AST_ACCOUNT_ITEM, number, span);
	struct spell spell;
	struct diag *diag;

	node->name = name;
	if (!strcmp(name.text, "traffic")) {
		if (has_max)
			diag_report(parser->diags, CODE_SYNTAX, span, "'traffic' has a fixed size, and takes no 'max'");
		return node;
	}
	if (!strcmp(name.text, "flows")) {
		/* Without a size the number is 0: one that was written is not. */
		if (has_max && !number)
			diag_report(parser->diags, CODE_OUT_OF_RANGE, span, "room for no flows at all");
		return node;
	}
	diag = diag_report(parser->diags, CODE_UNKNOWN_WORD, name.span, "'account' has no %s",
			   quoted(parser, name.text, strlen(name.text)));
	spell_init(&spell, name.text);
	spell_offer(&spell, "traffic");
	spell_offer(&spell, "flows");
	if (spell_best(&spell))
		diag_help(parser->diags, diag, "did you mean '%s'?", spell_best(&spell));
	else
		diag_help(parser->diags, diag, "it has traffic and flows");
	return node;
}

struct ast_node *build_body(struct parser *parser, enum ast_kind kind, struct node_list body, struct span open,
			    struct span span)
{
	struct ast_node *node = build_node(parser, kind, span);

	node->open = open;
	node->body = body.first;
	return node;
}

struct ast_node *build_policy(struct parser *parser, struct ast_name name, struct node_list body, struct span open,
			      struct span span)
{
	struct ast_node *node = build_body(parser, AST_POLICY, body, open, span);

	node->name = name;
	return node;
}

struct ast_node *build_block(struct parser *parser, struct ast_where where, const struct name_list *interfaces,
			     struct ast_name via, struct node_list body, struct span open, struct span span)
{
	struct ast_node *node = build_body(parser, AST_BLOCK, body, open, span);

	node->where = where;
	node->interfaces = interfaces->items;
	node->n_interfaces = (unsigned)interfaces->n;
	node->any = !interfaces->n;
	node->via = via;
	return node;
}

struct ast_node *build_rule(struct parser *parser, struct ast_name name, struct verdict verdict, struct clause_list clauses,
			    struct span span)
{
	struct ast_node *node = build_node(parser, AST_RULE, span);

	node->rule = (struct ast_rule){
		.name = name,
		.verdict = verdict.kind,
		.verdict_span = verdict.span,
		.rate = verdict.rate,
		.sample = verdict.sample,
		.sample_flow = verdict.sample_flow,
		.clauses = build_ordered(clauses),
	};
	return node;
}

struct ast_node *build_verdict(struct parser *parser, enum ast_kind kind, struct verdict verdict, struct span span)
{
	struct ast_node *node = build_node(parser, kind, span);

	node->verdict = verdict.kind;
	node->verdict_span = verdict.span;
	return node;
}

struct ast_node *build_assert(struct parser *parser, struct ast_name name, struct verdict verdict, struct ast_where where,
			      struct clause_list clauses, bool under_limits, struct span span)
{
	struct ast_node *node = build_verdict(parser, AST_ASSERT, verdict, span);

	node->name = name;
	node->where = where;
	node->clauses = clauses.first;
	node->under_limits = under_limits;
	return node;
}

struct ast_node *build_query(struct parser *parser, struct verdict verdict, struct clause_list clauses, bool under_limits,
			     struct span span)
{
	struct ast_name name = { .text = "query", .span = span };

	return build_assert(parser, name, verdict, (struct ast_where){ .span = span }, clauses, under_limits, span);
}

struct ast_node *build_test(struct parser *parser, struct ast_name text, struct ast_where where, struct node_list body,
			    struct span open, struct span span)
{
	struct ast_node *node = build_body(parser, AST_TEST, body, open, span);

	node->text = text.text;
	node->text_span = text.span;
	node->where = where;
	return node;
}

struct ast_node *build_expect(struct parser *parser, struct ast_packet *packet, struct ast_where where,
			      struct verdict verdict, struct ast_name by, struct span span)
{
	struct ast_node *node = build_node(parser, AST_EXPECT, span);

	node->expect = (struct ast_expect){
		.packet = packet,
		.where = where,
		.verdict = verdict.kind,
		.verdict_span = verdict.span,
		.by = by,
	};
	return node;
}

struct ast_node *build_add_step(struct parser *parser, const struct ast_add *add, struct span span)
{
	struct ast_node *node = build_node(parser, AST_ADD, span);

	node->add = *add;
	return node;
}

/*
 * A statement in which something was wrong (an address that is none) is left out
 * of the tree like one that did not parse: what stands in for the wrong value must
 * not be judged. One with a body stays, for the sake of what is in it.
 */
static bool is_left_out(struct parser *parser, const struct ast_node *node)
{
	size_t errors = parser->diags->count[SEVERITY_ERROR];
	bool wrong = errors > parser->errors_before;

	parser->errors_before = errors;
	return wrong && !node->open.source;
}

struct node_list build_nodes(struct parser *parser, struct node_list list, struct ast_node *node)
{
	if (is_left_out(parser, node))
		return list;
	if (list.last)
		list.last->next = node;
	else
		list.first = node;
	list.last = node;
	return list;
}

void build_top(struct parser *parser, struct ast_node *node)
{
	struct node_list nodes = { parser->file->nodes, parser->last_node };

	nodes = build_nodes(parser, nodes, node);
	parser->file->nodes = nodes.first;
	parser->last_node = nodes.last;
}

struct name_list build_names(struct parser *parser, struct name_list list, struct ast_name name)
{
	*(struct ast_name *)arena_push(parser->arena, &list.items, &list.n, &list.room, sizeof(name)) = name;
	return list;
}

struct ast_where build_where(bool egress, struct ast_name on, struct span span)
{
	return (struct ast_where){ .span = span, .egress = egress, .on = on };
}
