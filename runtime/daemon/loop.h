/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What sentryd waits for, on one epoll descriptor. Handlers must not block. */
#ifndef SENTRY_DAEMON_LOOP_H
#define SENTRY_DAEMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_source;

struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* `handler` is called while `fd` is readable. The descriptor stays the caller's, and must stay open. */
struct loop_source *loop_add(struct loop *loop, int fd, void (*handler)(void *context), void *context);
/* Each `ms` milliseconds; missed turns are not made up for. */
struct loop_source *loop_timer(struct loop *loop, uint64_t ms, void (*handler)(void *context), void *context);
/* Also from within a handler. NULL is none. */
void loop_remove(struct loop_source *source);

/* Until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
