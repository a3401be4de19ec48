/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * "Did you mean": the known word nearest to an unknown one, by optimal string
 * alignment distance (Damerau-Levenshtein with adjacent transpositions), at
 * most a third of the word's length away (and at least 1).
 */
#ifndef SENTRY_SPELL_H
#define SENTRY_SPELL_H

#include <stddef.h>

struct spell {
	const char *word;
	const char *best;
	size_t distance;
};

void spell_init(struct spell *spell, const char *word);
void spell_offer(struct spell *spell, const char *candidate);
/* The nearest candidate offered, or NULL if none is near enough. */
const char *spell_best(const struct spell *spell);

#endif
