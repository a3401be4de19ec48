/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * JSON Lines in a file, which is rotated: FILE, FILE.1, FILE.2, …, the oldest last. A line is in the file whole or not at all, also
 * when the disk is full; what a kill has left of one goes when the file is opened again.
 */
#include "sink.h"

#include "failure.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_AT_ONCE (1 << 20)
#define LOOK_BACK (1 << 20) /* no line of ours is as long */

struct file_sink {
	const char *path;
	struct item_format format;
	uint64_t most;     /* bytes of one file */
	uint64_t keep;     /* older files */
	bool sync;         /* each batch is on the disk before it counts as written */
	int file;          /* -1: not open */
	dev_t device;      /* of the file that is open: somebody else may rotate, too */
	ino_t inode;
	uint64_t size;
	struct text_buffer text;
};

static void *file_create(struct config_map *map)
{
	struct file_sink *sink = allocate(1, sizeof(*sink));
	struct config_map rotate;

	sink->file = -1;
	sink->path = config_needed(map, "path");
	item_format_read(&sink->format, map);
	sink->sync = config_bool(map, "sync", false);
	config_sub(map, "rotate", &rotate);
	sink->most = config_bytes(&rotate, "size", 100 << 20, 4096, 1ULL << 50);
	sink->keep = config_number(&rotate, "keep", 5, 0, 1000);
	config_end(&rotate);
	return sink;
}

static void close_file(struct file_sink *sink)
{
	if (sink->file >= 0)
		close(sink->file);
	sink->file = -1;
}

static void file_destroy(void *context)
{
	struct file_sink *sink = context;

	close_file(sink);
	text_free(&sink->text);
	free(sink);
}

/* The file of that name may be another one by now: logrotate renames, people delete. */
static bool still_there(const struct file_sink *sink)
{
	struct stat stat_now;

	return stat(sink->path, &stat_now) == 0 && stat_now.st_dev == sink->device && stat_now.st_ino == sink->inode;
}

/* Behind the last newline; 0: there is none near the end. */
static uint64_t end_of_lines(const struct file_sink *sink)
{
	uint64_t least = sink->size > LOOK_BACK ? sink->size - LOOK_BACK : 0;
	char room[4096];

	for (uint64_t end = sink->size; end > least;) {
		size_t n = end - least < sizeof(room) ? (size_t)(end - least) : sizeof(room);
		const char *found;

		end -= n;
		if (pread(sink->file, room, n, (off_t)end) != (ssize_t)n)
			return 0;
		found = memrchr(room, '\n', n);
		if (found)
			return end + (size_t)(found - room) + 1;
	}
	return 0;
}

/* Killed in the middle of a write, we have left half a line: the next one must not be glued to it. */
static bool mend(struct file_sink *sink, struct sink_error *error)
{
	struct stat now;
	uint64_t end;
	char last;

	if (fstat(sink->file, &now) == 0)
		sink->size = (uint64_t)now.st_size;
	if (!sink->size || pread(sink->file, &last, 1, (off_t)sink->size - 1) != 1 || last == '\n')
		return true;
	end = end_of_lines(sink);
	if (end && ftruncate(sink->file, (off_t)end) == 0) {
		say("%s: half a line at its end was cut off", sink->path);
		sink->size = end;
		return true;
	}
	if (write(sink->file, "\n", 1) == 1) {
		sink->size++;
		return true;
	}
	sink_fail(error, SINK_RETRY, "%s: %s", sink->path, strerror(errno));
	return false;
}

/* Unless another sink has it open: what looks like half a line may be one that it is about to finish. */
static bool mend_alone(struct file_sink *sink, struct sink_error *error)
{
	bool ok = flock(sink->file, LOCK_EX | LOCK_NB) != 0 || mend(sink, error);

	flock(sink->file, LOCK_SH | LOCK_NB);
	return ok;
}

