/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Any bytes as an object, up to where the kernel would get it: refused with a reason, or opened and closed. */
#include "object.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("object", MFD_CLOEXEC);
	struct failure why = { 0 };
	struct object object;

	libbpf_set_print(print_nothing);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	if (object_open(&object, fd, "it", NULL, &why))
		object_close(&object);
	else if (why.code != EXIT_ENVIRONMENT || !why.text[0])
		abort();
	close(fd);
	return 0;
}
