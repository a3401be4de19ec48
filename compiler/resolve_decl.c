/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Declarations. All names are entered before any is resolved, so that their order
 * does not matter; what a name stands for is computed when it is first used.
 */
#include "resolver.h"

#include <inttypes.h>
#include <string.h>

/* Linux: IFNAMSIZ less the NUL. */
#define DEVICE_NAME_MAX 15

/* A hash of more elements than these is refused by kernels: its buckets, twice as many, would take 4 GiB. */
#define SET_MAX_ELEMENTS 0x8000000u

static const struct {
	enum ast_kind kind;
	enum decl_kind decl;
} declarations[] = {
	{ AST_NET, DECL_NET },	   { AST_PORT, DECL_PORT },   { AST_SERVICE, DECL_SERVICE },
	{ AST_SET, DECL_SET },	   { AST_GROUP, DECL_GROUP }, { AST_INTERFACE, DECL_INTERFACE },
};

/* The parts of a tuple: an address, then what an end of a packet has besides. */
static bool tuple_ok(struct resolver *r, const struct decl *decl, const struct ast_set *ast)
{
	unsigned seen = 0;
	bool ok = ast->types[0] == AST_SET_ADDR;
	struct diag *diag;

	for (unsigned i = 0; i < ast->n_types; i++) {
		ok = ok && ast->types[i] != AST_SET_NET && !(seen & 1u << ast->types[i]);
		seen |= 1u << ast->types[i];
	}
	if (ok)
		return true;
	diag = diag_report(r->diags, CODE_BAD_SET, decl->span,
			   "the elements of '%s' cannot be made of these parts in this order", decl->name);
	diag_help(r->diags, diag, "write 'addr . port', 'addr . proto' or 'addr . port . proto'");
	return false;
}

static void check_timeout(struct resolver *r, const struct decl *decl, const struct ast_set *ast)
{
	struct diag *diag;

	if (!ast->timeout_ns) {
		diag_report(r->diags, CODE_OUT_OF_RANGE, decl->span,
			    "a timeout of nothing: elements of '%s' would be gone at once", decl->name);
		return;
	}
	if (!timeout_ok(r, ast->timeout_ns, decl->span) || ast->types[0] != AST_SET_NET)
		return;
	diag = diag_report(r->diags, CODE_BAD_SET, decl->span, "the prefixes of '%s' cannot have a timeout", decl->name);
	diag_help(r->diags, diag, "a set of type addr can; without a timeout, elements stay until they are removed");
}

static void declare_set(struct resolver *r, struct decl *decl, const struct ast_set *ast)
{
	struct policy *policy = r->policy;
	struct set *set = ARENA_NEW(r->arena, struct set);

	set->name = decl->name;
	set->span = decl->span;
	memcpy(set->types, ast->types, sizeof(set->types));
	set->n_types = ast->n_types;
	set->max = ast->max;
	set->timeout_ns = ast->timeout_ns;
	set->from = ast->from.text;
	decl->set = set;
	if (!ast->has_max) {
		struct diag *diag = diag_report(r->diags, CODE_BAD_SET, decl->span, "set '%s' says no max",
						decl->name);

		diag_help(r->diags, diag, "write for example 'max 10000': the memory for it is set aside when applied");
	} else if (!ast->max || ast->max > SET_MAX_ELEMENTS) {
		diag_report(r->diags, CODE_OUT_OF_RANGE, decl->span, "max %" PRIu64 " is out of range: 1 to %u",
			    ast->max, SET_MAX_ELEMENTS);
	}
	if (ast->n_types > 1 && !tuple_ok(r, decl, ast))
		decl->progress = DECL_BAD;
	else if (ast->has_timeout)
		check_timeout(r, decl, ast);
	set->id = (uint32_t)policy->n_sets;
}

static void check_interface(struct resolver *r, const struct decl *decl)
{
	const char *device = decl->node->text;

	if (!strcmp(decl->name, "any"))
		diag_report(r->diags, CODE_RESERVED_NAME, decl->span, "'any' is all interfaces and cannot be one");
	if (!*device || strlen(device) > DEVICE_NAME_MAX || strpbrk(device, "/ \t\n:") || !strcmp(device, ".") ||
	    !strcmp(device, ".."))
		diag_report(r->diags, CODE_OUT_OF_RANGE, decl->node->text_span,
			    "an interface cannot be called this: 1 to %d characters without '/', ':' or blanks",
			    DEVICE_NAME_MAX);
}

