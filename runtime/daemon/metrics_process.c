/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "metrics_process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void value(struct family *family, enum family_type type, const char *name, const char *unit, const char *help, double value)
{
	family_begin(family, type, name, unit, help);
	family_value(family, NULL, value);
}

static unsigned int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int n = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		n++;
	closedir(directory);
	return n > 3 ? n - 3 : 0; /* ".", "..", and the one that was opened for this */
}

void metrics_write_process(struct family *family, int64_t started_ns)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	unsigned long long pages, resident;
	double page_size = (double)sysconf(_SC_PAGESIZE);
	struct rusage usage;
	struct rlimit limit;

	value(family, FAMILY_GAUGE, "process_start_time_seconds", "seconds", "When sentryd was started.", (double)started_ns / 1e9);
	if (!getrusage(RUSAGE_SELF, &usage))
		value(family, FAMILY_COUNTER, "process_cpu_seconds", "seconds", "Processor time used.",
		      (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	if (statm && fscanf(statm, "%llu %llu", &pages, &resident) == 2) {
		value(family, FAMILY_GAUGE, "process_virtual_memory_bytes", "bytes", "Virtual memory.", (double)pages * page_size);
		value(family, FAMILY_GAUGE, "process_resident_memory_bytes", "bytes", "Resident memory.",
		      (double)resident * page_size);
	}
	if (statm)
		fclose(statm);
	value(family, FAMILY_GAUGE, "process_open_fds", "", "Open file descriptors.", open_descriptors());
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		value(family, FAMILY_GAUGE, "process_max_fds", "", "How many there may be.", (double)limit.rlim_cur);
}
