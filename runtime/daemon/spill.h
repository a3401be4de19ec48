/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Blocks that wait on disk, first in, first out: files of some megabytes in a directory of their own, of which the oldest
 * goes when there are too many. What is there when sentryd ends, in whatever way, is there when it starts again.
 *
 * One thread may add and another take at the same time.
 */
#ifndef SENTRY_DAEMON_SPILL_H
#define SENTRY_DAEMON_SPILL_H

#include "block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spill;

/* How far one has come who is done with an entry and those before it. */
struct spill_mark {
	uint64_t at, taken;
};

struct spill_entry {
	struct block *block;
	uint32_t wanted; /* items in it that its sink wants */
	struct spill_mark mark;
};

/*
 * Makes the directory, and finds what is there. NULL with errno; EBUSY if somebody has it open. `most`: bytes. `waiting`
 * gets the number of wanted items that are there.
 */
struct spill *spill_open(const char *directory, uint64_t most, uint64_t *waiting);
void spill_close(struct spill *spill);

/* False if the disk takes no more. `dropped`: how many wanted items had to go for it. */
bool spill_add(struct spill *spill, const struct block *block, uint32_t wanted, uint64_t *dropped);
/*
 * Up to `most` of the oldest, and no more when they have `items`; how many. They stay on disk until spill_taken() says up
 * to which they are done with; no more are taken before all are. `lost`: wanted items that could not be read back.
 */
size_t spill_take(struct spill *spill, struct spill_entry *entries, size_t most, uint64_t items, uint64_t *lost);
void spill_taken(struct spill *spill, struct spill_mark mark);
/* They are not done with, and wait for the next spill_open(). False: they had to go for newer ones. */
bool spill_give_back(struct spill *spill);
/* Does not wait for the disk. */
bool spill_empty(struct spill *spill);

#endif
