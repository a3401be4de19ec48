/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "reference.h"

#include "engine.h"

#include <stdlib.h>
#include <string.h>

#define SLICES 256
#define N_INDEXED 3

static const enum field indexed[N_INDEXED] = { FIELD_SRC, FIELD_DST, FIELD_DPORT };

/* The values of one field cut into slices, and the rules that some value of each may match. */
struct index {
	size_t n;            /* slices; the first begins at 0 */
	u128 begin[SLICES];
	uint64_t *rules;     /* n bitmaps */
};

struct reference {
	const struct block *block;
	size_t words;        /* of a bitmap */
	struct index indexes[N_FAMILIES][N_INDEXED];
};

bool reference_needs_model(const struct policy *policy)
{
	if (policy->states.used)
		return true;
	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t r = 0; r < policy->blocks[b]->n_rules; r++) {
			const struct rule *rule = policy->blocks[b]->rules[r];

			if (rule->action == ACTION_RATE_LIMIT)
				return true;
			for (size_t t = 0; t < rule->n_terms; t++)
				for (size_t p = 0; p < rule->terms[t].n; p++)
					if (rule->terms[t].preds[p].kind == PRED_MEMBER ||
					    rule->terms[t].preds[p].kind == PRED_STATE)
						return true;
		}
	return false;
}

/* --- the index ------------------------------------------------------------------- */

static const struct rangeset *term_ranges(const struct term *term, enum field field)
{
	for (size_t i = 0; i < term->n; i++)
		if (term->preds[i].kind == PRED_RANGES && term->preds[i].field == field)
			return term->preds[i].ranges;
	return NULL;
}

