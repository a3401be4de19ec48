/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A set of packets, taken apart by which rule of a block decides them. Inside a session of packetset.h. */
#ifndef SENTRY_PARTITION_H
#define SENTRY_PARTITION_H

#include "packetset.h"
#include "rulebook.h"

struct part {
	const struct rule *rule; /* NULL: the default of the block */
	enum verdict verdict;
	packetset set;           /* not empty */
};

struct partition {
	size_t n;
	struct part *parts; /* in the order of the rules, the default last */
};

/*
 * `within` as a list of cubes tells which rules can matter at all (only those are
 * looked at) and is the set to be taken apart. What rules before number `from` decide is left out, all at once, which is much
 * cheaper than telling it apart. A rate-limit decides what exceeds its rate. To be believed only if
 * packetset_decided() afterwards.
 */
struct partition partition_build(struct arena *arena, const struct rulebook *book, const struct cubes *within,
				 size_t from);

/* What the rules in [from, to) decide if they are reached; of those that `meets` tells, by number, unless it is NULL. */
packetset partition_decided(const struct rulebook *book, const bool *meets, size_t from, size_t to);

#endif
