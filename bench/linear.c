/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "linear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX (1u << 22)

enum part {
	PART_SRC,
	PART_DST,
	PART_SPORT,
	PART_DPORT,
	PART_PROTO,
	N_PARTS
};

static const enum field part_fields[N_PARTS] = {
	[PART_SRC] = FIELD_SRC,   [PART_DST] = FIELD_DST,     [PART_SPORT] = FIELD_SPORT,
	[PART_DPORT] = FIELD_DPORT, [PART_PROTO] = FIELD_PROTO,
};

static bool no_room(struct linear *linear)
{
	snprintf(linear->why, sizeof(linear->why), "out of memory");
	return false;
}

static bool grow(void **array, uint32_t *room, uint32_t n, size_t size)
{
	uint32_t more = *room ? *room * 2 : 1024;
	void *grown;

	if (n < *room)
		return true;
	grown = realloc(*array, more * size);
	if (!grown)
		return false;
	*array = grown;
	*room = more;
	return true;
}

static struct linear_ip6 ip6(u128 value)
{
	return (struct linear_ip6){ (uint64_t)(value >> 64), (uint64_t)value };
}

static u128 span(struct range range)
{
	return range.hi - range.lo;
}

#define COMMON_PARTS                                                                                                   \
	.sport_lo = (uint16_t)at[PART_SPORT].lo, .sport_span = (uint16_t)span(at[PART_SPORT]),                              \
	.dport_lo = (uint16_t)at[PART_DPORT].lo, .dport_span = (uint16_t)span(at[PART_DPORT]),                              \
	.proto_lo = (uint8_t)at[PART_PROTO].lo, .proto_span = (uint8_t)span(at[PART_PROTO]), .ports = ports,               \
	.verdict = (uint8_t)rule->verdict, .rule = number

static bool add_entry(struct linear *linear, enum family family, const struct rule *rule, uint32_t number, bool ports,
		      const struct range at[N_PARTS])
{
	if (linear->n4 + linear->n6 >= ENTRIES_MAX) {
		snprintf(linear->why, sizeof(linear->why), "more than %u combinations of ranges", ENTRIES_MAX);
		return false;
	}
	if (family == FAMILY_V4) {
		if (!grow((void **)&linear->rules4, &linear->room4, linear->n4, sizeof(linear->rules4[0])))
			return no_room(linear);
		linear->rules4[linear->n4++] = (struct linear_rule4){
			.src_lo = (uint32_t)at[PART_SRC].lo, .src_span = (uint32_t)span(at[PART_SRC]),
			.dst_lo = (uint32_t)at[PART_DST].lo, .dst_span = (uint32_t)span(at[PART_DST]), COMMON_PARTS,
		};
		return true;
	}
	if (!grow((void **)&linear->rules6, &linear->room6, linear->n6, sizeof(linear->rules6[0])))
		return no_room(linear);
	linear->rules6[linear->n6++] = (struct linear_rule6){
		.src_lo = ip6(at[PART_SRC].lo), .src_span = ip6(span(at[PART_SRC])),
		.dst_lo = ip6(at[PART_DST].lo), .dst_span = ip6(span(at[PART_DST])), COMMON_PARTS,
	};
	return true;
}

/* Each combination of one range of each field. */
static bool add_combinations(struct linear *linear, enum family family, const struct rule *rule, uint32_t number,
			     const struct rangeset *sets[N_PARTS])
{
	size_t which[N_PARTS] = { 0 }, part;
	struct range at[N_PARTS];

	do {
		for (part = 0; part < N_PARTS; part++)
			at[part] = sets[part]->ranges[which[part]];
		if (!add_entry(linear, family, rule, number,
			       sets[PART_SPORT]->name != NULL || sets[PART_DPORT]->name != NULL, at))
			return false;
		for (part = 0; part < N_PARTS && ++which[part] == sets[part]->n; part++)
			which[part] = 0;
	} while (part < N_PARTS);
	return true;
}

static bool add_term(struct linear *linear, const struct rule *rule, uint32_t number, const struct term *term)
{
	struct range whole[N_PARTS] = {
		{ 0, u128_ones(family_bits(term->family)) }, { 0, u128_ones(family_bits(term->family)) },
		{ 0, 65535 }, { 0, 65535 }, { 0, 255 },
	};
	struct rangeset sets[N_PARTS];
	const struct rangeset *pointers[N_PARTS];

	/* The name is of no use here: it tells that the field was asked for. */
	for (size_t part = 0; part < N_PARTS; part++) {
		sets[part] = (struct rangeset){ 1, &whole[part], NULL };
		pointers[part] = &sets[part];
	}
	for (size_t i = 0; i < term->n; i++) {
		const struct pred *pred = &term->preds[i];
		size_t part = 0;

		while (part < N_PARTS && part_fields[part] != pred->field)
			part++;
		if (pred->kind != PRED_RANGES || part == N_PARTS) {
			snprintf(linear->why, sizeof(linear->why), "rule %s asks for more than a 5-tuple", rule->name);
			return false;
		}
		if (!pred->ranges->n)
			return true;
		sets[part] = (struct rangeset){ pred->ranges->n, pred->ranges->ranges, "asked" };
	}
	return add_combinations(linear, term->family, rule, number, pointers);
}

static bool fill_chunks(struct linear *linear)
{
	for (uint32_t i = linear->n4; i && i % LINEAR_CHUNK; i++) {
		if (!grow((void **)&linear->rules4, &linear->room4, i, sizeof(linear->rules4[0])))
			return false;
		linear->rules4[i] = linear->rules4[i - 1];
	}
	for (uint32_t i = linear->n6; i && i % LINEAR_CHUNK; i++) {
		if (!grow((void **)&linear->rules6, &linear->room6, i, sizeof(linear->rules6[0])))
			return false;
		linear->rules6[i] = linear->rules6[i - 1];
	}
	return true;
}

bool linear_make(struct linear *linear, const struct block *block)
{
	memset(linear, 0, sizeof(*linear));
	for (uint32_t r = 0; r < block->n_rules; r++) {
		const struct rule *rule = block->rules[r];

		if (rule->action == ACTION_SAMPLE || rule->action == ACTION_RATE_LIMIT) {
			snprintf(linear->why, sizeof(linear->why), "rule %s decides nothing by itself", rule->name);
			return false;
		}
		for (size_t t = 0; t < rule->n_terms; t++)
			if (!add_term(linear, rule, r, &rule->terms[t]))
				return false;
	}
	return fill_chunks(linear) || no_room(linear);
}

void linear_free(struct linear *linear)
{
	free(linear->rules4);
	free(linear->rules6);
}
