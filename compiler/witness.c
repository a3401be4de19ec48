/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "witness.h"

#include "ip_proto.h"

#include <string.h>

enum {
	FRAGMENT_LATER = 2,
	FLAG_SYN = 2,
	FLAG_ACK = 16,
	DEFAULT_TTL = 64,
	ECHO_REQUEST_V4 = 8,
	ECHO_REQUEST_V6 = 128,
};

struct chooser {
	struct arena *arena;
	const struct space *space;
	const struct cube *cube;
	struct witness *witness;
	const char *when;
};

/* The values that the cube leaves to a field; NULL: all. */
static const struct rangeset *allowed(const struct chooser *chooser, enum field field)
{
	int dimension = space_find(chooser->space, DIMENSION_FIELD, field, NULL);

	return dimension < 0 ? NULL : chooser->cube->sets[dimension];
}

static bool may_be(const struct chooser *chooser, enum field field, u128 value)
{
	const struct rangeset *set = allowed(chooser, field);

	return !set || rangeset_contains(set, value);
}

/* The first of the likeable values that the cube allows, else its lowest. */
static u128 choose(const struct chooser *chooser, enum field field, const u128 *likeable, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (may_be(chooser, field, likeable[i]))
			return likeable[i];
	return allowed(chooser, field)->ranges[0].lo;
}

#define CHOOSE(chooser, field, ...) \
	choose(chooser, field, (const u128[]){ __VA_ARGS__ }, sizeof((u128[]){ __VA_ARGS__ }) / sizeof(u128))

/*
 * Addresses for documentation where anything goes (RFC 5737, RFC 3849), else a host of the first prefix; not that
 * of the other side, unless the cube has no other.
 */
static u128 choose_address(const struct chooser *chooser, enum field field, u128 likeable, u128 other_than)
{
	const struct rangeset *set = allowed(chooser, field);
	struct range range;
	u128 host;

	for (u128 address = likeable; address < likeable + 2; address++)
		if (address != other_than && may_be(chooser, field, address))
			return address;
	range = set->ranges[0];
	/* Not the network's own address. */
	host = range.lo + (range.hi - range.lo > 1);
	if (host != other_than)
		return host;
	if (host < range.hi)
		return host + 1;
	return set->n > 1 ? set->ranges[1].lo : host;
}

static void choose_addresses(struct chooser *chooser)
{
	const u128 documentation = (u128)0x20010db8 << 96;
	struct packet_spec *spec = &chooser->witness->spec;
	bool v4 = chooser->space->family == FAMILY_V4;
	u128 server = v4 ? 0xc000020a : documentation + 0x10;

	spec->dst = choose_address(chooser, FIELD_DST, server, ~(u128)0);
	spec->src = choose_address(chooser, FIELD_SRC, v4 ? 0xcb007105 : documentation + ((u128)1 << 80) + 5, spec->dst);
	/* The source has one value only. */
	if (spec->src == spec->dst)
		spec->dst = choose_address(chooser, FIELD_DST, server, spec->src);
}

/* Headers that are stepped over are the protocol of a later fragment only. */
static bool is_extension(const struct packet_spec *spec)
{
	switch (spec->family == FAMILY_V6 ? spec->proto : PROTO_TCP) {
	case PROTO_HOP_BY_HOP:
	case PROTO_ROUTING:
	case PROTO_FRAGMENT:
	case PROTO_AH:
	case PROTO_DESTINATION:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		return true;
	default:
		return false;
	}
}

static void choose_transport(struct chooser *chooser)
{
	struct packet_spec *spec = &chooser->witness->spec;
	bool v4 = spec->family == FAMILY_V4, is_first;

	spec->proto = (uint8_t)CHOOSE(chooser, FIELD_PROTO, PROTO_TCP, PROTO_UDP, v4 ? PROTO_ICMP : PROTO_ICMPV6,
				      PROTO_SCTP, PROTO_GRE, PROTO_ESP);
	if (is_extension(spec))
		spec->fragment = FRAGMENT_LATER;
	else
		spec->fragment = (uint8_t)CHOOSE(chooser, FIELD_FRAGMENT, 0, 1, 2);
	is_first = spec->fragment != FRAGMENT_LATER;
	if (is_first && (spec->proto == PROTO_TCP || spec->proto == PROTO_UDP || spec->proto == PROTO_SCTP)) {
		spec->has_ports = true;
		spec->sport = (uint16_t)CHOOSE(chooser, FIELD_SPORT, 40000, 50000, 1024, 53);
		spec->dport = (uint16_t)CHOOSE(chooser, FIELD_DPORT, 80, 443, 22, 53, 8080, 1024, 40000, 1);
	}
	if (is_first && spec->proto == PROTO_TCP)
		spec->tcp_flags = (uint8_t)CHOOSE(chooser, FIELD_FLAGS, FLAG_SYN, FLAG_ACK, FLAG_SYN | FLAG_ACK);
	if (is_first && spec->proto == (v4 ? PROTO_ICMP : PROTO_ICMPV6)) {
		spec->icmp_type = (uint8_t)CHOOSE(chooser, FIELD_ICMP_TYPE, v4 ? ECHO_REQUEST_V4 : ECHO_REQUEST_V6);
		spec->icmp_code = (uint8_t)CHOOSE(chooser, FIELD_ICMP_CODE, 0);
	}
}

