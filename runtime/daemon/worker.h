/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A sink at work: a thread of its own, and before it a queue of bounded size. What does not fit into memory goes to disk,
 * what does not fit there is dropped, the oldest first, and counted. Whatever a sink does, sink_push() does not wait for it.
 */
#ifndef SENTRY_DAEMON_WORKER_H
#define SENTRY_DAEMON_WORKER_H

#include "block.h"
#include "sink.h"
#include "telemetry.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;

struct worker_settings {
	const struct sink_kind *kind;
	void *sink;             /* of kind->create(); the worker destroys it */
	const char *name;
	struct item_filter filter;
	uint64_t memory, disk;  /* bytes that may wait */
	uint64_t batch_items;
	uint64_t batch_delay_ms;
	bool durable;           /* everything goes by the disk, so that a kill loses nothing */
	const char *spill_directory; /* of this sink; NULL: nothing waits on disk */
};

/*
 * The keys that all sinks have, and then the sink's own; `state_directory` is where spill files go. False: errors were said, and
 * there is nothing to destroy.
 */
bool worker_settings_read(struct worker_settings *settings, struct config_map *map, const char *state_directory);

/* Starts the thread. It begins after `before`, which has the same name, has ended; that is freed then. May be NULL. */
struct worker *worker_start(const struct worker_settings *settings, struct worker *before);
/* Shares the block. */
void worker_push(struct worker *worker, struct block *block);
/* Asks it to write what it can within `grace_ms`, to put the rest on disk, and to end. 0: now, as must those before it. */
void worker_stop(struct worker *worker, uint64_t grace_ms);
/* Whether the thread has ended. */
bool worker_ended(const struct worker *worker);
/* Waits for the end, and frees. */
void worker_free(struct worker *worker);

/* Lives as long as the worker. */
struct sink_state *worker_state(struct worker *worker);
/* Nothing waits, in memory or on disk. */
bool worker_idle(struct worker *worker);

#endif
