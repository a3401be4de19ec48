/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "flow_told.h"

#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "sentry flows 1"

struct flow_head {
	char magic[16];
	char boot[BOOT_TEXT];
	__u32 map_id;
	__u32 cell;     /* bytes of one struct flow_told */
	__u64 n;
	__u64 sequence;
};

static size_t copy_bytes(size_t n)
{
	return (sizeof(struct flow_copy) + n * sizeof(struct flow_told) + 63) / 64 * 64;
}

static struct flow_copy *copy_number(const struct flow_file *file, __u64 number)
{
	return (struct flow_copy *)((char *)file->head + 128 + (number % 2) * copy_bytes(file->n));
}

_Static_assert(sizeof(struct flow_head) <= 128, "the copies begin behind the head");

static void head_of(struct flow_head *head, __u32 map_id, size_t n)
{
	*head = (struct flow_head){ .magic = MAGIC, .map_id = map_id, .cell = sizeof(struct flow_told), .n = n };
	boot_identity(head->boot);
}

static bool cannot(const char *path, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "cannot keep %s: %s", path, strerror(errno));
}

/* *fresh: nothing in it is of use. */
static bool open_file(struct flow_file *file, const char *path, bool *fresh, struct failure *why)
{
	struct stat status;
	int error;

	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file->fd < 0 || fstat(file->fd, &status) != 0)
		return cannot(path, why);
	if (flock(file->fd, LOCK_EX | LOCK_NB) != 0)
		return failure_set(why, EXIT_ENVIRONMENT, "somebody else is reading these flows: %s is locked", path);
	*fresh = (size_t)status.st_size != file->bytes;
	if (!*fresh)
		return true;
	/* All of it now: a disk that is full later would end the reader where it stores. */
	error = ftruncate(file->fd, 0) ? errno : posix_fallocate(file->fd, 0, (off_t)file->bytes);
	errno = error;
	return !error || cannot(path, why);
}

bool flow_file_open(struct flow_file *file, const char *path, __u32 map_id, size_t n, __u64 position, struct failure *why)
{
	struct flow_head wanted;
	bool fresh = true;
	void *memory;

	*file = (struct flow_file){ .n = n, .fd = -1, .bytes = 128 + 2 * copy_bytes(n) };
	if (path && !open_file(file, path, &fresh, why)) {
		flow_file_close(file);
		return false;
	}
	memory = mmap(NULL, file->bytes, PROT_READ | PROT_WRITE, path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, file->fd, 0);
	if (memory == MAP_FAILED) {
		cannot(path ? path : "what was told of flows", why);
		flow_file_close(file);
		return false;
	}
	file->head = memory;
	head_of(&wanted, map_id, n);
	if (fresh || memcmp(file->head, &wanted, offsetof(struct flow_head, sequence)) != 0) {
		/* The head last: without it the file is begun anew once more. */
		memset(file->head, 0, file->bytes);
		copy_number(file, 0)->position = position;
		atomic_signal_fence(memory_order_release);
		*file->head = wanted;
	}
	return true;
}

void flow_file_close(struct flow_file *file)
{
	if (file->head)
		munmap(file->head, file->bytes);
	if (file->fd >= 0)
		close(file->fd);
	*file = (struct flow_file){ .fd = -1 };
}

__u64 flow_file_sequence(const struct flow_file *file)
{
	return file->head->sequence;
}

const struct flow_copy *flow_file_last(const struct flow_file *file)
{
	return copy_number(file, file->head->sequence);
}

struct flow_copy *flow_file_begin(struct flow_file *file)
{
	struct flow_copy *work = copy_number(file, file->head->sequence + 1);

	memcpy(work, flow_file_last(file), copy_bytes(file->n));
	return work;
}

void flow_file_commit(struct flow_file *file)
{
	__atomic_store_n(&file->head->sequence, file->head->sequence + 1, __ATOMIC_RELEASE);
}
