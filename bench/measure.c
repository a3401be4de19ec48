/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "measure.h"

#include <linux/types.h>

#include "shared.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* A batch lasts about this long: long against the system call, short against what else the machine does. */
#define BATCH_NS 8e6
#define WARM 65536u
#define SINGLE_RUNS 64
#define SLOTS 16
#define RING_BYTES (4u << 20)

static bool failed(const char *who, const char *what)
{
	fprintf(stderr, "bench: %s: %s: %s\n", who, what, strerror(errno));
	return false;
}

bool probes_make(struct probes *probes, uint32_t n, bool v6)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	void *memory;

	probes->n = n;
	probes->v6 = v6;
	probes->fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probes", sizeof(uint32_t), 16, 2 * n, &options);
	if (probes->fd < 0)
		return failed("probes", "bpf_map_create");
	memory = mmap(NULL, (size_t)n * 32, PROT_READ | PROT_WRITE, MAP_SHARED, probes->fd, 0);
	if (memory == MAP_FAILED) {
		close(probes->fd);
		return failed("probes", "mmap");
	}
	probes->address = memory;
	return true;
}

void probes_free(struct probes *probes)
{
	munmap(probes->address, (size_t)probes->n * 32);
	close(probes->fd);
}

/* --- opening ------------------------------------------------------------------- */

static void make_frame(struct target *target, bool v6, uint8_t tcp_flags)
{
	static const uint8_t ip4[] = { 0x08, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 0, 0, 0, 0, 192, 0, 2, 10 };
	static const uint8_t ip6[] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 6, 64 };
	static const uint8_t to6[] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10 };
	uint8_t tcp[20] = { 40000 >> 8, 40000 & 255, 443 >> 8, 443 & 255, [12] = 0x50, tcp_flags };
	uint32_t size = 12;

	memset(target->frame, 0, sizeof(target->frame));
	if (v6) {
		memcpy(target->frame + size, ip6, sizeof(ip6));
		size += sizeof(ip6) + 16;
		memcpy(target->frame + size, to6, sizeof(to6));
		size += sizeof(to6);
	} else {
		memcpy(target->frame + size, ip4, sizeof(ip4));
		size += sizeof(ip4);
	}
	memcpy(target->frame + size, tcp, sizeof(tcp));
	target->frame_size = size + sizeof(tcp);
}

static struct bpf_object *open_object(const char *directory, const char *name)
{
	char path[4096];
	struct bpf_object *object;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", directory, name);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		failed(path, "open");
	return object;
}

/* Of the helpers' programs only those two that are needed, with the probes and the size of map asked for. */
static bool load_driver(struct target *target, const struct target_setup *setup, const struct probes *probes)
{
	const char *drive = probes->v6 ? "drive6" : "drive4";
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, target->driver) {
		const char *name = bpf_program__name(program);

		bpf_program__set_autoload(program, !strcmp(name, drive) || (setup->bare && !strcmp(name, setup->name)));
	}
	map = bpf_object__find_map_by_name(target->driver, "probes");
	if (!map || bpf_map__reuse_fd(map, probes->fd))
		return failed(setup->name, "probes");
	if (setup->map) {
		map = bpf_object__find_map_by_name(target->driver, setup->map);
		if (!map || bpf_map__set_max_entries(map, setup->entries))
			return failed(setup->name, setup->map);
	}
	if (bpf_object__load(target->driver))
		return failed(setup->name, "load of the driver");
	program = bpf_object__find_program_by_name(target->driver, drive);
	target->drive = program ? bpf_program__fd(program) : -1;
	return target->drive >= 0;
}

static int take_record(void *context, void *record, size_t size)
{
	return 0;
}

