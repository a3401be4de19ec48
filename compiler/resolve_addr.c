/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Address operands. What is known to the compiler is computed into one set of
 * ranges per IP version; memberships in run-time sets stay conditions, so that an
 * operand with such sets in it becomes a disjunction of conjunctions.
 */
#include "resolver.h"

#include <string.h>

/* Static addresses */

/* The network and the address that a prefix with host bits may have meant. */
static bool prefix_ok(struct resolver *r, const struct ast_expr *expr)
{
	unsigned bits = family_bits(expr->family);
	char given[ADDRESS_TEXT], network[ADDRESS_TEXT];
	struct diag *diag;
	u128 host;

	if (expr->prefix > bits) {
		diag_report(r->diags, CODE_OUT_OF_RANGE, expr->span,
			    "prefix length %u is out of range: the highest is %u", expr->prefix, bits);
		return false;
	}
	host = u128_ones(bits - expr->prefix);
	if (!(expr->value & host))
		return true;
	address_format(expr->family, expr->value, given);
	address_format(expr->family, expr->value & ~host, network);
	diag = diag_report(r->diags, CODE_HOST_BITS, expr->span, "'%s/%u' has bits set beyond the prefix length", given,
			   expr->prefix);
	diag_help(r->diags, diag, "write '%s/%u' for the network or '%s' for the one address", network, expr->prefix,
		  given);
	return false;
}

static bool address_range(struct resolver *r, const struct ast_expr *expr, struct valueset *out)
{
	const struct ast_expr *lo = expr->left, *hi = expr->right;
	char first[ADDRESS_TEXT], last[ADDRESS_TEXT];
	struct diag *diag;

	if (lo->kind != AST_EXPR_ADDRESS || hi->kind != AST_EXPR_ADDRESS || lo->has_prefix || hi->has_prefix) {
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span,
			    "a range of addresses is between two plain addresses");
		return false;
	}
	if (lo->family != hi->family) {
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span,
			    "a range cannot lead from one IP version to the other");
		return false;
	}
	if (lo->value > hi->value) {
		diag = diag_report(r->diags, CODE_REVERSED_RANGE, expr->span, "the range ends before it begins");
		diag_help(r->diags, diag, "write %s-%s", address_format(hi->family, hi->value, first),
			  address_format(lo->family, lo->value, last));
		return false;
	}
	values_single(r, 1u << lo->family, lo->value, hi->value, out);
	return true;
}

/* Groups are names with a declaration, but without a meaning yet. */
static bool refuse_group(struct resolver *r, const struct ast_expr *expr)
{
	struct diag *diag;

	if (!names_need(r, DECL_GROUP, expr->text, expr->span))
		return false;
	diag = diag_report(r->diags, CODE_UNSUPPORTED_GROUP, expr->span,
			   "groups of labels get their meaning with inventories, which do not exist yet");
	diag_help(r->diags, diag, "use a net for addresses that are known, a set for those that change");
	return false;
}

static bool address_leaf(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
			 struct valueset *out)
{
	switch (expr->kind) {
	case AST_EXPR_ADDRESS:
		if (!prefix_ok(r, expr))
			return false;
		values_single(r, 1u << expr->family, expr->value,
			      expr->value | u128_ones(family_bits(expr->family) - expr->prefix), out);
		return true;
	case AST_EXPR_RANGE:
		return address_range(r, expr, out);
	case AST_EXPR_NAME:
		return net_values(r, expr->text, expr->span, out);
	case AST_EXPR_STRING:
		return resolve_list(r, expr, out);
	case AST_EXPR_GROUP:
		return refuse_group(r, expr);
	case AST_EXPR_SET:
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span,
			    "'@%s' changes at run time and cannot be part of a net, which is compiled in", expr->text);
		return false;
	default:
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span, "'%s' is no address",
			    span_words(r->arena, expr->span));
		return false;
	}
}

const struct value_kind address_values = {
	.noun = "address", .nouns = "addresses", .bits = { 32, 128 }, .leaf = address_leaf,
};

/* Run-time sets */

const struct set *resolve_address_set(struct resolver *r, const char *name, struct span span)
{
	struct decl *decl = names_need(r, DECL_SET, name, span);
	struct diag *diag;

	if (!decl || decl->progress == DECL_BAD)
		return NULL;
	/* Tuples begin with an address: see declare_set. */
	if (decl->set->types[0] == AST_SET_ADDR || decl->set->types[0] == AST_SET_NET)
		return decl->set;
	diag = diag_report(r->diags, CODE_BAD_SET, span, "the elements of '@%s' are no addresses", name);
	diag_note(r->diags, diag, decl->span,
		  "only a set of type addr or net, or of tuples that begin with addr, can be used here");
	return NULL;
}

