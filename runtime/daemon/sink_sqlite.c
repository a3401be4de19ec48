/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The history: a file that needs no server, and that sentryctl asks. A batch is a transaction; what is too old or too much
 * goes in small steps, while there is nothing to write and, should that never be, between batches.
 */
#include "failure.h"
#include "memory.h"
#include "past_keep.h"
#include "past_write.h"
#include "sink.h"
#include "time_point.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000LL
#define MS_NS 1000000LL
#define IDLE_NS (50 * MS_NS)  /* that idle() may take */
#define BUSY_NS (20 * MS_NS)  /* that is taken once a second between batches */
#define DAY_MS (86400ULL * 1000)
#define YEARS_MS (3650 * DAY_MS)

struct sqlite_sink {
	const char *path;
	struct past_keep keep;
	sqlite3 *db;                 /* NULL: not open */
	struct past_writer *writer;
	dev_t device;                /* of the file that is open */
	ino_t inode;
	int64_t tidied_ns;
	bool tidy_failed;            /* and that was said */
};

static void *sqlite_create(struct config_map *map)
{
	struct sqlite_sink *sink = allocate(1, sizeof(*sink));
	struct past_keep *keep = &sink->keep;
	struct config_map sub;

	*keep = past_keep_default;
	sink->path = config_text(map, "path", PAST_DB_DEFAULT);
	keep->max_bytes = config_bytes(map, "max-size", keep->max_bytes, 1 << 20, 1ULL << 46);
	config_sub(map, "keep", &sub);
	keep->events_ms = config_duration(&sub, "events", keep->events_ms, 1000, YEARS_MS);
	keep->flows_ms = config_duration(&sub, "flows", keep->flows_ms, 1000, YEARS_MS);
	keep->alerts_ms = config_duration(&sub, "alerts", keep->alerts_ms, 1000, YEARS_MS);
	keep->seconds_ms = config_duration(&sub, "counters-1s", keep->seconds_ms, 1000, YEARS_MS);
	keep->minutes_ms = config_duration(&sub, "counters-1m", keep->minutes_ms, 1000, YEARS_MS);
	keep->hours_ms = config_duration(&sub, "counters-1h", keep->hours_ms, 1000, YEARS_MS);
	config_end(&sub);
	if (sink->path[0] != '/')
		config_error(map, "path", "the path of the history must be absolute");
	return sink;
}

static void shut(struct sqlite_sink *sink)
{
	past_writer_free(sink->writer);
	sqlite3_close(sink->db);
	sink->writer = NULL;
	sink->db = NULL;
}

static void sqlite_destroy(void *context)
{
	struct sqlite_sink *sink = context;

	shut(sink);
	free(sink);
}

/* Who talked to whom is not for everybody; and SQLite gives what it keeps beside the file the same mode. */
static void make_file(const char *path)
{
	char *directory = copy_text(path, strlen(path)), *slash = strrchr(directory, '/');
	int fd;

	if (slash && slash != directory) {
		*slash = '\0';
		mkdir(directory, 0750);
	}
	free(directory);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd >= 0)
		close(fd);
}

static bool open_file(struct sqlite_sink *sink, struct failure *why)
{
	struct failure aside = { 0 };
	struct stat status;
	enum past_opened opened;

	make_file(sink->path);
	opened = past_open_write(&sink->db, sink->path, why);
	if (opened == PAST_DAMAGED && past_set_aside(sink->path, &aside)) {
		say("%s; it is now %s.damaged, and a new one is begun", why->text, sink->path);
		make_file(sink->path);
		opened = past_open_write(&sink->db, sink->path, why);
	}
	if (aside.code)
		*why = aside;
	if (opened != PAST_READY)
		return false;
	if (stat(sink->path, &status) == 0) {
		sink->device = status.st_dev;
		sink->inode = status.st_ino;
	}
	sink->writer = past_writer_new(sink->db, why);
	if (!sink->writer)
		shut(sink);
	return sink->writer;
}

/* Somebody moved the file away, or removed it: what were written to it now, nobody would find. */
static void look_at_file(struct sqlite_sink *sink)
{
	struct stat status;

	if (sink->db && (stat(sink->path, &status) != 0 || status.st_dev != sink->device || status.st_ino != sink->inode))
		shut(sink);
}

