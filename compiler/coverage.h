/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which packets the tests of a policy reach. Packets are one class if the same
 * alternative (term) of the same rule decides them in the same IP version; `default` is one class
 * for each IP version, `malformed` and `non-ip` are one. Classes without a packet do not count: all that a term
 * matches may be decided before. A class whose packets need an element of a set, a connection or a rate that is used up
 * is reached by no packet that comes first in a test, and maybe only by thousands: of those count what a test does reach.
 * Rules count all.
 */
#ifndef SENTRY_COVERAGE_H
#define SENTRY_COVERAGE_H

#include "effort.h"
#include "engine.h"

#include <jansson.h>

struct packet_class {
	uint32_t slot;
	const char *name;      /* of the rule, or "default", … */
	enum verdict verdict;
	bool reached;
	const char *packet;    /* one of the class, as in tests; NULL: none that comes first in a test */
	bool stands_for_rule;  /* the first class of a rule of which none counts */
};

struct block_coverage {
	const struct block *block;
	const char *where;     /* as `test` and `assert` say it: "ingress on uplink" */
	size_t n_classes;
	struct packet_class *classes; /* in the order of the rules */
	size_t n_testable, n_reached;
	size_t n_rules, n_rules_reached; /* those that decide something */
};

struct coverage {
	size_t n_blocks;
	struct block_coverage *blocks;
	size_t n_testable, n_reached;
	bool undecided;        /* the effort did not suffice for some class, which is left out */
	const char *broken;    /* a packet that the model decides differently: an error of this program */
};

void coverage_find(struct arena *arena, const struct policy *policy, struct effort *effort, struct coverage *coverage);

/* Whether it is one of n_testable. */
bool class_counts(const struct packet_class *class);

/* Of all classes that count, rounded down; 100 if there are none. */
unsigned coverage_percent(const struct coverage *coverage);

/* To standard output, with a packet for each class that is not reached, ready to be pasted. */
void coverage_print(const struct coverage *coverage);
json_t *coverage_json(const struct coverage *coverage);

#endif