static bool open_file(struct file_sink *sink, struct sink_error *error)
{
	const int flags = O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat now;

	if (sink->file >= 0 && still_there(sink))
		return true;
	close_file(sink);
	sink->file = open(sink->path, O_RDWR | flags, 0640);
	/* To read is for mend() only. */
	if (sink->file < 0 && errno == EACCES)
		sink->file = open(sink->path, O_WRONLY | flags, 0640);
	if (sink->file < 0 || fstat(sink->file, &now) != 0) {
		sink_fail(error, SINK_RETRY, "%s: %s", sink->path, strerror(errno));
		close_file(sink);
		return false;
	}
	if (!S_ISREG(now.st_mode)) {
		sink_fail(error, SINK_RETRY, "%s: not a regular file", sink->path);
		close_file(sink);
		return false;
	}
	sink->device = now.st_dev;
	sink->inode = now.st_ino;
	sink->size = (uint64_t)now.st_size;
	if (mend_alone(sink, error))
		return true;
	close_file(sink);
	return false;
}

static void rotate(struct file_sink *sink)
{
	size_t room = strlen(sink->path) + 24;
	char *from = allocate(1, room), *to = allocate(1, room);

	for (uint64_t i = sink->keep; i > 0; i--) {
		snprintf(to, room, "%s.%llu", sink->path, (unsigned long long)i);
		if (i > 1)
			snprintf(from, room, "%s.%llu", sink->path, (unsigned long long)i - 1);
		else
			snprintf(from, room, "%s", sink->path);
		/* What is not there yet needs no move. */
		if (rename(from, to) != 0 && errno != ENOENT)
			say("%s: cannot be renamed to %s: %s", from, to, strerror(errno));
	}
	if (sink->keep == 0)
		unlink(sink->path);
	close_file(sink);
	free(from);
	free(to);
}

static bool write_all(struct file_sink *sink, struct sink_error *error)
{
	const char *at = sink->text.data;
	size_t left = sink->text.size;

	while (left) {
		ssize_t n = write(sink->file, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			sink_fail(error, SINK_RETRY, "%s: %s", sink->path, strerror(errno));
			return false;
		}
		at += n;
		left -= (size_t)n;
	}
	sink->size += sink->text.size;
	text_clear(&sink->text);
	return true;
}

/* Everything since `begin` goes: the batch comes again. */
static enum sink_result take_back(struct file_sink *sink, uint64_t begin, struct sink_error *error)
{
	if (ftruncate(sink->file, (off_t)begin) == 0) {
		sink->size = begin;
		return SINK_RETRY;
	}
	return sink_fail(error, SINK_REFUSED, "%s: a batch is there in part, and cannot be taken back: %s", sink->path,
			 strerror(errno));
}

static enum sink_result file_write(void *context, const struct batch *batch, struct sink_error *error)
{
	struct file_sink *sink = context;
	struct batch_cursor cursor;
	struct item item;
	uint64_t begin;

	text_clear(&sink->text);
	if (!open_file(sink, error))
		return SINK_RETRY;
	if (sink->size >= sink->most) {
		rotate(sink);
		if (!open_file(sink, error))
			return SINK_RETRY;
	}
	begin = sink->size;
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		item_json(&sink->text, &item, &sink->format);
		text_byte(&sink->text, '\n');
		if (sink->text.size >= WRITE_AT_ONCE && !write_all(sink, error))
			return take_back(sink, begin, error);
	}
	if (!write_all(sink, error))
		return take_back(sink, begin, error);
	if (sink->sync && fdatasync(sink->file) != 0) {
		sink_fail(error, SINK_RETRY, "%s: %s", sink->path, strerror(errno));
		return take_back(sink, begin, error);
	}
	return SINK_DONE;
}

const struct sink_kind sink_file = {
	.name = "file",
	.create = file_create,
	.write = file_write,
	.destroy = file_destroy,
	.takes = 1 << ITEM_EVENT | 1 << ITEM_FLOW | 1 << ITEM_ALERT | 1 << ITEM_LOST,
};
