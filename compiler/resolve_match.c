/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Clauses are a conjunction, each of them a disjunction of its alternatives: the
 * terms of a rule are the product, without the combinations that contradict
 * themselves. When none is left, the message says which two clauses do not agree.
 */
#include "resolver.h"

#include <string.h>

struct product {
	struct resolver *r;
	struct alternatives terms;
	/* The clause that left no term of the family. */
	const struct ast_clause *excluded[N_FAMILIES];
	/* Of the clause being multiplied in: two predicates that have no value in common. */
	const struct pred *left, *right;
};

static const char *const clause_words[] = {
	[AST_CLAUSE_PROTO] = "the protocol",
	[AST_CLAUSE_SERVICE] = "'service'",
	[AST_CLAUSE_FROM] = "'from'",
	[AST_CLAUSE_TO] = "'to'",
	[AST_CLAUSE_PORT] = "'port'",
	[AST_CLAUSE_FLAGS] = "'flags'",
	[AST_CLAUSE_ICMP] = "the protocol",
	[AST_CLAUSE_STATE] = "'state'",
	[AST_CLAUSE_VLAN] = "'vlan'",
	[AST_CLAUSE_DSCP] = "'dscp'",
	[AST_CLAUSE_TTL] = "'ttl'",
	[AST_CLAUSE_LENGTH] = "'length'",
	[AST_CLAUSE_FRAGMENT] = "'fragment'",
	[AST_CLAUSE_IP] = "the IP version",
	[AST_CLAUSE_ELSE] = "'else'",
	[AST_CLAUSE_LOG] = "'log'",
	[AST_CLAUSE_DETECT] = "'detect'",
	[AST_CLAUSE_COUNT] = "'count'",
	[AST_CLAUSE_SAMPLE] = "'sample'",
	[AST_CLAUSE_ADD] = "'add'",
	[AST_CLAUSE_OVERRIDES] = "'overrides'",
	[AST_CLAUSE_LINT_OFF] = "'lint-off'",
	[AST_CLAUSE_OWNER] = "'owner'",
	[AST_CLAUSE_TICKET] = "'ticket'",
	[AST_CLAUSE_NOTE] = "'note'",
	[AST_CLAUSE_EXPIRES] = "'expires'",
};

const char *clause_word(enum ast_clause_kind kind)
{
	return clause_words[kind];
}

bool clause_is_match(enum ast_clause_kind kind)
{
	return kind <= AST_CLAUSE_IP;
}

/* Protocols are said by the word or by `icmp TYPE`: one of them, once. */
static enum ast_clause_kind clause_group(const struct ast_clause *clause)
{
	return clause->kind == AST_CLAUSE_ICMP ? AST_CLAUSE_PROTO : clause->kind;
}

static bool is_plain_protocol(const struct ast_clause *clause)
{
	return clause_group(clause) == AST_CLAUSE_PROTO && clause->text && !clause->value && !clause->port;
}

static void report_repeated(struct resolver *r, const struct ast_clause *first, const struct ast_clause *second)
{
	const char *word = clause_word(second->kind);
	struct diag *diag = diag_report(r->diags, CODE_REPEATED_CLAUSE, second->span, "%s is said twice", word);

	diag_note(r->diags, diag, first->span, "first said here");
	switch (second->kind) {
	case AST_CLAUSE_PROTO:
	case AST_CLAUSE_ICMP:
		if (is_plain_protocol(first) && is_plain_protocol(second)) {
			diag_help(r->diags, diag,
				  "clauses are a conjunction; for either write 'proto { %s, %s }'", first->text,
				  second->text);
			break;
		}
		diag_help(r->diags, diag,
			  "clauses are a conjunction; what can be either needs a service, or two rules");
		break;
	case AST_CLAUSE_IP:
		diag_help(r->diags, diag, "without 'ip4' or 'ip6' a rule is about both");
		break;
	case AST_CLAUSE_SERVICE:
	case AST_CLAUSE_FLAGS:
	case AST_CLAUSE_FRAGMENT:
		diag_help(r->diags, diag, "clauses are a conjunction; what can be either needs two rules");
		break;
	default:
		diag_help(r->diags, diag, "clauses are a conjunction; for either write a list: %s { a, b }", word);
		break;
	}
}

