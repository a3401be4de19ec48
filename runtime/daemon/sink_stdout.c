/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* JSON Lines to the standard output, for service managers that keep it. */
#include "sink.h"

#include "memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 10000

struct stdout_sink {
	struct item_format format;
	struct text_buffer text;
};

static void *stdout_create(struct config_map *map)
{
	struct stdout_sink *sink = allocate(1, sizeof(*sink));

	item_format_read(&sink->format, map);
	return sink;
}

static void stdout_destroy(void *context)
{
	struct stdout_sink *sink = context;

	text_free(&sink->text);
	free(sink);
}

/* To a pipe a batch may go in part; what is out is out, so the rest must follow or be given up. */
static enum sink_result stdout_write(void *context, const struct batch *batch, struct sink_error *error)
{
	struct stdout_sink *sink = context;
	struct pollfd writable = { .fd = STDOUT_FILENO, .events = POLLOUT };
	struct batch_cursor cursor;
	struct item item;
	const char *at;
	size_t left;

	text_clear(&sink->text);
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		item_json(&sink->text, &item, &sink->format);
		text_byte(&sink->text, '\n');
	}
	at = sink->text.data;
	left = sink->text.size;
	while (left) {
		bool begun = at != sink->text.data;
		int ready = poll(&writable, 1, PATIENCE_MS);
		/* Pieces that a pipe takes at once: poll() promises room for no more. */
		ssize_t n = ready > 0 ? write(STDOUT_FILENO, at, left < 4096 ? left : 4096) : -1;

		if (n > 0) {
			at += n;
			left -= (size_t)n;
		} else if (ready == 0 && begun && !sink_stopping()) {
			continue;
		} else if (ready == 0) {
			return sink_fail(error, begun ? SINK_REFUSED : SINK_RETRY, "standard output: nobody reads");
		} else if (errno != EINTR && errno != EAGAIN) {
			return sink_fail(error, begun ? SINK_REFUSED : SINK_RETRY, "standard output: %s", strerror(errno));
		}
	}
	return SINK_DONE;
}

const struct sink_kind sink_stdout = {
	.name = "stdout",
	.create = stdout_create,
	.write = stdout_write,
	.destroy = stdout_destroy,
	.takes = 1 << ITEM_EVENT | 1 << ITEM_FLOW | 1 << ITEM_ALERT | 1 << ITEM_LOST,
};
