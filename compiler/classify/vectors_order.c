/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Where each term stands in the vectors. Segments are in order: what is found in one ends the search. In a segment
 * terms that ask the same dimensions are a part, of whole words, so that what does not ask a dimension does not fill
 * its vectors; in a part terms with the same addresses are neighbours, so that an address satisfies few words
 * (rearranged as in Baboescu, Varghese, SIGCOMM 2001).
 */
#include "vectors.h"

#include "rangeset.h"

#include <stdlib.h>

/* A part has words of its own, of which the last is not full. */
#define MOST_PARTS 16u
#define PART_TERMS 64u

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

/* Cuts a segment into words of one part each, and puts these in order. */
static void place_segment(struct placed *placed, size_t n, struct vector_order *order)
{
	uint32_t *out = order->terms + (size_t)order->n_segments++ * SEGMENT_TERMS;
	struct word words[SEGMENT_WORDS];
	size_t n_words = 0;

	qsort(placed, n, sizeof(*placed), compare_placed);
	for (uint32_t begin = 0, end; begin < n; begin = end) {
		for (end = begin; end < n && end - begin < 64 && placed[end].part == placed[begin].part; end++)
			;
		qsort(placed + begin, end - begin, sizeof(*placed), compare_terms);
		words[n_words++] = (struct word){ placed[begin].term, begin, end - begin };
	}
	qsort(words, n_words, sizeof(*words), compare_words);
	for (size_t w = 0; w < n_words; w++)
		for (uint32_t bit = 0; bit < words[w].n; bit++)
			out[w * 64 + bit] = placed[words[w].begin + bit].term + 1;
}

/* How many terms from `begin` on fill a segment. */
static size_t count_segment(const struct placed *placed, size_t begin, size_t n)
{
	uint32_t counts[1u << MOST_DIMENSIONS] = { 0 }, n_words = 0;
	size_t end = begin;

	for (; end < n; end++) {
		bool new_word = counts[placed[end].part]++ % 64 == 0;

		if (new_word && n_words++ == SEGMENT_WORDS)
			break;
	}
	return end - begin;
}

void vector_order(struct arena *scratch, const struct side_build *build, const struct vector_spaces *spaces,
		  struct vector_order *order)
{
	const uint32_t *ranks[2] = { rank_predicates(scratch, build, 0), rank_predicates(scratch, build, 1) };
	struct placed *placed = ARENA_ARRAY(scratch, struct placed, build->n_terms + 1);
	uint32_t mask = choose_mask(scratch, build, spaces);
	size_t fewest = SEGMENT_TERMS - MOST_PARTS * 63;

	for (size_t i = 0; i < build->n_terms; i++) {
		const struct side_term *term = &build->terms[i];

		placed[i] = (struct placed){ dimensions_asked(term, spaces) & mask,
					     { ranks[0][term->end[0]], ranks[1][term->end[1]], term->condition },
					     (uint32_t)i };
	}
	*order = (struct vector_order){ 0 };
	order->terms = ARENA_ARRAY(scratch, uint32_t, (build->n_terms / fewest + 1) * SEGMENT_TERMS);
	for (size_t begin = 0, n; begin < build->n_terms; begin += n) {
		n = count_segment(placed, begin, build->n_terms);
		place_segment(placed + begin, n, order);
	}
}