static bool open_parts(struct target *target, const struct target_setup *setup, const struct probes *probes)
{
	struct bpf_program *program;
	struct bpf_map *events;
	uint32_t zero = 0;
	int fd;

	target->driver = open_object(setup->directory, "helpers");
	if (!target->driver || !load_driver(target, setup, probes))
		return false;
	if (!setup->bare) {
		target->policy = open_object(setup->directory, setup->name);
		if (!target->policy)
			return false;
		events = bpf_object__find_map_by_name(target->policy, "events");
		if (events)
			bpf_map__set_max_entries(events, RING_BYTES);
		if (bpf_object__load(target->policy))
			return failed(setup->name, "load");
		program = bpf_object__find_program_by_name(target->policy, "ingress_wire");
	} else {
		program = bpf_object__find_program_by_name(target->driver, setup->name);
	}
	fd = program ? bpf_program__fd(program) : -1;
	if (fd < 0 || bpf_map_update_elem(target_map(target, "jump"), &zero, &fd, 0))
		return failed(setup->name, "jump");
	if (!setup->bare || (setup->map && !strcmp(setup->map, "events")))
		target->ring = target_map(target, "events");
	if (target->ring < 0)
		return true;
	target->consumer = ring_buffer__new(target->ring, take_record, NULL, NULL);
	return target->consumer || failed(setup->name, "ring buffer");
}

bool target_open(struct target *target, const struct target_setup *setup, const struct probes *probes)
{
	*target = (struct target){ .name = setup->name, .ring = -1 };
	make_frame(target, probes->v6, setup->tcp_flags);
	if (open_parts(target, setup, probes))
		return true;
	target_close(target);
	return false;
}

void target_close(struct target *target)
{
	ring_buffer__free(target->consumer);
	bpf_object__close(target->policy);
	bpf_object__close(target->driver);
	*target = (struct target){ .ring = -1 };
}

int target_map(const struct target *target, const char *name)
{
	int fd = target->policy ? bpf_object__find_map_fd_by_name(target->policy, name) : -1;

	if (fd < 0 && (!target->policy || !strcmp(name, "jump") || !strcmp(name, "wheels")))
		fd = bpf_object__find_map_fd_by_name(target->driver, name);
	return fd < 0 ? -1 : fd;
}

bool target_aim(struct target *target, uint32_t first, uint32_t n, uint32_t shift, uint32_t verdict, uint32_t slot)
{
	uint32_t zero = 0, wheel[4] = { 0, n - 1, first, shift };

	target->verdict = verdict;
	target->slot = slot;
	return !bpf_map_update_elem(target_map(target, "wheels"), &zero, wheel, 0) || failed(target->name, "wheels");
}

/* --- running ------------------------------------------------------------------- */

static double now_ns(void)
{
	struct timespec now;

	/* Of this thread alone: other work of the machine does not count. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* To the n-th CPU that this thread may use, if there are so many: writer and reader of records have one each. */
static void keep_to_cpu(int n)
{
	cpu_set_t allowed, one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && !n--)
			CPU_SET(cpu, &one);
	if (CPU_COUNT(&one))
		sched_setaffinity(0, sizeof(one), &one);
}

/* Records are taken while they are written, and all of them before the next batch: none is lost for want of room. */
static void *consume(void *argument)
{
	struct target *target = argument;

	keep_to_cpu(1);
	while (!__atomic_load_n(&target->stop, __ATOMIC_ACQUIRE)) {
		ring_buffer__consume(target->consumer);
		__atomic_store_n(&target->consuming, true, __ATOMIC_RELEASE);
	}
	ring_buffer__consume(target->consumer);
	return NULL;
}

static bool start_consumer(struct target *target)
{
	target->stop = target->consuming = false;
	if (pthread_create(&target->thread, NULL, consume, target))
		return failed(target->name, "thread");
	while (!__atomic_load_n(&target->consuming, __ATOMIC_ACQUIRE))
		sched_yield();
	return true;
}

static void stop_consumer(struct target *target)
{
	__atomic_store_n(&target->stop, true, __ATOMIC_RELEASE);
	pthread_join(target->thread, NULL);
}

/* Nanoseconds of one packet, or less than 0. */
static double run(struct target *target, uint32_t repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = target->frame, .data_size_in = target->frame_size,
		    .repeat = (int)repeat);
	bool reads = target->consumer && !target->behind;
	cpu_set_t allowed;
	double begin, end;
	int error;

	if (reads && (sched_getaffinity(0, sizeof(allowed), &allowed) || !start_consumer(target)))
		return -1;
	if (reads)
		keep_to_cpu(0);
	begin = now_ns();
	error = bpf_prog_test_run_opts(target->drive, &options);
	end = now_ns();
	if (reads) {
		stop_consumer(target);
		sched_setaffinity(0, sizeof(allowed), &allowed);
	} else if (target->consumer) {
		ring_buffer__consume(target->consumer);
	}
	if (error) {
		failed(target->name, "BPF_PROG_TEST_RUN");
		return -1;
	}
	target->runs += repeat;
	if (options.retval == target->verdict)
		return (end - begin) / repeat;
	fprintf(stderr, "bench: %s: verdict %u instead of %u\n", target->name, options.retval, target->verdict);
	return -1;
}

