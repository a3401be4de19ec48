/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "counters.h"

#include "maps.h"
#include "memory.h"

#include "shared.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The look-up writes one value per possible CPU, without asking how much room there is. */
static bool is_percpu_of(int map, size_t value_size, size_t entries)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(map, &info, &length) == 0 && info.type == BPF_MAP_TYPE_PERCPU_ARRAY &&
	       info.value_size == value_size && info.max_entries >= entries;
}

static bool read_all(int map, size_t n, struct count *counts)
{
	int cpus = libbpf_num_possible_cpus();
	struct sentry_counter *values;
	bool ok = true;

	if (cpus <= 0 || !is_percpu_of(map, sizeof(*values), n)) {
		errno = EINVAL;
		return false;
	}
	values = allocate((size_t)cpus, sizeof(*values));
	for (__u32 slot = 0; slot < n && ok; slot++) {
		ok = bpf_map_lookup_elem(map, &slot, values) == 0;
		for (int cpu = 0; ok && cpu < cpus; cpu++) {
			counts[slot].packets += values[cpu].packets;
			counts[slot].bytes += values[cpu].bytes;
		}
	}
	free(values);
	return ok;
}

bool counters_read(const struct generation *generation, struct count **counts, struct failure *why)
{
	size_t n = generation->record.manifest.n_rules;
	int map = generation_map(generation, MAP_COUNTERS);
	bool ok;

	*counts = allocate(n, sizeof(**counts));
	ok = map >= 0 && read_all(map, n, *counts);
	if (!ok) {
		failure_set(why, EXIT_ENVIRONMENT, "cannot read the counters: %s", strerror(errno));
		free(*counts);
		*counts = NULL;
	}
	if (map >= 0)
		close(map);
	return ok;
}

bool counters_current(const struct site *site, struct generation *generation, struct count **counts,
		      struct failure *why)
{
	/* A generation may be collected between the opening of its record and of its counters. */
	for (int attempt = 0; attempt < 10; attempt++) {
		switch (generation_current(generation, site, why)) {
		case PRESENCE_FAILED:
			return false;
		case PRESENCE_NONE:
			return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
		case PRESENCE_FOUND:
			break;
		}
		if (counters_read(generation, counts, why))
			return true;
		generation_close(generation);
	}
	return false;
}

__u64 counters_lost_events(int map)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values, lost = 0;
	__u32 zero = 0;

	if (cpus <= 0 || !is_percpu_of(map, sizeof(*values), 1))
		return 0;
	values = allocate((size_t)cpus, sizeof(*values));
	if (bpf_map_lookup_elem(map, &zero, values) == 0) {
		for (int cpu = 0; cpu < cpus; cpu++)
			lost += values[cpu];
	}
	free(values);
	return lost;
}