static bool has_set(const struct ast_expr *expr, unsigned depth)
{
	/* Too deep is reported by whoever resolves it. */
	if (depth > NESTING_MAX)
		return false;
	switch (expr->kind) {
	case AST_EXPR_SET:
		return true;
	case AST_EXPR_NOT:
		return has_set(expr->left, depth + 1);
	case AST_EXPR_LIST:
		for (const struct ast_expr *item = expr->items; item; item = item->next)
			if (has_set(item, depth + 1))
				return true;
		return false;
	case AST_EXPR_AND:
	case AST_EXPR_OR:
		for (const struct ast_expr *e = expr;; e = e->left) {
			if (e->kind != expr->kind)
				return has_set(e, depth + 1);
			if (has_set(e->right, depth + 1))
				return true;
		}
	default:
		return false;
	}
}

/* The IP versions that an operand speaks of: see struct valueset. */
static unsigned expr_families(const struct ast_expr *expr, unsigned depth)
{
	unsigned families;

	if (depth > NESTING_MAX)
		return IN_BOTH;
	switch (expr->kind) {
	case AST_EXPR_ADDRESS:
		return 1u << expr->family;
	case AST_EXPR_RANGE:
		return expr_families(expr->left, depth + 1);
	case AST_EXPR_NOT:
		return expr_families(expr->left, depth + 1);
	case AST_EXPR_LIST:
		families = 0;
		for (const struct ast_expr *item = expr->items; item; item = item->next)
			families |= expr_families(item, depth + 1);
		return families;
	case AST_EXPR_AND:
	case AST_EXPR_OR:
		families = expr->kind == AST_EXPR_AND ? IN_BOTH : 0;
		for (const struct ast_expr *e = expr;; e = e->left) {
			unsigned operand = expr_families(e->kind == expr->kind ? e->right : e, depth + 1);

			families = expr->kind == AST_EXPR_AND ? families & operand : families | operand;
			if (e->kind != expr->kind)
				return families;
		}
	default:
		return IN_BOTH;
	}
}

static bool same_members(const struct conj *a, const struct conj *b)
{
	if (a->n_members != b->n_members)
		return false;
	for (size_t i = 0; i < a->n_members; i++)
		if (a->members[i].set != b->members[i].set || a->members[i].negated != b->members[i].negated)
			return false;
	return true;
}

/* One more alternative; joined to one with the same memberships, for they differ in addresses only. */
static bool dnf_add(struct resolver *r, struct dnf *dnf, const struct conj *conj, struct span span)
{
	struct conj *added;

	if (!conj->ranges[FAMILY_V4]->n && !conj->ranges[FAMILY_V6]->n)
		return true;
	for (size_t i = 0; i < dnf->n; i++) {
		struct conj *old = &dnf->conjs[i];

		if (!same_members(old, conj))
			continue;
		for (unsigned f = 0; f < N_FAMILIES; f++)
			old->ranges[f] = rangeset_union(r->arena, old->ranges[f], conj->ranges[f]);
		return true;
	}
	if (dnf->n == TERMS_MAX) {
		diag_report(r->diags, CODE_TOO_MANY_TERMS, span,
			    "with the run-time sets in it this has more than %d alternatives", TERMS_MAX);
		return false;
	}
	added = arena_push(r->arena, &dnf->conjs, &dnf->n, &dnf->room, sizeof(*added));
	*added = *conj;
	return true;
}

/* Both memberships, sorted; false if they exclude each other. */
static bool join_members(struct resolver *r, const struct conj *a, const struct conj *b, struct conj *out)
{
	size_t i = 0, j = 0;

	out->members = ARENA_ARRAY(r->arena, struct member, a->n_members + b->n_members);
	while (i < a->n_members || j < b->n_members) {
		const struct member *x = i < a->n_members ? &a->members[i] : NULL;
		const struct member *y = j < b->n_members ? &b->members[j] : NULL;

		if (x && y && x->set == y->set) {
			if (x->negated != y->negated)
				return false;
			j++;
		}
		if (x && (!y || x->set->id <= y->set->id)) {
			out->members[out->n_members++] = *x;
			i++;
		} else {
			out->members[out->n_members++] = *y;
			j++;
		}
	}
	return true;
}

static bool dnf_product(struct resolver *r, const struct dnf *a, const struct dnf *b, struct span span, struct dnf *out)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t j = 0; j < b->n; j++) {
			struct conj both = { .n_members = 0 };

			if (!join_members(r, &a->conjs[i], &b->conjs[j], &both))
				continue;
			for (unsigned f = 0; f < N_FAMILIES; f++)
				both.ranges[f] = rangeset_intersect(r->arena, a->conjs[i].ranges[f],
								    b->conjs[j].ranges[f]);
			if (!dnf_add(r, out, &both, span))
				return false;
		}
	}
	return true;
}

static void conj_from_values(const struct valueset *values, struct conj *conj)
{
	memset(conj, 0, sizeof(*conj));
	for (unsigned f = 0; f < N_FAMILIES; f++)
		conj->ranges[f] = values->ranges[f];
}

static void conj_full(struct resolver *r, unsigned families, struct conj *conj)
{
	struct valueset values;

	values_full(r, &address_values, families, &values);
	conj_from_values(&values, conj);
}

/* The plain complement: all addresses of both versions but these. */
static void complement(struct resolver *r, struct valueset *values)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		values->ranges[f] = rangeset_complement(r->arena, values->ranges[f], address_values.bits[f]);
}

