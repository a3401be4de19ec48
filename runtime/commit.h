/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How a generation comes into force, on all of its hooks at one instant:
 *
 *	prepare  hooks that have no dispatcher get one, which lets everything pass as before; the generation's
 *	         programs are put into a free slot; nothing has changed yet
 *	switch   one store into the gate: from here on, packets that meet their first hook belong to it
 *	settle   packets in flight are waited for; what only older generations need is taken away
 *
 * After a kill at any point, commit_recover goes on from what the kernel has: the gate says what is in force, a
 * staged generation that is not is taken away, and so is what it alone had. docs/atomic.md has the whole.
 */
#ifndef SENTRY_COMMIT_H
#define SENTRY_COMMIT_H

#include "gate.h"
#include "generation.h"
#include "hooks.h"

/* How many generations stay ready besides the one in force: what may still be on the stamps of packets. */
#define GENERATIONS_KEPT 2

struct site_state {
	struct site *site;
	struct gate gate;
	struct hooks hooks;
};

bool state_open(struct site_state *state, struct site *site, struct failure *why);
/* The same, without making anything: where there is no gate, state->gate.bpf is NULL. */
bool state_open_present(struct site_state *state, struct site *site, struct failure *why);
void state_close(struct site_state *state);

/* `outcomes` has one entry per attachment. On failure nothing has changed, and what was made is gone. */
bool commit_prepare(struct site_state *state, const struct generation *staged, struct outcome *outcomes,
		    struct failure *why);
/* Between prepare and switch: not to be, after all. */
void commit_abandon(struct site_state *state, const struct generation *staged);

/*
 * `deadline_ns` (monotonic clock; 0: none): if it comes and commit_confirm has not, the kernel goes back by itself.
 * False only if nothing has changed.
 */
bool commit_switch(struct site_state *state, const struct generation *staged, __u64 deadline_ns, struct failure *why);

/* What fails here is said, and left for the next time. */
void commit_settle(struct site_state *state, struct generation *staged);

/* Back to a generation that is still ready. */
bool commit_back(struct site_state *state, unsigned int generation, struct failure *why);

/*
 * Puts right what an applier that was killed left behind, and says what it did; also says if a change was taken back
 * by its deadline.
 */
bool commit_recover(struct site_state *state, struct failure *why);

/* Removes the maps of dispatchers that have nothing to do: no hook, no generation. */
void commit_prune(struct site_state *state);

/*
 * Everything is taken away: at one instant no policy is in force any more, then the hooks go. Also goes on with what a
 * removal that was killed has left, when the gate may be gone.
 */
bool commit_remove(struct site_state *state, struct failure *why);

#endif
