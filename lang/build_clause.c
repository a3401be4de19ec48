/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Constructors of clauses. */
#include "build.h"

struct ast_clause *build_clause(struct parser *parser, enum ast_clause_kind kind, struct span span)
{
	struct ast_clause *clause = ARENA_NEW(parser->arena, struct ast_clause);

	clause->kind = kind;
	clause->span = span;
	return clause;
}

struct ast_clause *build_clause_text(struct parser *parser, enum ast_clause_kind kind, struct ast_name text, struct span span)
{
	struct ast_clause *clause = build_clause(parser, kind, span);

	clause->text = text.text;
	clause->text_span = text.span;
	return clause;
}

struct ast_clause *build_clause_value(struct parser *parser, enum ast_clause_kind kind, struct ast_expr *value, struct span span)
{
	struct ast_clause *clause = build_clause(parser, kind, span);

	clause->value = value;
	return clause;
}

struct ast_clause *build_clause_number(struct parser *parser, enum ast_clause_kind kind, uint64_t number, struct span span)
{
	struct ast_clause *clause = build_clause(parser, kind, span);

	clause->number = number;
	return clause;
}

struct ast_clause *build_endpoint(struct parser *parser, enum ast_clause_kind kind, struct endpoint endpoint, struct span span)
{
	struct ast_clause *clause = build_clause(parser, kind, span);

	clause->value = endpoint.address;
	clause->port = endpoint.port;
	return clause;
}

struct ast_clause *build_icmp(struct parser *parser, struct ast_name word, struct ast_expr *type, struct ast_expr *code,
			      struct span span)
{
	struct ast_clause *clause = build_clause_text(parser, AST_CLAUSE_ICMP, word, span);

	clause->value = type;
	clause->port = code;
	return clause;
}

struct ast_clause *build_flags_clause(struct parser *parser, struct flag_set set, const struct flag_set *mask, struct span span)
{
	struct ast_clause *clause = build_clause(parser, AST_CLAUSE_FLAGS, span);

	clause->flags_set = set.bits;
	clause->flags_mask = mask ? mask->bits : set.bits;
	clause->has_mask = mask;
	clause->text_span = mask ? span_join(set.span, mask->span) : set.span;
	return clause;
}

struct ast_clause *build_add(struct parser *parser, bool source, struct ast_name set, uint64_t timeout_ns, struct span span)
{
	struct ast_clause *clause = build_clause_text(parser, AST_CLAUSE_ADD, set, span);

	clause->first = source;
	clause->number = timeout_ns;
	return clause;
}

uint64_t build_for(struct parser *parser, uint64_t timeout_ns, struct span span)
{
	if (!timeout_ns)
		diag_report(parser->diags, CODE_BAD_NUMBER, span, "an element for no time would be gone at once");
	return timeout_ns;
}

struct ast_clause *build_lint_off(struct parser *parser, struct ast_name finding, struct ast_name reason, struct span span)
{
	struct ast_clause *clause = build_clause_text(parser, AST_CLAUSE_LINT_OFF, finding, span);

	clause->reason = reason.text;
	return clause;
}

#define N_RANKS 13

/* Where a clause stands in the canonical order; matches keep the order of the text. */
static unsigned rank(const struct ast_clause *clause)
{
	static const unsigned char ranks[] = {
		[AST_CLAUSE_ELSE] = 1, [AST_CLAUSE_LOG] = 2, [AST_CLAUSE_DETECT] = 3, [AST_CLAUSE_SAMPLE] = 4,
		[AST_CLAUSE_COUNT] = 5, [AST_CLAUSE_ADD] = 6, [AST_CLAUSE_OWNER] = 7, [AST_CLAUSE_TICKET] = 8,
		[AST_CLAUSE_EXPIRES] = 9, [AST_CLAUSE_NOTE] = 10, [AST_CLAUSE_OVERRIDES] = 11,
		[AST_CLAUSE_LINT_OFF] = 12,
	};

	return clause->kind < sizeof(ranks) ? ranks[clause->kind] : 0;
}

struct clause_list build_clauses(struct clause_list list, struct ast_clause *clause)
{
	if (list.last)
		list.last->next = clause;
	else
		list.first = clause;
	list.last = clause;
	return list;
}

static bool is_portless_endpoint(const struct ast_clause *clause)
{
	return (clause->kind == AST_CLAUSE_FROM || clause->kind == AST_CLAUSE_TO) && !clause->port;
}

/*
 * In `from a log port 22` the port is a clause of its own, and must not come to
 * stand behind the `from`, where it would read as the source's: it goes before it.
 */
static void detach_ports(struct ast_clause **at)
{
	struct ast_clause **endpoints = NULL, *port;

	while (*at) {
		if ((*at)->kind == AST_CLAUSE_PORT && endpoints) {
			port = *at;
			*at = port->next;
			port->next = *endpoints;
			*endpoints = port;
			endpoints = &port->next;
			continue;
		}
		if (!is_portless_endpoint(*at))
			endpoints = NULL;
		else if (!endpoints)
			endpoints = at;
		at = &(*at)->next;
	}
}

struct ast_clause *build_ordered(struct clause_list list)
{
	struct clause_list by_rank[N_RANKS] = { 0 }, ordered = { 0 };
	struct ast_clause *next;

	for (struct ast_clause *clause = list.first; clause; clause = next) {
		unsigned place = rank(clause);

		next = clause->next;
		clause->next = NULL;
		by_rank[place] = build_clauses(by_rank[place], clause);
	}
	for (unsigned i = 0; i < N_RANKS; i++) {
		if (!by_rank[i].first)
			continue;
		ordered = build_clauses(ordered, by_rank[i].first);
		ordered.last = by_rank[i].last;
	}
	detach_ports(&ordered.first);
	return ordered.first;
}
