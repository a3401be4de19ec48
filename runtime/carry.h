/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What of the policy in force goes on in the next: connections, buckets of rate-limits, contents
 * of sets. The very maps are shared, so that nothing is lost between one and the other, and the old
 * policy goes on with them if the new one does not come into force after all.
 */
#ifndef SENTRY_CARRY_H
#define SENTRY_CARRY_H

#include "generation.h"
#include "object.h"
#include "set_source.h"

#include <stdbool.h>
#include <stddef.h>

/* `old` may be NULL in all of these. Before the object is loaded: */
bool carry_maps(struct object *object, const struct generation *old, struct failure *why);

/* What a set begins with. */
struct set_begin {
	size_t elements;
	const char *from; /* a file; NULL: see `carried` */
	bool carried;
};

/* After: fills the slots of the sets, `begins` with one entry for each; and what is counted goes on. */
bool carry_contents(const struct object *object, const struct set_source *sources, const struct generation *old,
		    struct set_begin *begins, struct failure *why);

/* Says, a line for each, what was there and does not go on. */
void carry_report(const struct object *object, const struct set_begin *begins, const struct generation *old);

#endif
