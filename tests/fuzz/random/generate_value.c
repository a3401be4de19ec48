/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Operands: addresses, ports and other numbers, rates. */
#include "generate.h"

#include <stdio.h>
#include <string.h>

static u128 random_address(struct rng *rng, enum family family)
{
	u128 value = (u128)rng_next(rng) << 64 | rng_next(rng);

	return value & u128_ones(family_bits(family));
}

static u128 nasty_address(struct rng *rng, enum family family)
{
	static const uint32_t v4[] = { 0,          0xffffffff, 0x7fffffff, 0x80000000, 0x0a000000,
				       0xc0a80101, 0x7f000001, 0xe0000001, 0xac100000, 1 };
	static const uint64_t v6[] = { 0,
				       0xffffffffffffffff,
				       0x8000000000000000,
				       0x20010db800000000,
				       0xfe80000000000000,
				       0xff02000000000000,
				       0xfd00000000000000 };

	if (family == FAMILY_V4)
		return v4[rng_below(rng, sizeof(v4) / sizeof(v4[0]))];
	switch (rng_below(rng, 8)) {
	case 0:
		return u128_ones(128);
	case 1:
		return 1;
	case 2:
		return (u128)0xffff << 32 | 0x0a000001; /* IPv4, mapped */
	default:
		return ((u128)v6[rng_below(rng, sizeof(v6) / sizeof(v6[0]))] << 64) + rng_below(rng, 3);
	}
}

void generate_bases(struct generator *g)
{
	static const unsigned ports[] = { 0, 1, 22, 53, 80, 443, 1023, 1024, 32767, 32768, 65534, 65535 };

	g->n_bases = 1 + below(g, BASES);
	for (unsigned family = 0; family < N_FAMILIES; family++)
		for (unsigned i = 0; i < g->n_bases; i++)
			g->bases[family][i] =
				chance(g, 60) ? nasty_address(&g->rng, family) : random_address(&g->rng, family);
	for (unsigned i = 0; i < 8; i++)
		g->ports[i] = chance(g, 75) ? ports[below(g, 12)] : below(g, 65536);
}

static const char *range_text(struct doc *doc, struct rng *rng, enum family family, u128 base)
{
	u128 most = u128_ones(family_bits(family));
	struct range range = { base, base };
	char text[ADDRESS_TEXT], other[ADDRESS_TEXT];
	u128 reach = rng_below(rng, 3) ? rng_below(rng, 1000) : (u128)1 << rng_below(rng, family_bits(family));

	switch (rng_below(rng, 4)) {
	case 0:
		range.lo = 0;
		break;
	case 1:
		range.hi = most;
		break;
	default:
		range.hi = most - base < reach ? most : base + reach;
	}
	return arena_printf(&doc->arena, "%s-%s", address_format(family, range.lo, text),
			    address_format(family, range.hi, other));
}

static const char *about(struct doc *doc, struct rng *rng, enum family family, u128 base)
{
	static const unsigned lengths[N_FAMILIES][8] = { { 0, 1, 8, 16, 24, 30, 31, 32 },
							 { 0, 1, 32, 48, 64, 126, 127, 128 } };
	unsigned bits = family_bits(family), length = lengths[family][rng_below(rng, 8)];
	char text[ADDRESS_TEXT];

	switch (rng_below(rng, 6)) {
	case 0:
		return range_text(doc, rng, family, base);
	case 1:
	case 2:
		return arena_strdup(&doc->arena, address_format(family, base, text));
	case 3:
		length = rng_below(rng, bits + 1);
		/* fallthrough */
	default:
		/* Half of all nets would be everything. */
		if (!length && rng_below(rng, 2))
			length = 8;
		base &= ~u128_ones(bits - length) & u128_ones(bits);
		return arena_printf(&doc->arena, "%s/%u", address_format(family, base, text), length);
	}
}

const char *address_text(struct generator *g, enum family family)
{
	u128 base = g->bases[family][below(g, g->n_bases)];

	if (chance(g, 40))
		base = (base + below(g, 4)) & u128_ones(family_bits(family));
	if (chance(g, g->simple / 2))
		base = random_address(&g->rng, family);
	return about(g->doc, &g->rng, family, base);
}

const char *address_text_plain(struct generator *g, enum family family)
{
	unsigned bits = family_bits(family);
	char text[ADDRESS_TEXT];

	/* So that it is the first of its /8. */
	return arena_strdup(&g->doc->arena, address_format(family, g->bases[family][below(g, g->n_bases)] >> (bits - 8) << (bits - 8), text));
}

const char *host_text(struct generator *g, enum family family)
{
	u128 base = g->bases[family][below(g, g->n_bases)] ^ below(g, 1000);
	char text[ADDRESS_TEXT];

	return arena_strdup(&g->doc->arena, address_format(family, base, text));
}