static bool check_repeated(struct resolver *r, const struct ast_clause *clauses)
{
	const struct ast_clause *seen[AST_CLAUSE_IP + 1] = { NULL }, *port = NULL;
	bool ok = true;

	for (const struct ast_clause *clause = clauses; clause; clause = clause->next) {
		bool says_port = clause->kind == AST_CLAUSE_PORT || (clause->kind == AST_CLAUSE_TO && clause->port);

		if (!clause_is_match(clause->kind))
			continue;
		if (seen[clause_group(clause)]) {
			report_repeated(r, seen[clause_group(clause)], clause);
			ok = false;
		} else if (says_port && port) {
			struct diag *diag = diag_report(r->diags, CODE_REPEATED_CLAUSE, clause->span,
							"the destination port is said twice");

			diag_note(r->diags, diag, port->span, "first said here");
			ok = false;
		}
		seen[clause_group(clause)] = clause;
		if (says_port)
			port = clause;
	}
	return ok;
}

/* Both at once; false if nothing can meet both. The place is that of `a`. */
static bool join_preds(struct resolver *r, const struct pred *a, const struct pred *b, struct pred *out)
{
	*out = *a;
	switch (a->kind) {
	case PRED_RANGES:
		out->ranges = rangeset_intersect(r->arena, a->ranges, b->ranges);
		return out->ranges->n;
	case PRED_BITS:
		out->bits |= b->bits;
		out->mask |= b->mask;
		return !((a->bits ^ b->bits) & a->mask & b->mask);
	case PRED_MEMBER:
		return a->negated == b->negated;
	case PRED_STATE:
		out->states &= b->states;
		return out->states;
	}
	return false;
}

static bool join_terms(struct product *product, const struct term *a, const struct term *b, struct term *out)
{
	size_t i = 0, j = 0;

	out->family = a->family;
	out->n = 0;
	out->preds = ARENA_ARRAY(product->r->arena, struct pred, a->n + b->n);
	while (i < a->n || j < b->n) {
		int order = j == b->n ? -1 : i == a->n ? 1 : pred_compare(&a->preds[i], &b->preds[j]);

		if (order < 0) {
			out->preds[out->n++] = a->preds[i++];
		} else if (order > 0) {
			out->preds[out->n++] = b->preds[j++];
		} else {
			if (!join_preds(product->r, &a->preds[i], &b->preds[j], &out->preds[out->n])) {
				product->left = &a->preds[i];
				product->right = &b->preds[j];
				return false;
			}
			out->n++;
			i++;
			j++;
		}
	}
	return true;
}

static bool has_family(const struct alternatives *alternatives, enum family family)
{
	for (size_t i = 0; i < alternatives->n; i++)
		if (alternatives->terms[i].family == family)
			return true;
	return false;
}

static bool before(struct span a, struct span b)
{
	return a.source == b.source && a.begin < b.begin;
}

/* What a packet must have for a field to be there, as help for those who asked for two things at once. */
static const char *why_not(const struct ast_clause *clause)
{
	switch (clause->kind) {
	case AST_CLAUSE_PORT:
		return "only tcp, udp and sctp have ports";
	case AST_CLAUSE_FROM:
	case AST_CLAUSE_TO:
		return clause->port ? "only tcp, udp and sctp have ports" : NULL;
	case AST_CLAUSE_FLAGS:
		return "only tcp has flags";
	default:
		return NULL;
	}
}

static void report_pair(struct resolver *r, struct span a, struct span b, const char *help)
{
	struct span first = before(a, b) ? a : b, second = before(a, b) ? b : a;
	struct diag *diag = diag_report(r->diags, CODE_IMPOSSIBLE_MATCH, second, "no packet can meet '%s' and '%s'",
					span_words(r->arena, first), span_words(r->arena, second));

	diag_note(r->diags, diag, first, "this is the clause it contradicts");
	if (help)
		diag_help(r->diags, diag, "%s", help);
}

/* No term is left after `next`: two values exclude each other, or the IP versions do. */
static void report_impossible(struct product *product, const struct alternatives *next)
{
	static const char *const only[N_FAMILIES] = { "is for IPv4 only", "is for IPv6 only" };
	struct resolver *r = product->r;

	if (product->left) {
		report_pair(r, product->left->span, product->right->span, why_not(next->clause));
		return;
	}
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct ast_clause *first = product->excluded[f], *second = next->clause;
		bool swap = first && before(second->span, first->span);
		enum family of_second = f;
		struct diag *diag;

		if (!first || !has_family(next, f))
			continue;
		if (swap) {
			first = next->clause;
			second = product->excluded[f];
			of_second = f == FAMILY_V4 ? FAMILY_V6 : FAMILY_V4;
		}
		diag = diag_report(r->diags, CODE_IMPOSSIBLE_MATCH, second->span, "no packet can match: '%s' %s",
				   span_words(r->arena, second->span), only[of_second]);
		diag_note(r->diags, diag, first->span, "'%s' %s", span_words(r->arena, first->span),
			  only[of_second == FAMILY_V4 ? FAMILY_V6 : FAMILY_V4]);
		return;
	}
}

