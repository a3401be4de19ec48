/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "verify_reference.h"

#include "ip_proto.h"

#include <stdlib.h>
#include <string.h>

#define LATER_FRAGMENT 2u

static bool is_address(const struct pred *pred)
{
	return pred->kind == PRED_RANGES && (pred->field == FIELD_SRC || pred->field == FIELD_DST);
}

static bool ranges_hold(const struct rangeset *set, u128 value)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (set->ranges[middle].hi < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->n && set->ranges[low].lo <= value;
}

static bool pred_holds(const struct pred *pred, uint32_t value)
{
	if (value == REFERENCE_ABSENT)
		return false;
	switch (pred->kind) {
	case PRED_RANGES:
		return ranges_hold(pred->ranges, value);
	case PRED_BITS:
		return (value & pred->mask) == pred->bits;
	case PRED_STATE:
		return pred->states >> value & 1;
	case PRED_MEMBER:
		return value != pred->negated;
	}
	return false;
}

/* --- order of predicates and terms, to tell equal ones ---------------------------- */

#define COMPARE(a, b) \
	do { \
		if ((a) != (b)) \
			return (a) < (b) ? -1 : 1; \
	} while (0)

static int compare_ranges(const struct rangeset *a, const struct rangeset *b)
{
	if (a == b)
		return 0;
	COMPARE(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		COMPARE(a->ranges[i].lo, b->ranges[i].lo);
		COMPARE(a->ranges[i].hi, b->ranges[i].hi);
	}
	return 0;
}

static int compare_preds(const struct pred *a, const struct pred *b)
{
	COMPARE(a->kind, b->kind);
	switch (a->kind) {
	case PRED_RANGES:
		COMPARE(a->field, b->field);
		return compare_ranges(a->ranges, b->ranges);
	case PRED_BITS:
		COMPARE(a->field, b->field);
		COMPARE(a->bits, b->bits);
		COMPARE(a->mask, b->mask);
		return 0;
	case PRED_STATE:
		COMPARE(a->states, b->states);
		return 0;
	case PRED_MEMBER:
		COMPARE(a->field, b->field);
		COMPARE(a->set->id, b->set->id);
		COMPARE(a->negated, b->negated);
		return 0;
	}
	return 0;
}

/* But for addresses. */
static int compare_conditions(const void *left, const void *right)
{
	const struct term *a = (*(const struct reference_term *const *)left)->term;
	const struct term *b = (*(const struct reference_term *const *)right)->term;
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		int order;

		while (i < a->n && is_address(&a->preds[i]))
			i++;
		while (k < b->n && is_address(&b->preds[k]))
			k++;
		COMPARE(i < a->n, k < b->n);
		if (i == a->n)
			return 0;
		order = compare_preds(&a->preds[i], &b->preds[k]);
		if (order)
			return order;
	}
}

static void number_conditions(struct reference *reference)
{
	struct reference_term **terms = ARENA_ARRAY(reference->arena, struct reference_term *, reference->n_terms + 1);

	for (size_t i = 0; i < reference->n_terms; i++)
		terms[i] = &reference->terms[i];
	qsort(terms, reference->n_terms, sizeof(*terms), compare_conditions);
	reference->examples = ARENA_ARRAY(reference->arena, uint32_t, reference->n_terms + 1);
	for (size_t i = 0; i < reference->n_terms; i++) {
		if (!i || compare_conditions(&terms[i - 1], &terms[i]))
			reference->examples[reference->n_conditions++] = (uint32_t)(terms[i] - reference->terms);
		terms[i]->condition = (uint32_t)reference->n_conditions - 1;
	}
	reference->stamps = ARENA_ARRAY(reference->arena, uint32_t, reference->n_conditions + 1);
	reference->holds = ARENA_ARRAY(reference->arena, bool, reference->n_conditions + 1);
}

/* --- asks ----------------------------------------------------------------------- */

size_t reference_ask_of(const struct reference *reference, const struct pred *pred)
{
	enum pred_kind kind = pred->kind == PRED_BITS ? PRED_RANGES : pred->kind;

	for (size_t i = 0; i < reference->n_asks && !is_address(pred); i++) {
		const struct reference_ask *ask = &reference->asks[i];

		if (ask->kind == kind && (kind == PRED_STATE || ask->field == pred->field) &&
		    (kind != PRED_MEMBER || ask->set == pred->set))
			return i;
	}
	return REFERENCE_NONE;
}

