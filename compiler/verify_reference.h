/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * First match over the rules of a block that are looked up, straight from struct policy: what tables are held against.
 * Nothing here comes from compiler/classify, for what both took from one place both would get wrong.
 *
 * Addresses lie in elementary intervals, in which every rule holds or does not; of each interval it is known which
 * predicates hold, and of each pair of predicates which terms have it. Everything else that terms ask is their
 * *condition*, and is evaluated predicate by predicate.
 */
#ifndef SENTRY_VERIFY_REFERENCE_H
#define SENTRY_VERIFY_REFERENCE_H

#include "policy.h"

/* No value: a field that the packet does not have. No term. */
#define REFERENCE_ABSENT UINT32_MAX
#define REFERENCE_NONE SIZE_MAX

/* What rules ask beside addresses. */
struct reference_ask {
	enum pred_kind kind;      /* RANGES for all fields, STATE, MEMBER */
	enum field field;
	const struct set *set;
	size_t n;                 /* values at which some predicate may change, rising, 0 first; all values if they are few */
	uint32_t *starts;
	uint32_t most;            /* the largest value */
	bool optional;            /* a packet may lack it */
};

struct reference_point {
	enum family family;
	u128 end[2];              /* source, destination */
	uint32_t *values;         /* by ask */
};

struct reference_term {
	const struct rule *rule;
	const struct term *term;
	uint32_t predicate[2];    /* on source and destination; 0: any */
	uint32_t condition;
};

/* What a condition asks of one ask. Most ask for one range: `lo` to `hi`; else lo > hi. */
struct reference_test {
	uint32_t ask, lo, hi;
	const struct pred *pred;
};

/* One end of the packets of one family. */
struct reference_end {
	size_t n_predicates;      /* with "any" */
	const struct rangeset **predicates; /* from 1 on */
	size_t n;                 /* elementary intervals */
	u128 *starts;
	size_t *begins;           /* of each interval: the predicates that hold, rising, "any" first */
	uint32_t *members;
	uint32_t *signatures;     /* equal for intervals with the same predicates */
	size_t *terms_begin;      /* of each predicate: the terms that have it, rising */
	uint32_t *terms;
	size_t *n_terms;          /* of each interval: how many its predicates have */
	uint64_t *marks;          /* of each predicate: the last `mark` at which it held */
};

struct reference_pair {
	uint32_t predicate[2];
	size_t n;
	const uint32_t *terms;    /* rising */
};

struct reference {
	struct arena *arena;
	size_t n_asks, asks_room;
	struct reference_ask *asks;
	size_t n_terms;
	struct reference_term *terms; /* in order */
	size_t n_conditions;
	uint32_t *examples;       /* of each condition: a term that has it */
	size_t *tests_begin;
	struct reference_test *tests; /* of condition c: from tests_begin[c] on */
	struct reference_end ends[N_FAMILIES][2];
	struct {
		size_t n_slots;
		struct reference_pair *slots; /* hash table; n 0: empty */
	} pairs[N_FAMILIES];
	/* Of the point at hand. */
	uint32_t *found;          /* by reference_terms() */
	uint64_t mark;
	uint32_t stamp;
	uint32_t *stamps;         /* by condition: stamp, when `holds` is known */
	bool *holds;
};

/* `classified` says which rules of the block count; NULL: all. */
void reference_build(struct arena *arena, struct reference *reference, const struct block *block,
		     const bool *classified);

/* The first term that holds, or REFERENCE_NONE. */
size_t reference_first(struct reference *reference, const struct reference_point *point);

bool reference_condition_holds(const struct reference *reference, uint32_t condition, const uint32_t *values);
/* The same as far as one ask goes: true where the condition does not ask it. */
bool reference_condition_allows(const struct reference *reference, uint32_t condition, size_t ask, uint32_t value);

/* Has a packet of this protocol and fragment that field? */
bool reference_carries(enum family family, uint32_t proto, uint32_t fragment, enum field field);
/* Can the values of the first `n` asks be one packet's? For others, tables may say what they like. */
bool reference_is_packet(const struct reference *reference, enum family family, const uint32_t *values, size_t n);

size_t reference_interval(const struct reference_end *end, u128 address);

/* verify_terms.c: lists the terms of a family, once addresses have intervals. */
void reference_list_terms(struct reference *reference, enum family family);
/* Into `found` the terms that addresses of two intervals satisfy, each once, in no order; how many. */
size_t reference_terms(struct reference *reference, enum family family, size_t src, size_t dst);
const struct reference_pair *reference_find_pair(const struct reference *reference, enum family family, uint32_t src,
						 uint32_t dst);

/* Which ask a predicate is about; none for ranges of addresses. */
size_t reference_ask_of(const struct reference *reference, const struct pred *pred);

#endif
