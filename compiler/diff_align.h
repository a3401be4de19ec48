/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which rule of one version is which of the other: rules equal in meaning, in the
 * same order in both. A packet that is decided differently is decided, in one version at
 * least, by a rule that has no partner: of two pairs the earlier is the earlier in both.
 */
#ifndef SENTRY_DIFF_ALIGN_H
#define SENTRY_DIFF_ALIGN_H

#include "rulebook.h"

#define NOT_ALIGNED SIZE_MAX

struct alignment {
	size_t *to_new; /* by number in the old block: its partner's, or NOT_ALIGNED */
	size_t *to_old;
};

/*
 * old[k] and new[k] are the same two blocks in space k; rules are equal if they are
 * in all `n` of them. Samples decide nothing and have no partners.
 */
void align_rules(struct arena *arena, const struct rulebook *const *old, const struct rulebook *const *new, size_t n,
		 struct alignment *alignment);

/* Do two entries match the same packets, as far as their cubes show it? False proves nothing. */
bool entries_equal(const struct space *space, const struct entry *a, const struct entry *b);

#endif
