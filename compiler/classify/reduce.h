/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Fewer and plainer terms with the same answer for every packet. The answer of a packet is the smallest of the terms
 * that it satisfies, so the order of the terms of one answer is of no account, and all that is done here is legal
 * by one of these:
 *	- a term that no packet satisfies answers nothing;
 *	- a term that another contains, whose answer is the same or smaller, decides nothing;
 *	- terms of one answer that differ in one set only are one term, with the union of the sets;
 *	- a test that follows from the other tests of its term says nothing.
 * Terms of different answers are never one: each rule counts by its own name.
 */
#ifndef SENTRY_REDUCE_H
#define SENTRY_REDUCE_H

#include "classifier.h"

struct reduction {
	size_t before, after; /* terms */
	size_t impossible;    /* no packet satisfies them */
	size_t shadowed;      /* an earlier answer's term contains them */
	size_t redundant;     /* another term of their answer contains them */
	size_t united;        /* became part of another */
	size_t tests;         /* tests left out */
	size_t sources;       /* sources that nobody asks any more */
	bool cut;             /* not all pairs of terms were compared */
};

/* `out` is `input` made smaller, in `arena`; it shares sets of values with it. */
void reduce_input(struct arena *arena, const struct classify_input *input, struct classify_input *out,
		  struct reduction *reduction);

#endif
