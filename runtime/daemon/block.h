/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items on their way to sinks: a block holds copies of many, and all sinks share it. */
#ifndef SENTRY_DAEMON_BLOCK_H
#define SENTRY_DAEMON_BLOCK_H

#include "item.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A block: items one behind another. It is filled by one thread, then sealed: from then on it only is read, by any thread,
 * until the last has let it go.
 */
struct block;
#define BLOCK_BYTES (64 * 1024)

struct block *block_new(void);
/* False if it has no room. */
bool block_add(struct block *block, const struct item *item);
size_t block_items(const struct block *block);
size_t block_bytes(const struct block *block);
struct block *block_share(struct block *block);
void block_free(struct block *block); /* one owner less; NULL is none */

/* Its bytes as they may lie in a file, for the same program on the same machine. */
const void *block_data(const struct block *block);
/* NULL if they are not a block's. */
struct block *block_restore(const void *data, size_t size);

/* Which items a sink wants. Empty lists: all. Strings belong to the configuration. */
struct item_filter {
	bool kinds[N_ITEM_KINDS]; /* all false: what the sink takes by itself */
	const char *const *names;     /* of events: log, sample, limit, detect; NULL-terminated, as the others */
	const char *const *rules;
	const char *const *verdicts;
	const char *const *interfaces;
};

bool item_wanted(const struct item_filter *filter, const struct item *item);

/* What a sink is to write: one or several blocks, without what it does not want. */
struct batch {
	const struct item_filter *filter;
	size_t n_blocks;
	struct block *const *blocks;
};

struct batch_cursor {
	const struct batch *batch;
	size_t block, offset;
};

void batch_begin(struct batch_cursor *cursor, const struct batch *batch);
/* The next item; what `item` points to is valid as long as the batch is. False at the end. */
bool batch_next(struct batch_cursor *cursor, struct item *item);

#endif