void declare(struct resolver *r, const struct ast_node *node)
{
	for (size_t i = 0; i < sizeof(declarations) / sizeof(declarations[0]); i++) {
		struct decl *decl;

		if (declarations[i].kind != node->kind)
			continue;
		decl = names_add(r, declarations[i].decl, node->name, node);
		if (!decl)
			return;
		if (node->kind == AST_SET) {
			declare_set(r, decl, &node->set);
			r->policy->n_sets++;
		} else if (node->kind == AST_INTERFACE) {
			check_interface(r, decl);
		}
		return;
	}
}

/* What all names have in common: once, not within itself, silent when it was bad. */
bool name_enter(struct resolver *r, struct decl *decl, struct span use)
{
	struct diag *diag;

	if (decl->progress == DECL_ACTIVE) {
		diag = diag_report(r->diags, CODE_NAME_CYCLE, use, "'%s' is part of its own definition", decl->name);
		diag_note(r->diags, diag, decl->span, "'%s' is declared here", decl->name);
		return false;
	}
	if (decl->progress == DECL_BAD || !nesting_enter(r, use))
		return false;
	decl->progress = DECL_ACTIVE;
	return true;
}

bool name_leave(struct resolver *r, struct decl *decl, bool ok)
{
	nesting_leave(r);
	decl->progress = ok ? DECL_DONE : DECL_BAD;
	return ok;
}

static bool resolve_net(struct resolver *r, struct decl *decl, struct span use)
{
	struct valueset values;
	struct net *net;
	bool ok;

	if (decl->progress == DECL_DONE)
		return true;
	if (!name_enter(r, decl, use))
		return false;
	ok = resolve_values(r, &address_values, decl->node->value, &values);
	if (!name_leave(r, decl, ok))
		return false;
	net = ARENA_NEW(r->arena, struct net);
	net->name = decl->name;
	net->span = decl->span;
	for (unsigned f = 0; f < N_FAMILIES; f++)
		net->ranges[f] = rangeset_named(r->arena, values.ranges[f], decl->name);
	decl->net = net;
	return true;
}

bool net_values(struct resolver *r, const char *name, struct span use, struct valueset *out)
{
	struct decl *decl = names_need(r, DECL_NET, name, use);

	if (!decl || !resolve_net(r, decl, use))
		return false;
	out->families = IN_BOTH;
	for (unsigned f = 0; f < N_FAMILIES; f++)
		out->ranges[f] = decl->net->ranges[f];
	return true;
}

bool port_name_values(struct resolver *r, struct decl *decl, struct span use, const struct rangeset **out)
{
	struct valueset values;

	if (decl->progress != DECL_DONE) {
		if (!name_enter(r, decl, use) ||
		    !name_leave(r, decl, resolve_operand(r, &port_values, decl->node->value, &values)))
			return false;
		decl->ports = rangeset_named(r->arena, values.ranges[FAMILY_V4], decl->name);
	}
	*out = decl->ports;
	return true;
}

/* In the order of the text, whether they are used or not. */
void resolve_declarations(struct resolver *r)
{
	struct policy *policy = r->policy;
	const struct rangeset *ports;
	size_t n_nets = 0, n_sets = 0;

	policy->sets = ARENA_ARRAY(r->arena, struct set *, policy->n_sets);
	for (size_t i = 0; i < r->names.n; i++)
		n_nets += r->names.items[i]->kind == DECL_NET;
	policy->nets = ARENA_ARRAY(r->arena, struct net *, n_nets);
	for (size_t i = 0; i < r->names.n; i++) {
		struct decl *decl = r->names.items[i];

		/* A cycle was reported at the use that closes it; bad names stay silent. */
		switch (decl->kind) {
		case DECL_NET:
			if (resolve_net(r, decl, decl->span))
				policy->nets[policy->n_nets++] = decl->net;
			break;
		case DECL_PORT:
			port_name_values(r, decl, decl->span, &ports);
			break;
		case DECL_SERVICE:
			resolve_service(r, decl, decl->span);
			break;
		case DECL_SET:
			policy->sets[n_sets++] = decl->set;
			break;
		default:
			break;
		}
	}
}

enum code resolve_finding(struct resolver *r, const char *word, struct span span)
{
	struct spell spell;
	struct diag *diag;

	for (unsigned code = 0; code < N_CODES; code++)
		if (code_table[code].lint && !strcmp(code_table[code].lint, word))
			return code;
	diag = diag_report(r->diags, CODE_UNKNOWN_NAME, span, "no finding is called '%s'", word);
	spell_init(&spell, word);
	for (unsigned code = 0; code < N_CODES; code++)
		if (code_table[code].lint)
			spell_offer(&spell, code_table[code].lint);
	if (spell_best(&spell))
		diag_help(r->diags, diag, "did you mean '%s'?", spell_best(&spell));
	return N_CODES;
}
