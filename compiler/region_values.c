/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "region_values.h"

#include "ip_proto.h"
#include "words.h"

#include <inttypes.h>

/* Of a list, before "… and 12 more". */
#define SHOWN_MAX 4u

void words_add(struct arena *arena, struct words *words, const char *separator, const char *word)
{
	words->text = words->text ? arena_printf(arena, "%s%s%s", words->text, separator, word) : word;
}

/* How the values of a set are written. */
struct spelling {
	struct arena *arena;
	enum family family;
	enum field field;
	int icmp_type; /* of FIELD_ICMP_CODE: the one that it belongs to, or -1 */
};

static const char *proto_word(enum family family, uint8_t proto)
{
	/* `icmp` is each IP version's own, and what is the other's has no word here. */
	if (proto == PROTO_ICMP)
		return family == FAMILY_V4 ? "icmp4" : NULL;
	if (proto == PROTO_ICMPV6)
		return family == FAMILY_V6 ? "icmp6" : NULL;
	return words_proto_name(proto);
}

static const char *number_word(const struct spelling *spelling, uint64_t number)
{
	switch (spelling->field) {
	case FIELD_PROTO:
		return proto_word(spelling->family, (uint8_t)number);
	case FIELD_DSCP:
		return words_dscp_name((uint8_t)number);
	case FIELD_ICMP_TYPE:
		return words_icmp_type_name(spelling->family, (uint8_t)number);
	case FIELD_ICMP_CODE:
		if (spelling->icmp_type < 0)
			return NULL;
		return words_icmp_code_name(spelling->family, (uint8_t)spelling->icmp_type, (uint8_t)number);
	default:
		return NULL;
	}
}

static bool is_address(enum field field)
{
	return field == FIELD_SRC || field == FIELD_DST;
}

static const char *range_text(const struct spelling *spelling, struct range range)
{
	char text[ADDRESS_TEXT];
	const char *word;

	if (is_address(spelling->field))
		return arena_strdup(spelling->arena, address_range_format(spelling->family, range, text));
	if (range.lo != range.hi)
		return arena_printf(spelling->arena, "%" PRIu64 "-%" PRIu64, (uint64_t)range.lo, (uint64_t)range.hi);
	word = number_word(spelling, (uint64_t)range.lo);
	return word ? word : arena_printf(spelling->arena, "%" PRIu64, (uint64_t)range.lo);
}

static const char *list_text(const struct spelling *spelling, const struct rangeset *set)
{
	struct words words = { NULL };

	if (set->n == 1)
		return range_text(spelling, set->ranges[0]);
	for (size_t i = 0; i < set->n && i < SHOWN_MAX; i++)
		words_add(spelling->arena, &words, ", ", range_text(spelling, set->ranges[i]));
	if (set->n > SHOWN_MAX)
		words_add(spelling->arena, &words, ", ",
			  arena_printf(spelling->arena, "… and %zu more", set->n - SHOWN_MAX));
	return arena_printf(spelling->arena, "{ %s }", words.text);
}

static unsigned bits_of(const struct spelling *spelling)
{
	if (is_address(spelling->field))
		return family_bits(spelling->family);
	return field_table[spelling->field].bits;
}

/* Lengths have 32 bits in the language, but no packet is longer than what a dimension holds. */
static const struct rangeset *all_but(const struct spelling *spelling, const struct rangeset *set)
{
	if (spelling->field == FIELD_LENGTH)
		return rangeset_minus(spelling->arena,
				      rangeset_single(spelling->arena, 0, spelling->family == FAMILY_V4 ? 65535 : 65575),
				      set);
	return rangeset_complement(spelling->arena, set, bits_of(spelling));
}

static bool all_prefixes(enum family family, const struct rangeset *set)
{
	unsigned length;

	for (size_t i = 0; i < set->n; i++)
		if (!address_range_is_prefix(family, set->ranges[i], &length))
			return false;
	return true;
}

