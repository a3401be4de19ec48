/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "events.h"

#include "counters.h"
#include "generation.h"
#include "maps.h"
#include "memory.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100       /* how often a new generation is looked for */
#define LINGER_TICKS 10   /* how long after its end a generation is read on: packets in flight */
#define BATCH 4096        /* records before signals and generations are looked at again */
#define MAX_POLLED 16

struct reader;

/* The ring buffer of one part of a generation. */
struct stream {
	struct reader *reader;
	size_t part;
	struct ring_buffer *ring; /* NULL: the policy logs nothing */
	int drops;                /* map `event_drops`; kept, since its pin goes before the stream ends */
	__u64 lost;               /* reported */
};

/* All of one generation. */
struct reader {
	const struct event_sink *sink;
	struct generation generation;
	__u32 identity;
	int lock;
	size_t n;
	struct stream *streams;
	__u64 until;              /* drain: records younger than this end it; 0: none */
	unsigned int batch;
	int64_t clock_offset;
	bool open;
};

static const char *interface_name(const struct reader *reader, __u32 ifindex, char name[static IF_NAMESIZE])
{
	const struct record *record = &reader->generation.record;

	if (if_indextoname(ifindex, name))
		return name;
	for (size_t i = 0; i < record->n; i++) {
		if (record->items[i].hook.ifindex == ifindex)
			return record->items[i].interface;
	}
	return NULL;
}

/* A negative answer ends the batch; the record itself counts as read. */
static int take(void *context, void *data, size_t size)
{
	struct stream *stream = context;
	struct reader *reader = stream->reader;
	struct sentry_sample sample;
	char name[IF_NAMESIZE];
	struct event_view view = {
		.record = &reader->generation.record, .part = stream->part, .clock_offset = reader->clock_offset,
	};

	if (!event_read(&view, &sample, data, size))
		return 0;
	view.interface = interface_name(reader, sample.event.ifindex, name);
	reader->sink->event(reader->sink->context, &view);
	if (reader->until && sample.event.time_ns > reader->until)
		return -ECANCELED;
	return ++reader->batch % BATCH ? 0 : -EAGAIN;
}

