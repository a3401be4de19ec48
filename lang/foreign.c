/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "foreign.h"

#include "grammar.h"

#include <string.h>

static const struct foreign {
	const char *text;
	int token;
	const char *cure;
} foreign_table[] = {
#define FOREIGN(TEXT, TOKEN, CURE) { TEXT, TOKEN, CURE },
#include "foreign.def"
#undef FOREIGN
};

const char *foreign_cure(const char *text, size_t length, bool (*wants)(const void *context, int token), const void *context)
{
	for (size_t i = 0; i < sizeof(foreign_table) / sizeof(foreign_table[0]); i++) {
		const struct foreign *foreign = &foreign_table[i];

		if (strlen(foreign->text) == length && !memcmp(foreign->text, text, length) && wants(context, foreign->token))
			return foreign->cure;
	}
	return NULL;
}

const char *foreign_sign(char sign)
{
	switch (sign) {
	case '!':
		return "negation is written 'not', as in `from not 10.0.0.0/8`";
	case '&':
		return "addresses are joined by 'and'; clauses of a rule hold together without a sign";
	case '|':
		return "addresses are joined by 'or', or stand in braces: `{ 10.0.0.0/8, 192.0.2.1 }`";
	case '$':
		return "names are used as they are declared, without a sign";
	case '*':
		return "write 'any', or leave the clause out";
	case '\'':
		return "strings stand in double quotes";
	default:
		return NULL;
	}
}