static const char *number_text(struct doc *doc, struct rng *rng, unsigned base, unsigned max)
{
	unsigned hi;

	switch (rng_below(rng, 5)) {
	case 0:
		hi = rng_below(rng, 2) ? max : base + rng_below(rng, max - base + 1);
		return arena_printf(&doc->arena, "%u-%u", base, hi);
	case 1:
		/* Up to it, but seldom everything. */
		if (base < max)
			return arena_printf(&doc->arena, "%u-%u", rng_below(rng, 2) ? 0 : base / 2, base);
		/* fallthrough */
	default:
		return arena_printf(&doc->arena, "%u", base);
	}
}

const char *generate_other(struct doc *doc, struct rng *rng, enum piece_tag tag)
{
	static const char *const verdicts[] = { "allow", "deny", "reject" };

	switch (tag) {
	case PIECE_ACTION:
		return verdicts[rng_below(rng, 3)];
	case PIECE_ADDRESS4:
		return about(doc, rng, FAMILY_V4, nasty_address(rng, FAMILY_V4));
	case PIECE_ADDRESS6:
		return about(doc, rng, FAMILY_V6, nasty_address(rng, FAMILY_V6));
	case PIECE_PORT:
		return number_text(doc, rng, rng_below(rng, 65536), 65535);
	case PIECE_NUMBER8:
		return number_text(doc, rng, rng_below(rng, 64), 63);
	default:
		return NULL;
	}
}

static void add_address(struct generator *g, struct piece *parent, unsigned families)
{
	enum family family = families == 1 ? FAMILY_V4 : families == 2 ? FAMILY_V6 : below(g, N_FAMILIES);

	doc_leaf_tagged(g->doc, parent, family == FAMILY_V4 ? PIECE_ADDRESS4 : PIECE_ADDRESS6, address_text(g, family));
}

void add_address_list(struct generator *g, struct piece *parent, unsigned families, unsigned n)
{
	struct piece *list = doc_add(g->doc, parent, "{ ", ", ", chance(g, 5) ? ", }" : " }");

	/* A list that speaks of one version only narrows its rule, and may contradict what else the rule says. */
	for (unsigned family = 0; family < N_FAMILIES; family++)
		if (families & 1u << family)
			add_address(g, list, 1u << family);
	for (unsigned i = 2; i < n; i++)
		add_address(g, list, families);
}

static void add_set_operand(struct generator *g, struct piece *parent, unsigned families)
{
	unsigned set = below(g, g->n_sets);
	const char *name = arena_printf(&g->doc->arena, "@s%u", set);

	switch (below(g, 7)) {
	case 0:
		doc_leaf(g->doc, parent, arena_printf(&g->doc->arena, "not %s", name));
		break;
	case 3:
		doc_leaf(g->doc, parent, arena_printf(&g->doc->arena, "%s %s @s%u", name, chance(g, 50) ? "or" : "and", below(g, g->n_sets)));
		break;
	case 4:
		doc_leaf(g->doc, parent, arena_printf(&g->doc->arena, "not (%s or @s%u) and ", name, below(g, g->n_sets)));
		add_address_list(g, parent, families, 3);
		break;
	case 1:
		add_address_list(g, parent, families, 2);
		doc_leaf(g->doc, parent, arena_printf(&g->doc->arena, " and not %s", name));
		break;
	case 2:
		doc_leaf(g->doc, parent, "(");
		add_address_list(g, parent, families, 2);
		doc_leaf(g->doc, parent, arena_printf(&g->doc->arena, " or %s) and any", name));
		break;
	default:
		doc_leaf(g->doc, parent, name);
	}
}

void add_addresses(struct generator *g, struct piece *parent, unsigned families)
{
	bool both = families == 3;

	if (g->n_sets && chance(g, g->sets_used)) {
		add_set_operand(g, parent, families);
		return;
	}
	if (chance(g, g->negation))
		doc_leaf(g->doc, parent, "not ");
	switch (below(g, g->simple > 50 ? 3 : 8)) {
	case 0:
	case 1:
		if (both)
			add_address_list(g, parent, families, 2);
		else
			add_address(g, parent, families);
		break;
	case 2:
	case 3:
		add_address_list(g, parent, families, 1 + below(g, 5));
		break;
	case 4:
		add_address_list(g, parent, families, 2);
		doc_leaf(g->doc, parent, chance(g, 50) ? " and not " : " or ");
		add_address_list(g, parent, families, 2);
		break;
	case 5:
		doc_leaf(g->doc, parent, "(");
		add_address_list(g, parent, families, 1 + below(g, 3));
		doc_leaf(g->doc, parent, " or ");
		add_address_list(g, parent, families, 2);
		doc_leaf(g->doc, parent, ") and not ");
		add_address_list(g, parent, families, 2);
		break;
	default:
		if (g->n_nets)
			doc_leaf(g->doc, parent, arena_printf(&g->doc->arena, "n%u", below(g, g->n_nets)));
		else
			add_address_list(g, parent, families, 3);
	}
}

