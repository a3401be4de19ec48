/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "space.h"

#include "cube.h"
#include "ip_proto.h"

#include <string.h>

enum {
	FRAGMENT_WHOLE,
	FRAGMENT_FIRST,
	FRAGMENT_LATER,
};

enum {
	LENGTH_MAX_V4 = 65535,
	LENGTH_MAX_V6 = 65575,
	LENGTH_BITS = 17,
	FRAGMENT_HEADER = 8, /* of IPv6 */
};

/* The order that keeps decision diagrams of filter sets small, as measured on ClassBench: addresses before ports. */
static const enum field field_order[N_FIELDS] = {
	FIELD_PROTO, FIELD_FRAGMENT, FIELD_DST,	      FIELD_SRC,       FIELD_DPORT, FIELD_SPORT, FIELD_FLAGS,
	FIELD_ICMP_TYPE, FIELD_ICMP_CODE, FIELD_VLAN, FIELD_LENGTH, FIELD_TTL,   FIELD_DSCP,
};

/* What the given policies ask for. */
struct demand {
	struct arena *arena;
	enum family family;
	bool fields[N_FIELDS];
	bool state;
	struct dimension *dynamic;
	size_t n_dynamic, room;
};

static void want_dynamic(struct demand *demand, enum dimension_kind kind, enum field field, const char *name)
{
	struct dimension *dimension;

	for (size_t i = 0; i < demand->n_dynamic; i++) {
		dimension = &demand->dynamic[i];
		if (dimension->kind == kind && dimension->field == field && !strcmp(dimension->name, name))
			return;
	}
	dimension = arena_push(demand->arena, &demand->dynamic, &demand->n_dynamic, &demand->room,
			       sizeof(*dimension));
	*dimension = (struct dimension){ .kind = kind, .field = field, .name = name, .bits = 1, .max = 1 };
}

static void want_terms(struct demand *demand, const struct term *terms, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (terms[i].family != demand->family)
			continue;
		for (size_t j = 0; j < terms[i].n; j++) {
			const struct pred *pred = &terms[i].preds[j];

			if (pred->kind == PRED_STATE)
				demand->state = true;
			else if (pred->kind == PRED_MEMBER)
				want_dynamic(demand, DIMENSION_MEMBER, pred->field, pred->set->name);
			else
				demand->fields[pred->field] = true;
		}
	}
}

static void want_policy(struct demand *demand, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_blocks; i++)
		for (size_t j = 0; j < policy->blocks[i]->n_rules; j++) {
			const struct rule *rule = policy->blocks[i]->rules[j];

			want_terms(demand, rule->terms, rule->n_terms);
			if (rule->action == ACTION_RATE_LIMIT)
				want_dynamic(demand, DIMENSION_LIMIT, 0, rule->name);
		}
	if (policy->query)
		want_terms(demand, policy->query->terms, policy->query->n_terms);
	for (size_t i = 0; i < policy->n_asserts; i++)
		want_terms(demand, policy->asserts[i].terms, policy->asserts[i].n_terms);
}

/* A SYN to a web server, from and to addresses for documentation (RFC 5737, RFC 3849). */
static u128 plain_value(enum family family, enum field field)
{
	const u128 documentation = (u128)0x20010db8 << 96;

	switch (field) {
	case FIELD_PROTO:
		return PROTO_TCP;
	case FIELD_SRC:
		return family == FAMILY_V4 ? 0xcb007105 : documentation + ((u128)1 << 80) + 5;
	case FIELD_DST:
		return family == FAMILY_V4 ? 0xc000020a : documentation + 0x10;
	case FIELD_SPORT:
		return 40000;
	case FIELD_DPORT:
		return 80;
	case FIELD_FLAGS:
		return 2;
	case FIELD_ICMP_TYPE:
		return family == FAMILY_V4 ? 8 : 128;
	case FIELD_VLAN:
		return VLAN_NONE;
	case FIELD_LENGTH:
		return 60;
	case FIELD_TTL:
		return 64;
	default:
		return 0;
	}
}

static struct dimension field_dimension(enum family family, enum field field)
{
	struct dimension dimension = { .kind = DIMENSION_FIELD,
				       .field = field,
				       .bits = field_table[field].bits,
				       .plain = plain_value(family, field) };

	switch (field) {
	case FIELD_SRC:
	case FIELD_DST:
		dimension.bits = family_bits(family);
		dimension.max = u128_ones(dimension.bits);
		break;
	case FIELD_VLAN:
		dimension.bits++;
		dimension.max = VLAN_NONE;
		break;
	case FIELD_FRAGMENT:
		dimension.max = FRAGMENT_LATER;
		break;
	case FIELD_LENGTH:
		dimension.bits = LENGTH_BITS;
		dimension.max = family == FAMILY_V4 ? LENGTH_MAX_V4 : LENGTH_MAX_V6;
		break;
	default:
		dimension.max = u128_ones(dimension.bits);
	}
	return dimension;
}

/* Impossible packets. Each cube is complete: it is added only if all its dimensions are there. */
struct nothing {
	struct arena *arena;
	struct space *space;
	size_t room;
};

static void add_impossible(struct nothing *nothing, const struct cube *cube)
{
	struct cube *added = arena_push(nothing->arena, &nothing->space->impossible, &nothing->space->n_impossible,
					&nothing->room, sizeof(*added));

	*added = *cube;
}

