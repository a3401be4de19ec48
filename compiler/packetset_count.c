/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How many packets: the paths of a diagram, each counted as often as it leaves bits open. */
#include "packetset_session.h"

#include "ip_proto.h"

#include <stdio.h>
#include <string.h>

/* All fields of IPv6 together have fewer than 400 bits. */
#define WORDS 16

/* Least significant word first. */
struct number {
	uint32_t words[WORDS];
};

static void add(struct number *sum, const struct number *other)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < WORDS; i++) {
		carry += (uint64_t)sum->words[i] + other->words[i];
		sum->words[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static struct number shifted(const struct number *number, unsigned bits)
{
	unsigned whole = bits / 32, rest = bits % 32;
	struct number out = { { 0 } };

	for (size_t i = WORDS; i-- > whole;) {
		uint64_t pair = (uint64_t)number->words[i - whole] << 32;

		if (i > whole)
			pair |= number->words[i - whole - 1];
		out.words[i] = (uint32_t)(pair >> (32 - rest));
	}
	return out;
}

static bool is_zero(const struct number *number)
{
	for (size_t i = 0; i < WORDS; i++)
		if (number->words[i])
			return false;
	return true;
}

/* Divides by 10^9; the remainder. */
static uint32_t take_digits(struct number *number)
{
	uint64_t rest = 0;

	for (size_t i = WORDS; i-- > 0;) {
		rest = rest << 32 | number->words[i];
		number->words[i] = (uint32_t)(rest / 1000000000u);
		rest %= 1000000000u;
	}
	return (uint32_t)rest;
}

static const char *decimal(struct arena *arena, struct number number)
{
	char text[WORDS * 10 + 1], *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		char digits[10];

		snprintf(digits, sizeof(digits), "%09u", (unsigned)take_digits(&number));
		at -= 9;
		memcpy(at, digits, 9);
	} while (!is_zero(&number));
	while (*at == '0' && at[1])
		at++;
	return arena_strdup(arena, at);
}

/* The walk. What only the host knows has been quantified away, so a path leaves open only bits of fields. */
struct counter {
	struct arena *arena;
	struct node_table seen; /* index in numbers */
	struct number *numbers;
	size_t n, room;
	unsigned *fields_before; /* by variable: how many variables before it are bits of fields */
	unsigned n_variables;
	bool gave_up;
};

static unsigned variable_of(const struct counter *counter, BDD node)
{
	return node < 2 ? counter->n_variables : (unsigned)bdd_var(node);
}

static struct number count(struct counter *counter, BDD node);

/* As seen from the bit above it: those in between may be anything. */
static struct number count_below(struct counter *counter, BDD child, unsigned from)
{
	struct number number = count(counter, child);

	return shifted(&number, counter->fields_before[variable_of(counter, child)] - counter->fields_before[from]);
}

static struct number count(struct counter *counter, BDD node)
{
	struct number sum = { { 0 } }, high;
	size_t *place, *index;
	bool added;

	if (node < 2 || counter->gave_up) {
		sum.words[0] = node == 1;
		return sum;
	}
	place = node_table_at(counter->arena, &counter->seen, node, &added);
	if (!added)
		return counter->numbers[*place];
	if (!effort_take(packetset_session.effort, 1))
		counter->gave_up = true;
	sum = count_below(counter, bdd_low(node), (unsigned)bdd_var(node) + 1);
	high = count_below(counter, bdd_high(node), (unsigned)bdd_var(node) + 1);
	add(&sum, &high);
	/* The table may have grown meanwhile. */
	index = node_table_at(counter->arena, &counter->seen, node, &added);
	*index = counter->n;
	*(struct number *)arena_push(counter->arena, &counter->numbers, &counter->n, &counter->room, sizeof(sum)) = sum;
	return sum;
}

static void number_fields(struct counter *counter)
{
	const struct session *session = &packetset_session;
	unsigned fields = 0, variable = 0;

	counter->n_variables = session->first[session->space->n];
	counter->fields_before = ARENA_ARRAY(counter->arena, unsigned, counter->n_variables + 1);
	for (size_t d = 0; d < session->space->n; d++)
		for (unsigned bit = 0; bit < session->space->dimensions[d].bits; bit++) {
			counter->fields_before[variable++] = fields;
			fields += session->space->dimensions[d].kind == DIMENSION_FIELD;
		}
	counter->fields_before[variable] = fields;
}

/* The protocols whose packets have the field, if they begin with their header; NULL: every packet has it. */
static const struct rangeset *protos_with(struct arena *arena, enum family family, enum field field)
{
	struct range_bag bag = { 0 };

	switch (field_table[field].needs) {
	case FIELD_NEEDS_PORTS:
		range_bag_add(arena, &bag, PROTO_UDP, PROTO_UDP);
		range_bag_add(arena, &bag, PROTO_SCTP, PROTO_SCTP);
		range_bag_add(arena, &bag, PROTO_TCP, PROTO_TCP);
		return rangeset_from_bag(arena, &bag);
	case FIELD_NEEDS_TCP:
		return rangeset_single(arena, PROTO_TCP, PROTO_TCP);
	case FIELD_NEEDS_ICMP:
		if (family == FAMILY_V4)
			return rangeset_single(arena, PROTO_ICMP, PROTO_ICMP);
		return rangeset_single(arena, PROTO_ICMPV6, PROTO_ICMPV6);
	default:
		return NULL;
	}
}

/*
 * One point for each packet: of the values of a field that a packet does not have only 0 is left.
 * A set holds all of them or none, for conditions on the field come with conditions on the protocol.
 */
static packetset one_point_each(struct arena *arena, packetset set)
{
	const struct space *space = packetset_session.space;
	int proto = space_find(space, DIMENSION_FIELD, FIELD_PROTO, NULL);
	int fragment = space_find(space, DIMENSION_FIELD, FIELD_FRAGMENT, NULL);

	for (size_t d = 0; d < space->n; d++) {
		struct cube present = cube_any(arena, space), zero = cube_any(arena, space);
		const struct rangeset *protos;

		if (space->dimensions[d].kind != DIMENSION_FIELD)
			continue;
		protos = protos_with(arena, space->family, space->dimensions[d].field);
		if (!protos)
			continue;
		present.sets[proto] = protos;
		present.sets[fragment] = rangeset_single(arena, 0, 1);
		zero.sets[d] = rangeset_single(arena, 0, 0);
		set = packetset_and(set, packetset_or(packetset_cube(&present), packetset_cube(&zero)));
	}
	return set;
}

const char *packetset_count(struct arena *arena, packetset set)
{
	struct counter counter = { .gave_up = false };
	const char *text = NULL;
	struct arena scratch;
	struct number number;

	arena_init(&scratch);
	counter.arena = &scratch;
	number_fields(&counter);
	set = one_point_each(&scratch, packetset_fields(set));
	if (packetset_decided()) {
		number = count_below(&counter, set, 0);
		if (packetset_decided())
			text = decimal(arena, number);
	}
	arena_fini(&scratch);
	return text;
}
