/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "loop.h"

#include "failure.h"
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define AT_ONCE 16

struct loop_source {
	struct loop *loop;
	struct loop_source *next;
	int fd;
	bool timer;   /* `fd` is ours */
	bool removed; /* freed when no handler is running */
	void (*handler)(void *context);
	void *context;
};

struct loop {
	int epoll;
	bool stopping;
	struct loop_source *sources;
};

/* Nothing of sentryd works without these. */
static int needed(int result, const char *what)
{
	if (result < 0) {
		say("%s: %s", what, strerror(errno));
		exit(EXIT_ENVIRONMENT);
	}
	return result;
}

struct loop *loop_new(void)
{
	struct loop *loop = allocate(1, sizeof(*loop));

	loop->epoll = needed(epoll_create1(EPOLL_CLOEXEC), "epoll");
	return loop;
}

static void sweep(struct loop *loop, bool all)
{
	for (struct loop_source **at = &loop->sources; *at;) {
		struct loop_source *source = *at;

		if (!all && !source->removed) {
			at = &source->next;
			continue;
		}
		if (!source->removed)
			loop_remove(source);
		*at = source->next;
		free(source);
	}
}

void loop_free(struct loop *loop)
{
	sweep(loop, true);
	close(loop->epoll);
	free(loop);
}

struct loop_source *loop_add(struct loop *loop, int fd, void (*handler)(void *context), void *context)
{
	struct loop_source *source = allocate(1, sizeof(*source));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	*source = (struct loop_source){
		.loop = loop, .next = loop->sources, .fd = fd, .handler = handler, .context = context,
	};
	loop->sources = source;
	needed(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event), "epoll");
	return source;
}

struct loop_source *loop_timer(struct loop *loop, uint64_t ms, void (*handler)(void *context), void *context)
{
	struct itimerspec time = {
		.it_interval = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 },
		.it_value = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 },
	};
	int fd = needed(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timer");
	struct loop_source *source;

	needed(timerfd_settime(fd, 0, &time, NULL), "timer");
	source = loop_add(loop, fd, handler, context);
	source->timer = true;
	return source;
}

void loop_remove(struct loop_source *source)
{
	if (!source || source->removed)
		return;
	epoll_ctl(source->loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	if (source->timer)
		close(source->fd);
	source->removed = true;
}

void loop_run(struct loop *loop)
{
	struct epoll_event events[AT_ONCE];
	uint64_t turns;

	while (!loop->stopping) {
		int n = epoll_wait(loop->epoll, events, AT_ONCE, -1);

		if (n < 0 && errno != EINTR)
			needed(n, "epoll");
		for (int i = 0; i < n && !loop->stopping; i++) {
			struct loop_source *source = events[i].data.ptr;

			if (source->removed)
				continue;
			if (source->timer && read(source->fd, &turns, sizeof(turns)) < 0)
				continue;
			source->handler(source->context);
		}
		sweep(loop, false);
	}
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
}
