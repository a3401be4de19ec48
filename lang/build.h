/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Constructors of the syntax tree: one call for each action of the grammar.
 * They check what is a matter of spelling (a flag that does not exist, an address
 * that is none); what needs names or types is left to the resolver.
 */
#ifndef SENTRY_BUILD_H
#define SENTRY_BUILD_H

#include "parser.h"

/* Lists under construction. */
struct node_list { struct ast_node *first, *last; };
struct expr_list { struct ast_expr *first, *last; };
struct clause_list { struct ast_clause *first, *last; };
struct key_list { struct ast_key *first, *last; };
struct packet_key_list { struct ast_packet_key *first, *last; };

/* Text made of pieces, joined once at the end. */
struct piece {
	const char *text;
	struct piece *next;
};
struct pieces {
	struct piece *first, *last;
	struct span span;
};

/* "10mbit": a number with a unit of bits or bytes; plain numbers have neither. */
struct quantity {
	uint64_t amount;
	enum ast_rate_unit unit; /* AST_RATE_PACKETS: no unit was written */
	struct span span;
};

struct name_list {
	struct ast_name *items;
	size_t n, room;
};

struct verdict {
	enum ast_verdict kind;
	struct span span;
	struct ast_rate rate;
	uint64_t sample;
	bool sample_flow;
};

struct endpoint {
	struct ast_expr *address;
	struct ast_expr *port;
};

struct flag_set {
	uint8_t bits;
	struct span span;
};

/* expressions (build_expr.c) */
struct ast_expr *build_leaf(struct parser *parser, enum ast_expr_kind kind, const char *text, struct span span);
struct ast_expr *build_number(struct parser *parser, uint64_t number, struct span span);
struct ast_expr *build_address(struct parser *parser, struct ast_name text);
struct ast_expr *build_prefix(struct parser *parser, struct ast_name text, uint64_t length, struct span span);
struct ast_expr *build_range(struct parser *parser, struct ast_expr *low, struct ast_expr *high, struct span span);
struct ast_expr *build_list(struct parser *parser, struct expr_list items, struct span span);
struct ast_expr *build_not(struct parser *parser, struct ast_expr *operand, struct span span);
struct ast_expr *build_binary(struct parser *parser, enum ast_expr_kind kind, struct ast_expr *left, struct ast_expr *right);
struct ast_expr *build_service(struct parser *parser, struct ast_name proto, struct ast_expr *operand, struct span span);
struct expr_list build_items(struct expr_list list, struct ast_expr *item);
/* The bare comma list of `state a, b`: a single name stays one. */
struct ast_expr *build_states(struct parser *parser, struct expr_list list, struct span span);

/* flags, rates, text (build_value.c) */
struct flag_set build_flags(struct parser *parser, struct flag_set flags, struct ast_name name);
struct ast_rate build_rate(struct parser *parser, struct quantity amount, struct ast_name period, struct span span);
struct ast_rate build_burst(struct parser *parser, struct ast_rate rate, struct quantity burst, struct span span);
struct ast_rate build_per(struct parser *parser, struct ast_rate rate, struct key_list keys, struct span span);
struct ast_rate build_distinct(struct parser *parser, struct ast_rate rate, enum ast_distinct distinct, struct span span);
struct ast_rate build_rate_max(struct parser *parser, struct ast_rate rate, uint64_t max, struct span span);
struct ast_key *build_key(struct parser *parser, enum ast_key_kind kind, struct span span);
struct ast_key *build_key_prefix(struct parser *parser, struct ast_key *key, uint64_t prefix4, struct span span4);
struct ast_key *build_key_prefix6(struct parser *parser, struct ast_key *key, uint64_t prefix6, struct span span6);
struct key_list build_keys(struct key_list list, struct ast_key *key);
uint64_t build_ratio(struct parser *parser, uint64_t numerator, uint64_t denominator, struct span span);
uint64_t build_bytes(struct parser *parser, struct quantity amount);
struct pieces build_piece(struct parser *parser, struct pieces before, const char *text, struct span span);
struct pieces build_join(struct pieces a, struct pieces b);
const char *build_joined(struct parser *parser, struct pieces pieces);
const char *build_quoted(struct parser *parser, const char *text);

/* clauses (build_clause.c) */
struct ast_clause *build_clause(struct parser *parser, enum ast_clause_kind kind, struct span span);
struct ast_clause *build_clause_text(struct parser *parser, enum ast_clause_kind kind, struct ast_name text, struct span span);
struct ast_clause *build_clause_value(struct parser *parser, enum ast_clause_kind kind, struct ast_expr *value, struct span span);
struct ast_clause *build_clause_number(struct parser *parser, enum ast_clause_kind kind, uint64_t number, struct span span);
struct ast_clause *build_endpoint(struct parser *parser, enum ast_clause_kind kind, struct endpoint endpoint, struct span span);
struct ast_clause *build_icmp(struct parser *parser, struct ast_name word, struct ast_expr *type, struct ast_expr *code,
			      struct span span);
