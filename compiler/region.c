/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the language can say comes first, as clauses; the rest follows in parentheses, in plain words. */
#include "region.h"

#include "ip_proto.h"
#include "region_values.h"

#include <string.h>

struct region {
	struct arena *arena;
	const struct space *space;
	const struct cube *cube;
	bool says_family;  /* an address or a protocol that only one IP version has */
	struct words text; /* separated by spaces */
	struct words rest; /* by commas */
};

/* NULL: any value. */
static const struct rangeset *field_set(const struct region *region, enum field field)
{
	int d = space_find(region->space, DIMENSION_FIELD, field, NULL);

	return d < 0 ? NULL : region->cube->sets[d];
}

static bool is_only(const struct rangeset *set, u128 value)
{
	return set && set->n == 1 && set->ranges[0].lo == value && set->ranges[0].hi == value;
}

static void say(struct region *region, const char *text)
{
	words_add(region->arena, &region->text, " ", text);
}

static void say_rest(struct region *region, const char *text)
{
	words_add(region->arena, &region->rest, ", ", text);
}

static const char *values(struct region *region, enum field field, const struct rangeset *set)
{
	return values_text(region->arena, region->space->family, field, set, &region->says_family);
}

static void say_values(struct region *region, const char *word, enum field field)
{
	const struct rangeset *set = field_set(region, field);

	if (set)
		say(region, arena_printf(region->arena, "%s %s", word, values(region, field, set)));
}

static bool has_ports(const struct region *region)
{
	return field_set(region, FIELD_SPORT) || field_set(region, FIELD_DPORT);
}

/* tcp, udp and sctp: what `port` alone means. */
static bool is_all_with_ports(const struct rangeset *set)
{
	return set->n == 3 && set->ranges[0].lo == PROTO_TCP && set->ranges[0].hi == PROTO_TCP &&
	       set->ranges[1].lo == PROTO_UDP && set->ranges[1].hi == PROTO_UDP && set->ranges[2].lo == PROTO_SCTP &&
	       set->ranges[2].hi == PROTO_SCTP;
}

/* `icmp4 echo-request code 0`: protocol, type and code are one clause. */
static void say_icmp(struct region *region)
{
	bool v4 = region->space->family == FAMILY_V4;
	const struct rangeset *type = field_set(region, FIELD_ICMP_TYPE), *code = field_set(region, FIELD_ICMP_CODE);

	region->says_family = true;
	say(region, v4 ? "icmp4" : "icmp6");
	if (type)
		say(region, values(region, FIELD_ICMP_TYPE, type));
	else if (code)
		say(region, "0-255");
	if (code)
		say(region, arena_printf(region->arena, "code %s",
					 code_text(region->arena, region->space->family, type, code)));
}

static void say_proto(struct region *region)
{
	static const uint8_t plain[] = { PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_GRE, PROTO_ESP };
	uint8_t icmp = region->space->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6;
	const struct rangeset *set = field_set(region, FIELD_PROTO);

	if (is_only(set, icmp)) {
		say_icmp(region);
		return;
	}
	if (!set || (has_ports(region) && is_all_with_ports(set)))
		return;
	for (size_t i = 0; i < sizeof(plain); i++)
		if (is_only(set, plain[i])) {
			say(region, values(region, FIELD_PROTO, set));
			return;
		}
	say_values(region, "proto", FIELD_PROTO);
}

/* "10.0.0.0/8 and not @bogons"; NULL if nothing is said of the address. */
static const char *address_text(struct region *region, enum field field)
{
	const struct rangeset *set = field_set(region, field);
	struct words words = { NULL };

	if (set)
		words_add(region->arena, &words, " and ", values(region, field, set));
	for (size_t d = 0; d < region->space->n; d++) {
		const struct dimension *dimension = &region->space->dimensions[d];

		if (dimension->kind != DIMENSION_MEMBER || dimension->field != field || !region->cube->sets[d])
			continue;
		words_add(region->arena, &words, " and ",
			  arena_printf(region->arena, "%s@%s", is_only(region->cube->sets[d], 0) ? "not " : "",
				       dimension->name));
	}
	return words.text;
}

/* A port after an address belongs to that address, so `from` without a port of its own needs a `to`. */
static void say_addresses(struct region *region)
{
	const char *from = address_text(region, FIELD_SRC), *to = address_text(region, FIELD_DST);
	const struct rangeset *sport = field_set(region, FIELD_SPORT), *dport = field_set(region, FIELD_DPORT);

	if (from)
		say(region, arena_printf(region->arena, "from %s", from));
	else if (sport)
		say(region, "from");
	if (sport)
		say_values(region, "port", FIELD_SPORT);
	if (to)
		say(region, arena_printf(region->arena, "to %s", to));
	else if (dport && (from || sport))
		say(region, "to any");
	if (dport)
		say_values(region, "port", FIELD_DPORT);
}

static void say_flags(struct region *region)
{
	const struct rangeset *set = field_set(region, FIELD_FLAGS);
	const char *pattern;

	if (!set)
		return;
	pattern = flag_pattern(region->arena, set);
	if (pattern)
		say(region, arena_printf(region->arena, "flags %s", pattern));
	else
		say_rest(region, flag_words(region->arena, set));
}

