/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Views for `sentryctl top`: of the kernel as it is now, or of a time in the history. */
#ifndef SENTRY_TOP_COLLECT_H
#define SENTRY_TOP_COLLECT_H

#include "failure.h"
#include "past_query.h"
#include "pin.h"
#include "top_view.h"

struct top_collector;

/*
 * `db` is where talkers are looked up if the policy in force keeps no flows. It need not be there. Strings are not
 * copied.
 */
struct top_collector *top_collector_new(const struct site *site, const char *db);
void top_collector_free(struct top_collector *collector);

/*
 * What there is now, with rates since the call before; unsorted, and the caller's to sort. It is the collector's, and good until
 * the next call. Without a policy in force it is empty. NULL with `why` if it cannot be read.
 */
struct top_view *top_collect(struct top_collector *collector, struct failure *why);

/* What was within a time. To be freed by top_view_free(). */
bool top_collect_past(struct top_view *view, sqlite3 *db, const struct past_question *question, int64_t now_ns,
		      struct failure *why);

/* Sources, destinations and protocols of the last minutes, for tables that are empty. */
void top_collect_recent(struct top_view *view, const char *db);

#endif
