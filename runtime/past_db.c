/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "past_db.h"

#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000

/*
 * steps[n] makes version n + 1 of version n. A step that was released is never changed: another one is put behind it.
 *
 * Records are kept in the order of time, without a second index, which would cost as much as the rows themselves:
 * what is asked for lies together, and what is too old is taken off one end. `run` and `sequence` tell records of the
 * same time apart, and a record from itself, sent again.
 *
 * Counters: what a rule or an interface counted from `time` on, for `step` seconds. Each packet is in exactly one row.
 *
 * Pieces: which items of which run of sentryd are in here, so that none is counted twice.
 */
static const char *const steps[] = {
	"CREATE TABLE origins (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, policy TEXT NOT NULL, block TEXT NOT NULL,"
	" rule TEXT NOT NULL, verdict TEXT NOT NULL, direction TEXT NOT NULL, interface TEXT NOT NULL, hook TEXT NOT NULL,"
	" name TEXT NOT NULL, subject TEXT NOT NULL, line INTEGER NOT NULL, generation INTEGER NOT NULL,"
	" UNIQUE (kind, policy, block, rule, verdict, direction, interface, hook, name, subject));"
	"CREATE TABLE events (time INTEGER NOT NULL, sequence INTEGER NOT NULL, run INTEGER NOT NULL,"
	" origin INTEGER NOT NULL, generation INTEGER NOT NULL, line INTEGER NOT NULL, protocol INTEGER, source BLOB, dest BLOB,"
	" source_port INTEGER NOT NULL, dest_port INTEGER NOT NULL, vlan INTEGER, tcp_flags INTEGER NOT NULL,"
	" icmp_type INTEGER NOT NULL, icmp_code INTEGER NOT NULL, fragment INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" sampling INTEGER NOT NULL, frame BLOB, PRIMARY KEY (time, sequence, run)) WITHOUT ROWID;"
	"CREATE TABLE flows (time INTEGER NOT NULL, sequence INTEGER NOT NULL, run INTEGER NOT NULL,"
	" origin INTEGER NOT NULL, generation INTEGER NOT NULL, line INTEGER NOT NULL, protocol INTEGER, source BLOB, dest BLOB,"
	" source_port INTEGER NOT NULL, dest_port INTEGER NOT NULL, vlan INTEGER, tcp_flags INTEGER NOT NULL,"
	" icmp_type INTEGER NOT NULL, icmp_code INTEGER NOT NULL, fragment INTEGER NOT NULL, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, packets INTEGER NOT NULL, bytes INTEGER NOT NULL, reason INTEGER NOT NULL,"
	" PRIMARY KEY (time, sequence, run)) WITHOUT ROWID;"
	"CREATE TABLE alerts (time INTEGER NOT NULL, sequence INTEGER NOT NULL, run INTEGER NOT NULL,"
	" origin INTEGER NOT NULL, generation INTEGER NOT NULL, line INTEGER NOT NULL, subject TEXT NOT NULL,"
	" detail TEXT NOT NULL, score REAL NOT NULL, value REAL NOT NULL, expected REAL NOT NULL, packets INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL, PRIMARY KEY (time, sequence, run)) WITHOUT ROWID;"
	"CREATE TABLE lost (time INTEGER NOT NULL, sequence INTEGER NOT NULL, run INTEGER NOT NULL,"
	" origin INTEGER NOT NULL, generation INTEGER NOT NULL, packets INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" PRIMARY KEY (time, sequence, run)) WITHOUT ROWID;"
	"CREATE TABLE counters (step INTEGER NOT NULL, time INTEGER NOT NULL, origin INTEGER NOT NULL,"
	" packets INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (step, time, origin)) WITHOUT ROWID;"
	"CREATE TABLE pieces (run INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, time INTEGER NOT NULL,"
	" PRIMARY KEY (run, first)) WITHOUT ROWID;",
};

#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

static bool fail(sqlite3 *db, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "%s", sqlite3_errmsg(db));
}

bool past_run(sqlite3 *db, const char *sql, struct failure *why)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, why);
}

long long past_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	long long number = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

bool past_is_damage(int result)
{
	result &= 0xff;
	return result == SQLITE_CORRUPT || result == SQLITE_NOTADB;
}

