/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "events.h"

#include "counters.h"
#include "generation.h"
#include "maps.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100       /* how often a new generation is looked for */
#define LINGER_TICKS 10   /* how long after its end a generation is read on: packets in flight */
#define BATCH 4096        /* records before signals and generations are looked at again */

/* The ring buffer of one generation. */
struct stream {
	const struct event_sink *sink;
	struct generation generation;
	__u32 identity;
	int lock;
	struct ring_buffer *ring; /* NULL: the policy logs nothing */
	int drops;                /* map `event_drops`; kept, since its pin goes before the stream ends */
	__u64 lost;               /* reported */
	__u64 until;              /* drain: records younger than this end it; 0: none */
	unsigned int batch;
	int64_t clock_offset;
	bool open;
};

static const char *interface_name(const struct stream *stream, __u32 ifindex, char name[static IF_NAMESIZE])
{
	const struct record *record = &stream->generation.record;

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
	struct sentry_sample sample = { .captured = 0 };
	const struct sentry_event *event = &sample.event;
	char name[IF_NAMESIZE];
	struct event_view view = {
		.event = event, .frame = sample.data, .record = &stream->generation.record, .clock_offset = stream->clock_offset,
	};

	/* A log record is the head of a sample. */
	if (size < sizeof(*event))
		return 0;
	memcpy(&sample, data, size < sizeof(sample) ? size : sizeof(sample));
	view.captured = sample.captured < sizeof(sample.data) ? sample.captured : sizeof(sample.data);
	view.interface = interface_name(stream, event->ifindex, name);
	stream->sink->event(stream->sink->context, &view);
	if (stream->until && event->time_ns > stream->until)
		return -ECANCELED;
	return ++stream->batch % BATCH ? 0 : -EAGAIN;
}

/* Two readers of one ring buffer would take records from each other, and worse. */
static bool lock_ring(struct stream *stream, struct failure *why)
{
	const char *path = stream->generation.path.text;

	stream->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (stream->lock < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot open %s: %s", path, strerror(errno));
	if (flock(stream->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	return failure_set(why, EXIT_ENVIRONMENT, "somebody else is reading the events of this policy");
}

static bool open_ring(struct stream *stream, struct failure *why)
{
	int map = generation_map(&stream->generation, MAP_EVENTS);

	if (map < 0 && errno == ENOENT)
		return true;
	if (map < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot open the events: %s", strerror(errno));
	if (lock_ring(stream, why)) {
		stream->ring = ring_buffer__new(map, take, stream, NULL);
		if (!stream->ring)
			failure_set(why, EXIT_ENVIRONMENT, "cannot read the events: %s", strerror(errno));
	}
	close(map);
	return stream->ring;
}

static void stream_close(struct stream *stream)
{
	if (!stream->open)
		return;
	ring_buffer__free(stream->ring);
	if (stream->lock >= 0)
		close(stream->lock);
	if (stream->drops >= 0)
		close(stream->drops);
	generation_close(&stream->generation);
	stream->open = false;
}

static enum presence stream_open(struct stream *stream, const struct site *site, const struct event_sink *sink,
				 struct failure *why)
{
	enum presence presence;

	*stream = (struct stream){ .sink = sink, .lock = -1, .drops = -1 };
	presence = generation_current(&stream->generation, site, why);
	if (presence != PRESENCE_FOUND)
		return presence;
	stream->open = true;
	stream->identity = generation_identity(&stream->generation);
	stream->clock_offset = event_clock_offset();
	stream->drops = generation_map(&stream->generation, MAP_EVENT_DROPS);
	if (open_ring(stream, why))
		return PRESENCE_FOUND;
	stream_close(stream);
	return PRESENCE_FAILED;
}

static void report_lost(struct stream *stream)
{
	__u64 lost = stream->drops >= 0 ? counters_lost_events(stream->drops) : 0;

	if (lost > stream->lost) {
		stream->sink->lost(stream->sink->context, &stream->generation.record, lost - stream->lost);
		stream->lost = lost;
	}
}

static void stream_read(struct stream *stream)
{
	stream->clock_offset = event_clock_offset();
	if (stream->ring)
		ring_buffer__consume(stream->ring);
}

/* The last records, the last losses, and away. */
static void stream_end(struct stream *stream)
{
	if (!stream->open)
		return;
	stream_read(stream);
	report_lost(stream);
	stream_close(stream);
}

bool events_drain(const struct site *site, const struct event_sink *sink, struct failure *why)
{
	struct stream stream;
	struct timespec now;

	switch (stream_open(&stream, site, sink, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	case PRESENCE_FOUND:
		break;
	}
	/* Under a steady load the buffer is never empty: what comes from now on is for the next time. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	stream.until = (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
	while (stream.ring && ring_buffer__consume(stream.ring) == -EAGAIN)
		continue;
	report_lost(&stream);
	sink->batch_end(sink->context);
	stream_close(&stream);
	return true;
}

struct following {
	const struct site *site;
	const struct event_sink *sink;
	struct stream *now, *before; /* the generation in force, the one that was */
	unsigned int linger;         /* ticks that `before` is still read */
};

/* Looks whether another generation is in force; if so opens it, and reads on what may still come from the last. */
static bool follow_generations(struct following *following, struct failure *why)
{
	struct stream *fresh;
	__u32 identity = generation_current_identity(following->site);

	if (following->linger && --following->linger == 0)
		stream_end(following->before);
	if (identity == (following->now->open ? following->now->identity : 0))
		return true;

	stream_end(following->before);
	fresh = following->before;
	if (identity && stream_open(fresh, following->site, following->sink, why) == PRESENCE_FAILED)
		return false;
	if (following->now->open && fresh->open &&
	    fresh->generation.id.number > following->now->generation.id.number + 1)
		say("generations %u to %u came and went between two looks; their events are lost",
		    following->now->generation.id.number + 1, fresh->generation.id.number - 1);
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
		stream_read(following->before);
	if (following->now->open)
		stream_read(following->now);
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
		bool ring = following->now->open && following->now->ring;
		struct pollfd polled[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = ring ? ring_buffer__epoll_fd(following->now->ring) : -1, .events = POLLIN },
		};

		/* While records pour in there is no waiting, and still a look for generations every tick. */
		if (milliseconds() >= next_look) {
			if (!follow_generations(following, why))
				return false;
			next_look = milliseconds() + TICK_MS;
			if (following->now->open)
				report_lost(following->now);
			continue;
		}
		poll(polled, 2, TICK_MS / 2);
		read_both(following);
		if (!following->sink->batch_end(following->sink->context) || polled[0].revents)
			return true;
	}
}

bool events_follow(const struct site *site, const struct event_sink *sink, struct failure *why)
{
	struct stream streams[2] = { { .lock = -1 }, { .lock = -1 } };
	struct following following = { .site = site, .sink = sink, .now = &streams[0], .before = &streams[1] };
	int signals = open_signals();
	bool ok = follow(&following, signals, why);

	stream_end(following.before);
	stream_end(following.now);
	sink->batch_end(sink->context);
	close(signals);
	return ok;
}
