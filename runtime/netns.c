/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "netns.h"

#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

static bool read_cookie(uint64_t *cookie, struct failure *why)
{
	socklen_t length = sizeof(*cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &length) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot identify the network namespace: %s%s",
				   strerror(error), error == ENOPROTOOPT ? " (Linux 5.14 or later is needed)" : "");
	return true;
}

bool netns_identity(char *text, size_t size, struct failure *why)
{
	uint64_t cookie = 0;

	if (!read_cookie(&cookie, why))
		return false;
	snprintf(text, size, "net-%" PRIu64, cookie);
	return true;
}

/* Whether it is that of process 1, which has the same from one boot to the next. */
static bool is_host(void)
{
	struct stat mine, first;

	return stat("/proc/thread-self/ns/net", &mine) == 0 && stat("/proc/1/ns/net", &first) == 0 &&
	       mine.st_ino == first.st_ino && mine.st_dev == first.st_dev;
}

bool netns_state_name(char *text, size_t size, struct failure *why)
{
	char boot[BOOT_TEXT];
	uint64_t cookie = 0;

	if (is_host()) {
		snprintf(text, size, "host");
		return true;
	}
	if (!read_cookie(&cookie, why))
		return false;
	/* Without it, a history would be written elsewhere, and the one there is taken for that of another boot. */
	if (!boot_identity(boot) && errno != ENOENT)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot tell which run of the machine this is: %s", strerror(errno));
	snprintf(text, size, "net-%" PRIu64 "-%.8s", cookie, boot);
	return true;
}
