/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Services: a disjunction of protocols with their ports. Ports of one protocol are
 * joined first, then protocols with the same ports, so that { udp/53, tcp/53 } is
 * one alternative.
 */
#include "resolver.h"

#include "ip_proto.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* What the service says of one protocol in one IP version. */
struct offer {
	enum family family;
	uint8_t proto;
	enum field field;        /* FIELD_DPORT, FIELD_ICMP_TYPE; else nothing but the protocol is looked at */
	bool whole;              /* the protocol without further ado: that includes any ports */
	struct range_bag bag;
	const struct rangeset *values;
	bool done;
};

struct offers {
	struct offer *items;
	size_t n, room;
};

static bool proto_has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

/* `values` NULL: the whole protocol. */
static void offer_add(struct resolver *r, struct offers *offers, enum family family, uint8_t proto, enum field field,
		      const struct rangeset *values)
{
	struct offer *offer = NULL;

	for (size_t i = 0; i < offers->n && !offer; i++)
		if (offers->items[i].family == family && offers->items[i].proto == proto)
			offer = &offers->items[i];
	if (!offer) {
		offer = arena_push(r->arena, &offers->items, &offers->n, &offers->room, sizeof(*offer));
		offer->family = family;
		offer->proto = proto;
		offer->field = field;
	}
	if (values)
		range_bag_add_set(r->arena, &offer->bag, values);
	else
		offer->whole = true;
}

/* The protocol numbers of a word, by family. */
static bool element_protos(struct resolver *r, const struct ast_expr *expr, struct valueset *protos)
{
	struct ast_expr word = { .kind = AST_EXPR_NAME, .span = expr->span, .text = expr->text };
	char *end;

	if (*expr->text >= '0' && *expr->text <= '9') {
		word.kind = AST_EXPR_NUMBER;
		word.number = strtoull(expr->text, &end, 10);
	}
	return resolve_values(r, &proto_values, &word, protos);
}

static bool add_element(struct resolver *r, const struct ast_expr *expr, struct offers *offers)
{
	struct valueset protos, values = { 0 };
	enum field field = FIELD_PROTO;
	uint8_t proto;

	if (!element_protos(r, expr, &protos))
		return false;
	proto = (uint8_t)protos.ranges[protos.families & IN_V4 ? FAMILY_V4 : FAMILY_V6]->ranges[0].lo;
	if (expr->left && proto_has_ports(proto)) {
		field = FIELD_DPORT;
		if (!resolve_operand(r, &port_values, expr->left, &values))
			return false;
	} else if (expr->left && (proto == PROTO_ICMP || proto == PROTO_ICMPV6)) {
		struct value_kind kind = icmp_type_values;

		field = FIELD_ICMP_TYPE;
		if (!strcmp(expr->text, "icmp4") || !strcmp(expr->text, "icmp6"))
			kind.families = protos.families;
		if (!resolve_operand(r, &kind, expr->left, &values))
			return false;
	} else if (expr->left) {
		diag_report(r->diags, CODE_WRONG_TYPE, expr->left->span, "%s has no ports", expr->text);
		return false;
	}
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		if (!(protos.families & 1u << f) || (expr->left && !values.ranges[f]->n))
			continue;
		offer_add(r, offers, f, (uint8_t)protos.ranges[f]->ranges[0].lo, field,
			  expr->left ? values.ranges[f] : NULL);
	}
	return true;
}

/* Another service's alternatives are part of this one. */
static void add_service(struct resolver *r, const struct service *service, struct offers *offers)
{
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		for (size_t i = 0; i < service->n[f]; i++) {
			const struct term *term = &service->terms[f][i];
			const struct pred *rest = term->n > 1 ? &term->preds[1] : NULL;

			for (unsigned proto = 0; proto < 256; proto++)
				if (rangeset_contains(term->preds[0].ranges, proto))
					offer_add(r, offers, f, (uint8_t)proto, rest ? rest->field : FIELD_PROTO,
						  rest ? rest->ranges : NULL);
		}
	}
}

static bool add_expr(struct resolver *r, const struct ast_expr *expr, struct offers *offers)
{
	const struct service *service;
	bool ok = true;

	switch (expr->kind) {
	case AST_EXPR_SERVICE:
		return add_element(r, expr, offers);
	case AST_EXPR_NAME:
		service = service_named(r, expr->text, expr->span);
		if (service)
			add_service(r, service, offers);
		return service;
	case AST_EXPR_LIST:
		if (!nesting_enter(r, expr->span))
			return false;
		for (const struct ast_expr *item = expr->items; item; item = item->next)
			ok = add_expr(r, item, offers) && ok;
		nesting_leave(r);
		return ok;
	default:
		diag_report(r->diags, CODE_WRONG_TYPE, expr->span, "'%s' is no element of a service, such as tcp/80",
			    span_words(r->arena, expr->span));
		return false;
	}
}

static bool same_offer(const struct offer *a, const struct offer *b)
{
	if (a->family != b->family || a->whole != b->whole)
		return false;
	return a->whole || (a->field == b->field && rangeset_equal(a->values, b->values));
}

static void add_term(struct resolver *r, struct service *service, struct offers *offers, size_t first)
{
	struct offer *offer = &offers->items[first];
	struct term *term = &service->terms[offer->family][service->n[offer->family]++];
	struct range_bag protos = { 0 };

	for (size_t i = first; i < offers->n; i++) {
		struct offer *other = &offers->items[i];

		if (other->done || !same_offer(offer, other))
			continue;
		range_bag_add(r->arena, &protos, other->proto, other->proto);
		other->done = true;
	}
	term->family = offer->family;
	term->n = offer->whole ? 1 : 2;
	term->preds = ARENA_ARRAY(r->arena, struct pred, term->n);
	term->preds[0] = (struct pred){ .kind = PRED_RANGES, .field = FIELD_PROTO,
					.ranges = rangeset_from_bag(r->arena, &protos) };
	if (!offer->whole)
		term->preds[1] = (struct pred){ .kind = PRED_RANGES, .field = offer->field, .ranges = offer->values };
}

bool resolve_service(struct resolver *r, struct decl *decl, struct span use)
{
	struct offers offers = { 0 };
	struct service *service;

	if (decl->progress == DECL_DONE)
		return true;
	if (!name_enter(r, decl, use) || !name_leave(r, decl, add_expr(r, decl->node->value, &offers)))
		return false;
	service = ARENA_NEW(r->arena, struct service);
	for (unsigned f = 0; f < N_FAMILIES; f++)
		service->terms[f] = ARENA_ARRAY(r->arena, struct term, offers.n);
	for (size_t i = 0; i < offers.n; i++)
		offers.items[i].values = rangeset_from_bag(r->arena, &offers.items[i].bag);
	for (size_t i = 0; i < offers.n; i++)
		if (!offers.items[i].done)
			add_term(r, service, &offers, i);
	decl->service = service;
	return true;
}

const struct service *service_named(struct resolver *r, const char *name, struct span use)
{
	struct decl *decl = names_need(r, DECL_SERVICE, name, use);

	return decl && resolve_service(r, decl, use) ? decl->service : NULL;
}
