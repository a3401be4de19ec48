/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How long the history keeps what: too old goes, too much goes, and counters become coarser. In steps of some milliseconds. */
#ifndef SENTRY_PAST_KEEP_H
#define SENTRY_PAST_KEEP_H

#include "past_db.h"

#include <stdint.h>

/* Lengths of the steps of counters, in seconds. */
#define PAST_SECOND 1
#define PAST_MINUTE 60
#define PAST_HOUR 3600

struct past_keep {
	uint64_t events_ms; /* and what was lost */
	uint64_t flows_ms;
	uint64_t alerts_ms;
	uint64_t seconds_ms; /* counters by the second; older ones become minutes */
	uint64_t minutes_ms; /* … by the minute; older ones become hours */
	uint64_t hours_ms;
	uint64_t max_bytes;  /* of the file; counters go only when there are no events and flows any more */
};

extern const struct past_keep past_keep_default;

enum past_tidied {
	PAST_TIDY,        /* nothing is too old or too much */
	PAST_TIDY_MORE,   /* something was done, and there may be more to do */
	PAST_TIDY_FAILED,
};

/* One step, in a transaction of its own. */
enum past_tidied past_tidy(sqlite3 *db, const struct past_keep *keep, int64_t now_ns, struct failure *why);

/* What it takes, without pages that are free for what comes. */
uint64_t past_bytes(sqlite3 *db);

#endif
