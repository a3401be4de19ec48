/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The history: a SQLite database that sentryd's sink `sqlite` fills and sentryctl reads while it does. It is told from
 * others by its application_id, and its version is user_version.
 *
 * Times of records are nanoseconds, times of counters seconds, both since 1970. Addresses are blobs of 4 or 16 bytes in
 * network byte order, so that a prefix is a range; NULL if a packet is not IP. What repeats in all records of a rule on
 * an interface is one row of `origins`.
 */
#ifndef SENTRY_PAST_DB_H
#define SENTRY_PAST_DB_H

#include "failure.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#define PAST_DB_DEFAULT "/var/lib/packet-sentry/history.db"
#define PAST_APPLICATION_ID 0x50535048 /* "PSPH" */

enum past_opened {
	PAST_READY,
	PAST_MISSING,  /* no such file; only of past_open_read() */
	PAST_DAMAGED,  /* it is no database, or not a whole one */
	PAST_FOREIGN,  /* a database of another program */
	PAST_NEWER,    /* made by a later release, whose tables we do not know */
	PAST_FAILED,   /* no permission, no room, … */
};

/*
 * For the one that writes: makes the file and its tables if there are none, and brings those of an earlier release to
 * this one's. *db is NULL unless PAST_READY.
 */
enum past_opened past_open_write(sqlite3 **db, const char *path, struct failure *why);
/* For any number of others, at any time. */
enum past_opened past_open_read(sqlite3 **db, const char *path, struct failure *why);

/* Does this result of SQLite say that the file is damaged? */
bool past_is_damage(int result);
/* Moves the file, and what SQLite keeps beside it, to PATH.damaged, in place of what was put there before. */
bool past_set_aside(const char *path, struct failure *why);

/* Runs statements that return nothing. False with the database's message. */
bool past_run(sqlite3 *db, const char *sql, struct failure *why);
/* The one number that a statement returns; 0 if it returns none. */
long long past_number(sqlite3 *db, const char *sql);

/*
 * Brings a database from its user_version to `n` by steps[user_version] and what follows, all or nothing. It is
 * past_open_write() that calls this, with the steps of this release.
 */
bool past_migrate(sqlite3 *db, const char *const *steps, unsigned int n, struct failure *why);

#endif
