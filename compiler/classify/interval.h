/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The classes of one field: values that no predicate tells apart are one class. The ends of the predicates'
 * ranges cut the field into elementary intervals, and intervals with the same predicates are one class (the
 * equivalence classes of recursive flow classification: Gupta, McKeown, "Packet classification on multiple
 * fields", SIGCOMM 1999).
 */
#ifndef SENTRY_INTERVAL_H
#define SENTRY_INTERVAL_H

#include "arena.h"
#include "policy.h"

#include <stdbool.h>

struct intervals {
	size_t n;             /* intervals, that of 0 first; each ends before the next begins */
	u128 *starts;
	uint32_t *classes;    /* of each interval */
	size_t n_classes;
	/* Which predicates hold in a class: members[begins[c]] to members[begins[c + 1] - 1], rising. */
	uint32_t *begins;
	uint32_t *members;
};

/*
 * Of `n` predicates on a field of `bits` bits. False where the lists of members came to more than `limit`
 * entries: what is in `intervals` is then of no use.
 */
bool intervals_make(struct arena *arena, const struct rangeset *const *predicates, size_t n, unsigned bits,
		    size_t limit, struct intervals *intervals);

/* The interval that the value lies in. */
size_t intervals_find(const struct intervals *intervals, u128 value);

#endif
