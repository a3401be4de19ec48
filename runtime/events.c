/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "events.h"

#include "counters.h"
#include "duration.h"
#include "generation.h"
#include "interfaces.h"
#include "maps.h"
#include "memory.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 25        /* how often a new generation is looked for */
#define LINGER_TICKS 40   /* how long after its end a generation is read on: packets in flight */
#define BATCH 4096        /* records before signals and generations are looked at again */
#define NAMES 64          /* interfaces whose names are remembered from one tick to the next */

struct reader;

struct interface_name {
	__u32 ifindex; /* 0: none */
	char text[IF_NAMESIZE];
};

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
	bool in_force;            /* when it was begun */
	bool told;                /* the sink knows of it */
	bool waits;               /* somebody else has its ring buffers */
	struct interface_name names[NAMES];
};

static const char *find_name(const struct reader *reader, __u32 ifindex, char name[static IF_NAMESIZE])
{
	const struct record *record = &reader->generation.record;

	if (interface_name(ifindex, name))
		return name;
	for (size_t i = 0; i < record->n; i++) {
		if (record->items[i].hook.ifindex == ifindex)
			return record->items[i].interface;
	}
	return NULL;
}

/* To ask the kernel costs more than all else about a record. NULL: not known any more. */
static const char *name_of(struct reader *reader, __u32 ifindex)
{
	struct interface_name *slot = &reader->names[ifindex % NAMES];
	char name[IF_NAMESIZE];
	const char *found;

	if (slot->ifindex != ifindex) {
		found = find_name(reader, ifindex, name);
		if (!found)
			return NULL;
		slot->ifindex = ifindex;
		snprintf(slot->text, sizeof(slot->text), "%s", found);
	}
	return slot->text;
}

/* A negative answer ends the batch; the record itself counts as read. */
static int take(void *context, void *data, size_t size)
{
	struct stream *stream = context;
	struct reader *reader = stream->reader;
	struct sentry_sample sample;
	struct event_view view = {
		.record = &reader->generation.record, .part = stream->part, .clock_offset = reader->clock_offset,
	};

	if (!event_read(&view, &sample, data, size))
		return 0;
	view.interface = name_of(reader, sample.event.ifindex);
	reader->sink->event(reader->sink->context, &view);
	if (reader->until && sample.event.time_ns > reader->until)
		return -ECANCELED;
	return ++reader->batch % BATCH ? 0 : -EAGAIN;
}

/* Says it; false. */
static bool is_taken(struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "somebody else is reading the events of this policy; if it is sentryd, ask its history: --since 10m");
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
	close(reader->lock);
	reader->lock = -1;
	return is_taken(why);
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
	if (reader->sink->ended && reader->told)
		reader->sink->ended(reader->sink->context, &reader->generation);
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

static bool open_rings(struct reader *reader, struct failure *why)
{
	for (size_t i = 0; i < reader->n; i++) {
		if (!reader->streams[i].ring && !open_ring(&reader->streams[i], why))
			return false;
	}
	return true;
}

/* Its generation is there. `patient`: whoever has its ring buffers may give them back. */
static bool reader_begin(struct reader *reader, bool patient, struct failure *why)
{
	const struct event_sink *sink = reader->sink;

	reader->open = true;
	reader->identity = generation_identity(&reader->generation);
	reader->clock_offset = event_clock_offset();
	reader->streams = allocate(reader->generation.record.n_parts, sizeof(*reader->streams));
	while (reader->n < reader->generation.record.n_parts) {
		struct stream *stream = &reader->streams[reader->n];

		*stream = (struct stream){ .reader = reader, .part = reader->n++ };
		stream->drops = generation_map(&reader->generation, stream->part, MAP_EVENT_DROPS);
		if (sink->resumption)
			stream->lost = sink->resumption->lost(sink->context, reader->identity, stream->part);
	}
	reader->waits = !open_rings(reader, why);
	if (reader->waits && !patient) {
		reader_close(reader);
		return false;
	}
	if (sink->begun)
		sink->begun(sink->context, &reader->generation, reader->in_force);
	reader->told = true;
	return true;
}