/* Of an operand without sets. */
static bool dnf_static(struct resolver *r, const struct ast_expr *expr, bool negate, struct dnf *out)
{
	struct valueset values;
	struct conj conj;

	if (!resolve_values(r, &address_values, expr, &values))
		return false;
	if (negate)
		complement(r, &values);
	conj_from_values(&values, &conj);
	return dnf_add(r, out, &conj, expr->span);
}

static bool resolve_dnf(struct resolver *r, const struct ast_expr *expr, bool negate, struct dnf *out);

/*
 * `not X` is what X's IP versions have outside of X. Its own plain complement is
 * therefore X, and all of the versions that X does not speak of.
 */
static bool dnf_not(struct resolver *r, const struct ast_expr *expr, bool negate, struct dnf *out)
{
	unsigned families = expr_families(expr->left, 0);
	struct dnf left = { 0 }, universe = { 0 };
	struct conj conj;

	if (negate) {
		if (!resolve_dnf(r, expr->left, false, out))
			return false;
		conj_full(r, IN_BOTH & ~families, &conj);
		return dnf_add(r, out, &conj, expr->span);
	}
	if (!resolve_dnf(r, expr->left, true, &left))
		return false;
	conj_full(r, families, &conj);
	return dnf_add(r, &universe, &conj, expr->span) && dnf_product(r, &universe, &left, expr->span, out);
}

/*
 * Lists and chains of one operator. The operands without sets are computed at once
 * and make one alternative, or one condition of all; a list may have thousands.
 */
static bool dnf_operands(struct resolver *r, const struct ast_expr *expr, bool negate, struct dnf *out)
{
	bool is_and = expr->kind == AST_EXPR_AND, conjunction = is_and != negate, ok = list_has_no_not(r, expr);
	const struct ast_expr **operands, **fixed;
	struct dnf all = { 0 };
	struct conj conj;
	size_t n, n_fixed = 0;

	operands = expr_operands(r->arena, expr, &n);
	fixed = ARENA_ARRAY(r->arena, const struct ast_expr *, n);
	for (size_t i = 0; i < n; i++)
		if (!has_set(operands[i], 0))
			fixed[n_fixed++] = operands[i];
	conj_full(r, IN_BOTH, &conj);
	if (n_fixed) {
		struct valueset values;

		ok = (is_and ? values_all : values_any)(r, &address_values, fixed, n_fixed, &values) && ok;
		if (negate)
			complement(r, &values);
		conj_from_values(&values, &conj);
	}
	if (n_fixed || conjunction)
		ok = dnf_add(r, conjunction ? &all : out, &conj, expr->span) && ok;
	for (size_t i = 0; i < n; i++) {
		struct dnf operand = { 0 }, both = { 0 };

		if (!has_set(operands[i], 0))
			continue;
		if (!conjunction) {
			ok = resolve_dnf(r, operands[i], negate, out) && ok;
			continue;
		}
		ok = resolve_dnf(r, operands[i], negate, &operand) && ok;
		ok = ok && dnf_product(r, &all, &operand, expr->span, &both);
		all = both;
	}
	for (size_t i = 0; i < all.n; i++)
		ok = ok && dnf_add(r, out, &all.conjs[i], expr->span);
	return ok;
}

static bool dnf_member(struct resolver *r, const struct ast_expr *expr, bool negate, struct dnf *out)
{
	const struct set *set = resolve_address_set(r, expr->text, expr->span);
	struct conj conj;

	if (!set)
		return false;
	conj_full(r, IN_BOTH, &conj);
	conj.n_members = 1;
	conj.members = ARENA_NEW(r->arena, struct member);
	*conj.members = (struct member){ .set = set, .negated = negate, .span = expr->span };
	return dnf_add(r, out, &conj, expr->span);
}

static bool resolve_dnf_expr(struct resolver *r, const struct ast_expr *expr, bool negate, struct dnf *out)
{
	if (!has_set(expr, 0))
		return dnf_static(r, expr, negate, out);
	switch (expr->kind) {
	case AST_EXPR_SET:
		return dnf_member(r, expr, negate, out);
	case AST_EXPR_NOT:
		return dnf_not(r, expr, negate, out);
	default:
		return dnf_operands(r, expr, negate, out);
	}
}

/* Adds the alternatives of `expr`, or of its plain complement, to `out`. */
static bool resolve_dnf(struct resolver *r, const struct ast_expr *expr, bool negate, struct dnf *out)
{
	bool ok;

	if (!nesting_enter(r, expr->span))
		return false;
	ok = resolve_dnf_expr(r, expr, negate, out);
	nesting_leave(r);
	return ok;
}

bool resolve_addresses(struct resolver *r, const struct ast_expr *expr, struct dnf *out)
{
	memset(out, 0, sizeof(*out));
	if (!resolve_dnf(r, expr, false, out))
		return false;
	if (out->n)
		return true;
	diag_report(r->diags, CODE_EMPTY_MATCH, expr->span, "no address is left in '%s'",
		    span_words(r->arena, expr->span));
	return false;
}
