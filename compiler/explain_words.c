/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "explain_words.h"

#include "rangeset.h"
#include "words.h"

/* Lists longer than this are cut: the policy itself is at hand. */
#define LIST_MAX 4

static const char *family_name(enum family family)
{
	return family == FAMILY_V4 ? "IPv4" : "IPv6";
}

/* What the field is called of a packet; fields.def's words are those of clauses. */
static const char *field_noun(enum field field)
{
	switch (field) {
	case FIELD_VLAN:
		return "VLAN tag";
	case FIELD_PROTO:
		return "protocol";
	case FIELD_SRC:
		return "source";
	case FIELD_DST:
		return "destination";
	case FIELD_SPORT:
		return "source port";
	case FIELD_DPORT:
		return "destination port";
	case FIELD_ICMP_TYPE:
		return "ICMP type";
	case FIELD_ICMP_CODE:
		return "ICMP code";
	default:
		return field_table[field].word;
	}
}

static const char *const fragment_words[] = { "a whole packet", "the first fragment", "a later fragment" };

static char *flags_text(struct arena *arena, unsigned flags)
{
	char *text = arena_strdup(arena, "");

	for (unsigned bit = 0; bit < AST_TCP_FLAGS; bit++)
		if (flags & 1u << bit)
			text = arena_printf(arena, "%s%s%s", text, *text ? "," : "", ast_tcp_flag_names[bit]);
	return *text ? text : arena_strdup(arena, "none");
}

static char *number_text(struct arena *arena, enum field field, enum family family, uint32_t value)
{
	const char *word = NULL;

	switch (field) {
	case FIELD_PROTO:
		if (value <= UINT8_MAX)
			word = words_proto_name((uint8_t)value);
		break;
	case FIELD_FRAGMENT:
		if (value <= 2)
			word = fragment_words[value];
		break;
	case FIELD_FLAGS:
		word = flags_text(arena, value);
		break;
	case FIELD_ICMP_TYPE:
		if (value <= UINT8_MAX)
			word = words_icmp_type_name(family, (uint8_t)value);
		break;
	default:
		break;
	}
	return word ? arena_strdup(arena, word) : arena_printf(arena, "%u", value);
}

static char *value_text(struct arena *arena, enum field field, enum family family, u128 value)
{
	char address[ADDRESS_TEXT];

	if (field == FIELD_SRC || field == FIELD_DST)
		return arena_strdup(arena, address_format(family, value, address));
	return number_text(arena, field, family, (uint32_t)value);
}

char *explain_value(struct arena *arena, const struct model_packet *packet, enum field field)
{
	return value_text(arena, field, packet->family, packet->value[field]);
}

static char *range_text(struct arena *arena, enum field field, enum family family, struct range range)
{
	char address[ADDRESS_TEXT];

	if (field == FIELD_SRC || field == FIELD_DST)
		return arena_strdup(arena, address_range_format(family, range, address));
	if (range.lo == range.hi)
		return value_text(arena, field, family, range.lo);
	return arena_printf(arena, "%u-%u", (unsigned)range.lo, (unsigned)range.hi);
}

static char *list_text(struct arena *arena, enum field field, enum family family, const struct rangeset *set)
{
	size_t shown = set->n > LIST_MAX ? LIST_MAX - 1 : set->n;
	char *text = arena_strdup(arena, "");

	for (size_t i = 0; i < shown; i++) {
		const char *separator = "";

		if (i)
			separator = i + 1 == set->n ? " or " : ", ";
		text = arena_printf(arena, "%s%s%s", text, separator, range_text(arena, field, family, set->ranges[i]));
	}
	if (shown < set->n)
		text = arena_printf(arena, "%s or %zu more", text, set->n - shown);
	return text;
}

static unsigned field_bits(enum field field, enum family family)
{
	return field == FIELD_SRC || field == FIELD_DST ? family_bits(family) : field_table[field].bits;
}

/* What a predicate on ranges wants. Whoever wrote `not` gets to read "anything but". */
static char *wanted_ranges(struct arena *arena, enum field field, enum family family, const struct rangeset *set)
{
	const struct rangeset *others;

	if (field == FIELD_FRAGMENT && set->n == 1 && set->ranges[0].lo == set->ranges[0].hi)
		return arena_strdup(arena, fragment_words[(unsigned)set->ranges[0].lo % 3]);
	if (set->name)
		return arena_printf(arena, "%s (%s)", set->name, list_text(arena, field, family, set));
	others = rangeset_complement(arena, set, field_bits(field, family));
	if (others->n && others->n < set->n)
		return arena_printf(arena, "anything but %s", list_text(arena, field, family, others));
	return list_text(arena, field, family, set);
}

static char *wanted_flags(struct arena *arena, const struct pred *pred)
{
	char *set = flags_text(arena, pred->bits);

	if (pred->bits == pred->mask)
		return set;
	if (!pred->bits)
		return arena_printf(arena, "%s not set", flags_text(arena, pred->mask));
	return arena_printf(arena, "%s set and %s not set", set, flags_text(arena, pred->mask & ~pred->bits));
}

