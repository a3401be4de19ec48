/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "rangeset.h"

#include <stdlib.h>

static int compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	return 0;
}

/* Lists are mostly written in order: looking is cheaper than sorting. */
static bool is_sorted(const struct range *ranges, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (ranges[i].lo < ranges[i - 1].lo)
			return false;
	return true;
}

static struct rangeset *new_set(struct arena *arena, struct range *ranges, size_t n)
{
	struct rangeset *set = ARENA_NEW(arena, struct rangeset);

	set->ranges = ranges;
	set->n = n;
	return set;
}

/* Appends to sorted ranges one that begins no earlier than the last, joined to it where they meet. */
static size_t append(struct range *ranges, size_t n, struct range range)
{
	struct range *last = n ? &ranges[n - 1] : NULL;

	/* hi + 1 would wrap to 0 at the top of IPv6; then nothing can begin beyond it anyway. */
	if (last && (range.lo <= last->hi || range.lo == last->hi + 1)) {
		if (range.hi > last->hi)
			last->hi = range.hi;
		return n;
	}
	ranges[n] = range;
	return n + 1;
}

const struct rangeset *rangeset_normalise(struct arena *arena, struct range *ranges, size_t n)
{
	size_t kept = 0;

	if (!is_sorted(ranges, n))
		qsort(ranges, n, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i < n; i++)
		kept = append(ranges, kept, ranges[i]);
	return new_set(arena, ranges, kept);
}

const struct rangeset *rangeset_single(struct arena *arena, u128 lo, u128 hi)
{
	struct range *range = ARENA_NEW(arena, struct range);

	range->lo = lo;
	range->hi = hi;
	return new_set(arena, range, 1);
}

const struct rangeset *rangeset_empty(struct arena *arena)
{
	return new_set(arena, NULL, 0);
}

const struct rangeset *rangeset_full(struct arena *arena, unsigned bits)
{
	return rangeset_single(arena, 0, u128_ones(bits));
}

const struct rangeset *rangeset_union(struct arena *arena, const struct rangeset *a, const struct rangeset *b)
{
	struct range *ranges;
	size_t i = 0, j = 0, n = 0;

	if (!b->n || a == b)
		return a;
	if (!a->n)
		return b;
	ranges = ARENA_ARRAY(arena, struct range, a->n + b->n);
	while (i < a->n || j < b->n) {
		if (j == b->n || (i < a->n && a->ranges[i].lo <= b->ranges[j].lo))
			n = append(ranges, n, a->ranges[i++]);
		else
			n = append(ranges, n, b->ranges[j++]);
	}
	return new_set(arena, ranges, n);
}

/* The first range that ends at `value` or later; n if there is none. */
static size_t first_reaching(const struct rangeset *set, u128 value)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->ranges[middle].hi < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of a long list and a short one only the stretch matters that both lie in. */
static size_t stretch(const struct rangeset *set, const struct rangeset *other, size_t *end)
{
	size_t begin = first_reaching(set, other->ranges[0].lo);

	*end = first_reaching(set, other->ranges[other->n - 1].hi);
	if (*end < set->n)
		++*end;
	return begin;
}

const struct rangeset *rangeset_intersect(struct arena *arena, const struct rangeset *a, const struct rangeset *b)
{
	size_t i, j, a_end, b_end, n = 0;
	struct range *ranges;
	struct rangeset *set;

	if (!a->n || a == b)
		return a;
	if (!b->n)
		return b;
	i = stretch(a, b, &a_end);
	j = stretch(b, a, &b_end);
	if (i >= a_end || j >= b_end)
		return rangeset_empty(arena);
	/* Each step ends one range of either side, and yields at most one. */
	ranges = ARENA_ARRAY(arena, struct range, a_end - i + b_end - j);
	while (i < a_end && j < b_end) {
		const struct range *x = &a->ranges[i], *y = &b->ranges[j];
		struct range both = { .lo = x->lo > y->lo ? x->lo : y->lo, .hi = x->hi < y->hi ? x->hi : y->hi };

		if (both.lo <= both.hi)
			ranges[n++] = both;
		if (x->hi < y->hi)
			i++;
		else
			j++;
	}
	set = new_set(arena, ranges, n);
	if (rangeset_equal(set, a))
		return a;
	if (rangeset_equal(set, b))
		return b;
	return set;
}

