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

struct ast_node *build_item(struct parser *parser, struct ast_name words, enum ast_item value, uint64_t number,
			    struct span span)
{
	struct ast_node *node = build_number_node(parser, AST_ITEM, number, span);

	node->name = words;
	node->item = value;
	return node;
}

/* Items of a statement, and what they take. */
struct known_item {
	const char *words;
	enum ast_item value;
};

/* Those with a time are policy.h's state_timeout_words. */
static const struct known_item states_items[] = {
	{ "max", AST_ITEM_NUMBER },
	{ "loose", AST_ITEM_WORD },
	{ "tcp opening", AST_ITEM_DURATION },
	{ "tcp established", AST_ITEM_DURATION },
	{ "tcp closing", AST_ITEM_DURATION },
	{ "tcp closed", AST_ITEM_DURATION },
	{ "udp opening", AST_ITEM_DURATION },
	{ "udp established", AST_ITEM_DURATION },
	{ "icmp", AST_ITEM_DURATION },
	{ "other", AST_ITEM_DURATION },
	{ NULL, AST_ITEM_WORD },
};

static const struct known_item account_items[] = {
	{ "traffic", AST_ITEM_WORD },
	{ "flows", AST_ITEM_WORD },
	{ "flows max", AST_ITEM_NUMBER },
	{ NULL, AST_ITEM_WORD },
};

static bool check_item(struct parser *parser, const char *statement, const struct known_item *known, const char *all,
		       const struct ast_node *item)
{
	static const char *const wanted[] = {
		[AST_ITEM_WORD] = "nothing behind it",
		[AST_ITEM_NUMBER] = "a number",
		[AST_ITEM_DURATION] = "a time such as 10s",
	};
	struct spell spell;
	struct diag *diag;

	spell_init(&spell, item->name.text);
	for (; known->words; known++) {
		spell_offer(&spell, known->words);
		if (strcmp(known->words, item->name.text))
			continue;
		if (known->value == item->item)
			return true;
		diag_report(parser->diags, CODE_SYNTAX, item->span, "'%s' takes %s", item->name.text, wanted[known->value]);
		return false;
	}
	diag = diag_report(parser->diags, CODE_UNKNOWN_WORD, item->name.span, "'%s' has no %s", statement,
			   quoted(parser, item->name.text, strlen(item->name.text)));
	if (spell_best(&spell))
		diag_help(parser->diags, diag, "did you mean '%s'?", spell_best(&spell));
	else
		diag_help(parser->diags, diag, "it has %s", all);
	return false;
}

struct ast_node *build_item_body(struct parser *parser, enum ast_kind kind, struct node_list items, struct span open,
			     struct span span)
{
	struct ast_node *item, **link = &items.first;

	/* What is wrong is left out, as elsewhere: it was reported. */
	for (item = items.first; item; item = item->next) {
		bool right = kind == AST_ACCOUNT ?
				     check_item(parser, "account", account_items, "traffic, flows and flows max", item) :
				     check_item(parser, "states", states_items,
						"max, loose, tcp opening, tcp established, tcp closing, tcp closed, "
						"udp opening, udp established, icmp and other", item);

		if (!right)
			continue;
		*link = item;
		link = &item->next;
	}
	*link = NULL;
	return build_body(parser, kind, items, open, span);
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