static void narrow(struct nothing *nothing, struct cube *cube, enum field field, u128 lo, u128 hi)
{
	int dimension = space_find(nothing->space, DIMENSION_FIELD, field, NULL);

	cube_narrow(nothing->arena, nothing->space, cube, (size_t)dimension,
		    rangeset_single(nothing->arena, lo, hi));
}

/* Whole and first fragments hold the first bytes of their transport header. */
static void add_short_packets(struct nothing *nothing)
{
	static const struct {
		uint8_t proto[N_FAMILIES];
		unsigned header;
	} headers[] = {
		{ { PROTO_TCP, PROTO_TCP }, 20 },   { { PROTO_UDP, PROTO_UDP }, 8 }, { { PROTO_SCTP, PROTO_SCTP }, 12 },
		{ { PROTO_ICMP, PROTO_ICMPV6 }, 8 }, { { PROTO_GRE, PROTO_GRE }, 4 }, { { PROTO_ESP, PROTO_ESP }, 8 },
	};
	enum family family = nothing->space->family;
	unsigned ip = family == FAMILY_V4 ? 20 : 40;
	unsigned fragment = family == FAMILY_V4 ? 0 : FRAGMENT_HEADER;
	struct cube cube;

	if (space_find(nothing->space, DIMENSION_FIELD, FIELD_LENGTH, NULL) < 0)
		return;
	cube = cube_any(nothing->arena, nothing->space);
	narrow(nothing, &cube, FIELD_LENGTH, 0, ip - 1);
	add_impossible(nothing, &cube);
	if (fragment) {
		cube = cube_any(nothing->arena, nothing->space);
		narrow(nothing, &cube, FIELD_FRAGMENT, FRAGMENT_FIRST, FRAGMENT_LATER);
		narrow(nothing, &cube, FIELD_LENGTH, 0, ip + fragment - 1);
		add_impossible(nothing, &cube);
	}
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		for (unsigned which = FRAGMENT_WHOLE; which <= FRAGMENT_FIRST; which++) {
			unsigned least = ip + headers[i].header + (which == FRAGMENT_FIRST ? fragment : 0);

			cube = cube_any(nothing->arena, nothing->space);
			narrow(nothing, &cube, FIELD_PROTO, headers[i].proto[family], headers[i].proto[family]);
			narrow(nothing, &cube, FIELD_FRAGMENT, which, which);
			narrow(nothing, &cube, FIELD_LENGTH, 0, least - 1);
			add_impossible(nothing, &cube);
		}
}

/* Readers step over extension headers, so that they are the protocol of a later fragment only. */
static void add_extension_protos(struct nothing *nothing)
{
	static const uint8_t extensions[] = {
		PROTO_HOP_BY_HOP, PROTO_ROUTING, PROTO_FRAGMENT, PROTO_AH, PROTO_DESTINATION, PROTO_MOBILITY, PROTO_HIP,
		PROTO_SHIM6,
	};
	struct range_bag bag = { 0 };
	struct cube cube;

	if (nothing->space->family != FAMILY_V6)
		return;
	for (size_t i = 0; i < sizeof(extensions); i++)
		range_bag_add(nothing->arena, &bag, extensions[i], extensions[i]);
	cube = cube_any(nothing->arena, nothing->space);
	cube_narrow(nothing->arena, nothing->space, &cube,
		    (size_t)space_find(nothing->space, DIMENSION_FIELD, FIELD_PROTO, NULL),
		    rangeset_from_bag(nothing->arena, &bag));
	narrow(nothing, &cube, FIELD_FRAGMENT, FRAGMENT_WHOLE, FRAGMENT_FIRST);
	add_impossible(nothing, &cube);
}

const struct space *space_build(struct arena *arena, const struct policy *const *policies, size_t n_policies,
				enum family family)
{
	struct demand demand = { .arena = arena, .family = family };
	struct nothing nothing = { .arena = arena };
	struct space *space = ARENA_NEW(arena, struct space);

	demand.fields[FIELD_PROTO] = demand.fields[FIELD_FRAGMENT] = true;
	demand.fields[FIELD_SRC] = demand.fields[FIELD_DST] = true;
	for (size_t i = 0; i < n_policies; i++)
		want_policy(&demand, policies[i]);

	space->family = family;
	space->dimensions = ARENA_ARRAY(arena, struct dimension, N_FIELDS + 1 + demand.n_dynamic);
	for (size_t i = 0; i < N_FIELDS; i++)
		if (demand.fields[field_order[i]])
			space->dimensions[space->n++] = field_dimension(family, field_order[i]);
	if (demand.state)
		space->dimensions[space->n++] =
			(struct dimension){ .kind = DIMENSION_STATE, .bits = 2, .max = N_STATES - 1 };
	for (size_t i = 0; i < demand.n_dynamic; i++)
		space->dimensions[space->n++] = demand.dynamic[i];

	nothing.space = space;
	add_short_packets(&nothing);
	add_extension_protos(&nothing);
	return space;
}

int space_find(const struct space *space, enum dimension_kind kind, enum field field, const char *name)
{
	for (size_t i = 0; i < space->n; i++) {
		const struct dimension *dimension = &space->dimensions[i];

		if (dimension->kind != kind)
			continue;
		if ((kind == DIMENSION_FIELD || kind == DIMENSION_MEMBER) && dimension->field != field)
			continue;
		if (dimension->name && strcmp(dimension->name, name))
			continue;
		return (int)i;
	}
	return -1;
}

const struct rangeset *space_full(struct arena *arena, const struct space *space, size_t dimension)
{
	return rangeset_single(arena, 0, space->dimensions[dimension].max);
}
