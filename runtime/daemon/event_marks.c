/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "event_marks.h"

#include "boot.h"
#include "failure.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
	bool mapped;
};

/* All of its room now: a disk that is full later would end us where we store. */
static struct content *map_file(const char *path)
{
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	void *memory = MAP_FAILED;
	struct stat status;
	int error;

	if (file < 0)
		return NULL;
	error = fstat(file, &status) ? errno : 0;
	if (!error && status.st_size != sizeof(struct content))
		error = ftruncate(file, 0) ? errno : posix_fallocate(file, 0, sizeof(struct content));
	errno = error;
	if (!error)
		memory = mmap(NULL, sizeof(struct content), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	error = errno;
	close(file);
	errno = error;
	return memory == MAP_FAILED ? NULL : memory;
}

struct event_marks *event_marks_open(const char *path)
{
	struct event_marks *marks = allocate(1, sizeof(*marks));
	struct content wanted = { .magic = MAGIC };

	boot_identity(wanted.boot);
	marks->content = path ? map_file(path) : NULL;
	if (path && !marks->content)
		say("%s: %s; after a restart, lost records are told of again", path, strerror(errno));
	marks->mapped = marks->content;
	if (!marks->mapped)
		marks->content = allocate(1, sizeof(*marks->content));
	if (memcmp(marks->content, &wanted, offsetof(struct content, generation)) != 0) {
		/* The head last: without it the file is begun anew once more. */
		memset(marks->content, 0, sizeof(*marks->content));
		atomic_signal_fence(memory_order_seq_cst);
		*marks->content = wanted;
	}
	return marks;
}

void event_marks_close(struct event_marks *marks)
{
	if (marks->mapped)
		munmap(marks->content, sizeof(*marks->content));
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
