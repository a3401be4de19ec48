/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * JSON Lines to whoever connects to a Unix socket, from that moment on. A reader that is too slow is cut off, so that it notices;
 * without readers, lines go nowhere and count as written.
 */
#include "sink.h"

#include "duration.h"
#include "failure.h"
#include "memory.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_READERS 16
#define PATIENCE_MS 2000 /* that a reader may take for one batch */

struct reader {
	int fd;
	size_t sent; /* of the batch */
};

struct socket_sink {
	const char *path;
	unsigned int mode;
	struct item_format format;
	int listener; /* -1: not open */
	dev_t device; /* of the socket that is ours, at `path` unless somebody put something else there */
	ino_t inode;
	struct reader readers[MOST_READERS];
	size_t n;
	struct text_buffer text;
};

static void *socket_create(struct config_map *map)
{
	struct socket_sink *sink = allocate(1, sizeof(*sink));
	const char *mode = config_text(map, "mode", "0660");
	char *end;

	sink->listener = -1;
	sink->path = config_needed(map, "path");
	sink->mode = (unsigned int)strtoul(mode, &end, 8);
	if (*end || sink->mode > 0777)
		config_error(map, "mode", "mode: an octal number such as 0660 is wanted");
	if (strlen(sink->path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		config_error(map, "path", "path: too long for a socket");
	item_format_read(&sink->format, map);
	return sink;
}

static void socket_destroy(void *context)
{
	struct socket_sink *sink = context;
	struct stat there;

	for (size_t i = 0; i < sink->n; i++)
		close(sink->readers[i].fd);
	if (sink->listener >= 0) {
		close(sink->listener);
		if (lstat(sink->path, &there) == 0 && there.st_dev == sink->device && there.st_ino == sink->inode)
			unlink(sink->path);
	}
	text_free(&sink->text);
	free(sink);
}

/* Left by a process that was killed: nobody answers there. */
static bool is_dead(const struct sockaddr_un *address)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool dead = probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
		    errno == ECONNREFUSED;

	if (probe >= 0)
		close(probe);
	return dead;
}

static bool open_listener(struct socket_sink *sink, struct sink_error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat there;

	if (sink->listener >= 0)
		return true;
	/* Somebody's file is not ours to remove. */
	if (lstat(sink->path, &there) == 0 && !S_ISSOCK(there.st_mode)) {
		sink_fail(error, SINK_RETRY, "%s: something is there that is no socket", sink->path);
		return false;
	}
	strcpy(address.sun_path, sink->path);
	sink->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sink->listener >= 0 && is_dead(&address))
		unlink(sink->path);
	if (sink->listener >= 0 && bind(sink->listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    lstat(sink->path, &there) == 0 && chmod(sink->path, sink->mode) == 0 && listen(sink->listener, MOST_READERS) == 0) {
		sink->device = there.st_dev;
		sink->inode = there.st_ino;
		return true;
	}
	sink_fail(error, SINK_RETRY, "%s: %s", sink->path, strerror(errno));
	if (sink->listener >= 0)
		close(sink->listener);
	sink->listener = -1;
	return false;
}

static void welcome(struct socket_sink *sink)
{
	int reader;

	while ((reader = accept4(sink->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (sink->n < MOST_READERS)
			sink->readers[sink->n++].fd = reader;
		else
			close(reader);
	}
}

/* As much as the reader has room for. False: he went away. */
static bool send_some(const struct socket_sink *sink, struct reader *reader)
{
	while (reader->sent < sink->text.size) {
		ssize_t n = send(reader->fd, sink->text.data + reader->sent, sink->text.size - reader->sent, MSG_NOSIGNAL);

		if (n > 0)
			reader->sent += (size_t)n;
		else if (errno != EINTR)
			return errno == EAGAIN;
	}
	return true;
}

/* Until one of those who have not got everything has room. False: all have it, or the time is over. */
static bool wait_for_room(const struct socket_sink *sink, uint64_t deadline_ns)
{
	struct pollfd behind[MOST_READERS];
	uint64_t now = monotonic_ns();
	nfds_t n = 0;
	int ready;

	for (size_t i = 0; i < sink->n; i++) {
		if (sink->readers[i].sent < sink->text.size)
			behind[n++] = (struct pollfd){ .fd = sink->readers[i].fd, .events = POLLOUT };
	}
	if (!n || now >= deadline_ns || sink_stopping())
		return false;
	ready = poll(behind, n, (int)((deadline_ns - now) / 1000000) + 1);
	return ready > 0 || (ready < 0 && errno == EINTR);
}

static void cut_off(struct socket_sink *sink, size_t i)
{
	say("sink %s: a reader went away or did not keep up", sink->path);
	close(sink->readers[i].fd);
	memmove(&sink->readers[i], &sink->readers[i + 1], (--sink->n - i) * sizeof(sink->readers[0]));
}

/* To all at once, so that nobody gets a batch later than the slowest may take for it. */
static void send_all(struct socket_sink *sink)
{
	uint64_t deadline_ns = monotonic_ns() + PATIENCE_MS * 1000000ULL;

	for (size_t i = 0; i < sink->n; i++)
		sink->readers[i].sent = 0;
	do {
		for (size_t i = sink->n; i-- > 0;) {
			if (!send_some(sink, &sink->readers[i]))
				cut_off(sink, i);
		}
	} while (wait_for_room(sink, deadline_ns));
	for (size_t i = sink->n; i-- > 0;) {
		if (sink->readers[i].sent < sink->text.size)
			cut_off(sink, i);
	}
}

static void socket_idle(void *context)
{
	struct socket_sink *sink = context;
	struct sink_error error;

	if (open_listener(sink, &error))
		welcome(sink);
}

static enum sink_result socket_write(void *context, const struct batch *batch, struct sink_error *error)
{
	struct socket_sink *sink = context;
	struct batch_cursor cursor;
	struct item item;

	if (!open_listener(sink, error))
		return SINK_RETRY;
	welcome(sink);
	if (!sink->n)
		return SINK_DONE;
	text_clear(&sink->text);
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		item_json(&sink->text, &item, &sink->format);
		text_byte(&sink->text, '\n');
	}
	send_all(sink);
	return SINK_DONE;
}

const struct sink_kind sink_socket = {
	.name = "socket",
	.create = socket_create,
	.write = socket_write,
	.idle = socket_idle,
	.destroy = socket_destroy,
	.takes = 1 << ITEM_EVENT | 1 << ITEM_FLOW | 1 << ITEM_ALERT | 1 << ITEM_LOST,
};
