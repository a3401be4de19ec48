/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* All words that the language has for numbers. */
#include "generate.h"

#define PROTO_WORD(WORD, NUMBER) WORD,
static const char *const protos[] = {
#include "words.def"
};

#define PORT_WORD(WORD, NUMBER) WORD,
static const char *const ports[] = {
#include "words.def"
};

#define DSCP_WORD(WORD, NUMBER) WORD,
static const char *const dscp[] = {
#include "words.def"
};

static const struct {
	enum family family;
	const char *word;
} icmp_types[] = {
#define ICMP_WORD(FAMILY, WORD, TYPE) { FAMILY_##FAMILY, WORD },
#include "words.def"
};

static const struct {
	enum family family;
	unsigned type;
	const char *word;
} icmp_codes[] = {
#define ICMP_CODE_WORD(FAMILY, TYPE, WORD, CODE) { FAMILY_##FAMILY, TYPE, WORD },
#include "words.def"
};

#define COUNT(ITEMS) (sizeof(ITEMS) / sizeof((ITEMS)[0]))

const struct word_list proto_words = { COUNT(protos), protos }, port_words = { COUNT(ports), ports },
		       dscp_words = { COUNT(dscp), dscp };

const char *icmp_type_word(struct generator *g, enum family family)
{
	size_t at;

	do
		at = below(g, COUNT(icmp_types));
	while (icmp_types[at].family != family);
	return icmp_types[at].word;
}

const char *icmp_code_words(struct generator *g, enum family family)
{
	size_t at;

	do
		at = below(g, COUNT(icmp_codes));
	while (icmp_codes[at].family != family);
	return arena_printf(&g->doc->arena, "%u code %s", icmp_codes[at].type, icmp_codes[at].word);
}
