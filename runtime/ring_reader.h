/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A ring buffer of the kernel, read without giving the room back: what was read is the kernel's again only when the reader has
 * it somewhere safe. libbpf gives it back record by record.
 */
#ifndef SENTRY_RING_READER_H
#define SENTRY_RING_READER_H

#include "failure.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct ring_reader {
	__u64 *consumer;       /* position up to which the room is the kernel's */
	const __u64 *producer;
	const char *data;      /* twice in a row, so that no record is in two pieces */
	size_t size, page;
	__u64 position;        /* up to which it was read */
};

/* `map` may be closed afterwards. Begins where the last reader gave back. */
bool ring_reader_open(struct ring_reader *ring, int map, struct failure *why);
void ring_reader_close(struct ring_reader *ring);

/* Up to where records have been begun. */
__u64 ring_reader_end(const struct ring_reader *ring);

/*
 * The next record before `end`; NULL if there is none, or if the next one is still being written, of which *busy tells. The kernel
 * takes care of order: a record that was begun later comes later.
 */
const void *ring_reader_next(struct ring_reader *ring, __u64 end, size_t *size, bool *busy);

/* Gives back what was read. */
void ring_reader_release(struct ring_reader *ring);

#endif
