/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files of the reduction share. Sets of values have numbers by content, from 1; 0 is any. */
#ifndef SENTRY_REDUCE_PARTS_H
#define SENTRY_REDUCE_PARTS_H

#include "intern.h"
#include "reduce.h"

struct reduced {
	uint32_t answer;
	enum family family;
	uint32_t end[2];
	uint32_t condition;
	bool gone;
};

/* A condition is interned as such pairs, by rising source. */
struct number_test {
	uint32_t source;
	uint32_t set;
};

#define REMEMBERED_SETS 4096u

struct reducing {
	struct arena *arena;          /* of what stays */
	struct arena scratch;
	const struct classify_input *input;
	struct reduction *reduction;
	struct interns contents;
	size_t n_sets, sets_room;
	const struct rangeset **sets; /* number - 1 */
	struct interns conditions;
	size_t n;
	struct reduced *terms;        /* in order */
	/* Terms share sets by pointer: the contents of a long list are looked at once. */
	struct {
		const struct rangeset *set;
		uint32_t number;
	} remembered[REMEMBERED_SETS];
};

uint32_t reduce_set_number(struct reducing *r, const struct rangeset *set);
uint32_t reduce_condition_number(struct reducing *r, const struct number_test *tests, size_t n);

static inline const struct rangeset *reduce_set(const struct reducing *r, uint32_t number)
{
	return r->sets[number - 1];
}

static inline const struct number_test *reduce_tests(const struct reducing *r, uint32_t condition, size_t *n)
{
	*n = r->conditions.items[condition].n / 2;
	return (const struct number_test *)r->conditions.items[condition].numbers;
}

/* Takes out the terms that are gone. */
void reduce_compact(struct reducing *r);

/* Tests that say nothing go, and terms that no packet satisfies. */
void reduce_tests_of_terms(struct reducing *r);
/* A source goes where each test of it follows from others. */
void reduce_implied_sources(struct reducing *r);
/* Terms go that another contains. */
void reduce_contained(struct reducing *r);
/* Terms of one answer that differ in one set become one. True if any did. */
bool reduce_unite(struct reducing *r);

#endif