bool past_migrate(sqlite3 *db, const char *const *list, unsigned int n, struct failure *why)
{
	char sql[64];
	long long version;
	bool ok;

	if (!past_run(db, "BEGIN IMMEDIATE", why))
		return false;
	version = past_number(db, "PRAGMA user_version");
	ok = true;
	while (ok && version < n)
		ok = past_run(db, list[version++], why);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %u; COMMIT", n);
	if (ok && past_run(db, sql, why))
		return true;
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

/* What kind of file is it? The first thing that reads it. */
static enum past_opened look(sqlite3 *db, const char *path, struct failure *why)
{
	/* Also reads the schema, which a file that is cut off has not. */
	int result = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	long long version;

	if (past_is_damage(result)) {
		failure_set(why, EXIT_ENVIRONMENT, "%s is damaged, or no database: %s", path, sqlite3_errmsg(db));
		return PAST_DAMAGED;
	}
	if (result != SQLITE_OK) {
		failure_set(why, EXIT_ENVIRONMENT, "%s cannot be read: %s", path, sqlite3_errmsg(db));
		return PAST_FAILED;
	}
	version = past_number(db, "PRAGMA user_version");
	if (past_number(db, "PRAGMA application_id") == PAST_APPLICATION_ID) {
		if (version <= (long long)N_STEPS)
			return PAST_READY;
		failure_set(why, EXIT_ENVIRONMENT, "%s was made by a later release: it is of version %lld, and this one knows %zu",
			    path, version, N_STEPS);
		return PAST_NEWER;
	}
	if (version == 0 && past_number(db, "SELECT count(*) FROM sqlite_master") == 0)
		return PAST_MISSING;
	failure_set(why, EXIT_ENVIRONMENT, "%s is a database of another program", path);
	return PAST_FOREIGN;
}

static void close_it(sqlite3 **db)
{
	sqlite3_close(*db);
	*db = NULL;
}

static bool begin(sqlite3 *db, bool empty, struct failure *why)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", PAST_APPLICATION_ID);
	/*
	 * A commit need not wait for the disk: after a loss of power the last seconds may be missing, and the file is whole. What
	 * is deleted goes back to the file system in steps, and the log beside the file does not stay as large as it once was.
	 */
	return (!empty || past_run(db, "PRAGMA auto_vacuum = INCREMENTAL", why)) &&
	       past_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216", why) &&
	       (!empty || past_run(db, sql, why)) && past_migrate(db, steps, N_STEPS, why);
}

/* SQLite opens a directory, and then says that the disk is broken. */
static bool open_file(sqlite3 **db, const char *path, int flags, struct failure *why)
{
	struct stat status;

	*db = NULL;
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return failure_set(why, EXIT_ENVIRONMENT, "%s cannot be opened: it is a directory", path);
	if (sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
		return true;
	return failure_set(why, EXIT_ENVIRONMENT, "%s cannot be opened: %s", path, *db ? sqlite3_errmsg(*db) : "no memory");
}

enum past_opened past_open_write(sqlite3 **db, const char *path, struct failure *why)
{
	enum past_opened opened = PAST_FAILED;

	if (open_file(db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, why)) {
		sqlite3_busy_timeout(*db, BUSY_MS);
		opened = look(*db, path, why);
		if (opened == PAST_READY || opened == PAST_MISSING) {
			bool ok = begin(*db, opened == PAST_MISSING, why);

			if (ok)
				return PAST_READY;
			opened = past_is_damage(sqlite3_errcode(*db)) ? PAST_DAMAGED : PAST_FAILED;
		}
	}
	close_it(db);
	return opened;
}

/* A file system that cannot be written to: SQLite has no place for what readers and writers share, and needs none. */
static bool reopen_unshared(sqlite3 **db, const char *path)
{
	struct path uri, log;
	struct stat status;

	if (!path_format(&log, "%s-wal", path) || (stat(log.text, &status) == 0 && status.st_size > 0) ||
	    strpbrk(path, "?#%") || !path_format(&uri, "file:%s?immutable=1", path))
		return false;
	close_it(db);
	return sqlite3_open_v2(uri.text, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
}

enum past_opened past_open_read(sqlite3 **db, const char *path, struct failure *why)
{
	enum past_opened opened = PAST_FAILED;

	*db = NULL;
	if (access(path, F_OK) != 0 && errno == ENOENT) {
		failure_set(why, EXIT_ENVIRONMENT, "there is no history at %s: sentryd keeps one if it has a sink of type sqlite", path);
		return PAST_MISSING;
	}
	if (open_file(db, path, SQLITE_OPEN_READONLY, why)) {
		sqlite3_busy_timeout(*db, BUSY_MS);
		opened = look(*db, path, why);
		if (opened == PAST_FAILED && reopen_unshared(db, path))
			opened = look(*db, path, why);
	}
	if (opened == PAST_MISSING)
		failure_set(why, EXIT_ENVIRONMENT, "%s is empty", path);
	if (opened == PAST_READY && past_number(*db, "PRAGMA user_version") < (long long)N_STEPS) {
		failure_set(why, EXIT_ENVIRONMENT, "%s is of an earlier release: sentryd brings it up to date when it writes", path);
		opened = PAST_FAILED;
	}
	if (opened != PAST_READY)
		close_it(db);
	return opened;
}

bool past_set_aside(const char *path, struct failure *why)
{
	static const char *const ends[] = { "-wal", "-shm", "" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct path from, to;

		if (!path_format(&from, "%s%s", path, ends[i]) || !path_format(&to, "%s.damaged%s", path, ends[i]))
			return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", path, strerror(errno));
		if (rename(from.text, to.text) == 0)
			continue;
		if (errno != ENOENT)
			return failure_set(why, EXIT_ENVIRONMENT, "%s cannot be moved aside: %s", path, strerror(errno));
		/* What an earlier one left there does not belong to this one. */
		unlink(to.text);
	}
	return true;
}
