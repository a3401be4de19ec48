/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* selftest-run OBJECT: the tests that an object carries, run in this kernel. Exit code of the library. */
#include "selftest.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct selftest_report report = { 0 };
	struct failure why = { 0 };
	struct object object;
	int code = 0, fd;

	if (argc != 2)
		return EXIT_USAGE;
	libbpf_set_print(NULL);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !object_open(&object, fd, argv[1], NULL, &why))
		return fd < 0 ? EXIT_ENVIRONMENT : say_failure(&why);
	close(fd);
	if (!selftest_run(&object, &report, &why))
		code = say_failure(&why);
	printf("%zu tests, %zu packets, %zu failed\n%s\n", report.tests, report.packets, report.failed, report.first);
	object_close(&object);
	return code;
}
