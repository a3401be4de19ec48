/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The stream of log and sample records of a network namespace. Generations come and
 * go under it: the ring buffer of the one before is read on until nothing can come
 * any more, and what is lost is said.
 */
#ifndef SENTRY_RUNTIME_EVENTS_H
#define SENTRY_RUNTIME_EVENTS_H

#include "event_format.h"
#include "failure.h"
#include "pin.h"

#include <stdbool.h>

struct event_sink {
	void *context;
	void (*event)(void *context, const struct event_view *view);
	/* `lost` records more than said before found no room. */
	void (*lost)(void *context, const struct record *record, size_t part, __u64 lost);
	/* After a batch: flushes. False ends the stream (nobody reads any more). */
	bool (*batch_end)(void *context);
};

/* Hands over what is there and returns. */
bool events_drain(const struct site *site, const struct event_sink *sink, struct failure *why);
/* Goes on until SIGINT or SIGTERM, over any number of generations, also none. */
bool events_follow(const struct site *site, const struct event_sink *sink, struct failure *why);

#endif
