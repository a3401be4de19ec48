/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Runs a pinned program of a generation in force over one frame, so many times a second, so that its records are those of the
 * kernel and their number is known.
 *
 *	produce PROGRAM RATE SECONDS
 *
 * RATE 0: as fast as it goes. Prints how many times it ran, and how long. The sources change from call to call of the kernel's
 * test call, so that records differ. The program must be of a tc hook: for XDP each call waits for a grace period of RCU.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAST_CALLS 200 /* a second: what comes in larger portions is a burst */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Ethernet, IPv4 192.0.2.x > 198.51.100.7, UDP to port 53, of 100 bytes. */
static void make_frame(unsigned char frame[static 100], unsigned int n)
{
	static const unsigned char head[42] = {
		0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x08, 0x00,
		0x45, 0, 0, 86, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7,
		0x9c, 0x40, 0, 53, 0, 66, 0, 0,
	};

	memset(frame, 'x', 100);
	memcpy(frame, head, sizeof(head));
	frame[29] = (unsigned char)n;
	frame[35] = (unsigned char)(n >> 8);
}

int main(int argc, char **argv)
{
	unsigned char frame[100];
	uint64_t rate, begin, end, done = 0;
	unsigned int n = 0;
	int program;

	if (argc != 4) {
		fputs("usage: produce PROGRAM RATE SECONDS\n", stderr);
		return 2;
	}
	program = bpf_obj_get(argv[1]);
	if (program < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 3;
	}
	rate = strtoull(argv[2], NULL, 10);
	begin = now_ns();
	end = begin + (uint64_t)(strtod(argv[3], NULL) * 1e9);
	while (now_ns() < end) {
		uint64_t due = rate ? (now_ns() - begin) * rate / 1000000000 : done + 4096;
		uint64_t portion = due > done ? due - done : 0;
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame));

		if (rate && portion > rate / LEAST_CALLS + 1)
			portion = rate / LEAST_CALLS + 1;
		if (portion == 0) {
			nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
			continue;
		}
		make_frame(frame, n++);
		options.repeat = (int)portion;
		if (bpf_prog_test_run_opts(program, &options)) {
			fprintf(stderr, "the program does not run: %s\n", strerror(errno));
			return 3;
		}
		done += portion;
	}
	printf("%llu %.3f\n", (unsigned long long)done, (double)(now_ns() - begin) / 1e9);
	return 0;
}
