/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Flows of all generations that are there, into the table of flows. */
#ifndef SENTRY_DAEMON_FLOW_FEED_H
#define SENTRY_DAEMON_FLOW_FEED_H

#include "flow_table.h"
#include "generation.h"
#include "outbox.h"
#include "telemetry.h"

struct flow_feed;

/* `directory`: for files that survive a kill; NULL for none. What cannot be opened is said, and there are no flows then. */
struct flow_feed *flow_feed_new(const char *directory, const struct flow_settings *settings, struct telemetry *telemetry,
				struct outbox *outbox);
void flow_feed_free(struct flow_feed *feed);

/* A generation came in force, or is still there from before. */
void flow_feed_begin(struct flow_feed *feed, const struct generation *generation);
/* All that are there were begun: what was kept of others is of no use any more. */
void flow_feed_settle(struct flow_feed *feed);
/* Nothing of it comes any more. */
void flow_feed_end(struct flow_feed *feed, const struct generation *generation);
void flow_feed_read(struct flow_feed *feed);

#endif
