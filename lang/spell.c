/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "spell.h"

#include <stdint.h>
#include <string.h>

/* No known word is longer, and nobody mistypes a longer one into it. */
#define WORD_MAX 64

void spell_init(struct spell *spell, const char *word)
{
	*spell = (struct spell){ .word = word, .distance = SIZE_MAX };
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap neighbours; each place edited once. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[b_length];
}

void spell_offer(struct spell *spell, const char *candidate)
{
	size_t word_length = strlen(spell->word), length = strlen(candidate);
	size_t allowed = word_length / 3 ? word_length / 3 : 1;
	size_t distance;

	if (word_length > WORD_MAX || length > WORD_MAX || length + allowed < word_length || word_length + allowed < length)
		return;
	distance = edit_distance(spell->word, word_length, candidate, length);
	/* With one or two letters, an edit leaves nothing in common. */
	if (distance > allowed || distance >= word_length || distance >= length)
		return;
	if (distance < spell->distance) {
		spell->best = candidate;
		spell->distance = distance;
	}
}

const char *spell_best(const struct spell *spell)
{
	return spell->best;
}
