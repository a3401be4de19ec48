/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What one clause allows, as alternatives of predicates; each IP version apart. */
#include "resolver.h"

#include "ip_proto.h"

#include <string.h>

int pred_compare(const struct pred *a, const struct pred *b)
{
	/* A state has no field; it comes last. */
	unsigned fa = a->kind == PRED_STATE ? N_FIELDS : a->field, fb = b->kind == PRED_STATE ? N_FIELDS : b->field;

	if (fa != fb)
		return fa < fb ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind == PRED_MEMBER && a->set->id != b->set->id)
		return a->set->id < b->set->id ? -1 : 1;
	return 0;
}

/* Puts a predicate into its place. The term must own its array: it grows at powers of two. */
static void term_add(struct resolver *r, struct term *term, const struct pred *pred)
{
	size_t at = term->n;

	if (!(term->n & (term->n - 1))) {
		struct pred *preds = ARENA_ARRAY(r->arena, struct pred, term->n ? term->n * 2 : 1);

		if (term->n)
			memcpy(preds, term->preds, term->n * sizeof(*preds));
		term->preds = preds;
	}
	for (; at > 0 && pred_compare(pred, &term->preds[at - 1]) < 0; at--)
		term->preds[at] = term->preds[at - 1];
	term->preds[at] = *pred;
	term->n++;
}

/*
 * A predicate that every packet meets is left out, but only on fields that every IP
 * packet has: `port 0-65535` still says that there are ports.
 */
static void term_add_ranges(struct resolver *r, struct term *term, enum field field, const struct rangeset *ranges,
			    struct span span)
{
	const struct field_info *info = &field_table[field];
	unsigned bits = info->type == FIELD_TYPE_ADDR ? family_bits(term->family) : info->bits;
	struct pred pred = { .kind = PRED_RANGES, .field = field, .span = span, .ranges = ranges };

	if (info->needs != FIELD_NEEDS_NET || !rangeset_is_full(ranges, bits))
		term_add(r, term, &pred);
}

void alternatives_add(struct resolver *r, struct alternatives *alternatives, const struct term *term)
{
	struct term *added = arena_push(r->arena, &alternatives->terms, &alternatives->n, &alternatives->room,
					sizeof(*added));

	*added = *term;
}

/* Only tcp, udp and sctp have ports. */
static void term_add_port_protos(struct resolver *r, struct term *term, struct span span)
{
	struct range_bag bag = { 0 };

	range_bag_add(r->arena, &bag, PROTO_TCP, PROTO_TCP);
	range_bag_add(r->arena, &bag, PROTO_UDP, PROTO_UDP);
	range_bag_add(r->arena, &bag, PROTO_SCTP, PROTO_SCTP);
	term_add_ranges(r, term, FIELD_PROTO, rangeset_from_bag(r->arena, &bag), span);
}

static void term_add_proto(struct resolver *r, struct term *term, uint8_t proto, struct span span)
{
	term_add_ranges(r, term, FIELD_PROTO, rangeset_single(r->arena, proto, proto), span);
}

static void add_endpoint(struct resolver *r, const struct ast_clause *clause, enum family family,
			 const struct conj *conj, const struct rangeset *ports, struct alternatives *out)
{
	bool from = clause->kind == AST_CLAUSE_FROM;
	enum field address = from ? FIELD_SRC : FIELD_DST;
	struct term term = { .family = family };

	if (conj)
		term_add_ranges(r, &term, address, conj->ranges[family], clause->span);
	for (size_t i = 0; conj && i < conj->n_members; i++) {
		struct pred member = { .kind = PRED_MEMBER, .field = address, .span = clause->span,
				       .set = conj->members[i].set, .negated = conj->members[i].negated };

		term_add(r, &term, &member);
	}
	if (ports) {
		term_add_port_protos(r, &term, clause->span);
		term_add_ranges(r, &term, from ? FIELD_SPORT : FIELD_DPORT, ports, clause->span);
	}
	alternatives_add(r, out, &term);
}

/* from, to, port: any of address, ports or both. */
static bool resolve_endpoint(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	const struct ast_expr *address = clause->kind == AST_CLAUSE_PORT ? NULL : clause->value;
	const struct ast_expr *port = clause->kind == AST_CLAUSE_PORT ? clause->value : clause->port;
	const struct rangeset *ports = NULL;
	struct valueset values;
	struct dnf dnf = { 0 };
	bool ok = true;

	if (address)
		ok = resolve_addresses(r, address, &dnf);
	if (port) {
		ok = resolve_operand(r, &port_values, port, &values) && ok;
		ports = values.ranges[FAMILY_V4];
	}
	if (!ok)
		return false;
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		if (!address)
			add_endpoint(r, clause, f, NULL, ports, out);
		for (size_t i = 0; i < dnf.n; i++)
			if (dnf.conjs[i].ranges[f]->n)
				add_endpoint(r, clause, f, &dnf.conjs[i], ports, out);
	}
	return true;
}

/* A field with the same values whatever the IP version, or with each version's own. */
static void add_field(struct resolver *r, const struct ast_clause *clause, enum field field,
		      const struct valueset *values, struct alternatives *out)
{
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		struct term term = { .family = f };

		if (!values->ranges[f]->n)
			continue;
		term_add_ranges(r, &term, field, values->ranges[f], clause->span);
		alternatives_add(r, out, &term);
	}
}

static bool resolve_field(struct resolver *r, const struct ast_clause *clause, enum field field,
			  const struct value_kind *kind, struct alternatives *out)
{
	struct valueset values;

	if (!resolve_operand(r, kind, clause->value, &values))
		return false;
	add_field(r, clause, field, &values, out);
	return true;
}