/* Why there is no such field in the packet. */
static char *missing_text(struct arena *arena, const struct model_packet *packet, enum field field)
{
	const char *what;

	switch (field_table[field].needs) {
	case FIELD_NEEDS_LINK:
		return arena_strdup(arena, "the packet has no VLAN tag");
	case FIELD_NEEDS_PORTS:
		what = "ports";
		break;
	case FIELD_NEEDS_TCP:
		what = "TCP flags";
		break;
	case FIELD_NEEDS_ICMP:
		what = "ICMP message";
		break;
	default:
		what = field_noun(field);
	}
	return arena_printf(arena, "the packet has no %s: it is %s%s", what,
			    packet->value[FIELD_FRAGMENT] == 2 ? "a later fragment of " : "",
			    explain_value(arena, packet, FIELD_PROTO));
}

static char *failed_text(struct arena *arena, const struct model_packet *packet, const struct term *term,
			 const struct pred *pred)
{
	const char *wanted, *has;

	if (!packet->has[pred->field])
		return missing_text(arena, packet, pred->field);
	if (pred->kind == PRED_BITS)
		wanted = wanted_flags(arena, pred);
	else
		wanted = wanted_ranges(arena, pred->field, term->family, pred->ranges);
	has = explain_value(arena, packet, pred->field);
	if (pred->field == FIELD_FRAGMENT)
		return arena_printf(arena, "it is %s, the rule wants %s", has, wanted);
	return arena_printf(arena, "%s %s %s, the rule wants %s", field_noun(pred->field),
			    pred->field == FIELD_FLAGS ? "are" : "is", has, wanted);
}

static char *hangs_on_text(struct arena *arena, const struct model_packet *packet, const struct pred *pred)
{
	char *states = NULL;

	if (pred->kind == PRED_MEMBER)
		return arena_printf(arena, "hangs on whether %s is in @%s%s", explain_value(arena, packet, pred->field),
				    pred->set->name, pred->negated ? ": the rule matches if it is not" : "");
	for (unsigned i = 0; i < N_STATES; i++)
		if (pred->states & 1u << i)
			states = states ? arena_printf(arena, "%s or %s", states, state_names[i]) :
					  arena_strdup(arena, state_names[i]);
	return arena_printf(arena, "hangs on whether the connection is %s", states ? states : "in no state");
}

char *explain_step(struct arena *arena, const struct model_packet *packet, const struct model_step *step)
{
	if (step->matched)
		return arena_strdup(arena, "matches");
	if (step->hangs_on)
		return hangs_on_text(arena, packet, step->hangs_on);
	if (!step->failed)
		return arena_printf(arena, "the packet is %s, the rule is only for %s", family_name(packet->family),
				    family_name(packet->family == FAMILY_V4 ? FAMILY_V6 : FAMILY_V4));
	return failed_text(arena, packet, step->term, step->failed);
}

static char *endpoint_text(struct arena *arena, const struct model_packet *packet, enum field address, enum field port)
{
	char *text = explain_value(arena, packet, address);

	if (packet->has[port])
		text = arena_printf(arena, "%s port %s", text, explain_value(arena, packet, port));
	return text;
}

char *explain_packet(struct arena *arena, const struct model_packet *packet)
{
	char *text;

	if (packet->class == MODEL_MALFORMED)
		return arena_printf(arena, "malformed: %s", packet->why);
	if (packet->class == MODEL_NON_IP) {
		text = arena_strdup(arena, "not IP");
		if (packet->has[FIELD_VLAN])
			text = arena_printf(arena, "%s, vlan %s", text, explain_value(arena, packet, FIELD_VLAN));
		return text;
	}
	text = arena_printf(arena, "%s, %s, from %s, to %s", family_name(packet->family),
			    explain_value(arena, packet, FIELD_PROTO),
			    endpoint_text(arena, packet, FIELD_SRC, FIELD_SPORT),
			    endpoint_text(arena, packet, FIELD_DST, FIELD_DPORT));
	if (packet->has[FIELD_FLAGS])
		text = arena_printf(arena, "%s, flags %s", text, explain_value(arena, packet, FIELD_FLAGS));
	if (packet->has[FIELD_ICMP_TYPE])
		text = arena_printf(arena, "%s, type %s code %s", text, explain_value(arena, packet, FIELD_ICMP_TYPE),
				    explain_value(arena, packet, FIELD_ICMP_CODE));
	if (packet->value[FIELD_FRAGMENT])
		text = arena_printf(arena, "%s, %s", text, explain_value(arena, packet, FIELD_FRAGMENT));
	if (packet->has[FIELD_VLAN])
		text = arena_printf(arena, "%s, vlan %s", text, explain_value(arena, packet, FIELD_VLAN));
	if (packet->value[FIELD_DSCP])
		text = arena_printf(arena, "%s, dscp %s", text, explain_value(arena, packet, FIELD_DSCP));
	return arena_printf(arena, "%s, ttl %s, %s bytes", text, explain_value(arena, packet, FIELD_TTL),
			    explain_value(arena, packet, FIELD_LENGTH));
}
