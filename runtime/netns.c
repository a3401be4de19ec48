/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14 */
#endif

bool netns_enter(const char *name, struct failure *why)
{
	char path[PATH_MAX];
	bool ok = true;
	int fd;

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "network namespace %s: %s: %s", name, path, strerror(errno));
	if (setns(fd, CLONE_NEWNET) != 0)
		ok = failure_set(why, EXIT_ENVIRONMENT, "network namespace %s: cannot enter: %s", name,
			  errno == EINVAL ? "not a network namespace" : strerror(errno));
	close(fd);
	return ok;
}

bool netns_identity(char *text, size_t size, struct failure *why)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot identify the network namespace: %s%s",
				   strerror(error), error == ENOPROTOOPT ? " (Linux 5.14 or later is needed)" : "");
	snprintf(text, size, "net-%" PRIu64, cookie);
	return true;
}