const struct rangeset *rangeset_minus(struct arena *arena, const struct rangeset *a, const struct rangeset *b)
{
	size_t j, b_end, n = 0;
	struct range *ranges;

	if (!rangeset_meets(a, b))
		return a;
	j = stretch(b, a, &b_end);
	/* Each range of b cuts one of a into two at most. */
	ranges = ARENA_ARRAY(arena, struct range, a->n + b_end - j);
	for (size_t i = 0; i < a->n; i++) {
		struct range rest = a->ranges[i];
		bool gone = false;

		while (j < b_end && b->ranges[j].hi < rest.lo)
			j++;
		for (size_t k = j; k < b_end && b->ranges[k].lo <= rest.hi; k++) {
			if (b->ranges[k].lo > rest.lo)
				ranges[n++] = (struct range){ .lo = rest.lo, .hi = b->ranges[k].lo - 1 };
			if (b->ranges[k].hi >= rest.hi) {
				gone = true;
				break;
			}
			rest.lo = b->ranges[k].hi + 1;
			j = k;
		}
		if (!gone)
			ranges[n++] = rest;
	}
	return new_set(arena, ranges, n);
}

bool rangeset_search_meets(const struct rangeset *a, const struct rangeset *b)
{
	const struct rangeset *few = a->n <= b->n ? a : b, *many = few == a ? b : a;

	for (size_t i = 0; i < few->n; i++) {
		size_t at = first_reaching(many, few->ranges[i].lo);

		if (at < many->n && many->ranges[at].lo <= few->ranges[i].hi)
			return true;
	}
	return false;
}

bool rangeset_search_is_within(const struct rangeset *inner, const struct rangeset *outer)
{
	if (inner == outer)
		return true;
	for (size_t i = 0; i < inner->n; i++) {
		size_t at = first_reaching(outer, inner->ranges[i].lo);

		if (at == outer->n || outer->ranges[at].lo > inner->ranges[i].lo ||
		    outer->ranges[at].hi < inner->ranges[i].hi)
			return false;
	}
	return true;
}

const struct rangeset *rangeset_complement(struct arena *arena, const struct rangeset *set, unsigned bits)
{
	struct range *ranges = ARENA_ARRAY(arena, struct range, set->n + 1);
	u128 top = u128_ones(bits), next = 0;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (set->ranges[i].lo > next)
			ranges[n++] = (struct range){ .lo = next, .hi = set->ranges[i].lo - 1 };
		if (set->ranges[i].hi >= top)
			return new_set(arena, ranges, n);
		next = set->ranges[i].hi + 1;
	}
	ranges[n++] = (struct range){ .lo = next, .hi = top };
	return new_set(arena, ranges, n);
}

const struct rangeset *rangeset_named(struct arena *arena, const struct rangeset *set, const char *name)
{
	struct rangeset *named = new_set(arena, set->ranges, set->n);

	named->name = name;
	return named;
}

bool rangeset_search_contains(const struct rangeset *set, u128 value)
{
	size_t low = 0, high = set->n;

	/* The answer, if any, is in [low, high). */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (value < set->ranges[middle].lo)
			high = middle;
		else if (value > set->ranges[middle].hi)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

bool rangeset_is_full(const struct rangeset *set, unsigned bits)
{
	return set->n == 1 && set->ranges[0].lo == 0 && set->ranges[0].hi == u128_ones(bits);
}

bool rangeset_equal(const struct rangeset *a, const struct rangeset *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->ranges[i].lo != b->ranges[i].lo || a->ranges[i].hi != b->ranges[i].hi)
			return false;
	return true;
}

void range_bag_add(struct arena *arena, struct range_bag *bag, u128 lo, u128 hi)
{
	struct range *range = arena_push(arena, &bag->ranges, &bag->n, &bag->room, sizeof(*range));

	range->lo = lo;
	range->hi = hi;
}

void range_bag_add_set(struct arena *arena, struct range_bag *bag, const struct rangeset *set)
{
	for (size_t i = 0; i < set->n; i++)
		range_bag_add(arena, bag, set->ranges[i].lo, set->ranges[i].hi);
}

const struct rangeset *rangeset_from_bag(struct arena *arena, struct range_bag *bag)
{
	const struct rangeset *set = rangeset_normalise(arena, bag->ranges, bag->n);

	*bag = (struct range_bag){ 0 };
	return set;
}
