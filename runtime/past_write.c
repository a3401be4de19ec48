/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "past_write.h"

#include "fnv.h"
#include "memory.h"
#include "past_keep.h"

#include <stdlib.h>
#include <string.h>

/* Texts that are part of an origin: all up to the subject, which of an alert is an address and stands in its own row. */
#define ORIGIN_TEXTS (TEXT_SUBJECT + 1)
#define MAX_ORIGINS 65536 /* known without asking; a power of two is room for twice as many */

struct origin {
	char *key;
	size_t size;
	int64_t id;
	uint32_t line, generation;
	int64_t hour; /* for which it is known that the rule was there */
};

enum statement {
	FIND_ORIGIN,
	ADD_ORIGIN,
	CHANGE_ORIGIN,
	ADD_EVENT,
	ADD_FLOW,
	ADD_ALERT,
	ADD_LOST,
	ADD_COUNT,
	FIND_PIECE,
	EXTEND_PIECE,
	ADD_PIECE,
	N_STATEMENTS,
};

struct past_writer {
	sqlite3 *db;
	sqlite3_stmt *statements[N_STATEMENTS];
	struct origin *origins; /* hashed, open */
	size_t n_origins;
	char *key;
	size_t key_room;
};

static const char *const sql[N_STATEMENTS] = {
	[FIND_ORIGIN] = "SELECT id, line, generation FROM origins WHERE kind = ? AND policy = ? AND block = ? AND rule = ? AND"
			" verdict = ? AND direction = ? AND interface = ? AND hook = ? AND name = ? AND subject = ?",
	[ADD_ORIGIN] = "INSERT INTO origins (kind, policy, block, rule, verdict, direction, interface, hook, name, subject, line,"
		       " generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[CHANGE_ORIGIN] = "UPDATE origins SET line = ?, generation = ? WHERE id = ?",
	[ADD_EVENT] = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_FLOW] = "INSERT OR IGNORE INTO flows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_ALERT] = "INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_LOST] = "INSERT OR IGNORE INTO lost VALUES (?, ?, ?, ?, ?, ?, ?)",
	[ADD_COUNT] = "INSERT INTO counters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
		      " packets = packets + excluded.packets, bytes = bytes + excluded.bytes",
	[FIND_PIECE] = "SELECT last FROM pieces WHERE run = ? AND first <= ? ORDER BY first DESC LIMIT 1",
	[EXTEND_PIECE] = "UPDATE pieces SET last = ?, time = ? WHERE run = ? AND first ="
			 " (SELECT max(first) FROM pieces WHERE run = ?3 AND first < ?4) AND last = ?4 - 1",
	[ADD_PIECE] = "INSERT INTO pieces (run, first, last, time) VALUES (?, ?, ?, ?)",
};

static bool fail(struct past_writer *writer, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "%s", sqlite3_errmsg(writer->db));
}

/* Forgets what may have been undone. */
static void forget(struct past_writer *writer)
{
	for (size_t i = 0; writer->origins && i < 2 * MAX_ORIGINS; i++) {
		free(writer->origins[i].key);
		writer->origins[i].key = NULL;
	}
	writer->n_origins = 0;
}

struct past_writer *past_writer_new(sqlite3 *db, struct failure *why)
{
	struct past_writer *writer = allocate(1, sizeof(*writer));

	writer->db = db;
	writer->origins = allocate(2 * MAX_ORIGINS, sizeof(*writer->origins));
	for (size_t i = 0; i < N_STATEMENTS; i++) {
		if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &writer->statements[i], NULL) != SQLITE_OK) {
			fail(writer, why);
			past_writer_free(writer);
			return NULL;
		}
	}
	return writer;
}