/* The natural length if it will do: nobody writes `length` without need. */
static void choose_length(struct chooser *chooser)
{
	struct packet_spec *spec = &chooser->witness->spec;
	const struct rangeset *set = allowed(chooser, FIELD_LENGTH);
	struct model_packet packet;
	struct frame frame;

	if (!set)
		return;
	frame = frame_build(chooser->arena, spec);
	model_parse(&frame, &packet);
	if (!packet.has[FIELD_LENGTH] || !rangeset_contains(set, packet.value[FIELD_LENGTH]))
		spec->length = (uint32_t)set->ranges[0].lo;
}

static void add_when(struct chooser *chooser, const char *text)
{
	chooser->when = chooser->when ? arena_printf(chooser->arena, "%s, %s", chooser->when, text) : text;
}

static void choose_state(struct chooser *chooser, size_t dimension)
{
	const struct rangeset *set = chooser->cube->sets[dimension];
	struct world *world = &chooser->witness->world;

	if (!set || rangeset_contains(set, STATE_NEW))
		return;
	world->state = (enum state)set->ranges[0].lo;
	add_when(chooser, arena_printf(chooser->arena, "state %s", state_names[world->state]));
}

/* Dimensions of two values are 0, which nobody has to be told, unless the cube wants 1. */
static bool is_pinned(const struct chooser *chooser, size_t dimension)
{
	const struct rangeset *set = chooser->cube->sets[dimension];

	return set && !rangeset_contains(set, 0);
}

static void choose_world(struct chooser *chooser)
{
	const struct space *space = chooser->space;
	struct world_member *members = ARENA_ARRAY(chooser->arena, struct world_member, space->n);
	const char **exceeded = ARENA_ARRAY(chooser->arena, const char *, space->n);
	struct world *world = &chooser->witness->world;

	world->members = members;
	world->exceeded = exceeded;
	for (size_t d = 0; d < space->n; d++) {
		const struct dimension *dimension = &space->dimensions[d];

		switch (dimension->kind) {
		case DIMENSION_FIELD:
			break;
		case DIMENSION_STATE:
			choose_state(chooser, d);
			break;
		case DIMENSION_MEMBER:
			if (!is_pinned(chooser, d))
				break;
			members[world->n_members].set = dimension->name;
			members[world->n_members++].field = dimension->field;
			add_when(chooser, arena_printf(chooser->arena, "%s in @%s", field_table[dimension->field].word,
						       dimension->name));
			break;
		case DIMENSION_LIMIT:
			if (!is_pinned(chooser, d))
				break;
			exceeded[world->n_exceeded++] = dimension->name;
			add_when(chooser, arena_printf(chooser->arena, "over the rate of '%s'", dimension->name));
			break;
		}
	}
}

void witness_choose(struct arena *arena, const struct space *space, const struct cube *cube, struct witness *witness)
{
	struct chooser chooser = { .arena = arena, .space = space, .cube = cube, .witness = witness };
	struct packet_spec *spec = &witness->spec;
	uint16_t vlan;

	memset(witness, 0, sizeof(*witness));
	spec->family = space->family;
	choose_addresses(&chooser);
	choose_transport(&chooser);
	spec->ttl = (uint8_t)CHOOSE(&chooser, FIELD_TTL, DEFAULT_TTL, 255, 1);
	spec->dscp = (uint8_t)CHOOSE(&chooser, FIELD_DSCP, 0);
	vlan = (uint16_t)CHOOSE(&chooser, FIELD_VLAN, VLAN_NONE, 10, 1);
	if (vlan != VLAN_NONE) {
		spec->n_vlans = 1;
		spec->vlans[0] = vlan;
	}
	choose_length(&chooser);
	choose_world(&chooser);
	witness->text = packet_spec_text(arena, spec);
	witness->when = chooser.when;
}

void witness_replay(const struct policy *policy, const struct block *block, const struct witness *witness,
		    struct decision *decision)
{
	struct arena arena;
	struct frame frame;
	size_t n_steps;

	arena_init(&arena);
	frame = frame_build(&arena, &witness->spec);
	model_decide_in(policy, block, &frame, &witness->world, decision, NULL, 0, &n_steps);
	arena_fini(&arena);
}
