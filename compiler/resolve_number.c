/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Fields whose values are numbers, most of them with words of their own. */
#include "resolver.h"

#include "words.h"

#include <inttypes.h>
#include <string.h>

static bool number_in_range(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr)
{
	uint64_t most = (uint64_t)u128_ones(kind->bits[FAMILY_V4]);

	if (expr->kind != AST_EXPR_NUMBER) {
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span, "a range of %s is between two numbers", kind->nouns);
		return false;
	}
	if (expr->number <= most)
		return true;
	diag_report(r->diags, CODE_OUT_OF_RANGE, expr->span, "%s %" PRIu64 " is out of range: the highest is %" PRIu64,
		    kind->noun, expr->number, most);
	return false;
}

static bool resolve_range(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
			  struct valueset *out)
{
	uint64_t lo, hi;

	if (!number_in_range(r, kind, expr->left) || !number_in_range(r, kind, expr->right))
		return false;
	lo = expr->left->number;
	hi = expr->right->number;
	if (lo > hi) {
		struct diag *diag = diag_report(r->diags, CODE_REVERSED_RANGE, expr->span,
						"the range ends before it begins");

		diag_help(r->diags, diag, "write %" PRIu64 "-%" PRIu64, hi, lo);
		return false;
	}
	values_single(r, IN_BOTH, lo, hi, out);
	return true;
}

static bool resolve_word(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
			 struct valueset *out)
{
	struct spell spell;
	struct diag *diag;

	if (kind->word && kind->word(r, kind, expr->text, out))
		return true;
	if (!kind->word) {
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span, "'%s' is no %s: these are numbers", expr->text,
			    kind->noun);
		return false;
	}
	if (kind->families == IN_V4 || kind->families == IN_V6) {
		struct value_kind either = *kind;

		/* `icmp4 packet-too-big`: known, but of the other version. */
		either.families = IN_BOTH;
		if (kind->word(r, &either, expr->text, out)) {
			diag_report(r->diags, CODE_WRONG_TYPE, expr->span, "'%s' is a word of ICMP%s only", expr->text,
				    kind->families == IN_V4 ? "v6" : " in IPv4");
			return false;
		}
	}
	diag = diag_report(r->diags, CODE_UNKNOWN_NAME, expr->span, "'%s' is no known %s", expr->text, kind->noun);
	names_note_other_kinds(r, diag, kind == &port_values ? DECL_PORT : N_DECL_KINDS, expr->text);
	if (!names_may_spell(r))
		return false;
	spell_init(&spell, expr->text);
	kind->offer(r, kind, &spell);
	if (spell_best(&spell))
		diag_help(r->diags, diag, "did you mean '%s'?", spell_best(&spell));
	return false;
}

static bool number_leaf(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
			struct valueset *out)
{
	switch (expr->kind) {
	case AST_EXPR_NUMBER:
		if (!number_in_range(r, kind, expr))
			return false;
		values_single(r, IN_BOTH, expr->number, expr->number, out);
		return true;
	case AST_EXPR_RANGE:
		return resolve_range(r, kind, expr, out);
	case AST_EXPR_NAME:
		return resolve_word(r, kind, expr, out);
	case AST_EXPR_SET:
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span,
			    "a run-time set matches addresses only: '@%s' cannot stand for %s", expr->text,
			    kind->nouns);
		return false;
	default:
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span, "'%s' is no %s",
			    span_words(r->arena, expr->span), kind->noun);
		return false;
	}
}

/* Ports: a declared name comes before IANA's. */

static bool port_leaf(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
		      struct valueset *out)
{
	struct decl *decl = expr->kind == AST_EXPR_NAME ? names_find(r, DECL_PORT, expr->text) : NULL;
	const struct rangeset *ports;

	if (!decl)
		return number_leaf(r, kind, expr, out);
	if (!port_name_values(r, decl, expr->span, &ports))
		return false;
	out->families = IN_BOTH;
	out->ranges[FAMILY_V4] = ports;
	out->ranges[FAMILY_V6] = ports;
	return true;
}

static bool port_word(struct resolver *r, const struct value_kind *kind, const char *word, struct valueset *out)
{
	uint16_t port;

	if (!words_port(word, &port))
		return false;
	values_single(r, IN_BOTH, port, port, out);
	return true;
}

static void port_offer(struct resolver *r, const struct value_kind *kind, struct spell *spell)
{
	names_offer(r, spell, DECL_PORT);
	words_offer_ports(spell);
}

const struct value_kind port_values = {
	.noun = "port", .nouns = "ports", .bits = { 16, 16 }, .leaf = port_leaf, .word = port_word, .offer = port_offer,
};

/* Protocols: `icmp` is each IP version's own, also in a list; the others are numbers. */

static bool proto_word(struct resolver *r, const struct value_kind *kind, const char *word, struct valueset *out)
{
	struct valueset v6;
	uint8_t proto;

	if (!words_proto(word, &proto))
		return false;
	if (!strcmp(word, "icmp")) {
		values_single(r, IN_V4, proto, proto, out);
		words_proto("icmp6", &proto);
		values_single(r, IN_V6, proto, proto, &v6);
		out->families = IN_BOTH;
		out->ranges[FAMILY_V6] = v6.ranges[FAMILY_V6];
	} else if (!strcmp(word, "icmp4")) {
		values_single(r, IN_V4, proto, proto, out);
	} else if (!strcmp(word, "icmp6")) {
		values_single(r, IN_V6, proto, proto, out);
	} else {
		values_single(r, IN_BOTH, proto, proto, out);
	}
	return true;
}

