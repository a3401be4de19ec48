/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "past_keep.h"

#include <stdio.h>

#define HOUR_MS 3600000ULL
#define DAY_MS (24 * HOUR_MS)

/* Rows that one step deletes: some milliseconds. */
#define ROWS 4000
/* Free pages that stay in the file, to be used again: 8 MiB. More than that goes back, as many at a time. */
#define FREE_PAGES 2048
#define PIECES_MS (30 * DAY_MS)

const struct past_keep past_keep_default = {
	.events_ms = 7 * DAY_MS, .flows_ms = 7 * DAY_MS, .alerts_ms = 90 * DAY_MS,
	.seconds_ms = HOUR_MS, .minutes_ms = 7 * DAY_MS, .hours_ms = 400 * DAY_MS,
	.max_bytes = 1ULL << 30,
};

uint64_t past_bytes(sqlite3 *db)
{
	long long pages = past_number(db, "PRAGMA page_count") - past_number(db, "PRAGMA freelist_count");

	return (uint64_t)(pages * past_number(db, "PRAGMA page_size"));
}

/* Runs a statement with up to two numbers; how many rows it changed, -1 with `why`. */
static long long change(sqlite3 *db, const char *sql, int64_t one, int64_t two, struct failure *why)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (result == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, one);
		if (sqlite3_bind_parameter_count(statement) > 1)
			sqlite3_bind_int64(statement, 2, two);
		result = sqlite3_step(statement);
	}
	if (result != SQLITE_DONE)
		failure_set(why, EXIT_ENVIRONMENT, "%s", sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? sqlite3_changes64(db) : -1;
}

/* The oldest rows of a table that are older than `before`, if there are any. */
static long long delete_old(sqlite3 *db, const char *table, int64_t before, struct failure *why)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE time <= (SELECT max(time) FROM (SELECT time FROM %s WHERE time < ?1"
		 " ORDER BY time LIMIT ?2))", table, table);
	return change(db, sql, before, ROWS, why);
}

static int64_t before_ns(int64_t now_ns, uint64_t keep_ms)
{
	return keep_ms > (uint64_t)(now_ns / 1000000) ? 0 : now_ns - (int64_t)keep_ms * 1000000;
}

static long long delete_by_age(sqlite3 *db, const struct past_keep *keep, int64_t now_ns, struct failure *why)
{
	const struct {
		const char *table;
		uint64_t keep_ms;
	} tables[] = {
		{ "events", keep->events_ms }, { "lost", keep->events_ms }, { "flows", keep->flows_ms }, { "alerts", keep->alerts_ms },
	};
	long long changed;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		changed = delete_old(db, tables[i].table, before_ns(now_ns, tables[i].keep_ms), why);
		if (changed)
			return changed;
	}
	/* What comes again, comes from a queue that was on disk when sentryd was killed. */
	changed = change(db, "DELETE FROM pieces WHERE time < ?1", before_ns(now_ns, PIECES_MS), 0, why);
	if (changed)
		return changed;
	return change(db, "DELETE FROM counters WHERE step = 3600 AND time < ?1", before_ns(now_ns, keep->hours_ms) / 1000000000, 0,
		      why);
}

/*
 * One step of `coarse` seconds is made of those of `fine` that are in it, once all of it is older than it is kept. Rows
 * that come later than that, from a queue that waited long, make it larger in the next round.
 */
static long long make_coarser(sqlite3 *db, int fine, int coarse, int64_t before_s, struct failure *why)
{
	char sql[512];
	int64_t begin;
	long long changed;

	snprintf(sql, sizeof(sql), "SELECT coalesce(min(time), 9223372036854775807) FROM counters WHERE step = %d", fine);
	begin = past_number(db, sql);
	begin -= begin % coarse;
	if (begin > before_s - coarse)
		return 0;
	snprintf(sql, sizeof(sql), "INSERT INTO counters SELECT %d, ?1, origin, sum(packets), sum(bytes) FROM counters"
		 " WHERE step = %d AND time >= ?1 AND time < ?2 GROUP BY origin"
		 " ON CONFLICT DO UPDATE SET packets = packets + excluded.packets, bytes = bytes + excluded.bytes", coarse, fine);
	changed = change(db, sql, begin, begin + coarse, why);
	if (changed < 0)
		return changed;
	snprintf(sql, sizeof(sql), "DELETE FROM counters WHERE step = %d AND time >= ?1 AND time < ?2", fine);
	return change(db, sql, begin, begin + coarse, why);
}

/* The oldest of events and flows; when there are none any more, the oldest counters. */
static long long delete_by_size(sqlite3 *db, uint64_t max_bytes, struct failure *why)
{
	static const char *const counters[] = {
		"DELETE FROM counters WHERE step = 3600 AND time <= (SELECT min(time) FROM counters WHERE step = 3600)",
		"DELETE FROM counters WHERE step = 60 AND time <= (SELECT min(time) FROM counters WHERE step = 60)",
		"DELETE FROM counters WHERE step = 1 AND time <= (SELECT min(time) FROM counters WHERE step = 1)",
	};
	const int64_t never = INT64_MAX;
	int64_t event, flow;

	if (past_bytes(db) <= max_bytes)
		return 0;
	event = past_number(db, "SELECT coalesce(min(time), 9223372036854775807) FROM events");
	flow = past_number(db, "SELECT coalesce(min(time), 9223372036854775807) FROM flows");
	if (event != never || flow != never)
		return delete_old(db, event <= flow ? "events" : "flows", never, why);
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		long long changed = change(db, counters[i], 0, 0, why);

		if (changed)
			return changed;
	}
	return 0;
}

static long long tidy(sqlite3 *db, const struct past_keep *keep, int64_t now_ns, struct failure *why)
{
	long long changed = delete_by_size(db, keep->max_bytes, why);

	if (!changed)
		changed = delete_by_age(db, keep, now_ns, why);
	if (!changed)
		changed = make_coarser(db, PAST_SECOND, PAST_MINUTE, before_ns(now_ns, keep->seconds_ms) / 1000000000, why);
	if (!changed)
		changed = make_coarser(db, PAST_MINUTE, PAST_HOUR, before_ns(now_ns, keep->minutes_ms) / 1000000000, why);
	return changed;
}

enum past_tidied past_tidy(sqlite3 *db, const struct past_keep *keep, int64_t now_ns, struct failure *why)
{
	long long changed;

	if (!past_run(db, "BEGIN IMMEDIATE", why))
		return PAST_TIDY_FAILED;
	changed = tidy(db, keep, now_ns, why);
	if (changed < 0 || !past_run(db, "COMMIT", why)) {
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return PAST_TIDY_FAILED;
	}
	if (changed > 0)
		return PAST_TIDY_MORE;
	if (past_number(db, "PRAGMA freelist_count") <= 2 * FREE_PAGES)
		return PAST_TIDY;
	return past_run(db, "PRAGMA incremental_vacuum(2048)", why) ? PAST_TIDY_MORE : PAST_TIDY_FAILED;
}
