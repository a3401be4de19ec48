/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the fuzzers share: a condition that must hold, and bytes as a file that has a path. */
#ifndef SENTRY_FUZZ_H
#define SENTRY_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): with what did not hold on the line before libFuzzer's report, and never compiled out. */
#define require(condition)                                                                  \
	do {                                                                                \
		if (!(condition)) {                                                         \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                            \
		}                                                                           \
	} while (0)

struct fuzz_file {
	int fd;
	char path[32];
};

static inline struct fuzz_file fuzz_file(const void *data, size_t size)
{
	struct fuzz_file file = { .fd = memfd_create("fuzz", MFD_CLOEXEC) };

	require(file.fd >= 0 && write(file.fd, data, size) == (ssize_t)size && lseek(file.fd, 0, SEEK_SET) == 0);
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

#endif