static void add_port(struct generator *g, struct piece *parent)
{
	if (chance(g, 10))
		doc_leaf(g->doc, parent, port_words.words[below(g, (unsigned)port_words.n)]);
	else
		doc_leaf_tagged(
			g->doc, parent, PIECE_PORT,
			number_text(g->doc, &g->rng, chance(g, 80) ? g->ports[below(g, 8)] : below(g, 65536), 65535));
}

void add_port_list(struct generator *g, struct piece *parent, unsigned n)
{
	struct piece *list = doc_add(g->doc, parent, "{ ", ", ", " }");

	for (unsigned i = 0; i < n; i++)
		add_port(g, list);
}

void add_ports(struct generator *g, struct piece *parent)
{
	if (chance(g, g->negation))
		doc_leaf(g->doc, parent, "not ");
	switch (below(g, 6)) {
	case 0:
	case 1:
		add_port_list(g, parent, 1 + below(g, chance(g, 5) ? 60 : 5));
		break;
	case 2:
		if (g->n_ports) {
			doc_leaf(g->doc, parent, arena_printf(&g->doc->arena, "p%u", below(g, g->n_ports)));
			break;
		}
		/* fallthrough */
	default:
		add_port(g, parent);
	}
}

void add_numbers(struct generator *g, struct piece *parent, unsigned max, const struct word_list *words)
{
	struct piece *list = parent;
	unsigned n = chance(g, 40) ? 2 + below(g, 3) : 1;

	if (chance(g, g->negation))
		doc_leaf(g->doc, parent, "not ");
	if (n > 1)
		list = doc_add(g->doc, parent, "{ ", ", ", " }");
	for (unsigned i = 0; i < n; i++) {
		unsigned corner = below(g, 4);
		unsigned base = corner == 0 ? 0 : corner == 1 ? max : below(g, max + 1);

		if (words && chance(g, 25))
			doc_leaf(g->doc, list, words->words[below(g, (unsigned)words->n)]);
		else
			doc_leaf_tagged(g->doc, list, max == 63 ? PIECE_NUMBER8 : PIECE_PLAIN,
					number_text(g->doc, &g->rng, base, max));
	}
}

static const char *generate_keys(struct generator *g, const char *distinct)
{
	static const char *const keys[] = {
		" per src",       " per dst",       " per flow",     " per port",          " per src/24",
		" per src/16/64", " per src, port", " per src, dst", " per dst/0/1, port", " per src/32/127, dst/31"
	};
	static const char *const of_distinct[3] = { " per src", " per dst", " per src, port" };

	if (distinct)
		return of_distinct[!strcmp(distinct, "port") ? 0 : !strcmp(distinct, "src") ? 1 : 2];
	return keys[below(g, sizeof(keys) / sizeof(keys[0]))];
}

const char *generate_rate(struct generator *g)
{
	static const char *const periods[] = { "s", "s", "m", "h" };
	static const char *const counts[] = { "1", "2", "3", "20", "1_000" };
	static const char *const amounts[] = { "8kbit", "1kbyte", "2mbit", "64byte", "1gbit" };
	static const char *const values[] = { "port", "src", "dst" };
	static const char *const bursts[] = { "1", "2", "5", "40" };
	struct arena *arena = &g->doc->arena;
	const char *max = chance(g, 90) ? " max 5000" : "", *period = periods[below(g, 4)];
	const char *distinct = values[below(g, 3)];

	switch (below(g, 7)) {
	case 6:
		/* The burst is what comes in a second, or one. */
		return arena_printf(arena, "%s/%s%s%s", chance(g, 70) ? counts[below(g, 5)] : "1mbit", period, generate_keys(g, NULL), max);
	case 0:
		return arena_printf(arena, "%s/%s distinct %s%s%s", counts[below(g, 4)], period, distinct,
				    generate_keys(g, distinct), max);
	case 1:
		return arena_printf(arena, "%s/s burst %u%s%s", amounts[below(g, 5)], 60 + below(g, 3000),
				    generate_keys(g, NULL), max);
	case 2:
		return arena_printf(arena, "%s/%s burst %s", counts[below(g, 5)], period, bursts[below(g, 4)]);
	default:
		return arena_printf(arena, "%s/%s burst %s%s%s", counts[below(g, 5)], period, bursts[below(g, 4)],
				    generate_keys(g, NULL), max);
	}
}
