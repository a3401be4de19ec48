/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "guest.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

void report(const char *what, const char *format, ...)
{
	char text[4096], *line = text, *rest;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while ((line = strtok_r(line, "\n", &rest))) {
		printf("@ %s %s\n", what, line);
		line = NULL;
	}
	fflush(stdout);
}

static void mount_at(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL) != 0 && errno != EBUSY)
		report("broken", "mount of %s: %s", type, strerror(errno));
}

static void console(void)
{
	int fd;

	mount_at("devtmpfs", "/dev");
	fd = open("/dev/console", O_RDWR);
	for (int to = 0; fd >= 0 && to < 3; to++)
		dup2(fd, to);
	setvbuf(stdout, NULL, _IOFBF, 65536);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST))
		report("broken", "module %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void load_modules(const char *directory)
{
	struct dirent **names;
	int n = scandir(directory, &names, NULL, by_name);
	char path[512];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]->d_name);
		if (*names[i]->d_name != '.')
			load_module(path);
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
	struct utsname machine;
	double begin, judged;

	console();
	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("tmpfs", "/tmp");
	mount_at("bpf", "/sys/fs/bpf");
	begin = seconds();
	libbpf_set_print(NULL);
	uname(&machine);
	report("kernel", "%s %s", machine.release, machine.machine);
	load_modules("/modules");
	features_report();
	objects_run("/objects");
	judged = seconds();
	if (access("/traffic", F_OK) == 0)
		traffic_run("/traffic");
	report("end", "%.1f %.1f %.1f", begin, judged, seconds());
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
