/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which terms two addresses satisfy. Mostly few predicates hold for an address, and each pair of them is looked up. Where
 * many do, as of ranges that lie within each other, there are too many pairs: then the terms of one end's predicates
 * are gone through, and each is asked whether its other predicate holds.
 */
#include "verify_reference.h"

#include <string.h>

/* What looking a pair up takes, in terms gone through. */
#define PAIR_WORK 4u

static struct reference_pair *pair_slot(const struct reference *reference, enum family family, uint32_t src, uint32_t dst)
{
	size_t mask = reference->pairs[family].n_slots - 1;
	size_t at = (((uint64_t)src << 32 | dst) * 0xd6e8feb86659fd93u >> 24) & mask;
	struct reference_pair *slots = reference->pairs[family].slots;

	while (slots[at].n && (slots[at].predicate[0] != src || slots[at].predicate[1] != dst))
		at = (at + 1) & mask;
	return &slots[at];
}

const struct reference_pair *reference_find_pair(const struct reference *reference, enum family family, uint32_t src,
						 uint32_t dst)
{
	return pair_slot(reference, family, src, dst);
}

static void list_pairs(struct reference *reference, enum family family)
{
	uint32_t *terms = ARENA_ARRAY(reference->arena, uint32_t, reference->n_terms + 1);
	size_t n_slots = 16, n = 0;

	while (n_slots < 2 * reference->n_terms)
		n_slots *= 2;
	reference->pairs[family].n_slots = n_slots;
	reference->pairs[family].slots = ARENA_ARRAY(reference->arena, struct reference_pair, n_slots);
	for (size_t i = 0; i < reference->n_terms; i++) {
		const struct reference_term *term = &reference->terms[i];
		struct reference_pair *pair;

		if (term->term->family != family)
			continue;
		pair = pair_slot(reference, family, term->predicate[0], term->predicate[1]);
		pair->predicate[0] = term->predicate[0];
		pair->predicate[1] = term->predicate[1];
		pair->n++;
	}
	for (size_t i = 0; i < n_slots; i++) {
		struct reference_pair *pair = &reference->pairs[family].slots[i];

		pair->terms = terms + n;
		n += pair->n;
	}
	for (uint32_t i = 0; i < reference->n_terms; i++) {
		const struct reference_term *term = &reference->terms[i];
		struct reference_pair *pair;

		if (term->term->family != family)
			continue;
		pair = pair_slot(reference, family, term->predicate[0], term->predicate[1]);
		/* Filled from where it begins; brought back below. */
		*(uint32_t *)pair->terms++ = i;
	}
	for (size_t i = 0; i < n_slots; i++)
		reference->pairs[family].slots[i].terms -= reference->pairs[family].slots[i].n;
}

static void list_by_predicate(struct reference *reference, enum family family, unsigned which)
{
	struct reference_end *end = &reference->ends[family][which];
	size_t *next = ARENA_ARRAY(reference->arena, size_t, end->n_predicates + 1);

	end->terms_begin = ARENA_ARRAY(reference->arena, size_t, end->n_predicates + 1);
	for (size_t i = 0; i < reference->n_terms; i++)
		if (reference->terms[i].term->family == family)
			end->terms_begin[reference->terms[i].predicate[which] + 1]++;
	for (size_t p = 0; p < end->n_predicates; p++) {
		end->terms_begin[p + 1] += end->terms_begin[p];
		next[p] = end->terms_begin[p];
	}
	end->terms = ARENA_ARRAY(reference->arena, uint32_t, end->terms_begin[end->n_predicates] + 1);
	for (size_t i = 0; i < reference->n_terms; i++)
		if (reference->terms[i].term->family == family)
			end->terms[next[reference->terms[i].predicate[which]]++] = (uint32_t)i;
	end->n_terms = ARENA_ARRAY(reference->arena, size_t, end->n);
	for (size_t i = 0; i < end->n; i++)
		for (size_t k = end->begins[i]; k < end->begins[i + 1]; k++)
			end->n_terms[i] += end->terms_begin[end->members[k] + 1] - end->terms_begin[end->members[k]];
	end->marks = ARENA_ARRAY(reference->arena, uint64_t, end->n_predicates);
}

void reference_list_terms(struct reference *reference, enum family family)
{
	list_pairs(reference, family);
	for (unsigned which = 0; which < 2; which++)
		list_by_predicate(reference, family, which);
	if (!reference->found)
		reference->found = ARENA_ARRAY(reference->arena, uint32_t, reference->n_terms + 1);
}

static size_t members_of(const struct reference_end *end, size_t interval)
{
	return end->begins[interval + 1] - end->begins[interval];
}

static size_t terms_by_pairs(struct reference *reference, enum family family, const size_t intervals[2])
{
	const struct reference_end *ends = reference->ends[family];
	size_t n = 0;

	for (size_t i = ends[0].begins[intervals[0]]; i < ends[0].begins[intervals[0] + 1]; i++)
		for (size_t k = ends[1].begins[intervals[1]]; k < ends[1].begins[intervals[1] + 1]; k++) {
			const struct reference_pair *pair = pair_slot(reference, family, ends[0].members[i], ends[1].members[k]);

			if (pair->n)
				memcpy(reference->found + n, pair->terms, pair->n * sizeof(*pair->terms));
			n += pair->n;
		}
	return n;
}

/* Those of the predicates of one end whose predicate on the other end holds, too. */
static size_t terms_of_end(struct reference *reference, enum family family, const size_t intervals[2], unsigned which)
{
	const struct reference_end *end = &reference->ends[family][which], *other = &reference->ends[family][!which];
	size_t n = 0;

	reference->mark++;
	for (size_t k = other->begins[intervals[!which]]; k < other->begins[intervals[!which] + 1]; k++)
		other->marks[other->members[k]] = reference->mark;
	for (size_t i = end->begins[intervals[which]]; i < end->begins[intervals[which] + 1]; i++) {
		uint32_t predicate = end->members[i];

		for (size_t t = end->terms_begin[predicate]; t < end->terms_begin[predicate + 1]; t++)
			if (other->marks[reference->terms[end->terms[t]].predicate[!which]] == reference->mark)
				reference->found[n++] = end->terms[t];
	}
	return n;
}

size_t reference_terms(struct reference *reference, enum family family, size_t src, size_t dst)
{
	const struct reference_end *ends = reference->ends[family];
	const size_t intervals[2] = { src, dst }, members[2] = { members_of(&ends[0], src), members_of(&ends[1], dst) };
	size_t by_end[2] = { ends[0].n_terms[src] + members[1], ends[1].n_terms[dst] + members[0] };
	unsigned which = by_end[1] < by_end[0];

	if (PAIR_WORK * members[0] * members[1] <= by_end[which])
		return terms_by_pairs(reference, family, intervals);
	return terms_of_end(reference, family, intervals, which);
}
