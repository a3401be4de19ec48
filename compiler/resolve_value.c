/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Lists, `not`, `and`, `or`, `any`: the same for addresses, ports and all other fields. */
#include "resolver.h"

#include <string.h>

bool nesting_enter(struct resolver *r, struct span span)
{
	if (r->depth < NESTING_MAX) {
		r->depth++;
		return true;
	}
	diag_report(r->diags, CODE_NESTED_TOO_DEEP, span, "this is nested more than %d deep", NESTING_MAX);
	return false;
}

void nesting_leave(struct resolver *r)
{
	r->depth--;
}

static void values_none(struct resolver *r, struct valueset *out)
{
	const struct rangeset *empty = rangeset_empty(r->arena);

	out->families = 0;
	out->ranges[FAMILY_V4] = empty;
	out->ranges[FAMILY_V6] = empty;
}

void values_single(struct resolver *r, unsigned families, u128 lo, u128 hi, struct valueset *out)
{
	const struct rangeset *set = rangeset_single(r->arena, lo, hi);

	values_none(r, out);
	out->families = families;
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (families & 1u << f)
			out->ranges[f] = set;
}

void values_full(struct resolver *r, const struct value_kind *kind, unsigned families, struct valueset *out)
{
	values_none(r, out);
	out->families = families;
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (families & 1u << f)
			out->ranges[f] = rangeset_full(r->arena, kind->bits[f]);
}

bool values_empty(const struct valueset *values)
{
	return !values->ranges[FAMILY_V4]->n && !values->ranges[FAMILY_V6]->n;
}

const struct ast_expr **expr_operands(struct arena *arena, const struct ast_expr *expr, size_t *n)
{
	const struct ast_expr **operands;
	size_t count = 0;

	if (expr->kind == AST_EXPR_LIST) {
		for (const struct ast_expr *item = expr->items; item; item = item->next)
			count++;
		operands = ARENA_ARRAY(arena, const struct ast_expr *, count);
		*n = count;
		count = 0;
		for (const struct ast_expr *item = expr->items; item; item = item->next)
			operands[count++] = item;
		return operands;
	}
	/* `a or b or c` leans to the left. */
	for (const struct ast_expr *e = expr; ; e = e->left) {
		count++;
		if (e->kind != expr->kind)
			break;
	}
	operands = ARENA_ARRAY(arena, const struct ast_expr *, count);
	*n = count;
	for (const struct ast_expr *e = expr; ; e = e->left) {
		if (e->kind != expr->kind) {
			operands[0] = e;
			return operands;
		}
		operands[--count] = e->right;
	}
}

bool list_has_no_not(struct resolver *r, const struct ast_expr *list)
{
	if (list->kind != AST_EXPR_LIST || !list->items || !list->items->next)
		return true;
	for (const struct ast_expr *item = list->items; item; item = item->next) {
		struct diag *diag;

		if (item->kind != AST_EXPR_NOT)
			continue;
		diag = diag_report(r->diags, CODE_NOT_IN_LIST, item->span,
				   "a list is an alternative: with '%s' in it, it is nearly everything",
				   span_words(r->arena, item->span));
		diag_help(r->diags, diag, "write the list and '%s', joined by 'and'",
			  span_words(r->arena, item->span));
		return false;
	}
	return true;
}

/* One more set for a union. The first is kept as it is: if it stays alone, so does its name. */
static void gather(struct resolver *r, const struct rangeset *set, const struct rangeset **first, struct range_bag *bag)
{
	if (!set->n)
		return;
	if (!*first) {
		*first = set;
		return;
	}
	if (!bag->n)
		range_bag_add_set(r->arena, bag, *first);
	range_bag_add_set(r->arena, bag, set);
}

bool values_any(struct resolver *r, const struct value_kind *kind, const struct ast_expr *const *operands, size_t n,
		struct valueset *out)
{
	const struct rangeset *first[N_FAMILIES] = { NULL };
	struct range_bag bags[N_FAMILIES] = { { 0 } };
	bool ok = true;

	values_none(r, out);
	for (size_t i = 0; i < n; i++) {
		struct valueset operand;

		if (!resolve_values(r, kind, operands[i], &operand)) {
			ok = false;
			continue;
		}
		out->families |= operand.families;
		for (unsigned f = 0; f < N_FAMILIES; f++)
			gather(r, operand.ranges[f], &first[f], &bags[f]);
	}
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		if (bags[f].n)
			out->ranges[f] = rangeset_from_bag(r->arena, &bags[f]);
		else if (first[f])
			out->ranges[f] = first[f];
	}
	return ok;
}

bool values_all(struct resolver *r, const struct value_kind *kind, const struct ast_expr *const *operands, size_t n,
		struct valueset *out)
{
	bool ok = true;

	values_full(r, kind, IN_BOTH, out);
	for (size_t i = 0; i < n; i++) {
		struct valueset operand;

		if (!resolve_values(r, kind, operands[i], &operand)) {
			ok = false;
			continue;
		}
		out->families &= operand.families;
		for (unsigned f = 0; f < N_FAMILIES; f++)
			out->ranges[f] = rangeset_intersect(r->arena, out->ranges[f], operand.ranges[f]);
	}
	return ok;
}

static bool resolve_not(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
			struct valueset *out)
{
	struct valueset operand;

	if (!resolve_values(r, kind, expr->left, &operand))
		return false;
	out->families = operand.families;
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (operand.families & 1u << f)
			out->ranges[f] = rangeset_complement(r->arena, operand.ranges[f], kind->bits[f]);
	return true;
}

static bool resolve_expr(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
			 struct valueset *out)
{
	const struct ast_expr **operands;
	size_t n;

	switch (expr->kind) {
	case AST_EXPR_ANY:
		values_full(r, kind, IN_BOTH, out);
		return true;
	case AST_EXPR_LIST:
	case AST_EXPR_OR:
		operands = expr_operands(r->arena, expr, &n);
		return values_any(r, kind, operands, n, out) && list_has_no_not(r, expr);
	case AST_EXPR_AND:
		operands = expr_operands(r->arena, expr, &n);
		return values_all(r, kind, operands, n, out);
	case AST_EXPR_NOT:
		return resolve_not(r, kind, expr, out);
	default:
		return kind->leaf(r, kind, expr, out);
	}
}

bool resolve_values(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
		    struct valueset *out)
{
	bool ok;

	values_none(r, out);
	if (!nesting_enter(r, expr->span))
		return false;
	ok = resolve_expr(r, kind, expr, out);
	nesting_leave(r);
	return ok;
}

bool resolve_operand(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
		     struct valueset *out)
{
	if (!resolve_values(r, kind, expr, out))
		return false;
	if (!values_empty(out))
		return true;
	diag_report(r->diags, CODE_EMPTY_MATCH, expr->span, "no %s is left in '%s'", kind->noun,
		    span_words(r->arena, expr->span));
	return false;
}
