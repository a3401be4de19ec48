/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The words of keywords.def as a table. */
#ifndef SENTRY_KEYWORDS_H
#define SENTRY_KEYWORDS_H

#include <stddef.h>

enum keyword_kind {
	KEYWORD_WEAK = 1,
	KEYWORD_START = 2,
	KEYWORD_STATEMENT = 4,
	KEYWORD_CLAUSE = 8,
	KEYWORD_PROTOCOL = 16,
};

struct keyword {
	const char *word;
	int token; /* TOK_… of grammar.h */
	unsigned kinds;
};

extern const struct keyword keyword_table[];
extern const size_t n_keywords;

/* NULL if it is not one. */
const struct keyword *keyword_find(const char *word, size_t length);
const struct keyword *keyword_of_token(int token);

#endif
