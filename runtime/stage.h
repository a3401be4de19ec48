/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A generation is made: everything loaded is pinned in staged-N. No packet meets it yet. */
#ifndef SENTRY_STAGE_H
#define SENTRY_STAGE_H

#include "generation.h"
#include "object.h"
#include "plan.h"

/* The objects are loaded. The directory, with the pins of all parts, and without its record. */
bool stage_begin(const struct site *site, const struct object *objects, size_t n, unsigned int number,
		 struct generation *staged, struct failure *why);
/* The record, which makes it a whole generation: `staged` is opened. */
bool stage_end(const struct site *site, const struct object *objects, size_t n, const struct plan *plan,
	       const struct record_head *head, struct generation *staged, struct failure *why);

/* The record of a generation is replaced, in one step: what is attached has changed. */
bool stage_rewrite(const struct generation *generation, const struct plan *plan, struct failure *why);

#endif