static enum presence reader_open(struct reader *reader, const struct site *site, const struct event_sink *sink,
				 bool patient, struct failure *why)
{
	enum presence presence;

	*reader = (struct reader){ .sink = sink, .lock = -1, .in_force = true };
	presence = generation_current(&reader->generation, site, why);
	if (presence != PRESENCE_FOUND)
		return presence;
	return reader_begin(reader, patient, why) ? PRESENCE_FOUND : PRESENCE_FAILED;
}

static void report_lost(struct reader *reader)
{
	for (size_t i = 0; i < reader->n; i++) {
		struct stream *stream = &reader->streams[i];
		__u64 lost = stream->drops >= 0 ? counters_lost_events(stream->drops) : 0;

		if (lost > stream->lost) {
			const struct event_loss loss = {
				.record = &reader->generation.record, .identity = reader->identity, .part = stream->part,
				.lost = lost - stream->lost,
			};

			reader->sink->lost(reader->sink->context, &loss);
			stream->lost = lost;
		}
	}
}

/* Whether there may be more at once. */
static bool reader_read(struct reader *reader)
{
	bool more = false;

	reader->clock_offset = event_clock_offset();
	memset(reader->names, 0, sizeof(reader->names));
	for (size_t i = 0; i < reader->n; i++) {
		if (reader->streams[i].ring)
			more |= ring_buffer__consume(reader->streams[i].ring) == -EAGAIN;
	}
	return more;
}

/* Under a steady load a buffer is never empty: what comes from now on is for the next time. */
static void read_until_now(struct reader *reader)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	reader->until = (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
	while (reader_read(reader))
		continue;
}

/* The last records, the last losses, and away. */
static void reader_end(struct reader *reader)
{
	if (!reader->open)
		return;
	read_until_now(reader);
	report_lost(reader);
	reader_close(reader);
}

bool events_drain(const struct site *site, const struct event_sink *sink, struct failure *why)
{
	struct reader reader;

	switch (reader_open(&reader, site, sink, false, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	case PRESENCE_FOUND:
		break;
	}
	read_until_now(&reader);
	report_lost(&reader);
	sink->batch_end(sink->context);
	reader_close(&reader);
	return true;
}

struct event_feed {
	const struct site *site;
	const struct event_sink *sink;
	struct reader readers[2];
	struct reader *now, *before; /* the generation in force, the one that was */
	unsigned int linger;         /* ticks that `before` is still read */
	unsigned int highest;        /* generation that was seen; 0: none since --remove */
	bool looked;                 /* for those from before */
	__u64 next_look;             /* for another generation, in milliseconds */
	int epoll;                   /* has the ring buffers of `now` */
};

/* Those of a generation that is gone are not waited for. They leave by themselves when they are closed, and not before. */
static void watch(const struct event_feed *feed, const struct reader *reader, int operation)
{
	for (size_t i = 0; reader->open && i < reader->n; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		if (reader->streams[i].ring)
			epoll_ctl(feed->epoll, operation, ring_buffer__epoll_fd(reader->streams[i].ring), &event);
	}
}

/*
 * What generations before the current one, those behind number `above`, have left in their buffers. They are there to go back to.
 * How many of them have come in force since number `seen`.
 */
static unsigned int read_kept(struct event_feed *feed, unsigned int above, unsigned int seen, unsigned int current)
{
	struct generation_id *ids = NULL;
	struct failure why = { 0 };
	unsigned int fresh = 0;
	size_t n = 0;

	if (!site_generations(feed->site, &ids, &n, &why))
		n = 0;
	for (size_t i = 0; i < n; i++) {
		struct reader reader = { .sink = feed->sink, .lock = -1, .in_force = ids[i].number > seen };

		if (ids[i].staged || ids[i].number <= above || ids[i].number >= current ||
		    !generation_open(&reader.generation, feed->site, ids[i], &why) || !reader_begin(&reader, false, &why))
			continue;
		reader_end(&reader);
		fresh += ids[i].number > seen;
	}
	free(ids);
	return fresh;
}

/*
 * Those that came and went since the last look, or since the last reader. The last of them are still there; what the others
 * have recorded is lost.
 */
static void read_missed(struct event_feed *feed, unsigned int current)
{
	const struct event_resumption *resumption = feed->sink->resumption;
	unsigned int seen = feed->highest, missed;
	bool first = !feed->looked;

	feed->looked = true;
	if (first && resumption) {
		/* Numbers begin again after --remove. */
		seen = resumption->generation <= current ? resumption->generation : 0;
	} else if (first || !seen || current == seen + 1) {
		return;
	}
	missed = current > seen + 1 ? current - seen - 1 : 0;
	missed -= read_kept(feed, first ? 0 : seen, seen, current);
	if (missed && seen)
		say("%u generations between %u and %u came and went %s; their events are lost", missed, seen, current,
		    first ? "while nobody looked" : "between two looks");
}

/* Looks whether another generation is in force; if so opens it, and reads on what may still come from the last. */
static bool follow_generations(struct event_feed *feed, struct failure *why)
{
	struct reader *fresh;
	__u32 identity = generation_current_identity(feed->site);
	unsigned int number;

	if (feed->linger && --feed->linger == 0)
		reader_end(feed->before);
	if (identity == (feed->now->open ? feed->now->identity : 0)) {
		if (!feed->now->waits)
			return true;
		if (!open_rings(feed->now, why))
			return false;
		feed->now->waits = false;
		watch(feed, feed->now, EPOLL_CTL_ADD);
		return true;
	}

	reader_end(feed->before);
	fresh = feed->before;
	*fresh = (struct reader){ .sink = feed->sink, .lock = -1, .in_force = true };
	switch (identity ? generation_current(&fresh->generation, feed->site, why) : PRESENCE_NONE) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		/* After --remove they are counted from 1 again. */
		feed->highest = 0;
		break;
	case PRESENCE_FOUND:
		/* Now that it is known which: one that was in force a moment ago may be none of those that are left out. */
		number = fresh->generation.id.number;
		read_missed(feed, number);
		feed->highest = number;
		if (!reader_begin(fresh, true, why))
			return false;
	}
	watch(feed, feed->now, EPOLL_CTL_DEL);
	watch(feed, fresh, EPOLL_CTL_ADD);
	feed->before = feed->now;
	feed->now = fresh;
	feed->linger = feed->before->open ? LINGER_TICKS : 0;
	return !fresh->waits;
}

