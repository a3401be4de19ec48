/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a classifier has to answer, found by asking one term after another. */
#ifndef TEST_CLASS_TERMS_H
#define TEST_CLASS_TERMS_H

#include "classifier.h"
#include "rangeset.h"

static inline bool class_term_holds(const struct class_term *term, const struct class_packet *packet)
{
	if (term->family != packet->family || (term->src && !rangeset_contains(term->src, packet->src)) ||
	    (term->dst && !rangeset_contains(term->dst, packet->dst)))
		return false;
	for (size_t i = 0; i < term->n_tests; i++) {
		uint32_t value = packet->values[term->tests[i].source];

		if (value == CLASSIFY_ABSENT || !rangeset_contains(term->tests[i].values, value))
			return false;
	}
	return true;
}

static inline uint32_t class_first_match(const struct classify_input *input, const struct class_packet *packet)
{
	for (size_t i = 0; i < input->n_terms; i++)
		if (class_term_holds(&input->terms[i], packet))
			return input->terms[i].answer;
	return CLASSIFY_NONE;
}

#endif
