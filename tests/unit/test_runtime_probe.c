/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What --probe takes, and a probe of this machine's own loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "probe.h"

#include "set_parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void taken(void **state)
{
	static const char *const probes[] = {
		"tcp://192.0.2.1:22", "tcp://[2001:db8::1]:443", "tcp://[::1]:1", "tcp://host.example:65535",
		"tcp://h:080",
	};

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		struct failure why = { 0 };

		if (!probe_check(probes[i], &why))
			fail_msg("'%s' is refused: %s", probes[i], why.text);
		assert_int_equal(why.code, 0);
	}
}

static void refuse(const char *probe)
{
	struct failure why = { 0 };

	if (probe_check(probe, &why))
		fail_msg("'%s' is taken", probe);
	assert_int_equal(why.code, EXIT_USAGE);
	assert_non_null(strstr(why.text, probe));
	assert_non_null(strstr(why.text, "expected tcp://HOST:PORT"));
}

static void refused(void **state)
{
	static const char *const probes[] = {
		"", "tcp", "tcp:", "tcp://", "tcp:/192.0.2.1:22", "192.0.2.1:22", "udp://192.0.2.1:53",
		"TCP://192.0.2.1:22", "tcp://192.0.2.1", "tcp://192.0.2.1:", "tcp://:22", "tcp://[]:22",
		"tcp://[2001:db8::1]", "tcp://[2001:db8::1]22", "tcp://[2001:db8::1:22", "tcp://host:0",
		"tcp://host:-1", "tcp://host:+22", "tcp://host: 22", "tcp://host:ssh", "tcp://host:22/", "tcp://host:22x",
		"tcp://host:65536", "tcp://host:99999", "tcp://host:000022",
		/* Port 22, in 32 bits. */
		"tcp://host:4294967318", "tcp://host:99999999999999999999999999",
	};

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		refuse(probes[i]);
}

/* A name of DNS has 253 bytes at most; there is room for 255, and not for one more. */
static void long_name(void **state)
{
	struct failure why = { 0 };
	char host[257], probe[300];

	memset(host, 'a', sizeof(host) - 1);
	host[256] = '\0';
	snprintf(probe, sizeof(probe), "tcp://%s:22", host);
	refuse(probe);
	host[255] = '\0';
	snprintf(probe, sizeof(probe), "tcp://%s:22", host);
	assert_true(probe_check(probe, &why));
}

/* A socket of loopback, listening or just holding its port; the probe that asks it. */
static int hold(bool listening, char probe[static 64])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_true(!listening || listen(fd, 4) == 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(probe, 64, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
	return fd;
}

static void asked(void **state)
{
	char open[64], closed[64];
	const char *const both[] = { open, closed };
	int listener = hold(true, open), holder = hold(false, closed);
	struct failure why = { 0 };
	__u64 begin = monotonic_ns();

	assert_true(probe_all(both, 0, 0, &why));
	assert_true(probe_all(both, 1, begin + 5000000000ULL, &why));
	/* The one that does not answer is named, and asked until the time has come. */
	begin = monotonic_ns();
	assert_false(probe_all(both, 2, begin + 300000000ULL, &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
	assert_non_null(strstr(why.text, closed));
	assert_true(monotonic_ns() - begin >= 300000000ULL);
	close(holder);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),
		cmocka_unit_test(refused),
		cmocka_unit_test(long_name),
		cmocka_unit_test(asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
