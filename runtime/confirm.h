/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Changes that go back by themselves, and ways to go back by hand. The deadline is a timer in the kernel: it fires
 * whether or not any process of ours is alive.
 */
#ifndef SENTRY_CONFIRM_H
#define SENTRY_CONFIRM_H

#include "apply.h"
#include "commit.h"
#include "history.h"

/* Fails, with what to do, if a generation waits to be confirmed. */
bool confirm_none_pending(const struct site_state *state, struct failure *why);
/* Says if a deadline has passed since the last time, and writes it into the history. */
bool confirm_say_expired(struct site_state *state, const struct history *history, struct failure *why);

/*
 * After a commit with a deadline. With --confirm: says what to do until when. With probes alone: asks them, and
 * confirms or goes back (code EXIT_ROLLED_BACK) by what they say.
 */
bool confirm_begin(struct site_state *state, const struct history *history, const struct apply *apply,
		   unsigned int generation, __u64 deadline_ns, struct failure *why);

/* The verbs. `generation` 0: the one that was in force before. All return an exit code. */
int confirm_now(const struct apply *apply);
int roll_back(const struct apply *apply, unsigned int generation);

#endif