/* Two readers of one ring buffer would take records from each other, and worse. */
static bool lock_rings(struct reader *reader, struct failure *why)
{
	const char *path = reader->generation.path.text;

	if (reader->lock >= 0)
		return true;
	reader->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (reader->lock < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot open %s: %s", path, strerror(errno));
	if (flock(reader->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	return failure_set(why, EXIT_ENVIRONMENT, "somebody else is reading the events of this policy");
}

static bool open_ring(struct stream *stream, struct failure *why)
{
	int map = generation_map(&stream->reader->generation, stream->part, MAP_EVENTS);

	if (map < 0 && errno == ENOENT)
		return true;
	if (map < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot open the events: %s", strerror(errno));
	if (lock_rings(stream->reader, why)) {
		stream->ring = ring_buffer__new(map, take, stream, NULL);
		if (!stream->ring)
			failure_set(why, EXIT_ENVIRONMENT, "cannot read the events: %s", strerror(errno));
	}
	close(map);
	return stream->ring;
}

static void reader_close(struct reader *reader)
{
	if (!reader->open)
		return;
	for (size_t i = 0; i < reader->n; i++) {
		ring_buffer__free(reader->streams[i].ring);
		if (reader->streams[i].drops >= 0)
			close(reader->streams[i].drops);
	}
	free(reader->streams);
	if (reader->lock >= 0)
		close(reader->lock);
	generation_close(&reader->generation);
	reader->open = false;
}

static enum presence reader_open(struct reader *reader, const struct site *site, const struct event_sink *sink,
				 struct failure *why)
{
	enum presence presence;

	*reader = (struct reader){ .sink = sink, .lock = -1 };
	presence = generation_current(&reader->generation, site, why);
	if (presence != PRESENCE_FOUND)
		return presence;
	reader->open = true;
	reader->identity = generation_identity(&reader->generation);
	reader->clock_offset = event_clock_offset();
	reader->streams = allocate(reader->generation.record.n_parts, sizeof(*reader->streams));
	while (reader->n < reader->generation.record.n_parts) {
		struct stream *stream = &reader->streams[reader->n];

		*stream = (struct stream){ .reader = reader, .part = reader->n++ };
		stream->drops = generation_map(&reader->generation, stream->part, MAP_EVENT_DROPS);
		if (!open_ring(stream, why)) {
			reader_close(reader);
			return PRESENCE_FAILED;
		}
	}
	return PRESENCE_FOUND;
}

static void report_lost(struct reader *reader)
{
	for (size_t i = 0; i < reader->n; i++) {
		struct stream *stream = &reader->streams[i];
		__u64 lost = stream->drops >= 0 ? counters_lost_events(stream->drops) : 0;

		if (lost > stream->lost) {
			reader->sink->lost(reader->sink->context, &reader->generation.record, stream->part,
					   lost - stream->lost);
			stream->lost = lost;
		}
	}
}

/* Whether there may be more at once. */
static bool reader_read(struct reader *reader)
{
	bool more = false;

	reader->clock_offset = event_clock_offset();
	for (size_t i = 0; i < reader->n; i++) {
		if (reader->streams[i].ring)
			more |= ring_buffer__consume(reader->streams[i].ring) == -EAGAIN;
	}
	return more;
}

/* The last records, the last losses, and away. */
static void reader_end(struct reader *reader)
{
	if (!reader->open)
		return;
	reader_read(reader);
	report_lost(reader);
	reader_close(reader);
}

bool events_drain(const struct site *site, const struct event_sink *sink, struct failure *why)
{
	struct reader reader;
	struct timespec now;

	switch (reader_open(&reader, site, sink, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	case PRESENCE_FOUND:
		break;
	}
	/* Under a steady load the buffer is never empty: what comes from now on is for the next time. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	reader.until = (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
	while (reader_read(&reader))
		continue;
	report_lost(&reader);
	sink->batch_end(sink->context);
	reader_close(&reader);
	return true;
}

struct following {
	const struct site *site;
	const struct event_sink *sink;
	struct reader *now, *before; /* the generation in force, the one that was */
	unsigned int linger;         /* ticks that `before` is still read */
	unsigned int highest;        /* generation that was seen */
};

/* Looks whether another generation is in force; if so opens it, and reads on what may still come from the last. */
static bool follow_generations(struct following *following, struct failure *why)
{
	struct reader *fresh;
	__u32 identity = generation_current_identity(following->site);

	if (following->linger && --following->linger == 0)
		reader_end(following->before);
	if (identity == (following->now->open ? following->now->identity : 0))
		return true;

	reader_end(following->before);
	fresh = following->before;
	if (identity && reader_open(fresh, following->site, following->sink, why) == PRESENCE_FAILED)
		return false;
	if (following->highest && fresh->open && fresh->generation.id.number > following->highest + 1)
		say("generations %u to %u came and went between two looks; their events are lost",
		    following->highest + 1, fresh->generation.id.number - 1);
	if (fresh->open && fresh->generation.id.number > following->highest)
		following->highest = fresh->generation.id.number;
	following->before = following->now;
	following->now = fresh;
	following->linger = following->before->open ? LINGER_TICKS : 0;
	return true;
}

static int open_signals(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void read_both(struct following *following)
{
	/* The older first: its records are. */
	if (following->before->open)
		reader_read(following->before);
	if (following->now->open)
		reader_read(following->now);
}

static __u64 milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000 + (__u64)now.tv_nsec / 1000000;
}

static bool follow(struct following *following, int signals, struct failure *why)
{
	__u64 next_look = 0;

	for (;;) {
		const struct reader *now = following->now;
		struct pollfd polled[1 + MAX_POLLED] = { { .fd = signals, .events = POLLIN } };
		nfds_t n = 1;

		/* Those beyond are looked at as often, but do not wake. */
		for (size_t i = 0; now->open && i < now->n && n < 1 + MAX_POLLED; i++) {
			if (now->streams[i].ring)
				polled[n++] = (struct pollfd){ .fd = ring_buffer__epoll_fd(now->streams[i].ring),
							       .events = POLLIN };
		}
		/* While records pour in there is no waiting, and still a look for generations every tick. */
		if (milliseconds() >= next_look) {
			if (!follow_generations(following, why))
				return false;
			next_look = milliseconds() + TICK_MS;
			if (following->now->open)
				report_lost(following->now);
			continue;
		}
		poll(polled, n, TICK_MS / 2);
		read_both(following);
		if (!following->sink->batch_end(following->sink->context) || polled[0].revents)
			return true;
	}
}

bool events_follow(const struct site *site, const struct event_sink *sink, struct failure *why)
{
	struct reader readers[2] = { { .lock = -1 }, { .lock = -1 } };
	struct following following = { .site = site, .sink = sink, .now = &readers[0], .before = &readers[1] };
	int signals = open_signals();
	bool ok = follow(&following, signals, why);

	reader_end(following.before);
	reader_end(following.now);
	sink->batch_end(sink->context);
	close(signals);
	return ok;
}