static void say_state(struct region *region)
{
	int d = space_find(region->space, DIMENSION_STATE, 0, NULL);
	const struct rangeset *set = d < 0 ? NULL : region->cube->sets[d];
	struct words words = { NULL };
	unsigned n = 0;
	bool negate;

	if (!set)
		return;
	for (unsigned state = 0; state < N_STATES; state++)
		n += rangeset_contains(set, state);
	negate = n == N_STATES - 1;
	for (unsigned state = 0; state < N_STATES; state++)
		if (rangeset_contains(set, state) != negate)
			words_add(region->arena, &words, ",", state_names[state]);
	say(region, arena_printf(region->arena, "state %s%s", negate ? "not " : "", words.text));
}

/* By the set of 0 whole, 1 the first, 2 any other fragment, as bits. */
static void say_fragment(struct region *region)
{
	static const char *const words[8] = {
		[1 << 0] = "not a fragment",
		[1 << 0 | 1 << 1] = "not a later fragment",
		[1 << 0 | 1 << 2] = "not a first fragment",
		[1 << 1 | 1 << 2] = "a fragment, first or later",
	};
	const struct rangeset *set = field_set(region, FIELD_FRAGMENT);
	unsigned which = 0;

	if (!set)
		return;
	for (unsigned value = 0; value < 3; value++)
		which |= rangeset_contains(set, value) ? 1u << value : 0;
	if (which == (1u << 0 | 1u << 1) &&
	    (has_ports(region) || field_set(region, FIELD_FLAGS) || field_set(region, FIELD_ICMP_TYPE) ||
	     field_set(region, FIELD_ICMP_CODE)))
		return;
	if (which == 1u << 1)
		say(region, "fragment first");
	else if (which == 1u << 2)
		say(region, "fragment");
	else if (words[which])
		say_rest(region, words[which]);
}

/* Untagged packets have no number that a policy could name: `vlan` speaks of the others. */
static void say_vlan(struct region *region)
{
	const struct rangeset *set = field_set(region, FIELD_VLAN), *tags;
	const char *text;

	if (!set)
		return;
	if (is_only(set, VLAN_NONE)) {
		say_rest(region, "untagged");
		return;
	}
	tags = rangeset_intersect(region->arena, set, rangeset_single(region->arena, 0, VLAN_NONE - 1));
	text = arena_printf(region->arena, "vlan %s", values(region, FIELD_VLAN, tags));
	if (rangeset_contains(set, VLAN_NONE))
		say_rest(region, arena_printf(region->arena, "untagged or %s", text));
	else
		say(region, text);
}

static void say_limits(struct region *region)
{
	for (size_t d = 0; d < region->space->n; d++) {
		const struct dimension *dimension = &region->space->dimensions[d];

		if (dimension->kind != DIMENSION_LIMIT || !region->cube->sets[d])
			continue;
		say_rest(region, arena_printf(region->arena, "%s the rate of '%s'",
					      is_only(region->cube->sets[d], 1) ? "over" : "within", dimension->name));
	}
}

/* Types of ICMP with another protocol, or with several: the clause cannot say that. */
static void say_odd_icmp(struct region *region)
{
	uint8_t icmp = region->space->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6;
	const struct rangeset *type = field_set(region, FIELD_ICMP_TYPE), *code = field_set(region, FIELD_ICMP_CODE);

	if (is_only(field_set(region, FIELD_PROTO), icmp))
		return;
	if (type)
		say_rest(region, arena_printf(region->arena, "ICMP type %s", values(region, FIELD_ICMP_TYPE, type)));
	if (code)
		say_rest(region, arena_printf(region->arena, "ICMP code %s",
					      code_text(region->arena, region->space->family, NULL, code)));
}

const char *region_text(struct arena *arena, const struct space *space, const struct cube *cube)
{
	struct region region = { .arena = arena, .space = space, .cube = cube };
	const char *family = space->family == FAMILY_V4 ? "ip4" : "ip6", *text;

	say_proto(&region);
	say_addresses(&region);
	say_flags(&region);
	say_state(&region);
	say_fragment(&region);
	say_vlan(&region);
	say_values(&region, "dscp", FIELD_DSCP);
	say_values(&region, "ttl", FIELD_TTL);
	say_values(&region, "length", FIELD_LENGTH);
	say_odd_icmp(&region);
	say_limits(&region);

	text = region.text.text;
	if (!region.says_family)
		text = text ? arena_printf(arena, "%s %s", family, text) : family;
	if (region.rest.text)
		text = arena_printf(arena, "%s (%s)", text, region.rest.text);
	return text;
}

/* Digits that are shown in full. */
#define DIGITS_MAX 15u

/* "1180591…" as 1.18e21, rounded. */
static const char *in_short(struct arena *arena, const char *count)
{
	unsigned digits = (unsigned)strlen(count), head = 0;

	for (unsigned i = 0; i < 3; i++)
		head = head * 10 + (unsigned)(count[i] - '0');
	if (count[3] >= '5')
		head++;
	if (head == 1000) {
		head = 100;
		digits++;
	}
	return arena_printf(arena, "%u.%02ue%u", head / 100, head % 100, digits - 1);
}

const char *region_count_text(struct arena *arena, const char *count)
{
	size_t digits = strlen(count);
	struct words words = { NULL };

	if (digits > DIGITS_MAX)
		return in_short(arena, count);
	while (digits) {
		size_t group = digits % 3 ? digits % 3 : 3;

		words_add(arena, &words, ",", arena_strndup(arena, count, group));
		count += group;
		digits -= group;
	}
	return words.text;
}
