/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A search through bit vectors, as the emitted program makes it. */
#include "vectors.h"

#include "class_region.h"

struct search {
	uint64_t left, has[MOST_DIMENSIONS], base[MOST_DIMENSIONS], skipped[MOST_DIMENSIONS];
	uint32_t best, n_words;
};

static void search_segment(const struct classifier *classifier, const struct class_vectors *v, struct search *search,
			   uint64_t place)
{
	for (; search->left; search->left &= search->left - 1) {
		uint64_t below = (search->left & -search->left) - 1, word = ~0ull;
		unsigned number = (unsigned)__builtin_popcountll(below);
		uint64_t first = place + 64ull * number;
		uint32_t answer;

		if (region_get(classifier, &v->answers, first) >= search->best)
			return;
		for (size_t i = 0; i < v->n_dimensions; i++) {
			uint64_t at = search->base[i] + (unsigned)__builtin_popcountll(search->has[i] & below);

			word &= region_get(classifier, &v->words, at) | -(search->skipped[i] >> number & 1);
		}
		search->n_words++;
		if (!word)
			continue;
		answer = (uint32_t)region_get(classifier, &v->answers, first + (unsigned)__builtin_ctzll(word));
		search->best = answer < search->best ? answer : search->best;
	}
}

uint32_t vectors_lookup(const struct classifier *classifier, const struct class_vectors *v, const uint32_t ends[2],
			const uint32_t *kinds, struct vector_work *work)
{
	struct search search = { .best = CLASSIFY_NONE };
	uint32_t segment = 0;

	for (; segment < v->n_segments; segment++) {
		uint64_t place = (uint64_t)segment * SEGMENT_TERMS;

		if (region_get(classifier, &v->answers, place) >= search.best)
			break;
		search.left = ~0ull;
		for (size_t i = 0; i < v->n_dimensions; i++) {
			unsigned which = v->dimensions[i].which;
			uint64_t class = which < DIMENSION_SPACES ? ends[which] : kinds[which - DIMENSION_SPACES];
			uint64_t row = 2 * (class * v->n_segments + segment);

			search.has[i] = region_get(classifier, &v->dimensions[i].rows, row);
			search.base[i] = region_get(classifier, &v->dimensions[i].rows, row + 1);
			search.skipped[i] = region_get(classifier, &v->skipped, segment * v->n_dimensions + i);
			search.left &= search.has[i] | search.skipped[i];
		}
		search_segment(classifier, v, &search, place);
	}
	if (work)
		*work = (struct vector_work){ segment, search.n_words };
	return search.best;
}
