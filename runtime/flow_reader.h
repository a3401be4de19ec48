/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Flows of one part of a generation (`account { flows; }`), as what was added to each since it was last told of. Each packet
 * is told of once: in a flow, or in what was lost; also if its flow makes room between two polls, and, as the maps
 * stay open, after the generation is gone.
 *
 * With a file the reader can be killed at any time. A poll has a sequence number. What it told of counts as told once it has
 * returned, and the number is in the file then. Whoever keeps what it is told of with that number can tell, when it comes
 * back, whether the last poll did: flow_reader_sequence() is the last that did, and one behind it will be told of again.
 *
 * One reader at a time: two would take records from each other.
 */
#ifndef SENTRY_FLOW_READER_H
#define SENTRY_FLOW_READER_H

#include "failure.h"
#include "generation.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

struct flow_delta {
	const struct sentry_flow *flow; /* as one CPU has seen it: the numbers since its beginning there */
	__u64 packets;                  /* of these, those not told of before */
	__u64 bytes;
	bool ended;                     /* made room for another; should it go on, it begins anew */
};

struct flow_sink {
	void *context;
	void (*delta)(void *context, const struct flow_delta *delta);
	/* Packets that are in no flow told of: `records` flows have made room and found none in the ring buffer. */
	void (*lost)(void *context, const struct sentry_flow_loss *loss);
	/* After all that: keep it, under this number. False: it is not kept, and shall be told of again. May be NULL. */
	bool (*commit)(void *context, __u64 sequence);
};

struct flow_reader;

/*
 * NULL with why->code 0 if the part has no flows. `file` may be NULL; a file of another map or of before the machine was
 * started is begun anew. The generation need not stay open.
 */
struct flow_reader *flow_reader_open(const struct generation *generation, size_t part, const char *file,
				     struct failure *why);
void flow_reader_close(struct flow_reader *reader);

/* All that is new, then `lost`, then `commit`. */
bool flow_reader_poll(struct flow_reader *reader, const struct flow_sink *sink, struct failure *why);

/* Number of the last poll that is kept; 0: none. */
__u64 flow_reader_sequence(const struct flow_reader *reader);

/* For epoll: readable when a quarter of the ring buffer is full. Without that, poll every second. */
int flow_reader_fd(const struct flow_reader *reader);

#endif
