/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sets of numbers as sorted, disjoint ranges that do not touch: one set has one
 * form, so equal sets compare equal range by range. Sets are immutable and shared:
 * an operation that changes nothing returns its operand, name and all.
 */
#ifndef SENTRY_RANGESET_H
#define SENTRY_RANGESET_H

#include "address.h"
#include "arena.h"
#include "policy.h"

#include <stdbool.h>
#include <stddef.h>

/* Sorts and merges `ranges` in place; the set refers to them. Each must have lo <= hi. */
const struct rangeset *rangeset_normalise(struct arena *arena, struct range *ranges, size_t n);

const struct rangeset *rangeset_single(struct arena *arena, u128 lo, u128 hi);
const struct rangeset *rangeset_empty(struct arena *arena);
/* All numbers of `bits` bits. */
const struct rangeset *rangeset_full(struct arena *arena, unsigned bits);

const struct rangeset *rangeset_union(struct arena *arena, const struct rangeset *a, const struct rangeset *b);
const struct rangeset *rangeset_intersect(struct arena *arena, const struct rangeset *a, const struct rangeset *b);
/* What is in `a` and not in `b`. */
const struct rangeset *rangeset_minus(struct arena *arena, const struct rangeset *a, const struct rangeset *b);
/* What is missing from all numbers of `bits` bits; the set must lie within them. */
const struct rangeset *rangeset_complement(struct arena *arena, const struct rangeset *set, unsigned bits);

/* The same set under another name; the ranges are shared. */
const struct rangeset *rangeset_named(struct arena *arena, const struct rangeset *set, const char *name);

bool rangeset_is_full(const struct rangeset *set, unsigned bits);

/* These are asked millions of times, mostly of one range: that much is settled on the spot. */
bool rangeset_search_contains(const struct rangeset *set, u128 value);
bool rangeset_search_meets(const struct rangeset *a, const struct rangeset *b);
bool rangeset_search_is_within(const struct rangeset *inner, const struct rangeset *outer);

static inline bool rangeset_contains(const struct rangeset *set, u128 value)
{
	if (set->n == 1)
		return set->ranges[0].lo <= value && value <= set->ranges[0].hi;
	return rangeset_search_contains(set, value);
}

/* Have they a number in common? Costs no more than the smaller set, times a logarithm of the larger. */
static inline bool rangeset_meets(const struct rangeset *a, const struct rangeset *b)
{
	if (a->n == 1 && b->n == 1)
		return a->ranges[0].lo <= b->ranges[0].hi && b->ranges[0].lo <= a->ranges[0].hi;
	return rangeset_search_meets(a, b);
}

static inline bool rangeset_is_within(const struct rangeset *inner, const struct rangeset *outer)
{
	if (inner->n == 1 && outer->n == 1)
		return outer->ranges[0].lo <= inner->ranges[0].lo && inner->ranges[0].hi <= outer->ranges[0].hi;
	return rangeset_search_is_within(inner, outer);
}

bool rangeset_equal(const struct rangeset *a, const struct rangeset *b);

/* Collects ranges of any order and number; rangeset_from_bag takes them out. */
struct range_bag {
	struct range *ranges;
	size_t n, room;
};

void range_bag_add(struct arena *arena, struct range_bag *bag, u128 lo, u128 hi);
void range_bag_add_set(struct arena *arena, struct range_bag *bag, const struct rangeset *set);
const struct rangeset *rangeset_from_bag(struct arena *arena, struct range_bag *bag);

#endif
