/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How far sentryd has come with events: the last generation it has seen, and how many lost records of each it has told of. Ring
 * buffers know by themselves what was read of them. In a file that is mapped into memory, so that it outlives a kill; good until
 * the machine starts again.
 */
#ifndef SENTRY_DAEMON_EVENT_MARKS_H
#define SENTRY_DAEMON_EVENT_MARKS_H

#include <linux/types.h>
#include <stddef.h>

/* Parts of generations whose losses are remembered: of more, those that were met longest ago are forgotten. */
#define EVENT_MARKS 64

struct event_marks;

/* `path` may be NULL: only in memory, as if the file cannot be had, which is said. */
struct event_marks *event_marks_open(const char *path);
void event_marks_close(struct event_marks *marks);

/* Number of the last generation that was seen; 0: none, or none since --remove. */
__u32 event_marks_generation(const struct event_marks *marks);
void event_marks_set_generation(struct event_marks *marks, __u32 number);

/* Records of a part of a generation that were told of as lost. `identity` is generation_identity(), never 0. */
__u64 event_marks_lost(const struct event_marks *marks, __u32 identity, size_t part);
void event_marks_add_lost(struct event_marks *marks, __u32 identity, size_t part, __u64 lost);

#endif
