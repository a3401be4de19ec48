/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Packets that would find an error where there are too many regions to ask for each. */
#include "verify_parts.h"

#include "ip_proto.h"

#include <stdlib.h>
#include <string.h>

/* Of a rule's ranges of one field, so many are gone to the ends of. */
#define MOST_RANGES 4

/* Of 16 witnesses: mixed from several rules, in two at once. The others are at corners, and begin with each rule once. */
#define MIXED 5
#define CROSSED 5

static uint64_t below(struct verify_run *run, uint64_t n)
{
	return n ? verify_random(run) % n : 0;
}

static uint32_t any_value(struct verify_run *run, size_t ask)
{
	const struct value_points *points = &run->asks[ask];

	return points->values[below(run, points->n)];
}

/* Of a field that the packet has: some value. Of others: none. */
static void make_possible(struct verify_run *run, struct reference_point *point)
{
	uint32_t proto = 0, fragment = 0;

	for (size_t i = 0; i < run->reference.n_asks; i++) {
		const struct reference_ask *ask = &run->reference.asks[i];

		/* These come first. */
		if (ask->kind == PRED_RANGES && ask->field == FIELD_PROTO)
			proto = point->values[i];
		else if (ask->kind == PRED_RANGES && ask->field == FIELD_FRAGMENT)
			fragment = point->values[i];
		else if (ask->kind != PRED_RANGES || field_table[ask->field].needs < FIELD_NEEDS_PORTS)
			continue;
		else if (!reference_carries(point->family, proto, fragment, ask->field))
			point->values[i] = REFERENCE_ABSENT;
		else
			while (point->values[i] == REFERENCE_ABSENT)
				point->values[i] = any_value(run, i);
	}
}

static void witness(struct verify_run *run, const struct reference_point *point)
{
	struct reference_point possible = *point;

	possible.values = run->scratch;
	memcpy(possible.values, point->values, run->reference.n_asks * sizeof(*possible.values));
	make_possible(run, &possible);
	verify_compare(run, &possible, reference_first(&run->reference, &possible));
}

/* --- values ----------------------------------------------------------------------- */

static const struct pred *pred_on(const struct verify_run *run, const struct term *term, size_t ask)
{
	for (size_t i = 0; i < term->n; i++)
		if (reference_ask_of(&run->reference, &term->preds[i]) == ask)
			return &term->preds[i];
	return NULL;
}

static u128 pick_of(struct verify_run *run, const struct rangeset *set)
{
	const struct range *range;

	if (!set->n)
		return 0;
	range = &set->ranges[below(run, set->n)];
	switch (below(run, 4)) {
	case 0:
		return range->lo;
	case 1:
		return range->hi;
	default:
		/* Anywhere: a range of all IPv6 addresses has no number of addresses that fits. */
		if (range->hi - range->lo == ~(u128)0)
			return (u128)verify_random(run) << 64 | verify_random(run);
		return range->lo + ((u128)verify_random(run) << 64 | verify_random(run)) % (range->hi - range->lo + 1);
	}
}

/* A value that the condition's predicates allow, if one is found. */
static uint32_t value_inside(struct verify_run *run, uint32_t condition, size_t ask)
{
	const struct term *term = run->reference.terms[run->reference.examples[condition]].term;
	const struct pred *pred = pred_on(run, term, ask);

	for (unsigned attempt = 0; attempt < 24; attempt++) {
		uint32_t value = pred && pred->kind == PRED_RANGES && attempt < 12 ? (uint32_t)pick_of(run, pred->ranges) :
										     any_value(run, ask);

		if (reference_condition_allows(&run->reference, condition, ask, value))
			return value;
	}
	for (size_t i = 0; i < run->asks[ask].n; i++)
		if (run->asks[ask].open[i][condition / 64] >> condition % 64 & 1)
			return run->asks[ask].values[i];
	return any_value(run, ask);
}

static const struct rangeset *set_of(const struct verify_run *run, const struct reference_term *term, unsigned which)
{
	return term->predicate[which] ? run->reference.ends[term->term->family][which].predicates[term->predicate[which]] : NULL;
}

/* Where nothing is asked, still one of the addresses that others ask for. */
static u128 any_address(struct verify_run *run, enum family family, unsigned which)
{
	const struct reference_end *end = &run->reference.ends[family][which];

	if (end->n_predicates > 1 && below(run, 4))
		return pick_of(run, end->predicates[1 + below(run, end->n_predicates - 1)]);
	return ((u128)verify_random(run) << 64 | verify_random(run)) & u128_ones(family_bits(family));
}

