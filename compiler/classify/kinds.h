/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A space of conditions on everything but addresses. The numbers of a packet (ports, protocol, flags, …) become the
 * classes of each by one look-up, and these, crossed two by two, one *kind*: packets of a kind satisfy the same
 * conditions. This is recursive flow classification, as far as it goes well.
 */
#ifndef SENTRY_KINDS_H
#define SENTRY_KINDS_H

#include "matrix.h"

struct space_step {
	uint32_t source;
	uint32_t n;                 /* classes of the source */
	struct class_matrix classes; /* number -> class, in one row */
	double ns;                  /* what reading that is predicted to take */
	struct class_region cross;  /* kind so far * n + class -> kind; not of the first step */
};

struct class_space {
	size_t n_steps;             /* 0: one kind */
	struct space_step *steps;
	uint32_t n_kinds;
	/* For those who build: the kinds in which condition `c` holds, as bits from holds[c * words] on. */
	size_t n_conditions, words;
	uint64_t *holds;
};

/* Some terms' tests, all of them at once: what a space is made for. `tests` as in class_term. */
struct kinds_condition {
	size_t n_tests;
	const struct class_test *tests;
};

/* How many numbers a source has: its table's length, with one for what is absent. 0: it has no table. */
uint32_t source_size(const struct class_source *source);

/* False where the crossing explodes, or a source has values that no table reaches. */
bool kinds_build(struct arena *arena, struct arena *scratch, struct classifier *classifier,
		 const struct kinds_condition *conditions, size_t n, struct class_space *space);

/* The class of a source's value. What is absent, and what no predicate speaks of, is the last number. */
uint32_t kinds_class(const struct classifier *classifier, const struct space_step *step, uint32_t value);

/* Of a packet. */
uint32_t kinds_lookup(const struct classifier *classifier, const struct class_space *space, const uint32_t *values);

#endif
