/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "words.h"

#include <stddef.h>
#include <string.h>

/* One row of any of the tables; family and type only where the table has them. */
struct word {
	const char *text;
	uint16_t number;
	enum family family;
	uint8_t type;
};

static const struct word ports[] = {
#define PORT_WORD(WORD, NUMBER) { .text = WORD, .number = NUMBER },
#include "words.def"
	{ .text = NULL },
};

static const struct word protos[] = {
#define PROTO_WORD(WORD, NUMBER) { .text = WORD, .number = NUMBER },
#include "words.def"
	{ .text = NULL },
};

static const struct word icmp_types[] = {
#define ICMP_WORD(FAMILY, WORD, TYPE) { .text = WORD, .number = TYPE, .family = FAMILY_##FAMILY },
#include "words.def"
	{ .text = NULL },
};

static const struct word icmp_codes[] = {
#define ICMP_CODE_WORD(FAMILY, TYPE, WORD, CODE) \
	{ .text = WORD, .number = CODE, .family = FAMILY_##FAMILY, .type = TYPE },
#include "words.def"
	{ .text = NULL },
};

static const struct word dscp_classes[] = {
#define DSCP_WORD(WORD, NUMBER) { .text = WORD, .number = NUMBER },
#include "words.def"
	{ .text = NULL },
};

static const struct word *by_text(const struct word *table, enum family family, uint8_t type, const char *text)
{
	for (; table->text; table++)
		if (table->family == family && table->type == type && !strcmp(table->text, text))
			return table;
	return NULL;
}

static const char *by_number(const struct word *table, enum family family, uint8_t type, uint16_t number)
{
	for (; table->text; table++)
		if (table->family == family && table->type == type && table->number == number)
			return table->text;
	return NULL;
}

static bool number8(const struct word *word, uint8_t *out)
{
	if (word)
		*out = (uint8_t)word->number;
	return word;
}

bool words_port(const char *word, uint16_t *port)
{
	const struct word *found = by_text(ports, FAMILY_V4, 0, word);

	if (found)
		*port = found->number;
	return found;
}

bool words_proto(const char *word, uint8_t *proto)
{
	return number8(by_text(protos, FAMILY_V4, 0, word), proto);
}

bool words_dscp(const char *word, uint8_t *dscp)
{
	return number8(by_text(dscp_classes, FAMILY_V4, 0, word), dscp);
}

bool words_icmp_type(enum family family, const char *word, uint8_t *type)
{
	return number8(by_text(icmp_types, family, 0, word), type);
}

bool words_icmp_code(enum family family, uint8_t type, const char *word, uint8_t *code)
{
	return number8(by_text(icmp_codes, family, type, word), code);
}

const char *words_proto_name(uint8_t proto)
{
	return by_number(protos, FAMILY_V4, 0, proto);
}

const char *words_dscp_name(uint8_t dscp)
{
	return by_number(dscp_classes, FAMILY_V4, 0, dscp);
}

const char *words_icmp_type_name(enum family family, uint8_t type)
{
	return by_number(icmp_types, family, 0, type);
}

const char *words_icmp_code_name(enum family family, uint8_t type, uint8_t code)
{
	return by_number(icmp_codes, family, type, code);
}

static void offer_all(struct spell *spell, const struct word *table)
{
	for (; table->text; table++)
		spell_offer(spell, table->text);
}

static void offer_family(struct spell *spell, const struct word *table, enum family family)
{
	for (; table->text; table++)
		if (table->family == family)
			spell_offer(spell, table->text);
}

void words_offer_ports(struct spell *spell)
{
	offer_all(spell, ports);
}

void words_offer_protos(struct spell *spell)
{
	offer_all(spell, protos);
}

void words_offer_dscp(struct spell *spell)
{
	offer_all(spell, dscp_classes);
}

void words_offer_icmp_types(struct spell *spell, enum family family)
{
	offer_family(spell, icmp_types, family);
}

void words_offer_icmp_codes(struct spell *spell, enum family family)
{
	offer_family(spell, icmp_codes, family);
}
