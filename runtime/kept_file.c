/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "kept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0, or an error's number. The lock comes first: what somebody else has mapped is not made shorter. */
static int prepare(int fd, size_t bytes, bool alone)
{
	struct stat status;

	if ((alone && flock(fd, LOCK_EX | LOCK_NB) != 0) || fstat(fd, &status) != 0)
		return errno;
	if ((size_t)status.st_size != bytes && ftruncate(fd, 0) != 0)
		return errno;
	return posix_fallocate(fd, 0, (off_t)bytes);
}

bool kept_file_open(struct kept_file *file, const char *path, size_t bytes, bool alone)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	int error = path ? fd < 0 ? errno : prepare(fd, bytes, alone) : 0;

	*file = (struct kept_file){ .memory = MAP_FAILED, .bytes = bytes, .fd = -1 };
	if (!error) {
		file->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
		error = file->memory == MAP_FAILED ? errno : 0;
	}
	if (!error && alone)
		file->fd = fd;
	else if (fd >= 0)
		close(fd);
	if (error)
		*file = (struct kept_file){ .fd = -1 };
	errno = error;
	return !error;
}

void kept_file_close(struct kept_file *file)
{
	if (!file->memory)
		return;
	munmap(file->memory, file->bytes);
	if (file->fd >= 0)
		close(file->fd);
	*file = (struct kept_file){ .fd = -1 };
}

bool kept_file_holds(struct kept_file *file, const void *head, size_t head_bytes)
{
	if (!memcmp(file->memory, head, head_bytes))
		return true;
	memset(file->memory, 0, file->bytes);
	return false;
}

void kept_file_begun(struct kept_file *file, const void *head, size_t head_bytes)
{
	atomic_signal_fence(memory_order_seq_cst);
	memcpy(file->memory, head, head_bytes);
}
