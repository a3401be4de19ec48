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

/* Records of one part of a generation that found no room, since the last time that was said. */
struct event_loss {
	const struct record *record;
	__u32 identity; /* generation_identity() */
	size_t part;
	__u64 lost;
};

/* Where an earlier reader of the same events has come to. */
struct event_resumption {
	unsigned int generation; /* the last that it has seen; 0: none */
	/* How many losses it has told of. */
	__u64 (*lost)(void *context, __u32 identity, size_t part);
};

struct event_sink {
	void *context;
	void (*event)(void *context, const struct event_view *view);
	void (*lost)(void *context, const struct event_loss *loss);
	/* After a batch: flushes. False ends the stream (nobody reads any more). */
	bool (*batch_end)(void *context);
	/*
	 * The events of a generation begin, because it came in force, or, with `resumption`, because it is still there from before;
	 * and nothing of it comes any more. May be NULL.
	 */
	void (*begun)(void *context, const struct generation *generation, bool in_force);
	void (*ended)(void *context, const struct generation *generation);
	/* Goes on where another reader ended: what generations that are out of force have left in their buffers comes first. NULL: no. */
	const struct event_resumption *resumption;
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