struct event_feed *event_feed_open(const struct site *site, const struct event_sink *sink, struct failure *why)
{
	struct event_feed *feed = allocate(1, sizeof(*feed));

	feed->site = site;
	feed->sink = sink;
	feed->readers[0].lock = feed->readers[1].lock = -1;
	feed->now = &feed->readers[0];
	feed->before = &feed->readers[1];
	feed->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (feed->epoll >= 0)
		return feed;
	failure_set(why, EXIT_ENVIRONMENT, "cannot wait for events: %s", strerror(errno));
	free(feed);
	return NULL;
}

int event_feed_fd(const struct event_feed *feed)
{
	return feed->epoll;
}

bool event_feed_read(struct event_feed *feed, struct failure *why)
{
	__u64 now = monotonic_ms();

	/* While records pour in there is still a look for generations every tick. */
	if (now >= feed->next_look) {
		feed->next_look = now + TICK_MS;
		if (!follow_generations(feed, why))
			return false;
		if (feed->now->open)
			report_lost(feed->now);
	}
	/* The older first: its records are. */
	if (feed->before->open)
		reader_read(feed->before);
	if (feed->now->open)
		reader_read(feed->now);
	return !feed->now->open || !feed->now->waits || is_taken(why);
}

void event_feed_close(struct event_feed *feed)
{
	if (!feed)
		return;
	reader_end(feed->before);
	reader_end(feed->now);
	close(feed->epoll);
	free(feed);
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

bool events_follow(const struct site *site, const struct event_sink *sink, struct failure *why)
{
	struct event_feed *feed = event_feed_open(site, sink, why);
	struct pollfd polled[2] = { { .fd = open_signals(), .events = POLLIN }, { .events = POLLIN } };
	bool ok = feed;

	while (ok && !polled[0].revents) {
		ok = event_feed_read(feed, why);
		if (!ok || !sink->batch_end(sink->context))
			break;
		polled[1].fd = event_feed_fd(feed);
		poll(polled, 2, TICK_MS / 2);
	}
	event_feed_close(feed);
	sink->batch_end(sink->context);
	close(polled[0].fd);
	return ok;
}