/* What the slots have counted, added up over CPUs; and lost records in the last one. */
static bool read_counts(const struct target *target, uint64_t counts[SLOTS + 1])
{
	int cpus = libbpf_num_possible_cpus(), fd = target_map(target, "counters"), drops = target_map(target, "event_drops");
	struct sentry_counters *counters = calloc((size_t)cpus, sizeof(*counters));
	uint64_t *lost = calloc((size_t)cpus, sizeof(*lost));
	uint32_t zero = 0;

	memset(counts, 0, (SLOTS + 1) * sizeof(counts[0]));
	for (uint32_t i = 0; counters && i * SENTRY_COUNTERS < SLOTS && !bpf_map_lookup_elem(fd, &i, counters); i++)
		for (uint32_t slot = i * SENTRY_COUNTERS; slot < SLOTS && slot < (i + 1) * SENTRY_COUNTERS; slot++)
			for (int cpu = 0; cpu < cpus; cpu++)
				counts[slot] += counters[cpu].slots[slot % SENTRY_COUNTERS].packets;
	if (lost && drops >= 0 && !bpf_map_lookup_elem(drops, &zero, lost))
		for (int cpu = 0; cpu < cpus; cpu++)
			counts[SLOTS] += lost[cpu];
	free(counters);
	free(lost);
	return counters && lost;
}

/* Of a policy: that each packet since `before` was counted where it should be. */
static bool counts_are_right(const struct target *target, const uint64_t before[SLOTS + 1])
{
	uint64_t after[SLOTS + 1];

	if (!target->policy)
		return true;
	if (!read_counts(target, after))
		return false;
	if (after[SLOTS] != before[SLOTS]) {
		fprintf(stderr, "bench: %s: %llu records lost\n", target->name,
			(unsigned long long)(after[SLOTS] - before[SLOTS]));
		return false;
	}
	if (after[target->slot] - before[target->slot] == target->runs)
		return true;
	fprintf(stderr, "bench: %s: slot %u counted %llu of %llu packets\n", target->name, target->slot,
		(unsigned long long)(after[target->slot] - before[target->slot]), (unsigned long long)target->runs);
	return false;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How many packets make a batch; 0: a run failed. Checks verdicts one by one, too. */
static uint32_t warm_up(struct target *target, uint32_t most)
{
	double ns = run(target, WARM < most ? WARM : most), repeat = BATCH_NS / (ns > 1 ? ns : 1);

	if (target->prepare)
		target->prepare(target);
	for (int i = 0; i < SINGLE_RUNS; i++)
		if (ns < 0 || run(target, 1) < 0)
			return 0;
	return repeat < most ? (uint32_t)repeat : most;
}

bool measure(struct target *targets[], int n, uint32_t most, double difference[])
{
	double ns[MEASURE_TARGETS][MEASURE_ROUNDS], differences[MEASURE_ROUNDS];
	uint64_t before[MEASURE_TARGETS][SLOTS + 1];
	uint32_t repeat[MEASURE_TARGETS];

	for (int i = 0; i < n; i++) {
		repeat[i] = warm_up(targets[i], most);
		if (!repeat[i] || (targets[i]->policy && !read_counts(targets[i], before[i])))
			return false;
		targets[i]->runs = 0;
	}
	for (int round = 0; round < MEASURE_ROUNDS; round++)
		for (int i = 0; i < n; i++) {
			if (targets[i]->prepare)
				targets[i]->prepare(targets[i]);
			ns[i][round] = run(targets[i], repeat[i]);
			if (ns[i][round] < 0)
				return false;
		}
	for (int i = 0; i < n; i++)
		if (!counts_are_right(targets[i], before[i]))
			return false;
	for (int pair = 0; pair < n / 2; pair++) {
		for (int round = 0; round < MEASURE_ROUNDS; round++)
			differences[round] = ns[2 * pair][round] - ns[2 * pair + 1][round];
		qsort(differences, MEASURE_ROUNDS, sizeof(differences[0]), compare_doubles);
		difference[pair] = differences[MEASURE_ROUNDS / 2];
	}
	return true;
}
