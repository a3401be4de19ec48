/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The connections of a policy, by protocol and stage. */
#ifndef SENTRY_STATE_COUNT_H
#define SENTRY_STATE_COUNT_H

#include "failure.h"
#include "generation.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

#define N_STAGES 8
extern const char *const stage_words[N_STAGES];

struct state_count {
	bool tracked;   /* false: the policy asks for no state, and all else is 0 */
	__u64 now;      /* of the monotonic clock */
	size_t present; /* expired ones included: they keep their place until another takes it */
	size_t expired;
	size_t counts[256][N_STAGES];
};

/*
 * Of one part. `visit`, which may be NULL, gets each connection that has not expired. On failure `count` says nothing.
 */
bool state_count(struct state_count *count, const struct generation *generation, size_t part,
		 void (*visit)(void *context, const struct sentry_flow_key *key, __u64 word, __u64 now), void *context,
		 struct failure *why);

#endif