void past_writer_free(struct past_writer *writer)
{
	if (!writer)
		return;
	forget(writer);
	for (size_t i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(writer->statements[i]);
	free(writer->origins);
	free(writer->key);
	free(writer);
}

/* A statement that returns nothing. */
static bool finish(struct past_writer *writer, sqlite3_stmt *statement, struct failure *why)
{
	bool ok = sqlite3_step(statement) == SQLITE_DONE;

	if (!ok)
		fail(writer, why);
	sqlite3_reset(statement);
	return ok;
}

/* Numbers without a sign go in as the same 64 bits. */
static void bind(sqlite3_stmt *statement, int *at, uint64_t number)
{
	sqlite3_bind_int64(statement, ++*at, (int64_t)number);
}

static const char *origin_text(const struct item *item, size_t which)
{
	return which == TEXT_SUBJECT && item->kind == ITEM_ALERT ? "" : item->text[which];
}

/* What tells origins apart, as bytes. */
static size_t make_key(struct past_writer *writer, const struct item *item)
{
	size_t size = 1;

	for (size_t i = 0; i < ORIGIN_TEXTS; i++)
		size += strlen(origin_text(item, i)) + 1;
	if (size > writer->key_room) {
		free(writer->key);
		writer->key_room = 2 * size;
		writer->key = allocate(1, writer->key_room);
	}
	writer->key[0] = (char)item->kind;
	size = 1;
	for (size_t i = 0; i < ORIGIN_TEXTS; i++) {
		size_t length = strlen(origin_text(item, i)) + 1;

		memcpy(writer->key + size, origin_text(item, i), length);
		size += length;
	}
	return size;
}

static bool find_origin(struct past_writer *writer, const struct item *item, struct origin *origin, struct failure *why)
{
	sqlite3_stmt *find = writer->statements[FIND_ORIGIN], *add = writer->statements[ADD_ORIGIN];
	int result, at = 1;

	sqlite3_bind_text(find, 1, item_kind_words[item->kind], -1, SQLITE_STATIC);
	sqlite3_bind_text(add, 1, item_kind_words[item->kind], -1, SQLITE_STATIC);
	for (size_t i = 0; i < ORIGIN_TEXTS; i++) {
		sqlite3_bind_text(find, ++at, origin_text(item, i), -1, SQLITE_STATIC);
		sqlite3_bind_text(add, at, origin_text(item, i), -1, SQLITE_STATIC);
	}
	result = sqlite3_step(find);
	if (result == SQLITE_ROW) {
		origin->id = sqlite3_column_int64(find, 0);
		origin->line = (uint32_t)sqlite3_column_int64(find, 1);
		origin->generation = (uint32_t)sqlite3_column_int64(find, 2);
	}
	sqlite3_reset(find);
	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		return fail(writer, why);
	bind(add, &at, item->line);
	bind(add, &at, item->generation);
	origin->line = item->line;
	origin->generation = item->generation;
	if (!finish(writer, add, why))
		return false;
	origin->id = sqlite3_last_insert_rowid(writer->db);
	return true;
}

/* NULL with `why`. Valid until the next call. */
static struct origin *origin_of(struct past_writer *writer, const struct item *item, struct failure *why)
{
	size_t size = make_key(writer, item), at = fnv_bytes(FNV_BASIS, writer->key, size) % (2 * MAX_ORIGINS);
	sqlite3_stmt *change = writer->statements[CHANGE_ORIGIN];
	struct origin *origin;
	int column = 0;

	while (writer->origins[at].key &&
	       (writer->origins[at].size != size || memcmp(writer->origins[at].key, writer->key, size) != 0))
		at = (at + 1) % (2 * MAX_ORIGINS);
	origin = &writer->origins[at];
	if (!origin->key) {
		struct origin found = { .size = size };

		if (!find_origin(writer, item, &found, why))
			return NULL;
		/* More than anybody has: names that somebody makes up. */
		if (writer->n_origins == MAX_ORIGINS) {
			forget(writer);
			origin = &writer->origins[fnv_bytes(FNV_BASIS, writer->key, size) % (2 * MAX_ORIGINS)];
		}
		/* It has a NUL behind each text. */
		found.key = memcpy(allocate(1, size), writer->key, size);
		*origin = found;
		writer->n_origins++;
	}
	/* Where the rule stands now; records of an older generation may still come behind those of a newer. */
	if (item->generation > origin->generation || (item->generation == origin->generation && item->line != origin->line)) {
		bind(change, &column, item->line);
		bind(change, &column, item->generation);
		bind(change, &column, (uint64_t)origin->id);
		if (!finish(writer, change, why))
			return NULL;
		origin->line = item->line;
		origin->generation = item->generation;
	}
	return origin;
}

static int bind_head(sqlite3_stmt *statement, const struct item *item, const struct origin *origin)
{
	int at = 0;

	bind(statement, &at, (uint64_t)item->time_ns);
	bind(statement, &at, item->sequence);
	bind(statement, &at, item->sequence_high);
	bind(statement, &at, (uint64_t)origin->id);
	bind(statement, &at, item->generation);
	return at;
}

static void bind_ends(sqlite3_stmt *statement, int *at, const struct item_ends *ends)
{
	int size = ends->ip_version == 4 ? 4 : ends->ip_version == 6 ? 16 : 0;

	if (size) {
		bind(statement, at, ends->protocol);
		sqlite3_bind_blob(statement, ++*at, ends->source, size, SQLITE_STATIC);
		sqlite3_bind_blob(statement, ++*at, ends->dest, size, SQLITE_STATIC);
	} else {
		sqlite3_bind_null(statement, ++*at);
		sqlite3_bind_null(statement, ++*at);
		sqlite3_bind_null(statement, ++*at);
	}
	bind(statement, at, ends->source_port);
	bind(statement, at, ends->dest_port);
	if (ends->vlan == ITEM_NO_VLAN)
		sqlite3_bind_null(statement, ++*at);
	else
		bind(statement, at, ends->vlan);
	bind(statement, at, ends->tcp_flags);
	bind(statement, at, ends->icmp_type);
	bind(statement, at, ends->icmp_code);
	bind(statement, at, ends->fragment);
}

static bool add_event(struct past_writer *writer, const struct item *item, const struct origin *origin, struct failure *why)
{
	sqlite3_stmt *statement = writer->statements[ADD_EVENT];
	int at = bind_head(statement, item, origin);

	bind(statement, &at, item->line);
	bind_ends(statement, &at, &item->ends);
	bind(statement, &at, item->bytes);
	bind(statement, &at, item->sampling);
	if (item->captured)
		sqlite3_bind_blob(statement, ++at, item->frame, (int)item->captured, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, ++at);
	return finish(writer, statement, why);
}

static bool add_flow(struct past_writer *writer, const struct item *item, const struct origin *origin, struct failure *why)
{
	sqlite3_stmt *statement = writer->statements[ADD_FLOW];
	int at = bind_head(statement, item, origin);

	bind(statement, &at, item->line);
	bind_ends(statement, &at, &item->ends);
	bind(statement, &at, (uint64_t)item->first_ns);
	bind(statement, &at, (uint64_t)item->last_ns);
	bind(statement, &at, item->packets);
	bind(statement, &at, item->bytes);
	bind(statement, &at, item->end);
	return finish(writer, statement, why);
}

static bool add_alert(struct past_writer *writer, const struct item *item, const struct origin *origin, struct failure *why)
{
	sqlite3_stmt *statement = writer->statements[ADD_ALERT];
	int at = bind_head(statement, item, origin);

	bind(statement, &at, item->line);
	sqlite3_bind_text(statement, ++at, item->text[TEXT_SUBJECT], -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, ++at, item->text[TEXT_DETAIL], -1, SQLITE_STATIC);
	sqlite3_bind_double(statement, ++at, item->score);
	sqlite3_bind_double(statement, ++at, item->value);
	sqlite3_bind_double(statement, ++at, item->expected);
	bind(statement, &at, item->packets);
	bind(statement, &at, item->bytes);
	return finish(writer, statement, why);
}

static bool add_lost(struct past_writer *writer, const struct item *item, const struct origin *origin, struct failure *why)
{
	sqlite3_stmt *statement = writer->statements[ADD_LOST];
	int at = bind_head(statement, item, origin);

	bind(statement, &at, item->packets);
	bind(statement, &at, item->bytes);
	return finish(writer, statement, why);
}

static bool add_count(struct past_writer *writer, int64_t step, int64_t time, int64_t origin, uint64_t packets, uint64_t bytes,
		      struct failure *why)
{
	sqlite3_stmt *statement = writer->statements[ADD_COUNT];
	int at = 0;

	bind(statement, &at, (uint64_t)step);
	bind(statement, &at, (uint64_t)(time - time % step));
	bind(statement, &at, (uint64_t)origin);
	bind(statement, &at, packets);
	bind(statement, &at, bytes);
	return finish(writer, statement, why);
}

/*
 * Most rules meet nothing most of the time, and have no row then. That the rule was there at all is a row of nothing for
 * each hour, so that one that never matches can be told from one that is not there.
 */
static bool add_counter(struct past_writer *writer, const struct item *item, struct origin *origin, struct failure *why)
{
	int64_t time = item->time_ns / 1000000000, hour = time - time % PAST_HOUR;

	if (item->kind == ITEM_RULE && origin->hour != hour) {
		if (!add_count(writer, PAST_HOUR, hour, origin->id, 0, 0, why))
			return false;
		origin->hour = hour;
	}
	return (!item->packets && !item->bytes) ||
	       add_count(writer, PAST_SECOND, time, origin->id, item->packets, item->bytes, why);
}

bool past_begin(struct past_writer *writer, struct failure *why)
{
	return past_run(writer->db, "BEGIN IMMEDIATE", why);
}

/* Pieces that follow one another are one row: of a run without gaps there is one in all. */
enum past_piece past_piece(struct past_writer *writer, uint32_t run, uint64_t first, uint64_t last, int64_t time_ns,
			   struct failure *why)
{
	sqlite3_stmt *find = writer->statements[FIND_PIECE], *extend = writer->statements[EXTEND_PIECE],
		     *add = writer->statements[ADD_PIECE];
	int at = 0, result;
	bool known;

	bind(find, &at, run);
	bind(find, &at, first);
	result = sqlite3_step(find);
	known = result == SQLITE_ROW && (uint64_t)sqlite3_column_int64(find, 0) >= last;
	sqlite3_reset(find);
	if (known)
		return PAST_PIECE_KNOWN;
	if (result != SQLITE_ROW && result != SQLITE_DONE) {
		fail(writer, why);
		return PAST_PIECE_FAILED;
	}
	at = 0;
	bind(extend, &at, last);
	bind(extend, &at, (uint64_t)time_ns);
	bind(extend, &at, run);
	bind(extend, &at, first);
	if (!finish(writer, extend, why))
		return PAST_PIECE_FAILED;
	if (sqlite3_changes64(writer->db))
		return PAST_PIECE_NEW;
	at = 0;
	bind(add, &at, run);
	bind(add, &at, first);
	bind(add, &at, last);
	bind(add, &at, (uint64_t)time_ns);
	return finish(writer, add, why) ? PAST_PIECE_NEW : PAST_PIECE_FAILED;
}

bool past_write(struct past_writer *writer, const struct item *item, struct failure *why)
{
	struct origin *origin = origin_of(writer, item, why);

	if (!origin)
		return false;
	switch (item->kind) {
	case ITEM_EVENT:
		return add_event(writer, item, origin, why);
	case ITEM_FLOW:
		return add_flow(writer, item, origin, why);
	case ITEM_ALERT:
		return add_alert(writer, item, origin, why);
	case ITEM_LOST:
		return add_lost(writer, item, origin, why);
	default:
		return add_counter(writer, item, origin, why);
	}
}

bool past_commit(struct past_writer *writer, struct failure *why)
{
	return past_run(writer->db, "COMMIT", why);
}

void past_rollback(struct past_writer *writer)
{
	sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	forget(writer);
}
