/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items into the history. */
#ifndef SENTRY_PAST_WRITE_H
#define SENTRY_PAST_WRITE_H

#include "item.h"
#include "past_db.h"

struct past_writer;

/* For a database that past_open_write() opened, which must outlive it. NULL with `why`. */
struct past_writer *past_writer_new(sqlite3 *db, struct failure *why);
void past_writer_free(struct past_writer *writer);

enum past_piece {
	PAST_PIECE_NEW,
	PAST_PIECE_KNOWN,  /* its items are there: leave them out */
	PAST_PIECE_FAILED,
};

/*
 * Items between begin and commit are there together or not at all. They come in pieces, of which each has items `first` to
 * `last` of one run (sequence_high), and which come whole if they come again, at whatever time: a piece is asked for
 * before its items are written. After any failure call past_rollback() and begin again.
 */
bool past_begin(struct past_writer *writer, struct failure *why);
enum past_piece past_piece(struct past_writer *writer, uint32_t run, uint64_t first, uint64_t last, int64_t time_ns,
			   struct failure *why);
bool past_write(struct past_writer *writer, const struct item *item, struct failure *why);
bool past_commit(struct past_writer *writer, struct failure *why);
void past_rollback(struct past_writer *writer);

#endif