/* Protocol and fragment that have the fields that the condition asks for: often it does not say so itself. */
static void carry(struct verify_run *run, const struct reference_term *term, struct reference_point *point)
{
	static const uint32_t protos[] = { PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_ICMP, PROTO_ICMPV6 };
	uint32_t *values[2] = { NULL };
	size_t asks[2] = { 0 }, from = below(run, 5);

	for (size_t i = 0; i < run->reference.n_asks; i++)
		for (unsigned k = 0; k < 2; k++)
			if (run->reference.asks[i].kind == PRED_RANGES &&
			    run->reference.asks[i].field == (k ? FIELD_FRAGMENT : FIELD_PROTO)) {
				values[k] = &point->values[i];
				asks[k] = i;
			}
	for (size_t i = 0; i < term->term->n && values[0] && values[1]; i++) {
		const struct pred *pred = &term->term->preds[i];

		if (pred->kind == PRED_STATE || pred->kind == PRED_MEMBER || field_table[pred->field].needs < FIELD_NEEDS_PORTS)
			continue;
		if (*values[1] == 2)
			*values[1] = (uint32_t)below(run, 2);
		if (!reference_condition_allows(&run->reference, term->condition, asks[1], *values[1]))
			*values[1] ^= 1;
		for (size_t k = 0; k < 5 && !reference_carries(point->family, *values[0], *values[1], pred->field); k++)
			if (reference_condition_allows(&run->reference, term->condition, asks[0], protos[(from + k) % 5]))
				*values[0] = protos[(from + k) % 5];
	}
}

/* A packet of the term. */
static void go_inside(struct verify_run *run, const struct reference_term *term, struct reference_point *point)
{
	point->family = term->term->family;
	for (unsigned which = 0; which < 2; which++) {
		const struct rangeset *set = set_of(run, term, which);

		point->end[which] = set ? pick_of(run, set) : any_address(run, point->family, which);
	}
	for (size_t i = 0; i < run->reference.n_asks; i++)
		point->values[i] = value_inside(run, term->condition, i);
	carry(run, term, point);
}

/* --- corners ---------------------------------------------------------------------- */

static void corners_of_end(struct verify_run *run, const struct reference_term *term, struct reference_point *point,
			   unsigned which)
{
	const struct rangeset *set = set_of(run, term, which);
	u128 most = u128_ones(family_bits(point->family)), keep = point->end[which];

	for (size_t i = 0; set && i < set->n && i < MOST_RANGES; i++) {
		const struct range *range = &set->ranges[set->n <= MOST_RANGES ? i : below(run, set->n)];
		/* The last is for a look-up that forgets a bit. */
		u128 places[] = { range->lo, range->hi, range->lo ? range->lo - 1 : range->lo,
				  range->hi < most ? range->hi + 1 : range->hi,
				  range->lo ^ (u128)1 << below(run, family_bits(point->family)) };

		for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
			point->end[which] = places[k];
			witness(run, point);
		}
	}
	point->end[which] = keep;
}

static void corners_of_ask(struct verify_run *run, const struct pred *pred, struct reference_point *point, size_t ask)
{
	uint32_t keep = point->values[ask], most = run->reference.asks[ask].most;

	for (size_t i = 0; pred->kind == PRED_RANGES && i < pred->ranges->n && i < MOST_RANGES; i++) {
		const struct range *range = &pred->ranges->ranges[pred->ranges->n <= MOST_RANGES ? i : below(run, pred->ranges->n)];
		uint32_t lo = (uint32_t)range->lo, hi = range->hi > most ? most : (uint32_t)range->hi;
		uint32_t places[] = { lo, hi, lo ? lo - 1 : lo, hi < most ? hi + 1 : hi };

		for (size_t k = 0; k < 4; k++) {
			point->values[ask] = places[k];
			witness(run, point);
		}
	}
	if (run->reference.asks[ask].optional) {
		point->values[ask] = REFERENCE_ABSENT;
		witness(run, point);
	}
	point->values[ask] = any_value(run, ask);
	witness(run, point);
	point->values[ask] = keep;
}

/* Both ends of what a term asks of each field, and one beyond, of addresses also another bit, all other fields inside. */
static void corners(struct verify_run *run, const struct reference_term *term, struct reference_point *point)
{
	go_inside(run, term, point);
	witness(run, point);
	for (unsigned which = 0; which < 2; which++)
		corners_of_end(run, term, point, which);
	for (size_t i = 0; i < term->term->n; i++) {
		size_t ask = reference_ask_of(&run->reference, &term->term->preds[i]);

		if (ask != REFERENCE_NONE)
			corners_of_ask(run, &term->term->preds[i], point, ask);
	}
}

