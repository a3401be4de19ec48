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

/* The part of the generation before whose work an object goes on with. */
struct before {
	const struct generation *generation;
	size_t part;
	const struct manifest *manifest; /* NULL: there is none */
};

/*
 * The part of the same policy; or, where both are one object only, that, whatever the policies are called.
 * `old` may be NULL. `n`: how many objects become one generation now.
 */
struct before carry_from(const struct generation *old, const struct manifest *manifest, size_t n);

/* Before the object is loaded: */
bool carry_maps(struct object *object, const struct before *before, struct failure *why);

/* What a set begins with. */
struct set_begin {
	size_t elements;
	const char *from; /* a file; NULL: see `carried` */
	bool carried;
};

/*
 * After it is loaded and pinned, as a part of `staged`: fills the slots of the sets, `begins` with one entry for each;
 * and what is counted goes on.
 */
bool carry_contents(const struct object *object, const struct generation *staged, size_t part,
		    const struct set_source *sources, const struct before *before, struct set_begin *begins,
		    struct failure *why);

/*
 * Tables whose size has changed cannot be shared; their entries are copied. Once with the contents, and once more when
 * no program of the old policy runs any longer, for the entries that came in between.
 */
void carry_copies(const struct object *object, const struct before *before);

/* What goes on, on one line; "" if there is no policy before. */
void carry_gains(const struct object *object, const struct set_source *sources, const struct before *before,
		 char *text, size_t size);

/* Lines that say what there is before and does not go on; NULL-terminated, to be freed by carry_losses_free. */
char **carry_losses(const struct object *object, const struct set_source *sources, const struct before *before);
void carry_losses_free(char **losses);

#endif
