/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Where each term stands in the vectors. Terms that ask the same dimensions are a part, so that what does not ask a
 * dimension does not fill its vectors; in a part terms with the same addresses are neighbours, so that an address
 * satisfies few words (rearranged as in Baboescu, Varghese, SIGCOMM 2001).
 */
#include "vectors.h"

#include "rangeset.h"

#include <stdlib.h>

/* Each part has segments of its own: more parts are worth it only where there are many terms. */
#define MOST_PARTS 16u
#define PART_TERMS 512u

struct placed {
	uint32_t part;
	uint32_t keys[3];  /* source, destination, condition: what is alike has neighbouring numbers */
	uint32_t term;
};

/* A predicate's number by the address at which it begins. */
struct begin {
	u128 lo, hi;
	uint32_t predicate;
};

static int compare_begins(const void *a, const void *b)
{
	const struct begin *x = a, *y = b;

	if (x->lo != y->lo)
		return x->lo < y->lo ? -1 : 1;
	if (x->hi != y->hi)
		return x->hi > y->hi ? -1 : 1;
	return (x->predicate > y->predicate) - (x->predicate < y->predicate);
}

/* By number of the predicate + 1. */
static uint32_t *rank_predicates(struct arena *scratch, const struct side_build *build, unsigned end)
{
	size_t n = build->n_predicates[end];
	struct begin *begins = ARENA_ARRAY(scratch, struct begin, n + 1);
	uint32_t *ranks = ARENA_ARRAY(scratch, uint32_t, n + 1);

	for (size_t i = 0; i < n; i++) {
		const struct rangeset *set = build->predicates[end][i];

		begins[i] = (struct begin){ set->ranges[0].lo, set->ranges[set->n - 1].hi, (uint32_t)i };
	}
	qsort(begins, n, sizeof(*begins), compare_begins);
	for (size_t i = 0; i < n; i++)
		ranks[begins[i].predicate + 1] = (uint32_t)i + 1;
	return ranks;
}

static uint32_t dimensions_asked(const struct side_term *term, const struct vector_spaces *spaces)
{
	uint32_t asked = (term->end[0] ? 1u << DIMENSION_SOURCE : 0) | (term->end[1] ? 1u << DIMENSION_DESTINATION : 0);

	for (size_t s = 0; s < spaces->n; s++)
		if (spaces->local[s][term->condition])
			asked |= 1u << (DIMENSION_SPACES + s);
	return asked;
}

/* Which dimensions tell parts apart: all, or less where that makes too many; the last spaces have most kinds. */
static uint32_t choose_mask(struct arena *scratch, const struct side_build *build, const struct vector_spaces *spaces)
{
	size_t most = build->n_terms / PART_TERMS < MOST_PARTS ? build->n_terms / PART_TERMS + 1 : MOST_PARTS;
	uint32_t mask = (1u << (DIMENSION_SPACES + spaces->n)) - 1;
	size_t n;

	do {
		bool *seen = ARENA_ARRAY(scratch, bool, 1u << MOST_DIMENSIONS);

		n = 0;
		for (size_t i = 0; i < build->n_terms; i++) {
			bool *slot = &seen[dimensions_asked(&build->terms[i], spaces) & mask];

			n += !*slot;
			*slot = true;
		}
		if (n <= most)
			return mask;
		/* Spaces from the first on, then the ends. */
		if (mask >> DIMENSION_SPACES)
			mask &= ~(1u << (DIMENSION_SPACES + __builtin_ctz(mask >> DIMENSION_SPACES)));
		else
			mask &= mask - 1;
	} while (mask);
	return 0;
}

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	for (unsigned i = 0; i < 3; i++)
		if (x->keys[i] != y->keys[i])
			return x->keys[i] < y->keys[i] ? -1 : 1;
	return (x->term > y->term) - (x->term < y->term);
}

/* Terms are in order: so are their indexes. */
static int compare_terms(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return (x->term > y->term) - (x->term < y->term);
}

/* A word of neighbours: where it begins, how many, and its first term. */
struct word {
	uint32_t first, begin, n;
};

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Cuts one part into words, and puts these into segments. */
static void place_part(struct arena *scratch, struct placed *placed, size_t n, struct vector_order *order)
{
	size_t n_words = (n + 63) / 64;
	struct word *words = ARENA_ARRAY(scratch, struct word, n_words);
	uint32_t *out = order->terms + (size_t)order->n_segments * SEGMENT_TERMS;

	for (size_t w = 0; w < n_words; w++) {
		words[w] = (struct word){ 0, (uint32_t)w * 64, (uint32_t)(n - w * 64 < 64 ? n - w * 64 : 64) };
		qsort(placed + words[w].begin, words[w].n, sizeof(*placed), compare_terms);
		words[w].first = placed[words[w].begin].term;
	}
	qsort(words, n_words, sizeof(*words), compare_words);
	for (size_t w = 0; w < n_words; w++)
		for (uint32_t bit = 0; bit < words[w].n; bit++)
			out[w * 64 + bit] = placed[words[w].begin + bit].term + 1;
	order->n_segments += (uint32_t)((n_words + SEGMENT_WORDS - 1) / SEGMENT_WORDS);
}

void vector_order(struct arena *scratch, const struct side_build *build, const struct vector_spaces *spaces,
		  struct vector_order *order)
{
	const uint32_t *ranks[2] = { rank_predicates(scratch, build, 0), rank_predicates(scratch, build, 1) };
	struct placed *placed = ARENA_ARRAY(scratch, struct placed, build->n_terms + 1);
	uint32_t mask = choose_mask(scratch, build, spaces);

	for (size_t i = 0; i < build->n_terms; i++) {
		const struct side_term *term = &build->terms[i];

		placed[i] = (struct placed){ dimensions_asked(term, spaces) & mask,
					     { ranks[0][term->end[0]], ranks[1][term->end[1]], term->condition },
					     (uint32_t)i };
	}
	qsort(placed, build->n_terms, sizeof(*placed), compare_placed);
	*order = (struct vector_order){ 0 };
	order->terms = ARENA_ARRAY(scratch, uint32_t, build->n_terms + (MOST_PARTS + 1) * (size_t)SEGMENT_TERMS);
	for (size_t begin = 0, end; begin < build->n_terms; begin = end) {
		for (end = begin; end < build->n_terms && placed[end].part == placed[begin].part; end++)
			;
		place_part(scratch, placed + begin, end - begin, order);
	}
}
