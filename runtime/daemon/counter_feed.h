/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Counters of rules, interfaces and TCP flags, read again and again: what grew since the last time becomes an item. They are
 * cumulative over changes of generation, and what was seen last is kept in a file, so that what a policy counted while sentryd
 * was not there is told when it is back.
 */
#ifndef SENTRY_DAEMON_COUNTER_FEED_H
#define SENTRY_DAEMON_COUNTER_FEED_H

#include "outbox.h"
#include "pin.h"
#include "telemetry.h"

struct counter_feed;

/* `file`: NULL for none. */
struct counter_feed *counter_feed_new(const struct site *site, struct telemetry *telemetry, struct outbox *outbox,
				      const char *file);
/* False: they cannot be read now. No policy in force is no failure. */
bool counter_feed_read(struct counter_feed *feed, struct failure *why);
void counter_feed_free(struct counter_feed *feed);

#endif