static void proto_offer(struct resolver *r, const struct value_kind *kind, struct spell *spell)
{
	words_offer_protos(spell);
}

const struct value_kind proto_values = {
	.noun = "protocol", .nouns = "protocols", .bits = { 8, 8 }, .leaf = number_leaf, .word = proto_word,
	.offer = proto_offer,
};

/* ICMP: a word that only one IP version has speaks of that one. */

static bool icmp_type_word(struct resolver *r, const struct value_kind *kind, const char *word, struct valueset *out)
{
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		struct valueset one;
		uint8_t type;

		if (!(kind->families & 1u << f) || !words_icmp_type(f, word, &type))
			continue;
		values_single(r, 1u << f, type, type, &one);
		out->families |= one.families;
		out->ranges[f] = one.ranges[f];
	}
	return out->families;
}

static void icmp_type_offer(struct resolver *r, const struct value_kind *kind, struct spell *spell)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (kind->families & 1u << f)
			words_offer_icmp_types(spell, f);
}

const struct value_kind icmp_type_values = {
	.noun = "ICMP type", .nouns = "ICMP types", .bits = { 8, 8 }, .leaf = number_leaf, .word = icmp_type_word,
	.offer = icmp_type_offer, .families = IN_BOTH,
};

/* The one type of a family that the clause names; a code's word means nothing without. */
static bool single_type(const struct valueset *types, enum family family, uint8_t *type)
{
	const struct rangeset *set = types ? types->ranges[family] : NULL;

	if (!set || set->n != 1 || set->ranges[0].lo != set->ranges[0].hi)
		return false;
	*type = (uint8_t)set->ranges[0].lo;
	return true;
}

static bool icmp_code_word(struct resolver *r, const struct value_kind *kind, const char *word, struct valueset *out)
{
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		struct valueset one;
		uint8_t type, code;

		if (!(kind->families & 1u << f) || !single_type(kind->types, f, &type))
			continue;
		if (!words_icmp_code(f, type, word, &code))
			continue;
		values_single(r, 1u << f, code, code, &one);
		out->families |= one.families;
		out->ranges[f] = one.ranges[f];
	}
	return out->families;
}

static void icmp_code_offer(struct resolver *r, const struct value_kind *kind, struct spell *spell)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (kind->families & 1u << f)
			words_offer_icmp_codes(spell, f);
}

const struct value_kind icmp_code_values = {
	.noun = "code of this ICMP type", .nouns = "ICMP codes", .bits = { 8, 8 }, .leaf = number_leaf,
	.word = icmp_code_word, .offer = icmp_code_offer, .families = IN_BOTH,
};

/* States, as numbers of enum state. */

static bool state_word(struct resolver *r, const struct value_kind *kind, const char *word, struct valueset *out)
{
	for (unsigned state = 0; state < N_STATES; state++) {
		if (strcmp(word, state_names[state]))
			continue;
		values_single(r, IN_BOTH, state, state, out);
		return true;
	}
	return false;
}

static void state_offer(struct resolver *r, const struct value_kind *kind, struct spell *spell)
{
	for (unsigned state = 0; state < N_STATES; state++)
		spell_offer(spell, state_names[state]);
}

static bool state_leaf(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
		       struct valueset *out)
{
	if (expr->kind == AST_EXPR_NAME)
		return number_leaf(r, kind, expr, out);
	diag_report(r->diags, CODE_WRONG_TYPE, expr->span, "'%s' is no state: new, established, related or invalid",
		    span_words(r->arena, expr->span));
	return false;
}

/* Two bits hold the four states and nothing else, so that `not` means the others. */
const struct value_kind state_values = {
	.noun = "state", .nouns = "states", .bits = { 2, 2 }, .leaf = state_leaf, .word = state_word,
	.offer = state_offer,
};

static bool dscp_word(struct resolver *r, const struct value_kind *kind, const char *word, struct valueset *out)
{
	uint8_t dscp;

	if (!words_dscp(word, &dscp))
		return false;
	values_single(r, IN_BOTH, dscp, dscp, out);
	return true;
}

static void dscp_offer(struct resolver *r, const struct value_kind *kind, struct spell *spell)
{
	words_offer_dscp(spell);
}

const struct value_kind dscp_values = {
	.noun = "dscp", .nouns = "dscp values", .bits = { 6, 6 }, .leaf = number_leaf, .word = dscp_word,
	.offer = dscp_offer,
};

const struct value_kind vlan_values = {
	.noun = "vlan", .nouns = "vlans", .bits = { 12, 12 }, .leaf = number_leaf,
};

const struct value_kind ttl_values = {
	.noun = "ttl", .nouns = "ttls", .bits = { 8, 8 }, .leaf = number_leaf,
};

const struct value_kind length_values = {
	.noun = "length", .nouns = "lengths", .bits = { 32, 32 }, .leaf = number_leaf,
};