/* "10.0.0.0/8 and not 10.20.0.0/16": where the outermost addresses are those of a prefix, and what is there is ragged. */
static const char *punched_text(const struct spelling *spelling, const struct rangeset *set)
{
	struct range hull = { .lo = set->ranges[0].lo, .hi = set->ranges[set->n - 1].hi };
	const struct rangeset *holes;
	unsigned length;

	if (!address_range_is_prefix(spelling->family, hull, &length) || all_prefixes(spelling->family, set))
		return NULL;
	holes = rangeset_minus(spelling->arena, rangeset_single(spelling->arena, hull.lo, hull.hi), set);
	return arena_printf(spelling->arena, "%s and not %s", range_text(spelling, hull), list_text(spelling, holes));
}

static const char *spell_set(const struct spelling *spelling, const struct rangeset *set)
{
	const struct rangeset *others = all_but(spelling, set);

	/* `not` where it is shorter. */
	if (others->n && others->n < set->n)
		return arena_printf(spelling->arena, "not %s", list_text(spelling, others));
	if (is_address(spelling->field) && set->n > 1) {
		const char *text = punched_text(spelling, set);

		if (text)
			return text;
	}
	return list_text(spelling, set);
}

const char *values_text(struct arena *arena, enum family family, enum field field, const struct rangeset *set,
			bool *says_family)
{
	struct spelling spelling = { .arena = arena, .family = family, .field = field };

	if (set->name)
		return set->name;
	if (is_address(field))
		*says_family = true;
	return spell_set(&spelling, set);
}

const char *code_text(struct arena *arena, enum family family, const struct rangeset *type,
		      const struct rangeset *set)
{
	struct spelling spelling = { .arena = arena, .family = family, .field = FIELD_ICMP_CODE, .icmp_type = -1 };

	if (type && type->n == 1 && type->ranges[0].lo == type->ranges[0].hi)
		spelling.icmp_type = (int)type->ranges[0].lo;
	return spell_set(&spelling, set);
}

static const char *flags_text(struct arena *arena, unsigned flags)
{
	struct words words = { NULL };

	if (flags == (1u << AST_TCP_FLAGS) - 1)
		return "all";
	for (unsigned bit = 0; bit < AST_TCP_FLAGS; bit++)
		if (flags & 1u << bit)
			words_add(arena, &words, ",", ast_tcp_flag_names[bit]);
	return words.text ? words.text : "none";
}

const char *flag_pattern(struct arena *arena, const struct rangeset *set)
{
	unsigned set_in_all = (1u << AST_TCP_FLAGS) - 1, set_in_any = 0, n = 0, mask;

	for (unsigned value = 0; value < 1u << AST_TCP_FLAGS; value++) {
		if (!rangeset_contains(set, value))
			continue;
		set_in_all &= value;
		set_in_any |= value;
		n++;
	}
	/* Those that are the same in all. */
	mask = ~(set_in_all ^ set_in_any) & ((1u << AST_TCP_FLAGS) - 1);
	if (n != 1u << (AST_TCP_FLAGS - (unsigned)__builtin_popcount(mask)))
		return NULL;
	if (mask == set_in_all)
		return flags_text(arena, mask);
	return arena_printf(arena, "%s/%s", flags_text(arena, set_in_all), flags_text(arena, mask));
}

const char *flag_words(struct arena *arena, const struct rangeset *set)
{
	struct words words = { NULL };
	const char *others = flag_pattern(arena, rangeset_complement(arena, set, AST_TCP_FLAGS));
	unsigned n = 0;

	if (others)
		return arena_printf(arena, "flags other than %s", others);
	for (unsigned value = 0; value < 1u << AST_TCP_FLAGS; value++)
		if (rangeset_contains(set, value) && ++n <= SHOWN_MAX)
			words_add(arena, &words, " or ", flags_text(arena, value));
	if (n > SHOWN_MAX)
		words_add(arena, &words, " ", arena_printf(arena, "… and %u more", n - SHOWN_MAX));
	return arena_printf(arena, "flags exactly %s", words.text);
}
