/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "probe.h"

#include "set_parts.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCHEME "tcp://"
#define ATTEMPT_NS 3000000000ULL
#define PAUSE_US 200000

struct target {
	char host[256];
	char port[6]; /* 65535: no number that atoi() would cut down to a port */
};

static bool parse(const char *probe, struct target *target)
{
	const char *host = probe + strlen(SCHEME), *end, *port;
	size_t length;

	if (strncmp(probe, SCHEME, strlen(SCHEME)) != 0)
		return false;
	if (*host == '[') {
		host++;
		end = strchr(host, ']');
		port = end && end[1] == ':' ? end + 2 : NULL;
	} else {
		end = strrchr(host, ':');
		port = end ? end + 1 : NULL;
	}
	if (!port || end == host)
		return false;
	length = (size_t)(end - host);
	if (length >= sizeof(target->host) || strlen(port) >= sizeof(target->port) ||
	    strspn(port, "0123456789") != strlen(port) || atoi(port) < 1 || atoi(port) > 65535)
		return false;
	memcpy(target->host, host, length);
	target->host[length] = '\0';
	strcpy(target->port, port);
	return true;
}

bool probe_check(const char *probe, struct failure *why)
{
	struct target target;

	return parse(probe, &target) ||
	       failure_set(why, EXIT_USAGE, "--probe %s: expected tcp://HOST:PORT, such as tcp://192.0.2.1:22", probe);
}

/* 0, or errno of the attempt. */
static int connect_once(const struct addrinfo *address, __u64 deadline)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
	__u64 now = monotonic_ns(), limit = now + ATTEMPT_NS < deadline ? now + ATTEMPT_NS : deadline;
	struct pollfd polled = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(error);

	if (fd < 0)
		return errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS)
		error = errno;
	else if (poll(&polled, 1, limit > now ? (int)((limit - now) / 1000000) + 1 : 0) != 1)
		error = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	close(fd);
	return error;
}

static bool probe_one(const char *probe, __u64 deadline, struct failure *why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses;
	struct target target;
	int error, last = ETIMEDOUT;

	if (!parse(probe, &target))
		return probe_check(probe, why);
	do {
		error = getaddrinfo(target.host, target.port, &hints, &addresses);
		for (const struct addrinfo *address = error ? NULL : addresses; address; address = address->ai_next) {
			last = connect_once(address, deadline);
			if (last == 0) {
				freeaddrinfo(addresses);
				return true;
			}
		}
		if (!error)
			freeaddrinfo(addresses);
		if (monotonic_ns() < deadline)
			usleep(PAUSE_US);
	} while (monotonic_ns() < deadline);
	return failure_set(why, EXIT_ENVIRONMENT, "probe %s: no connection: %s", probe,
			   error ? gai_strerror(error) : strerror(last));
}

bool probe_all(const char *const *probes, size_t n, __u64 deadline_ns, struct failure *why)
{
	for (size_t i = 0; i < n; i++) {
		if (!probe_one(probes[i], deadline_ns, why))
			return false;
	}
	return true;
}
