/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "event_marks.h"

#include "boot.h"
#include "failure.h"
#include "kept_file.h"
#include "memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "sentry events 1"

struct mark {
	__u32 identity; /* 0: of none */
	__u32 part;
	__u64 lost;
};

/* The file. */
struct content {
	char magic[16];
	char boot[BOOT_TEXT];
	__u32 generation;
	__u32 next; /* of `marks`, for one that is not there; counts on */
	struct mark marks[EVENT_MARKS];
};

_Static_assert(sizeof(struct content) == 64 + EVENT_MARKS * sizeof(struct mark), "no holes: it is compared as bytes");

struct event_marks {
	struct content *content;
	struct kept_file file; /* where it is; no memory: on the heap */
};

struct event_marks *event_marks_open(const char *path)
{
	struct event_marks *marks = allocate(1, sizeof(*marks));
	struct content wanted = { .magic = MAGIC };
	size_t head = offsetof(struct content, generation);

	boot_identity(wanted.boot);
	if (path && !kept_file_open(&marks->file, path, sizeof(*marks->content), false))
		say("%s: %s; after a restart, lost records are told of again", path, strerror(errno));
	if (!marks->file.memory) {
		marks->content = allocate(1, sizeof(*marks->content));
		return marks;
	}
	marks->content = marks->file.memory;
	if (!kept_file_holds(&marks->file, &wanted, head))
		kept_file_begun(&marks->file, &wanted, head);
	return marks;
}

void event_marks_close(struct event_marks *marks)
{
	if (marks->file.memory)
		kept_file_close(&marks->file);
	else
		free(marks->content);
	free(marks);
}

__u32 event_marks_generation(const struct event_marks *marks)
{
	return marks->content->generation;
}

void event_marks_set_generation(struct event_marks *marks, __u32 number)
{
	marks->content->generation = number;
}

static struct mark *find(struct content *content, __u32 identity, size_t part)
{
	for (size_t i = 0; i < EVENT_MARKS; i++) {
		if (content->marks[i].identity == identity && content->marks[i].part == part)
			return &content->marks[i];
	}
	return NULL;
}

__u64 event_marks_lost(const struct event_marks *marks, __u32 identity, size_t part)
{
	const struct mark *mark = find(marks->content, identity, part);

	return mark ? mark->lost : 0;
}

void event_marks_add_lost(struct event_marks *marks, __u32 identity, size_t part, __u64 lost)
{
	struct content *content = marks->content;
	struct mark *mark = find(content, identity, part);

	if (mark) {
		mark->lost += lost;
		return;
	}
	/* Killed in between, it is nobody's. */
	mark = &content->marks[content->next++ % EVENT_MARKS];
	mark->identity = 0;
	atomic_signal_fence(memory_order_seq_cst);
	mark->part = (__u32)part;
	mark->lost = lost;
	atomic_signal_fence(memory_order_seq_cst);
	mark->identity = identity;
}