static int compare_values(const void *a, const void *b)
{
	const u128 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Where ranges of the field begin or have ended; returns how many, and writes them if `values` is there. */
static size_t collect_bounds(const struct block *block, enum family family, enum field field, u128 *values)
{
	size_t n = 0;

	for (size_t r = 0; r < block->n_rules; r++)
		for (size_t t = 0; t < block->rules[r]->n_terms; t++) {
			const struct term *term = &block->rules[r]->terms[t];
			const struct rangeset *ranges = term->family == family ? term_ranges(term, field) : NULL;

			for (size_t i = 0; ranges && i < ranges->n; i++, n += 2) {
				if (!values)
					continue;
				values[n] = ranges->ranges[i].lo;
				values[n + 1] = ranges->ranges[i].hi + 1;
			}
		}
	return n;
}

static bool cut_slices(struct index *index, const struct block *block, enum family family, enum field field)
{
	size_t n = collect_bounds(block, family, field, NULL), unlike = 0;
	u128 *values = calloc(n + 1, sizeof(*values));

	if (!values)
		return false;
	collect_bounds(block, family, field, values);
	qsort(values, n, sizeof(*values), compare_values);
	for (size_t i = 0; i < n; i++)
		if (values[i] && (!unlike || values[i] != values[unlike - 1]))
			values[unlike++] = values[i];
	index->begin[0] = 0;
	index->n = 1;
	for (size_t slice = 1; slice < SLICES; slice++) {
		size_t at = slice * unlike / SLICES;

		if (at < unlike && values[at] > index->begin[index->n - 1])
			index->begin[index->n++] = values[at];
	}
	free(values);
	return true;
}

static size_t slice_of(const struct index *index, u128 value)
{
	size_t low = 0, high = index->n - 1;

	while (low < high) {
		size_t middle = (low + high + 1) / 2;

		if (index->begin[middle] <= value)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void mark(struct index *index, size_t words, size_t rule, size_t first, size_t last)
{
	for (size_t slice = first; slice <= last; slice++)
		index->rules[slice * words + rule / 64] |= 1ull << rule % 64;
}

static void mark_term(struct index *index, size_t words, size_t rule, const struct rangeset *ranges)
{
	if (!ranges)
		mark(index, words, rule, 0, index->n - 1);
	for (size_t i = 0; ranges && i < ranges->n; i++)
		mark(index, words, rule, slice_of(index, ranges->ranges[i].lo), slice_of(index, ranges->ranges[i].hi));
}

static bool make_index(struct reference *reference, enum family family, size_t which)
{
	struct index *index = &reference->indexes[family][which];
	const struct block *block = reference->block;

	if (!cut_slices(index, block, family, indexed[which]))
		return false;
	index->rules = calloc(index->n * reference->words, sizeof(index->rules[0]));
	if (!index->rules)
		return false;
	for (size_t r = 0; r < block->n_rules; r++)
		for (size_t t = 0; t < block->rules[r]->n_terms; t++)
			if (block->rules[r]->terms[t].family == family)
				mark_term(index, reference->words, r, term_ranges(&block->rules[r]->terms[t], indexed[which]));
	return true;
}

struct reference *reference_new(const struct block *block)
{
	struct reference *reference = calloc(1, sizeof(*reference));

	if (!reference)
		return NULL;
	reference->block = block;
	reference->words = block->n_rules / 64 + 1;
	for (int family = 0; family < N_FAMILIES; family++)
		for (size_t which = 0; which < N_INDEXED; which++)
			if (!make_index(reference, (enum family)family, which)) {
				reference_free(reference);
				return NULL;
			}
	return reference;
}

void reference_free(struct reference *reference)
{
	for (int family = 0; reference && family < N_FAMILIES; family++)
		for (size_t which = 0; which < N_INDEXED; which++)
			free(reference->indexes[family][which].rules);
	free(reference);
}

/* --- rules ----------------------------------------------------------------------- */

static bool ranges_hold(const struct rangeset *ranges, u128 value)
{
	size_t low = 0, high = ranges->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (value > ranges->ranges[middle].hi)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ranges->n && value >= ranges->ranges[low].lo;
}

static bool term_holds(const struct term *term, const struct model_packet *packet)
{
	if (term->family != packet->family)
		return false;
	for (size_t i = 0; i < term->n; i++) {
		const struct pred *pred = &term->preds[i];

		if (!packet->has[pred->field])
			return false;
		if (pred->kind == PRED_RANGES ? !ranges_hold(pred->ranges, packet->value[pred->field])
					      : (packet->value[pred->field] & pred->mask) != pred->bits)
			return false;
	}
	return true;
}

/* A sample decides nothing. */
static bool rule_decides(const struct rule *rule, const struct model_packet *packet)
{
	for (size_t t = 0; rule->action != ACTION_SAMPLE && t < rule->n_terms; t++)
		if (term_holds(&rule->terms[t], packet))
			return true;
	return false;
}

uint32_t reference_judge(const struct reference *reference, const struct frame *frame)
{
	const struct block *block = reference->block;
	const uint64_t *maps[N_INDEXED];
	struct model_packet packet;
	size_t n_maps = 0;

	model_parse(frame, &packet);
	if (packet.class == MODEL_MALFORMED)
		return block->first_id + SLOT_MALFORMED;
	if (packet.class == MODEL_NON_IP)
		return block->first_id + SLOT_NON_IP;
	for (size_t which = 0; which < N_INDEXED; which++) {
		const struct index *index = &reference->indexes[packet.family][which];

		if (packet.has[indexed[which]])
			maps[n_maps++] = index->rules + slice_of(index, packet.value[indexed[which]]) * reference->words;
	}
	for (size_t word = 0; word < reference->words; word++) {
		uint64_t left = maps[0][word];

		for (size_t i = 1; i < n_maps; i++)
			left &= maps[i][word];
		for (; left; left &= left - 1) {
			const struct rule *rule = block->rules[word * 64 + (size_t)__builtin_ctzll(left)];

			if (rule_decides(rule, &packet))
				return rule->id;
		}
	}
	return block->first_id + SLOT_DEFAULT;
}

enum verdict reference_verdict(const struct block *block, uint32_t slot)
{
	switch (slot - block->first_id) {
	case SLOT_MALFORMED:
		return block->malformed;
	case SLOT_NON_IP:
		return block->non_ip;
	case SLOT_DEFAULT:
		return block->default_verdict;
	default:
		return block->rules[slot - block->first_id - SLOT_RULES]->verdict;
	}
}