/* After a failure: undoes what was begun. A damaged file is not open any more, and is moved aside when it is opened next. */
static bool undo(struct sqlite_sink *sink, struct failure *why)
{
	bool damaged = past_is_damage(sqlite3_errcode(sink->db));
	struct failure aside = { 0 };

	past_rollback(sink->writer);
	if (!damaged)
		return false;
	shut(sink);
	if (!past_set_aside(sink->path, &aside)) {
		*why = aside;
		return false;
	}
	say("%s is damaged: %s; it is now %s.damaged, and a new one is begun", sink->path, why->text, sink->path);
	return true;
}

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* Until nothing is to be done, or the time is up. */
static void tidy(struct sqlite_sink *sink, int64_t budget_ns)
{
	int64_t begin = monotonic();
	struct failure why = { 0 };
	enum past_tidied tidied;

	sink->tidied_ns = begin;
	do {
		tidied = past_tidy(sink->db, &sink->keep, time_point_now(), &why);
	} while (tidied == PAST_TIDY_MORE && monotonic() - begin < budget_ns && !sink_stopping());
	if (tidied == PAST_TIDY_FAILED && !sink->tidy_failed)
		say("%s: what is too old cannot be removed: %s", sink->path, why.text);
	sink->tidy_failed = tidied == PAST_TIDY_FAILED;
	if (tidied == PAST_TIDY_FAILED)
		undo(sink, &why);
}

/* A block, whose items have rising sequences, is a piece as a whole, also what of it is not wanted. */
static enum past_piece write_head(struct sqlite_sink *sink, struct block *const *block, struct failure *why)
{
	const struct batch all = { .n_blocks = 1, .blocks = block };
	struct batch_cursor cursor;
	struct item item;
	uint64_t first = 0;

	batch_begin(&cursor, &all);
	if (batch_next(&cursor, &item))
		first = item.sequence;
	while (batch_next(&cursor, &item))
		continue;
	return first ? past_piece(sink->writer, item.sequence_high, first, item.sequence, time_point_now(), why) : PAST_PIECE_KNOWN;
}

static bool write_block(struct sqlite_sink *sink, const struct item_filter *filter, struct block *const *block, size_t *n,
			struct failure *why)
{
	const struct batch wanted = { .filter = filter, .n_blocks = 1, .blocks = block };
	enum past_piece piece = write_head(sink, block, why);
	struct batch_cursor cursor;
	struct item item;

	if (piece != PAST_PIECE_NEW)
		return piece == PAST_PIECE_KNOWN;
	batch_begin(&cursor, &wanted);
	while (batch_next(&cursor, &item)) {
		if (!past_write(sink->writer, &item, why))
			return false;
		(*n)++;
	}
	return true;
}

static bool write_batch(struct sqlite_sink *sink, const struct batch *batch, size_t *n, struct failure *why)
{
	*n = 0;
	if (!past_begin(sink->writer, why))
		return false;
	for (size_t i = 0; i < batch->n_blocks; i++) {
		if (!write_block(sink, batch->filter, &batch->blocks[i], n, why))
			return false;
	}
	return past_commit(sink->writer, why);
}

/* What came in must go out at the other end, or the file would outgrow its limit. */
static void make_room(struct sqlite_sink *sink, size_t came)
{
	struct failure why = { 0 };

	for (size_t gone = 0; gone <= came && past_bytes(sink->db) > sink->keep.max_bytes; gone += 2000) {
		if (past_tidy(sink->db, &sink->keep, time_point_now(), &why) != PAST_TIDY_MORE)
			break;
	}
	if (why.code)
		undo(sink, &why);
}

static enum sink_result sqlite_write(void *context, const struct batch *batch, struct sink_error *error)
{
	struct sqlite_sink *sink = context;
	struct failure why = { 0 };
	size_t n;

	look_at_file(sink);
	for (int attempt = 0; attempt < 2; attempt++) {
		if (!sink->db && !open_file(sink, &why))
			break;
		if (write_batch(sink, batch, &n, &why)) {
			make_room(sink, n);
			if (sink->db && monotonic() - sink->tidied_ns > SECOND_NS)
				tidy(sink, BUSY_NS);
			return SINK_DONE;
		}
		/* Another file, and the same batch. */
		if (!undo(sink, &why))
			break;
	}
	return sink_fail(error, SINK_RETRY, "%s: %s", sink->path, why.text);
}

static void sqlite_idle(void *context)
{
	struct sqlite_sink *sink = context;

	look_at_file(sink);
	if (sink->db)
		tidy(sink, IDLE_NS);
}

const struct sink_kind sink_sqlite = {
	.name = "sqlite",
	.create = sqlite_create,
	.write = sqlite_write,
	.idle = sqlite_idle,
	.destroy = sqlite_destroy,
	.takes = 1 << ITEM_EVENT | 1 << ITEM_FLOW | 1 << ITEM_RULE | 1 << ITEM_TRAFFIC | 1 << ITEM_FLAGS | 1 << ITEM_ALERT |
		 1 << ITEM_LOST,
};
