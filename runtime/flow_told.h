/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a flow reader has told of, in a file that is mapped into memory (or only in memory). There are two copies, and a
 * sequence number: the copy of the last poll that counts is number sequence % 2, the other is being worked on. One store makes
 * it the one that counts, so that a reader that is killed leaves one or the other, and nothing between.
 */
#ifndef SENTRY_FLOW_TOLD_H
#define SENTRY_FLOW_TOLD_H

#include "failure.h"
#include "kept_file.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

/* Of one entry of the cache, in one of its uses. */
struct flow_told {
	__u32 version; /* 0: nothing yet */
	__u32 ended;   /* its last record was read */
	__u64 packets;
	__u64 bytes;
};

struct flow_copy {
	__u64 position;                 /* in the ring buffer */
	struct sentry_flow_loss missed; /* told of in flows that were lost afterwards: no part of what is lost */
	struct sentry_flow_loss lost;   /* told of as lost */
	struct flow_told told[];
};

struct flow_head;

struct flow_file {
	struct kept_file kept;
	struct flow_head *head; /* where it begins */
	size_t n;               /* entries */
};

/* Of the map `map_id` with `n` entries. `path` may be NULL. A file that is begun anew says this position. One that cannot be had is
 * said, and all is in memory only; not if somebody else has it: that fails. */
bool flow_file_open(struct flow_file *file, const char *path, __u32 map_id, size_t n, __u64 position, struct failure *why);
void flow_file_close(struct flow_file *file);

__u64 flow_file_sequence(const struct flow_file *file);
/* The copy that counts. */
const struct flow_copy *flow_file_last(const struct flow_file *file);
/* The other, as a copy of it to work on. */
struct flow_copy *flow_file_begin(struct flow_file *file);
/* From now on the other counts. */
void flow_file_commit(struct flow_file *file);

#endif
