/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How full the tables of a policy are: sets, connections, limits. */
#ifndef SENTRY_DAEMON_TABLE_FEED_H
#define SENTRY_DAEMON_TABLE_FEED_H

#include "failure.h"
#include "pin.h"
#include "telemetry.h"

/* Into telemetry->tables and telemetry->states; what was there before goes. No policy in force: none. */
bool table_feed_read(const struct site *site, struct telemetry *telemetry, struct failure *why);
void table_feed_clear(struct telemetry *telemetry);

#endif