static bool resolve_proto(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	struct ast_expr word = { .kind = AST_EXPR_NAME, .span = clause->span, .text = clause->text };
	struct valueset values;

	if (!resolve_operand(r, &proto_values, clause->text ? &word : clause->value, &values))
		return false;
	add_field(r, clause, FIELD_PROTO, &values, out);
	return true;
}

static bool resolve_icmp(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	struct value_kind type_kind = icmp_type_values, code_kind = icmp_code_values;
	unsigned families = IN_BOTH;
	struct valueset types, codes;

	if (!strcmp(clause->text, "icmp4"))
		families = IN_V4;
	else if (!strcmp(clause->text, "icmp6"))
		families = IN_V6;
	type_kind.families = families;
	if (clause->value && !resolve_operand(r, &type_kind, clause->value, &types))
		return false;
	code_kind.families = families;
	code_kind.types = clause->value ? &types : NULL;
	if (clause->port && !resolve_operand(r, &code_kind, clause->port, &codes))
		return false;
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		struct term term = { .family = f };

		if (!(families & 1u << f) || (clause->value && !types.ranges[f]->n) ||
		    (clause->port && !codes.ranges[f]->n))
			continue;
		term_add_proto(r, &term, f == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6, clause->span);
		if (clause->value)
			term_add_ranges(r, &term, FIELD_ICMP_TYPE, types.ranges[f], clause->span);
		if (clause->port)
			term_add_ranges(r, &term, FIELD_ICMP_CODE, codes.ranges[f], clause->span);
		alternatives_add(r, out, &term);
	}
	if (out->n)
		return true;
	diag_report(r->diags, CODE_IMPOSSIBLE_MATCH, clause->span, "no ICMP message is '%s'",
		    span_words(r->arena, clause->span));
	return false;
}

static bool resolve_service_clause(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	const struct service *service = service_named(r, clause->text, clause->text_span);

	if (!service)
		return false;
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		for (size_t i = 0; i < service->n[f]; i++) {
			const struct term *alternative = &service->terms[f][i];
			struct term term = { .family = f };

			for (size_t k = 0; k < alternative->n; k++)
				term_add_ranges(r, &term, alternative->preds[k].field, alternative->preds[k].ranges,
						clause->span);
			alternatives_add(r, out, &term);
		}
	}
	return true;
}

static bool resolve_flags(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	struct pred pred = { .kind = PRED_BITS, .field = FIELD_FLAGS, .span = clause->span, .bits = clause->flags_set };

	if (clause->has_mask)
		pred.mask = clause->flags_mask;
	else
		pred.mask = clause->flags_set ? clause->flags_set : 0xff; /* `flags none`: none of all */
	if (!pred.mask) {
		diag_report(r->diags, CODE_BAD_FLAGS, clause->span, "an empty mask looks at no flag");
		return false;
	}
	if (pred.bits & ~pred.mask) {
		diag_report(r->diags, CODE_BAD_FLAGS, clause->span,
			    "a flag is to be set that the mask does not look at: no packet can match");
		return false;
	}
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		struct term term = { .family = f };

		term_add_proto(r, &term, PROTO_TCP, clause->span);
		term_add(r, &term, &pred);
		alternatives_add(r, out, &term);
	}
	return true;
}

static bool resolve_state(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	struct pred pred = { .kind = PRED_STATE, .span = clause->span };
	struct valueset values;

	if (!resolve_operand(r, &state_values, clause->value, &values))
		return false;
	for (unsigned state = 0; state < N_STATES; state++)
		if (rangeset_contains(values.ranges[FAMILY_V4], state))
			pred.states |= 1u << state;
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		struct term term = { .family = f };

		term_add(r, &term, &pred);
		alternatives_add(r, out, &term);
	}
	return true;
}

static bool resolve_fragment(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	unsigned which = clause->first ? 1 : 2;
	struct valueset values;

	values_single(r, IN_BOTH, which, which, &values);
	add_field(r, clause, FIELD_FRAGMENT, &values, out);
	return true;
}

static bool resolve_ip(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	struct term term = { .family = clause->number == 4 ? FAMILY_V4 : FAMILY_V6 };

	alternatives_add(r, out, &term);
	return true;
}

bool resolve_clause(struct resolver *r, const struct ast_clause *clause, struct alternatives *out)
{
	memset(out, 0, sizeof(*out));
	out->clause = clause;
	switch (clause->kind) {
	case AST_CLAUSE_PROTO:
		return resolve_proto(r, clause, out);
	case AST_CLAUSE_SERVICE:
		return resolve_service_clause(r, clause, out);
	case AST_CLAUSE_FROM:
	case AST_CLAUSE_TO:
	case AST_CLAUSE_PORT:
		return resolve_endpoint(r, clause, out);
	case AST_CLAUSE_FLAGS:
		return resolve_flags(r, clause, out);
	case AST_CLAUSE_ICMP:
		return resolve_icmp(r, clause, out);
	case AST_CLAUSE_STATE:
		return resolve_state(r, clause, out);
	case AST_CLAUSE_VLAN:
		return resolve_field(r, clause, FIELD_VLAN, &vlan_values, out);
	case AST_CLAUSE_DSCP:
		return resolve_field(r, clause, FIELD_DSCP, &dscp_values, out);
	case AST_CLAUSE_TTL:
		return resolve_field(r, clause, FIELD_TTL, &ttl_values, out);
	case AST_CLAUSE_LENGTH:
		return resolve_field(r, clause, FIELD_LENGTH, &length_values, out);
	case AST_CLAUSE_FRAGMENT:
		return resolve_fragment(r, clause, out);
	case AST_CLAUSE_IP:
		return resolve_ip(r, clause, out);
	default:
		return false;
	}
}