struct ast_clause *build_flags_clause(struct parser *parser, struct flag_set set, const struct flag_set *mask, struct span span);
struct ast_clause *build_add(struct parser *parser, bool source, struct ast_name set, uint64_t timeout_ns, struct span span);
/* The time of `for`, which cannot be none. */
uint64_t build_for(struct parser *parser, uint64_t timeout_ns, struct span span);
struct ast_clause *build_lint_off(struct parser *parser, struct ast_name finding, struct ast_name reason, struct span span);
struct clause_list build_clauses(struct clause_list list, struct ast_clause *clause);
/* The clauses of a rule in canonical order: see struct ast_clause. */
struct ast_clause *build_ordered(struct clause_list list);

/* statements (build_node.c) */
struct ast_node *build_node(struct parser *parser, enum ast_kind kind, struct span span);
struct ast_node *build_text(struct parser *parser, enum ast_kind kind, struct ast_name text, struct span span);
struct ast_node *build_named(struct parser *parser, enum ast_kind kind, struct ast_name name, struct ast_expr *value,
			     struct span span);
struct ast_node *build_named_text(struct parser *parser, enum ast_kind kind, struct ast_name name, struct ast_name text,
				  struct span span);
struct ast_node *build_group(struct parser *parser, struct ast_name name, struct pieces labels, struct span span);
struct ast_node *build_set(struct parser *parser, struct ast_name name, struct ast_set set, struct span span);
struct ast_set build_set_type(struct parser *parser, struct ast_set set, enum ast_set_type type, struct span span);
struct ast_set build_set_max(struct parser *parser, struct ast_set set, uint64_t max, struct span span);
struct ast_set build_set_timeout(struct parser *parser, struct ast_set set, uint64_t timeout_ns, struct span span);
struct ast_set build_set_from(struct parser *parser, struct ast_set set, struct ast_name file, struct span span);
struct ast_node *build_lint(struct parser *parser, struct ast_name finding, struct ast_name severity, struct span span);
struct ast_node *build_budget_item(struct parser *parser, struct ast_name name, uint64_t number, struct span span);
struct ast_node *build_number_node(struct parser *parser, enum ast_kind kind, uint64_t number, struct span span);
/* "tcp opening" of two words. */
struct ast_name build_words(struct parser *parser, struct ast_name first, struct ast_name second);
struct ast_node *build_item(struct parser *parser, struct ast_name words, enum ast_item value, uint64_t number,
			    struct span span);
/* Reports and leaves out what a statement of that kind does not have. */
struct ast_node *build_item_body(struct parser *parser, enum ast_kind kind, struct node_list items, struct span open,
			     struct span span);
struct ast_node *build_body(struct parser *parser, enum ast_kind kind, struct node_list body, struct span open,
			    struct span span);
struct ast_node *build_policy(struct parser *parser, struct ast_name name, struct node_list body, struct span open,
			      struct span span);
struct ast_node *build_block(struct parser *parser, struct ast_where where, const struct name_list *interfaces,
			     struct ast_name via, struct node_list body, struct span open, struct span span);
struct ast_node *build_rule(struct parser *parser, struct ast_name name, struct verdict verdict, struct clause_list clauses,
			    struct span span);
struct ast_node *build_verdict(struct parser *parser, enum ast_kind kind, struct verdict verdict, struct span span);
struct ast_node *build_assert(struct parser *parser, struct ast_name name, struct verdict verdict, struct ast_where where,
			      struct clause_list clauses, bool under_limits, struct span span);
/* An assertion without a name of its own and without a block. */
struct ast_node *build_query(struct parser *parser, struct verdict verdict, struct clause_list clauses, bool under_limits,
			     struct span span);
struct ast_node *build_test(struct parser *parser, struct ast_name text, struct ast_where where, struct node_list body,
			    struct span open, struct span span);
struct ast_node *build_expect(struct parser *parser, struct ast_packet *packet, struct ast_where where,
			      struct verdict verdict, struct ast_name by, struct span span);
struct ast_node *build_add_step(struct parser *parser, const struct ast_add *add, struct span span);
struct node_list build_nodes(struct parser *parser, struct node_list list, struct ast_node *node);
void build_top(struct parser *parser, struct ast_node *node);
struct name_list build_names(struct parser *parser, struct name_list list, struct ast_name name);
struct ast_where build_where(bool egress, struct ast_name on, struct span span);

/* packets (build_packet.c) */
struct ast_packet *build_packet(struct parser *parser, struct ast_name proto, struct endpoint src, struct endpoint dst,
				struct pieces words, struct packet_key_list keys, struct span span);
struct ast_packet *build_quoting(struct parser *parser, struct ast_packet *packet, struct ast_packet *quoted,
				 struct span span);
struct ast_name build_proto_number(struct parser *parser, uint64_t number, struct span span);
struct packet_key_list build_packet_key(struct parser *parser, struct packet_key_list list, struct ast_name name,
					struct pieces value);
const char *build_decimal(struct parser *parser, uint64_t number);

#endif
