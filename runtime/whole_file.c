/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool whole_file_write(int file, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = write(file, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

bool whole_file_replace(const char *path, const struct iovec *parts, size_t n)
{
	char fresh[PATH_MAX];
	bool ok = true;
	int file, error;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return false;
	}
	file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return false;
	for (size_t i = 0; i < n && ok; i++)
		ok = whole_file_write(file, parts[i].iov_base, parts[i].iov_len);
	error = errno;
	if (close(file) != 0 && ok) {
		ok = false;
		error = errno;
	}
	if (ok && rename(fresh, path) == 0)
		return true;
	error = ok ? errno : error;
	unlink(fresh);
	errno = error;
	return false;
}
