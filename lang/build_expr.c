/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Constructors of expressions. */
#include "build.h"

#include <string.h>

struct ast_expr *build_leaf(struct parser *parser, enum ast_expr_kind kind, const char *text, struct span span)
{
	struct ast_expr *expr = ARENA_NEW(parser->arena, struct ast_expr);

	expr->kind = kind;
	expr->span = span;
	expr->text = text;
	expr->depth = 1;
	return expr;
}

/*
 * A node above `depth`. What is too deep is reported and becomes a leaf, so that
 * nobody who walks a tree needs to fear for the stack.
 */
static struct ast_expr *build_inner(struct parser *parser, enum ast_expr_kind kind, unsigned depth, struct span span)
{
	struct ast_expr *expr;

	if (depth >= AST_DEPTH_MAX) {
		/* A long chain of operators comes here again and again: one message for it. */
		if (!parser->deep.source || parser->deep.begin != span.begin)
			diag_report(parser->diags, CODE_TOO_DEEP, span, "this expression is more than %d levels deep",
				    AST_DEPTH_MAX);
		parser->deep = span;
		return build_leaf(parser, AST_EXPR_ANY, NULL, span);
	}
	expr = build_leaf(parser, kind, NULL, span);
	expr->depth = depth + 1;
	return expr;
}

struct ast_expr *build_number(struct parser *parser, uint64_t number, struct span span)
{
	struct ast_expr *expr = build_leaf(parser, AST_EXPR_NUMBER, NULL, span);

	expr->number = number;
	return expr;
}

struct ast_expr *build_address(struct parser *parser, struct ast_name text)
{
	struct ast_expr *expr = build_leaf(parser, AST_EXPR_ADDRESS, NULL, text.span);
	size_t length = strlen(text.text);

	if (!address_parse(text.text, length, &expr->family, &expr->value)) {
		struct diag *diag = diag_report(parser->diags, CODE_BAD_ADDRESS, text.span, "%s is not an address",
						quoted(parser, text.text, length));

		if (strchr(text.text, '%'))
			diag_help(parser->diags, diag, "an address in a policy has no zone");
		else if (strchr(text.text, ':'))
			diag_help(parser->diags, diag, "eight groups of up to four hex digits, or fewer with one '::'");
		else
			diag_help(parser->diags, diag, "four numbers from 0 to 255, without leading zeros");
	}
	expr->prefix = family_bits(expr->family);
	return expr;
}

struct ast_expr *build_prefix(struct parser *parser, struct ast_name text, uint64_t length, struct span span)
{
	struct ast_expr *expr = build_address(parser, text);

	expr->span = span;
	expr->has_prefix = true;
	if (length > family_bits(expr->family))
		diag_report(parser->diags, CODE_BAD_ADDRESS, span, "the prefix length of an IPv%d address is at most %u",
			    expr->family == FAMILY_V4 ? 4 : 6, family_bits(expr->family));
	else
		expr->prefix = (unsigned)length;
	return expr;
}

struct ast_expr *build_range(struct parser *parser, struct ast_expr *low, struct ast_expr *high, struct span span)
{
	struct ast_expr *expr = build_inner(parser, AST_EXPR_RANGE, 1, span);

	expr->left = low;
	expr->right = high;
	return expr;
}

struct ast_expr *build_list(struct parser *parser, struct expr_list items, struct span span)
{
	struct ast_expr *expr;
	unsigned depth = 0;

	for (const struct ast_expr *item = items.first; item; item = item->next)
		if (item->depth > depth)
			depth = item->depth;
	expr = build_inner(parser, AST_EXPR_LIST, depth, span);
	if (expr->kind == AST_EXPR_LIST)
		expr->items = items.first;
	return expr;
}

struct ast_expr *build_not(struct parser *parser, struct ast_expr *operand, struct span span)
{
	struct ast_expr *expr = build_inner(parser, AST_EXPR_NOT, operand->depth, span);

	if (expr->kind == AST_EXPR_NOT)
		expr->left = operand;
	return expr;
}

struct ast_expr *build_binary(struct parser *parser, enum ast_expr_kind kind, struct ast_expr *left, struct ast_expr *right)
{
	unsigned depth = left->depth > right->depth ? left->depth : right->depth;
	struct ast_expr *expr = build_inner(parser, kind, depth, span_join(left->span, right->span));

	if (expr->kind == kind) {
		expr->left = left;
		expr->right = right;
	}
	return expr;
}

struct ast_expr *build_service(struct parser *parser, struct ast_name proto, struct ast_expr *operand, struct span span)
{
	struct ast_expr *expr = build_inner(parser, AST_EXPR_SERVICE, operand ? operand->depth : 0, span);

	expr->text = proto.text;
	expr->left = operand;
	return expr;
}

struct expr_list build_items(struct expr_list list, struct ast_expr *item)
{
	if (list.last)
		list.last->next = item;
	else
		list.first = item;
	list.last = item;
	return list;
}

struct ast_expr *build_states(struct parser *parser, struct expr_list list, struct span span)
{
	return list.first == list.last ? list.first : build_list(parser, list, span);
}
