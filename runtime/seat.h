/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Where verbs sit that change what is in force without applying anything: the lock, the gate, and the generation. */
#ifndef SENTRY_SEAT_H
#define SENTRY_SEAT_H

#include "apply.h"
#include "commit.h"
#include "generation.h"
#include "history.h"

struct seat {
	struct site site;
	struct site_state state;
	struct history history;
	struct generation generation; /* in force */
	bool found;                   /* there is one */
	bool nothing; /* not even a place: nothing was applied since the bpf file system was mounted, or all was removed */
};

/*
 * Enters the network namespace, locks, and puts right what an interrupted change left. True also if no generation is
 * in force. To be closed in any case.
 */
bool seat_open(struct seat *seat, const struct apply *apply, struct failure *why);
void seat_close(struct seat *seat);

#endif