/* Multiplies the alternatives of one more clause in. */
static bool multiply(struct product *product, const struct alternatives *next)
{
	struct alternatives result = { 0 };

	product->left = NULL;
	for (size_t i = 0; i < product->terms.n; i++) {
		for (size_t j = 0; j < next->n; j++) {
			struct term term;

			if (product->terms.terms[i].family != next->terms[j].family ||
			    !join_terms(product, &product->terms.terms[i], &next->terms[j], &term))
				continue;
			if (result.n == TERMS_MAX) {
				diag_report(product->r->diags, CODE_TOO_MANY_TERMS, next->clause->span,
					    "with this clause the rule has more than %d alternatives", TERMS_MAX);
				return false;
			}
			alternatives_add(product->r, &result, &term);
		}
	}
	if (!result.n) {
		report_impossible(product, next);
		return false;
	}
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (has_family(&product->terms, f) && !has_family(&result, f))
			product->excluded[f] = next->clause;
	product->terms = result;
	return true;
}

/* A predicate that a later fragment cannot meet, if the term asks for one. */
static const struct pred *not_in_fragment(const struct term *term, const struct pred **fragment)
{
	const struct pred *needs = NULL;

	*fragment = NULL;
	for (size_t i = 0; i < term->n; i++) {
		const struct pred *pred = &term->preds[i];

		if (pred->kind == PRED_STATE)
			continue;
		if (pred->field == FIELD_FRAGMENT && pred->kind == PRED_RANGES && pred->ranges->ranges[0].lo == 2)
			*fragment = pred;
		if (field_table[pred->field].needs > FIELD_NEEDS_NET)
			needs = pred;
	}
	return *fragment ? needs : NULL;
}

static bool drop_headerless(struct product *product)
{
	const struct pred *fragment, *needs, *last_fragment = NULL, *last_needs = NULL;
	struct alternatives kept = { 0 };

	for (size_t i = 0; i < product->terms.n; i++) {
		needs = not_in_fragment(&product->terms.terms[i], &fragment);
		if (!needs) {
			alternatives_add(product->r, &kept, &product->terms.terms[i]);
			continue;
		}
		last_fragment = fragment;
		last_needs = needs;
	}
	product->terms = kept;
	if (kept.n)
		return true;
	report_pair(product->r, last_fragment->span, last_needs->span,
		    "later fragments have no ports, flags or ICMP types; the first has: 'fragment first'");
	return false;
}

/* Protocols first, so that what a port or a flag implies is seen against what was said. */
static unsigned clause_rank(enum ast_clause_kind kind)
{
	switch (kind) {
	case AST_CLAUSE_IP:
		return 0;
	case AST_CLAUSE_PROTO:
	case AST_CLAUSE_ICMP:
		return 1;
	case AST_CLAUSE_SERVICE:
		return 2;
	default:
		return 3;
	}
}

bool resolve_match(struct resolver *r, const struct ast_clause *clauses, size_t *n_terms, struct term **terms)
{
	struct product product = { .r = r };
	struct alternatives each[AST_CLAUSE_IP + 1];
	size_t n = 0, n_kept = 0;
	bool ok = check_repeated(r, clauses);

	*n_terms = 0;
	*terms = NULL;
	for (const struct ast_clause *clause = clauses; clause; clause = clause->next) {
		struct alternatives alternatives;

		if (!clause_is_match(clause->kind))
			continue;
		if (!resolve_clause(r, clause, &alternatives))
			ok = false;
		else if (ok)
			each[n++] = alternatives;
	}
	if (!ok)
		return false;

	for (unsigned f = 0; f < N_FAMILIES; f++)
		alternatives_add(r, &product.terms, &(struct term){ .family = f });
	for (unsigned rank = 0; rank <= 3; rank++)
		for (size_t i = 0; i < n; i++)
			if (clause_rank(each[i].clause->kind) == rank && !multiply(&product, &each[i]))
				return false;
	if (!drop_headerless(&product))
		return false;

	*terms = ARENA_ARRAY(r->arena, struct term, product.terms.n);
	for (unsigned f = 0; f < N_FAMILIES; f++)
		for (size_t i = 0; i < product.terms.n; i++)
			if (product.terms.terms[i].family == f)
				(*terms)[n_kept++] = product.terms.terms[i];
	*n_terms = n_kept;
	return true;
}
