/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "keywords.h"

#include "grammar.h"

#include <string.h>

/* The kinds as keywords.def writes them. */
enum {
	WEAK = KEYWORD_WEAK,
	START = KEYWORD_START,
	STATEMENT = KEYWORD_STATEMENT,
	CLAUSE = KEYWORD_CLAUSE,
	PROTOCOL = KEYWORD_PROTOCOL,
};

const struct keyword keyword_table[] = {
#define KEYWORD(ID, WORD, KINDS) { WORD, TOK_##ID, KINDS },
#include "keywords.def"
#undef KEYWORD
};

const size_t n_keywords = sizeof(keyword_table) / sizeof(keyword_table[0]);

const struct keyword *keyword_find(const char *word, size_t length)
{
	size_t low = 0, high = n_keywords;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *known = keyword_table[middle].word;
		int order = strncmp(word, known, length);

		if (!order && !known[length])
			return &keyword_table[middle];
		/* A word that is the beginning of a known one sorts before it. */
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct keyword *keyword_of_token(int token)
{
	for (size_t i = 0; i < n_keywords; i++)
		if (keyword_table[i].token == token)
			return &keyword_table[i];
	return NULL;
}