/* --- two rules -------------------------------------------------------------------- */

/* A term that the packet's addresses satisfy. */
static const struct reference_term *other_term(struct verify_run *run, const struct reference_point *point)
{
	const struct reference_end *ends = run->reference.ends[point->family];

	for (unsigned attempt = 0; attempt < 8; attempt++) {
		uint32_t predicates[2];
		const struct reference_pair *pair;

		for (unsigned which = 0; which < 2; which++) {
			size_t interval = reference_interval(&ends[which], point->end[which]);
			size_t begin = ends[which].begins[interval];

			predicates[which] = ends[which].members[begin + below(run, ends[which].begins[interval + 1] - begin)];
		}
		pair = reference_find_pair(&run->reference, point->family, predicates[0], predicates[1]);
		if (pair->n)
			return &run->reference.terms[pair->terms[below(run, pair->n)]];
	}
	return NULL;
}

/* A packet of both, as far as their fields allow. */
static void cross(struct verify_run *run, const struct reference_term *term, struct reference_point *point)
{
	const struct reference_term *other;

	go_inside(run, term, point);
	other = other_term(run, point);
	for (size_t i = 0; i < run->reference.n_asks && other; i++) {
		uint32_t value = value_inside(run, other->condition, i);

		if (reference_condition_allows(&run->reference, term->condition, i, value) || !below(run, 16))
			point->values[i] = value;
	}
	witness(run, point);
}

static void mix(struct verify_run *run, struct reference_point *point)
{
	size_t n = run->reference.n_terms;
	const struct reference_term *term = &run->reference.terms[below(run, n)];

	point->family = term->term->family;
	point->end[0] = any_address(run, point->family, 0);
	point->end[1] = any_address(run, point->family, 1);
	for (size_t i = 0; i < run->reference.n_asks; i++)
		point->values[i] = value_inside(run, run->reference.terms[below(run, n)].condition, i);
	witness(run, point);
}

/* --- all of them ------------------------------------------------------------------ */

/* Each sort of address and of value, in some packets. */
static void each_point(struct verify_run *run, struct reference_point *point, unsigned times)
{
	size_t n = run->reference.n_terms;

	for (enum family family = 0; family < N_FAMILIES; family++)
		for (unsigned which = 0; which < 2; which++)
			for (size_t i = 0; i < times * run->ends[family][which].n; i++) {
				u128 address = run->ends[family][which].points[i / times].address;
				const struct reference_term *other;

				point->family = family;
				point->end[which] = address;
				point->end[!which] = any_address(run, family, !which);
				other = other_term(run, point);
				if (other && set_of(run, other, !which))
					point->end[!which] = pick_of(run, set_of(run, other, !which));
				for (size_t k = 0; k < run->reference.n_asks; k++)
					point->values[k] = other ? value_inside(run, other->condition, k) : any_value(run, k);
				witness(run, point);
			}
	for (size_t ask = 0; ask < run->reference.n_asks; ask++)
		for (size_t i = 0; i < times * run->asks[ask].n; i++) {
			go_inside(run, &run->reference.terms[below(run, n)], point);
			point->values[ask] = run->asks[ask].values[i / times];
			witness(run, point);
		}
}

void verify_witnesses(struct verify_run *run, uint64_t wanted)
{
	struct reference_point point = { .values = ARENA_ARRAY(run->reference.arena, uint32_t, run->reference.n_asks + 1) };
	size_t n = run->reference.n_terms;

	if (!n)
		return;
	run->scratch = ARENA_ARRAY(run->reference.arena, uint32_t, run->reference.n_asks + 1);
	run->sample.step = wanted / (run->sample.room + 1) + 1;
	each_point(run, &point, 4);
	/* A packet of each rule, however many there are. */
	for (size_t i = 0; i < n; i++) {
		go_inside(run, &run->reference.terms[i], &point);
		witness(run, &point);
	}
	for (size_t i = 0; run->result->checked < wanted; i++) {
		const struct reference_term *term = &run->reference.terms[below(run, n)];

		switch (below(run, 16)) {
		case 0 ... MIXED - 1:
			mix(run, &point);
			break;
		case MIXED ... MIXED + CROSSED - 1:
			cross(run, term, &point);
			break;
		default:
			/* Each rule's corners in turn. */
			corners(run, &run->reference.terms[i % n], &point);
		}
	}
}