static void add_ask(struct reference *reference, const struct pred *pred)
{
	struct reference_ask *ask;

	if (is_address(pred) || reference_ask_of(reference, pred) != REFERENCE_NONE)
		return;
	ask = arena_push(reference->arena, &reference->asks, &reference->n_asks, &reference->asks_room, sizeof(*ask));
	ask->kind = pred->kind == PRED_BITS ? PRED_RANGES : pred->kind;
	if (ask->kind == PRED_STATE) {
		ask->most = N_STATES - 1;
		return;
	}
	ask->field = pred->field;
	if (ask->kind == PRED_MEMBER) {
		ask->set = pred->set;
		ask->most = 1;
		return;
	}
	ask->most = pred->field == FIELD_FRAGMENT ? 2 : (uint32_t)u128_ones(field_table[pred->field].bits);
	/* That value stands for no value here, and no packet is so long. */
	if (ask->most == REFERENCE_ABSENT)
		ask->most--;
	ask->optional = field_table[pred->field].needs != FIELD_NEEDS_NET;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Where some predicate begins or ceases to hold. */
static void cut_ask(struct reference *reference, size_t number)
{
	struct reference_ask *ask = &reference->asks[number];
	size_t room = 0, n = 0;
	uint32_t *slot;

	if (ask->most < 256) {
		ask->n = ask->most + 1;
		ask->starts = ARENA_ARRAY(reference->arena, uint32_t, ask->n);
		for (uint32_t value = 0; value <= ask->most; value++)
			ask->starts[value] = value;
		return;
	}
	arena_push(reference->arena, &ask->starts, &ask->n, &room, sizeof(*ask->starts));
	for (size_t i = 0; i < reference->n_conditions; i++) {
		const struct term *term = reference->terms[reference->examples[i]].term;

		for (size_t k = 0; k < term->n; k++) {
			const struct rangeset *set = term->preds[k].ranges;

			if (reference_ask_of(reference, &term->preds[k]) != number)
				continue;
			for (size_t r = 0; r < set->n; r++) {
				slot = arena_push(reference->arena, &ask->starts, &ask->n, &room, sizeof(*ask->starts));
				*slot = (uint32_t)set->ranges[r].lo;
				if (set->ranges[r].hi >= ask->most)
					continue;
				slot = arena_push(reference->arena, &ask->starts, &ask->n, &room, sizeof(*ask->starts));
				*slot = (uint32_t)set->ranges[r].hi + 1;
			}
		}
	}
	qsort(ask->starts, ask->n, sizeof(*ask->starts), compare_numbers);
	for (size_t i = 0; i < ask->n; i++)
		if (!n || ask->starts[n - 1] != ask->starts[i])
			ask->starts[n++] = ask->starts[i];
	ask->n = n;
}

static void list_tests(struct reference *reference)
{
	size_t n = 0, room = 0;

	reference->tests_begin = ARENA_ARRAY(reference->arena, size_t, reference->n_conditions + 1);
	for (size_t i = 0; i < reference->n_conditions; i++) {
		const struct term *term = reference->terms[reference->examples[i]].term;

		for (size_t k = 0; k < term->n; k++) {
			const struct pred *pred = &term->preds[k];
			struct reference_test *test;

			if (is_address(pred))
				continue;
			test = arena_push(reference->arena, &reference->tests, &n, &room, sizeof(*test));
			*test = (struct reference_test){ (uint32_t)reference_ask_of(reference, pred), 1, 0, pred };
			if (pred->kind != PRED_RANGES || pred->ranges->n != 1)
				continue;
			test->lo = (uint32_t)pred->ranges->ranges[0].lo;
			test->hi = (uint32_t)pred->ranges->ranges[0].hi;
			/* Which is no value. */
			test->hi -= test->hi == REFERENCE_ABSENT;
		}
		reference->tests_begin[i + 1] = n;
	}
}

/* --- addresses -------------------------------------------------------------------- */

static int compare_sets(const void *a, const void *b)
{
	return compare_ranges(*(const struct rangeset *const *)a, *(const struct rangeset *const *)b);
}

static const struct rangeset *addresses_of(const struct term *term, unsigned end)
{
	for (size_t i = 0; i < term->n; i++)
		if (is_address(&term->preds[i]) && term->preds[i].field == (end ? FIELD_DST : FIELD_SRC))
			return term->preds[i].ranges;
	return NULL;
}

static void number_predicates(struct reference *reference, enum family family, unsigned which)
{
	struct reference_end *end = &reference->ends[family][which];
	size_t n = 0;

	end->predicates = ARENA_ARRAY(reference->arena, const struct rangeset *, reference->n_terms + 1);
	for (size_t i = 0; i < reference->n_terms; i++) {
		const struct term *term = reference->terms[i].term;

		if (term->family == family && addresses_of(term, which))
			end->predicates[++n] = addresses_of(term, which);
	}
	qsort(end->predicates + 1, n, sizeof(*end->predicates), compare_sets);
	end->n_predicates = 1;
	for (size_t i = 1; i <= n; i++)
		if (end->n_predicates == 1 || compare_sets(&end->predicates[end->n_predicates - 1], &end->predicates[i]))
			end->predicates[end->n_predicates++] = end->predicates[i];
	for (size_t i = 0; i < reference->n_terms; i++) {
		struct reference_term *term = &reference->terms[i];
		const struct rangeset *set = addresses_of(term->term, which);
		const struct rangeset **found;

		if (term->term->family != family || !set)
			continue;
		found = bsearch(&set, end->predicates + 1, end->n_predicates - 1, sizeof(*found), compare_sets);
		term->predicate[which] = (uint32_t)(found - end->predicates);
	}
}

static int compare_addresses(const void *a, const void *b)
{
	u128 x = *(const u128 *)a, y = *(const u128 *)b;

	return (x > y) - (x < y);
}

size_t reference_interval(const struct reference_end *end, u128 address)
{
	size_t low = 0, high = end->n;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (end->starts[middle] <= address)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void cut_end(struct reference *reference, enum family family, struct reference_end *end)
{
	u128 most = u128_ones(family_bits(family));
	size_t n_ranges = 0, n = 0;

	for (size_t p = 1; p < end->n_predicates; p++)
		n_ranges += end->predicates[p]->n;
	end->starts = ARENA_ARRAY(reference->arena, u128, 2 * n_ranges + 1);
	end->n = 1;
	for (size_t p = 1; p < end->n_predicates; p++)
		for (size_t r = 0; r < end->predicates[p]->n; r++) {
			end->starts[end->n++] = end->predicates[p]->ranges[r].lo;
			if (end->predicates[p]->ranges[r].hi < most)
				end->starts[end->n++] = end->predicates[p]->ranges[r].hi + 1;
		}
	qsort(end->starts, end->n, sizeof(*end->starts), compare_addresses);
	for (size_t i = 0; i < end->n; i++)
		if (!n || end->starts[n - 1] != end->starts[i])
			end->starts[n++] = end->starts[i];
	end->n = n;
}

static void list_members(struct reference *reference, struct reference_end *end)
{
	size_t *next;

	end->begins = ARENA_ARRAY(reference->arena, size_t, end->n + 1);
	/* Twice the same walk: the first counts. */
	for (unsigned pass = 0; pass < 2; pass++) {
		next = ARENA_ARRAY(reference->arena, size_t, end->n + 1);
		for (size_t i = 0; i < end->n; i++)
			next[i] = pass ? end->begins[i] : 0;
		for (size_t i = 0; i < end->n; i++) {
			if (pass)
				end->members[next[i]] = 0;
			next[i]++;
		}
		for (uint32_t p = 1; p < end->n_predicates; p++)
			for (size_t r = 0; r < end->predicates[p]->n; r++) {
				const struct range *range = &end->predicates[p]->ranges[r];

				for (size_t i = reference_interval(end, range->lo); i < end->n && end->starts[i] <= range->hi; i++) {
					if (pass)
						end->members[next[i]] = p;
					next[i]++;
				}
			}
		for (size_t i = 0; i < end->n && !pass; i++)
			end->begins[i + 1] = end->begins[i] + next[i];
		if (!pass)
			end->members = ARENA_ARRAY(reference->arena, uint32_t, end->begins[end->n]);
	}
}

static int compare_members(const void *a, const void *b, void *context)
{
	const struct reference_end *end = context;
	size_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	size_t n = end->begins[x + 1] - end->begins[x];

	COMPARE(n, end->begins[y + 1] - end->begins[y]);
	return memcmp(end->members + end->begins[x], end->members + end->begins[y], n * sizeof(*end->members));
}

static void sign_intervals(struct reference *reference, struct reference_end *end)
{
	uint32_t *order = ARENA_ARRAY(reference->arena, uint32_t, end->n), signature = 0;

	end->signatures = ARENA_ARRAY(reference->arena, uint32_t, end->n);
	for (size_t i = 0; i < end->n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, end->n, sizeof(*order), compare_members, end);
	for (size_t i = 0; i < end->n; i++) {
		signature += i && compare_members(&order[i - 1], &order[i], end);
		end->signatures[order[i]] = signature;
	}
}

/* --- all of it -------------------------------------------------------------------- */

/*
 * Which fields a packet has depends on its protocol and on whether it is a later fragment: then these are asked, too, and
 * first, whether rules do or not.
 */
static void add_carriers(struct reference *reference, const struct rule *rule)
{
	static const struct pred proto = { .kind = PRED_RANGES, .field = FIELD_PROTO };
	static const struct pred fragment = { .kind = PRED_RANGES, .field = FIELD_FRAGMENT };

	for (size_t t = 0; t < rule->n_terms; t++)
		for (size_t k = 0; k < rule->terms[t].n; k++) {
			const struct pred *pred = &rule->terms[t].preds[k];

			if (pred->kind == PRED_STATE || pred->kind == PRED_MEMBER || field_table[pred->field].needs < FIELD_NEEDS_PORTS)
				continue;
			add_ask(reference, &proto);
			add_ask(reference, &fragment);
		}
}

static void collect_terms(struct reference *reference, const struct block *block, const bool *classified)
{
	size_t room = 0;

	for (size_t i = 0; i < block->n_rules; i++)
		if (!classified || classified[i])
			add_carriers(reference, block->rules[i]);
	for (size_t i = 0; i < block->n_rules; i++) {
		const struct rule *rule = block->rules[i];

		for (size_t t = 0; t < rule->n_terms && (!classified || classified[i]); t++) {
			struct reference_term *term = arena_push(reference->arena, &reference->terms, &reference->n_terms,
								 &room, sizeof(*term));

			*term = (struct reference_term){ .rule = rule, .term = &rule->terms[t] };
			for (size_t k = 0; k < rule->terms[t].n; k++)
				add_ask(reference, &rule->terms[t].preds[k]);
		}
	}
}

void reference_build(struct arena *arena, struct reference *reference, const struct block *block,
		     const bool *classified)
{
	*reference = (struct reference){ .arena = arena };
	collect_terms(reference, block, classified);
	number_conditions(reference);
	list_tests(reference);
	for (size_t i = 0; i < reference->n_asks; i++)
		cut_ask(reference, i);
	for (enum family family = 0; family < N_FAMILIES; family++) {
		for (unsigned which = 0; which < 2; which++) {
			struct reference_end *end = &reference->ends[family][which];

			number_predicates(reference, family, which);
			cut_end(reference, family, end);
			list_members(reference, end);
			sign_intervals(reference, end);
		}
		reference_list_terms(reference, family);
	}
}

static bool test_holds(const struct reference_test *test, uint32_t value)
{
	if (test->lo <= test->hi)
		return test->lo <= value && value <= test->hi;
	return pred_holds(test->pred, value);
}

bool reference_condition_allows(const struct reference *reference, uint32_t condition, size_t ask, uint32_t value)
{
	for (size_t i = reference->tests_begin[condition]; i < reference->tests_begin[condition + 1]; i++)
		if (reference->tests[i].ask == ask && !test_holds(&reference->tests[i], value))
			return false;
	return true;
}

bool reference_condition_holds(const struct reference *reference, uint32_t condition, const uint32_t *values)
{
	for (size_t i = reference->tests_begin[condition]; i < reference->tests_begin[condition + 1]; i++)
		if (!test_holds(&reference->tests[i], values[reference->tests[i].ask]))
			return false;
	return true;
}

static bool holds_now(struct reference *reference, uint32_t condition, const uint32_t *values)
{
	if (reference->stamps[condition] != reference->stamp) {
		reference->stamps[condition] = reference->stamp;
		reference->holds[condition] = reference_condition_holds(reference, condition, values);
	}
	return reference->holds[condition];
}

size_t reference_first(struct reference *reference, const struct reference_point *point)
{
	const struct reference_end *ends = reference->ends[point->family];
	size_t best = REFERENCE_NONE;
	size_t n = reference_terms(reference, point->family, reference_interval(&ends[0], point->end[0]),
				   reference_interval(&ends[1], point->end[1]));

	reference->stamp++;
	for (size_t i = 0; i < n; i++)
		if (reference->found[i] < best &&
		    holds_now(reference, reference->terms[reference->found[i]].condition, point->values))
			best = reference->found[i];
	return best;
}

/* --- which packets there are ------------------------------------------------------ */

static size_t field_ask(const struct reference *reference, enum field field)
{
	return reference_ask_of(reference, &(struct pred){ .kind = PRED_RANGES, .field = field });
}

bool reference_carries(enum family family, uint32_t proto, uint32_t fragment, enum field field)
{
	bool tcp = proto == PROTO_TCP;

	switch (field_table[field].needs) {
	case FIELD_NEEDS_PORTS:
		return fragment != LATER_FRAGMENT && (tcp || proto == PROTO_UDP || proto == PROTO_SCTP);
	case FIELD_NEEDS_TCP:
		return fragment != LATER_FRAGMENT && tcp;
	case FIELD_NEEDS_ICMP:
		return fragment != LATER_FRAGMENT && proto == (family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6);
	default:
		return true;
	}
}

bool reference_is_packet(const struct reference *reference, enum family family, const uint32_t *values, size_t n)
{
	size_t proto = field_ask(reference, FIELD_PROTO), fragment = field_ask(reference, FIELD_FRAGMENT);

	for (size_t i = 0; i < n; i++) {
		const struct reference_ask *ask = &reference->asks[i];

		if (ask->kind == PRED_RANGES && field_table[ask->field].needs >= FIELD_NEEDS_PORTS &&
		    reference_carries(family, values[proto], values[fragment], ask->field) != (values[i] != REFERENCE_ABSENT))
			return false;
	}
	return true;
}
