/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a sink is. Each has one file, sink_NAME.c, and one line in sinks.c. Everything but create() runs on a thread of the
 * sink's own, so that it may wait: for a server, for a disk. Nothing of a sink is called by two threads at a time.
 */
#ifndef SENTRY_DAEMON_SINK_H
#define SENTRY_DAEMON_SINK_H

#include "block.h"
#include "config.h"
#include "item_json.h"

#include <stdbool.h>
#include <stdint.h>

enum sink_result {
	SINK_DONE,    /* all of the batch is where it should be */
	SINK_RETRY,   /* nothing of it is: the same batch comes again, later and later */
	SINK_REFUSED, /* the other side will never take this batch: it is counted as lost */
};

/* Why not; a sentence without newline. */
struct sink_error {
	char text[512];
	uint64_t refused; /* SINK_DONE: so many items of the batch were, after all; 0 when write() is called */
};

enum sink_result __attribute__((format(printf, 3, 4)))
sink_fail(struct sink_error *error, enum sink_result result, const char *format, ...);

struct sink_kind {
	const char *name; /* the `type` in the configuration */
	/*
	 * Reads the sink's own keys. Everything that can be wrong with a configuration is said here, with config_error();
	 * nothing is opened yet. NULL: errors were said.
	 */
	void *(*create)(struct config_map *map);
	/*
	 * Writes a batch. Connects if it is not connected. Gives up (SINK_RETRY) after some 10 seconds in which nothing moves.
	 */
	enum sink_result (*write)(void *sink, const struct batch *batch, struct sink_error *error);
	/*
	 * Whether a batch that failed some times may come in parts, as it may be too much at a time. Not for sinks that know a
	 * batch that comes again by its first item, and go on where they were.
	 */
	bool divisible;
	/* Once a second while there is nothing to write: retention, keep-alive. May be NULL. */
	void (*idle)(void *sink);
	void (*destroy)(void *sink);
	/* Kinds of items that it takes if the configuration does not say: a mask of 1 << ITEM_…. */
	unsigned int takes;
	/* Of those it can take at all; 0: all. */
	unsigned int can_take;
};

extern const struct sink_kind *const sink_kinds[]; /* ends with NULL */
const struct sink_kind *sink_kind(const char *name);

/* Reads the keys `schema` and `fields` of a sink that writes JSON. */
void item_format_read(struct item_format *format, struct config_map *map);

/*
 * Of `socket`: bytes that the other side does not have yet. While they become fewer, it is not silent, but slow. 0: all, or
 * nobody knows.
 */
uint64_t sink_unsent(int socket);
/* How long a server may take at most for so many bytes, if it is not silent for `timeout_ms`. */
uint64_t sink_time_for(uint64_t timeout_ms, uint64_t bytes);

/* Of a sink's thread: has it to end now? Sinks that wait look now and then. */
bool sink_stopping(void);

#endif
