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
#include "generation.h"
#include "pin.h"

#include <stdbool.h>

struct event_sink {
	void *context;
	void (*event)(void *context, const struct event_view *view);
	/* `lost` records more than said before found no room. */
	void (*lost)(void *context, const struct record *record, size_t part, __u64 lost);
	/* After a batch: flushes. False ends the stream (nobody reads any more). */
	bool (*batch_end)(void *context);
	/* A generation came in force, its events begin; and nothing of it comes any more. May be NULL. */
	void (*begun)(void *context, const struct generation *generation);
	void (*ended)(void *context, const struct generation *generation);
};

/* Hands over what is there and returns. */
bool events_drain(const struct site *site, const struct event_sink *sink, struct failure *why);
/* Goes on until SIGINT or SIGTERM, over any number of generations, also none. */
bool events_follow(const struct site *site, const struct event_sink *sink, struct failure *why);

/*
 * The same for a program with a loop of its own: event_feed_read() when the descriptor is readable, and at least forty times a
 * second, hands over what is there, and looks for another generation. `site` and `sink` stay the caller's.
 */
struct event_feed;
struct event_feed *event_feed_open(const struct site *site, const struct event_sink *sink, struct failure *why);
/* For poll and epoll; stays the same. */
int event_feed_fd(const struct event_feed *feed);
/* False: the events cannot be read now; the next call tries again. */
bool event_feed_read(struct event_feed *feed, struct failure *why);
/* Reads what is left. */
void event_feed_close(struct event_feed *feed);

#endif
