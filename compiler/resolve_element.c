/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Elements of run-time sets, as tests add them: of the types that the set declares. */
#include "resolver.h"

#include "ip_proto.h"
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_type(const struct set *set, enum ast_set_type type)
{
	for (unsigned i = 0; i < set->n_types; i++)
		if (set->types[i] == type)
			return true;
	return false;
}

/* Is a part written if and only if the set's elements have it? */
static bool part_ok(struct resolver *r, const struct set *set, bool has, bool written, const char *word,
		    struct span span)
{
	struct diag *diag;

	if (has == written)
		return true;
	diag = diag_report(r->diags, CODE_BAD_SET, span, "the elements of '@%s' have %s %s", set->name,
			   has ? "a" : "no", word);
	diag_note(r->diags, diag, set->span, "declared here");
	if (has)
		diag_help(r->diags, diag, "write '%s %s' behind the address", word, strcmp(word, "port") ? "udp" : "53");
	return false;
}

static bool element_address(struct resolver *r, const struct set *set, const struct ast_expr *expr,
			    struct set_element *element)
{
	struct valueset checked;
	struct diag *diag;

	/* Reports a prefix that is too long, and bits behind it. */
	if (!address_values.leaf(r, &address_values, expr, &checked))
		return false;
	element->family = expr->family;
	element->address = expr->value;
	element->prefix = expr->prefix;
	if (!expr->has_prefix || set->types[0] == AST_SET_NET)
		return true;
	diag = diag_report(r->diags, CODE_BAD_SET, expr->span, "'@%s' holds single addresses, no prefixes", set->name);
	diag_note(r->diags, diag, set->span, "declared here");
	return false;
}

static bool element_port(struct resolver *r, const struct ast_expr *expr, struct set_element *element)
{
	struct diag *diag;
	struct spell spell;

	if (expr->kind == AST_EXPR_NUMBER && expr->number <= UINT16_MAX) {
		element->port = (uint16_t)expr->number;
		return true;
	}
	if (expr->kind == AST_EXPR_NUMBER) {
		diag_report(r->diags, CODE_OUT_OF_RANGE, expr->span,
			    "port %" PRIu64 " is out of range: the highest is 65535", expr->number);
		return false;
	}
	if (words_port(expr->text, &element->port))
		return true;
	diag = diag_report(r->diags, CODE_UNKNOWN_NAME, expr->span,
			   "'%s' is no port: an element takes a number or an IANA name", expr->text);
	spell_init(&spell, expr->text);
	words_offer_ports(&spell);
	if (spell_best(&spell))
		diag_help(r->diags, diag, "did you mean '%s'?", spell_best(&spell));
	return false;
}

static bool element_proto(struct resolver *r, const struct ast_name *name, struct set_element *element)
{
	struct diag *diag;
	struct spell spell;
	char *end;

	if (name->text[0] >= '0' && name->text[0] <= '9') {
		unsigned long long number = strtoull(name->text, &end, 10);

		element->proto = (uint8_t)number;
		if (number <= UINT8_MAX)
			return true;
		diag_report(r->diags, CODE_OUT_OF_RANGE, name->span,
			    "protocol %s is out of range: the highest is 255", name->text);
		return false;
	}
	if (words_proto(name->text, &element->proto)) {
		/* As in packets, `icmp` is that of the address. */
		if (!strcmp(name->text, "icmp") && element->family == FAMILY_V6)
			element->proto = PROTO_ICMPV6;
		return true;
	}
	diag = diag_report(r->diags, CODE_UNKNOWN_NAME, name->span, "'%s' is no protocol", name->text);
	spell_init(&spell, name->text);
	words_offer_protos(&spell);
	if (spell_best(&spell))
		diag_help(r->diags, diag, "did you mean '%s'?", spell_best(&spell));
	return false;
}

bool resolve_element(struct resolver *r, const struct ast_add *ast, const struct set **out,
		     struct set_element *element)
{
	const struct set *set = resolve_address_set(r, ast->set.text, ast->set.span);
	struct diag *diag;
	bool ok;

	if (!set)
		return false;
	*out = set;
	ok = element_address(r, set, ast->address, element);
	ok = part_ok(r, set, has_type(set, AST_SET_PORT), ast->port, "port",
		     ast->port ? ast->port->span : ast->address->span) && ok;
	ok = part_ok(r, set, has_type(set, AST_SET_PROTO), ast->proto.text, "proto",
		     ast->proto.text ? ast->proto.span : ast->address->span) && ok;
	if (ok && ast->port)
		ok = element_port(r, ast->port, element);
	if (ok && ast->proto.text)
		ok = element_proto(r, &ast->proto, element);
	if (!timeout_ok(r, ast->timeout_ns, ast->timeout_span))
		return false;
	if (ast->timeout_ns && set->types[0] == AST_SET_NET) {
		diag = diag_report(r->diags, CODE_BAD_SET, ast->timeout_span,
				   "the prefixes of '@%s' cannot have a timeout", set->name);
		diag_note(r->diags, diag, set->span, "declared here");
		return false;
	}
	return ok;
}
