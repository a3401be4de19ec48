/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A point, which is numbers, as a packet: the same where there is such a packet, else one that is near. */
#include "verify_parts.h"

#include "ip_proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAGMENT_LATER = 2,
	DEFAULT_TTL = 64,
	DEFAULT_PORT = 40000,
	LEAST_LENGTH = 40,
	MOST_LENGTH = 65535,
};

static bool is_asked(const struct verify_run *run, const struct reference_point *point, enum field field, uint32_t *value)
{
	for (size_t i = 0; i < run->reference.n_asks; i++) {
		const struct reference_ask *ask = &run->reference.asks[i];

		if (ask->kind != PRED_RANGES || ask->field != field)
			continue;
		*value = point->values[i];
		return true;
	}
	return false;
}

static uint32_t value_or(const struct verify_run *run, const struct reference_point *point, enum field field,
			 uint32_t otherwise)
{
	uint32_t value;

	return is_asked(run, point, field, &value) && value != REFERENCE_ABSENT ? value : otherwise;
}

static bool has(const struct verify_run *run, const struct reference_point *point, enum field field)
{
	return value_or(run, point, field, REFERENCE_ABSENT) != REFERENCE_ABSENT;
}

/* Where no rule asks for the protocol, one that has the fields they do ask for. */
static uint8_t choose_proto(const struct verify_run *run, const struct reference_point *point)
{
	bool icmp = has(run, point, FIELD_ICMP_TYPE) || has(run, point, FIELD_ICMP_CODE);
	uint32_t otherwise = has(run, point, FIELD_FLAGS) || !icmp ? PROTO_TCP :
			     point->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6;

	return (uint8_t)value_or(run, point, FIELD_PROTO, otherwise);
}

static bool is_exact(const struct verify_run *run, const struct reference_point *point, const struct packet_spec *spec)
{
	struct model_packet packet;
	struct arena arena;
	struct frame frame;
	bool same;

	arena_init(&arena);
	frame = frame_build(&arena, spec);
	model_parse(&frame, &packet);
	same = packet.class == MODEL_IP && packet.family == point->family;
	for (size_t i = 0; i < run->reference.n_asks && same; i++) {
		const struct reference_ask *ask = &run->reference.asks[i];

		if (ask->kind == PRED_RANGES)
			same = packet.has[ask->field] ? packet.value[ask->field] == point->values[i] :
							point->values[i] == REFERENCE_ABSENT;
	}
	arena_fini(&arena);
	return same;
}

bool verify_packet(const struct verify_run *run, const struct reference_point *point, struct packet_spec *spec)
{
	bool first;
	uint32_t length;

	*spec = (struct packet_spec){ .family = point->family, .src = point->end[0], .dst = point->end[1] };
	spec->proto = choose_proto(run, point);
	spec->fragment = (uint8_t)value_or(run, point, FIELD_FRAGMENT, 0) % 3;
	first = spec->fragment != FRAGMENT_LATER;
	spec->has_ports = first && (spec->proto == PROTO_TCP || spec->proto == PROTO_UDP || spec->proto == PROTO_SCTP);
	if (spec->has_ports) {
		spec->sport = (uint16_t)value_or(run, point, FIELD_SPORT, DEFAULT_PORT);
		spec->dport = (uint16_t)value_or(run, point, FIELD_DPORT, DEFAULT_PORT);
	}
	if (first && spec->proto == PROTO_TCP)
		spec->tcp_flags = (uint8_t)value_or(run, point, FIELD_FLAGS, 2);
	if (first && spec->proto == (point->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6)) {
		spec->icmp_type = (uint8_t)value_or(run, point, FIELD_ICMP_TYPE, point->family == FAMILY_V4 ? 8 : 128);
		spec->icmp_code = (uint8_t)value_or(run, point, FIELD_ICMP_CODE, 0);
	}
	spec->ttl = (uint8_t)value_or(run, point, FIELD_TTL, DEFAULT_TTL);
	spec->dscp = (uint8_t)value_or(run, point, FIELD_DSCP, 0);
	if (has(run, point, FIELD_VLAN)) {
		spec->n_vlans = 1;
		spec->vlans[0] = (uint16_t)value_or(run, point, FIELD_VLAN, 0);
	}
	length = value_or(run, point, FIELD_LENGTH, 0);
	if (length >= LEAST_LENGTH && length <= MOST_LENGTH)
		spec->length = length;
	return is_exact(run, point, spec);
}

/* --- words ------------------------------------------------------------------------ */

static const char *host_words(const struct verify_run *run, const struct reference_point *point)
{
	struct arena *arena = run->verify->arena;
	const char *words = NULL;

	for (size_t i = 0; i < run->reference.n_asks; i++) {
		const struct reference_ask *ask = &run->reference.asks[i];
		const char *word = NULL;

		if (ask->kind == PRED_STATE)
			word = arena_printf(arena, "state %s", state_names[point->values[i] % N_STATES]);
		else if (ask->kind == PRED_MEMBER && point->values[i])
			word = arena_printf(arena, "%s in @%s", field_table[ask->field].word, ask->set->name);
		if (word)
			words = words ? arena_printf(arena, "%s, %s", words, word) : word;
	}
	return words;
}

/* Not every combination that tables answer for is a packet. */
static const char *point_words(const struct verify_run *run, const struct reference_point *point)
{
	struct arena *arena = run->verify->arena;
	char src[ADDRESS_TEXT], dst[ADDRESS_TEXT];
	const char *words = arena_printf(arena, "from %s to %s", address_format(point->family, point->end[0], src),
					 address_format(point->family, point->end[1], dst));

	for (size_t i = 0; i < run->reference.n_asks; i++) {
		const struct reference_ask *ask = &run->reference.asks[i];

		if (ask->kind != PRED_RANGES)
			continue;
		if (point->values[i] == REFERENCE_ABSENT)
			words = arena_printf(arena, "%s, no %s", words, field_table[ask->field].word);
		else
			words = arena_printf(arena, "%s, %s %u", words, field_table[ask->field].word, point->values[i]);
	}
	return words;
}

const char *verify_packet_text(const struct verify_run *run, const struct reference_point *point, const char **when)
{
	struct packet_spec spec;

	*when = host_words(run, point);
	if (verify_packet(run, point, &spec))
		return packet_spec_text(run->verify->arena, &spec);
	return point_words(run, point);
}
