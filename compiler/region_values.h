/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Sets of values of one field as the language writes them: names, prefixes, ranges, lists, `not`. For region.c. */
#ifndef SENTRY_REGION_VALUES_H
#define SENTRY_REGION_VALUES_H

#include "rangeset.h"
#include "space.h"

/* Pieces, joined as they come. NULL: none yet. */
struct words {
	const char *text;
};

void words_add(struct arena *arena, struct words *words, const char *separator, const char *word);

/*
 * "mgmt", "not 10.0.0.0/8", "{ 80, 443 }". *says_family becomes true if an address of the
 * family is written out. Not for FIELD_FLAGS and FIELD_FRAGMENT.
 */
const char *values_text(struct arena *arena, enum family family, enum field field, const struct rangeset *set,
			bool *says_family);

/* Codes of ICMP have words only with one type; `type` may be NULL. */
const char *code_text(struct arena *arena, enum family family, const struct rangeset *type,
		      const struct rangeset *set);

/* "syn/syn,ack", if the set is what one `flags` clause says; else NULL, and flag_words lists them. */
const char *flag_pattern(struct arena *arena, const struct rangeset *set);
const char *flag_words(struct arena *arena, const struct rangeset *set);

#endif
