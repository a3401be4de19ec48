/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "runner.h"

#include "classify_image.h"
#include "reference.h"
#include "sentry-bench.h"

#include <linux/types.h>

#include "shared.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOG_BYTES (1u << 16)
/* The verifier's statistics alone. */
#define LOG_STATISTICS 4

enum {
	ALLOWED_XDP = 2,
	DROPPED_XDP = 1,
	DROPPED_TC = 2,
};

#define ALLOWED_TC UINT32_MAX

static bool failed(const char *who, const char *what)
{
	if (errno == EPERM || errno == EACCES)
		return bench_error("%s: %s: %s (this needs root, and a kernel that loads BPF)", who, what, strerror(errno));
	return bench_error("%s: %s: %s", who, what, strerror(errno));
}

/* --- maps and constants ---------------------------------------------------------- */

/* An array map of ours that user space has filled; -1 and a message. */
static int make_array(const char *name, const void *values, uint32_t size, uint32_t n)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), size, n, &options);
	/* Entries are 8 bytes aligned. */
	size_t stride = (size + 7) / 8 * 8;
	uint8_t *memory;

	if (fd < 0) {
		failed(name, "bpf_map_create");
		return -1;
	}
	memory = mmap(NULL, stride * n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		failed(name, "mmap");
		close(fd);
		return -1;
	}
	for (uint32_t i = 0; i < n; i++)
		memcpy(memory + stride * i, (const uint8_t *)values + (size_t)size * i, size);
	munmap(memory, stride * n);
	return fd;
}

bool rig_open(struct rig *rig, const struct traffic *traffic, bool tc)
{
	uint32_t size = traffic->copy_words * 8;
	uint8_t *values = malloc((size_t)size * traffic->n);

	*rig = (struct rig){ .traffic = traffic, .tc = tc, .heads = -1 };
	if (!values)
		return bench_error("out of memory");
	for (uint32_t i = 0; i < traffic->n; i++)
		memcpy(values + (size_t)size * i, traffic->heads[i] + traffic->copy_at, size);
	rig->heads = make_array("heads", values, size, traffic->n);
	free(values);
	return rig->heads >= 0;
}

void rig_close(struct rig *rig)
{
	if (rig->heads >= 0)
		close(rig->heads);
}

/* `const volatile __u32`s of the driver, before it is loaded. */
static bool set_constant(struct bpf_object *object, const char *name, uint32_t value)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf *btf = bpf_object__btf(object);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	size_t size = 0;
	const void *initial = map ? bpf_map__initial_value(map, &size) : NULL;
	uint8_t *data = initial ? malloc(size) : NULL;
	bool found = false;

	if (data)
		memcpy(data, initial, size);
	for (unsigned i = 0; data && section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *variable = &btf_var_secinfos(section)[i];
		const struct btf_type *type = btf__type_by_id(btf, variable->type);

		if (strcmp(btf__name_by_offset(btf, type->name_off), name))
			continue;
		memcpy(data + variable->offset, &value, sizeof(value));
		found = !bpf_map__set_initial_value(map, data, size);
	}
	free(data);
	return found || bench_error("the driver has no constant %s", name);
}

static bool set_wheel(const struct timed *timed, const struct rig *rig)
{
	uint32_t zero = 0, wheel[6] = { 0, timed->n, timed->n_rules[FAMILY_V4], timed->n_rules[FAMILY_V6], NO_RULE, 0 };
	int fd = bpf_object__find_map_fd_by_name(timed->driver, "wheels");

	return !bpf_map_update_elem(fd, &zero, wheel, 0) || failed(timed->name, "wheels");
}

/* --- opening --------------------------------------------------------------------- */

/* What the kernel says a map takes; 0 if it does not say. */
static uint64_t map_memory(int fd)
{
	char path[64], line[256];
	unsigned long long bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file) && sscanf(line, "memlock: %llu", &bytes) != 1)
		;
	if (file)
		fclose(file);
	return bytes;
}

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Loads an object and notes what came of `program`. */
static bool load(struct timed *timed, struct bpf_object *object, struct bpf_program *program)
{
	char *log = calloc(1, LOG_BYTES);
	const char *statistics;
	unsigned long long verified = 0;
	struct bpf_map *map;
	double begin;
	int error;

	if (!log)
		return bench_error("out of memory");
	bpf_program__set_log_buf(program, log, LOG_BYTES);
	bpf_program__set_log_level(program, LOG_STATISTICS);
	begin = now(CLOCK_MONOTONIC);
	error = bpf_object__load(object);
	timed->load_seconds = now(CLOCK_MONOTONIC) - begin;
	if (error) {
		errno = -error;
		failed(timed->name, "load");
		fputs(log, stderr);
	}
	statistics = strstr(log, "processed ");
	if (statistics && sscanf(statistics, "processed %llu", &verified) == 1)
		timed->verified = verified;
	free(log);
	if (error)
		return false;
	timed->insns = bpf_program__insn_cnt(program);
	bpf_object__for_each_map(map, object)
		timed->map_bytes += map_memory(bpf_map__fd(map));
	return true;
}

static bool open_driver(struct timed *timed, const struct rig *rig)
{
	const char *drive = rig->tc ? "drive_tc" : "drive_xdp";
	struct bpf_program *program;

	timed->n = rig->traffic->n;
	timed->driver = bpf_object__open_mem(classify_image, classify_image_size, NULL);
	if (!timed->driver)
		return failed(timed->name, "the driver");
	bpf_object__for_each_program(program, timed->driver)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), drive));
	if (bpf_map__reuse_fd(bpf_object__find_map_by_name(timed->driver, "heads"), rig->heads))
		return failed(timed->name, "heads");
	return set_constant(timed->driver, "head_at", rig->traffic->copy_at) &&
	       set_constant(timed->driver, "head_words", rig->traffic->copy_words);
}

static bool connect(struct timed *timed, const struct rig *rig, int program)
{
	int jump = bpf_object__find_map_fd_by_name(timed->driver, "jump");
	uint32_t zero = 0;

	timed->drive = bpf_program__fd(bpf_object__find_program_by_name(timed->driver, rig->tc ? "drive_tc" : "drive_xdp"));
	if (bpf_map_update_elem(jump, &zero, &program, 0))
		return failed(timed->name, "jump");
	return set_wheel(timed, rig);
}

/* Loads the driver with a program of its own object. */
static bool load_own(struct timed *timed, const struct rig *rig)
{
	struct bpf_program *program;
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", timed->name, rig->tc ? "tc" : "xdp");
	program = bpf_object__find_program_by_name(timed->driver, name);
	if (!program)
		return bench_error("no program %s", name);
	bpf_program__set_autoload(program, true);
	return load(timed, timed->driver, program) && connect(timed, rig, bpf_program__fd(program));
}

bool timed_open_bare(struct timed *timed, const struct rig *rig, const char *name)
{
	*timed = (struct timed){ .name = name };
	return open_driver(timed, rig) && load_own(timed, rig);
}

/* Maps of no entries there are not: one, of zeros, that is not walked. */
static bool use_rules(struct timed *timed, const char *name, const void *rules, uint32_t size, uint32_t n)
{
	static const uint8_t none[sizeof(struct linear_rule6)];
	int fd = n ? make_array(name, rules, size, n) : make_array(name, none, size, 1);
	int error;

	if (fd < 0)
		return false;
	error = bpf_map__reuse_fd(bpf_object__find_map_by_name(timed->driver, name), fd);
	close(fd);
	return !error || failed(timed->name, name);
}

bool timed_open_linear(struct timed *timed, const struct rig *rig, const struct linear *linear, uint32_t otherwise)
{
	*timed = (struct timed){ .name = "linear", .n_rules = { linear->n4, linear->n6 } };
	return open_driver(timed, rig) && set_constant(timed->driver, "otherwise", otherwise) &&
	       use_rules(timed, "rules4", linear->rules4, sizeof(linear->rules4[0]), linear->n4) &&
	       use_rules(timed, "rules6", linear->rules6, sizeof(linear->rules6[0]), linear->n6) && load_own(timed, rig);
}

bool timed_open_policy(struct timed *timed, const struct rig *rig, struct bytes object, const char *name)
{
	struct bpf_program *program;
	struct bpf_map *events;

	*timed = (struct timed){ .name = "policy" };
	if (!open_driver(timed, rig))
		return false;
	if (bpf_object__load(timed->driver))
		return failed("the driver", "load");
	timed->object = bpf_object__open_mem(object.data, object.size, NULL);
	if (!timed->object)
		return failed(timed->name, "open");
	/* Nobody reads the records here. */
	events = bpf_object__find_map_by_name(timed->object, "events");
	if (events)
		bpf_map__set_max_entries(events, (uint32_t)sysconf(_SC_PAGESIZE));
	program = bpf_object__find_program_by_name(timed->object, name);
	if (!program)
		return bench_error("the object has no program %s", name);
	return load(timed, timed->object, program) && connect(timed, rig, bpf_program__fd(program));
}

void timed_close(struct timed *timed)
{
	bpf_object__close(timed->object);
	bpf_object__close(timed->driver);
	*timed = (struct timed){ 0 };
}

bool timed_limit(struct timed *timed, const struct rig *rig, uint32_t n)
{
	timed->n = n < timed->n ? n : timed->n;
	return set_wheel(timed, rig);
}

/* --- running --------------------------------------------------------------------- */

static bool run(const struct timed *timed, const struct rig *rig, uint32_t repeat, uint32_t *returned, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = rig->traffic->frame, .data_size_in = rig->traffic->frame_size,
		    .repeat = (int)repeat);
	double begin = now(CLOCK_THREAD_CPUTIME_ID);
	int error = bpf_prog_test_run_opts(timed->drive, &options);

	*ns = (now(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e9 / repeat;
	*returned = options.retval;
	if (!error)
		return true;
	errno = -error;
	return failed(timed->name, "BPF_PROG_TEST_RUN");
}

static uint32_t return_code(const struct rig *rig, enum verdict verdict)
{
	if (rig->tc)
		return verdict == VERDICT_ALLOW ? ALLOWED_TC : DROPPED_TC;
	return verdict == VERDICT_ALLOW ? ALLOWED_XDP : DROPPED_XDP;
}

/* That each slot has counted the packets that it should; they are those of all runs since the program was loaded. */
static bool counts_are_right(const struct timed *timed, const struct rig *rig, const struct expectation *expected)
{
	int cpus = libbpf_num_possible_cpus(), fd = bpf_object__find_map_fd_by_name(timed->object, "counters");
	uint32_t n_slots = SLOT_RULES + (uint32_t)expected->block->n_rules, first = expected->block->first_id;
	struct sentry_counter *counters = calloc((size_t)cpus, sizeof(*counters));
	uint64_t *wanted = calloc(n_slots, sizeof(*wanted));
	bool good = counters && wanted;

	for (uint32_t i = 0; good && i < rig->traffic->n; i++)
		wanted[expected->slots[i] - first]++;
	for (uint32_t slot = 0; good && slot < n_slots; slot++) {
		uint32_t key = first + slot;
		uint64_t counted = 0;

		/* Who samples counts what it sees, and decides nothing. */
		if (slot >= SLOT_RULES && expected->block->rules[slot - SLOT_RULES]->action == ACTION_SAMPLE)
			continue;
		if (bpf_map_lookup_elem(fd, &key, counters)) {
			good = failed(timed->name, "counters");
			break;
		}
		for (int cpu = 0; cpu < cpus; cpu++)
			counted += counters[cpu].packets;
		if (counted != wanted[slot])
			good = bench_error("slot %u counted %llu packets instead of %llu", key, (unsigned long long)counted,
					   (unsigned long long)wanted[slot]);
	}
	free(counters);
	free(wanted);
	return good;
}

bool timed_check_policy(struct timed *timed, const struct rig *rig, const struct expectation *expected)
{
	uint32_t returned;
	double ns;

	for (uint32_t i = 0; i < timed->n; i++) {
		uint32_t wanted = return_code(rig, reference_verdict(expected->block, expected->slots[i]));

		if (!run(timed, rig, 1, &returned, &ns))
			return false;
		if (returned != wanted && !expected->verdicts_only)
			return bench_error("packet %u: the timed program returned %d instead of %d", i, (int)returned, (int)wanted);
	}
	return expected->verdicts_only || counts_are_right(timed, rig, expected);
}

bool timed_check_linear(struct timed *timed, const struct rig *rig, const struct expectation *expected)
{
	int wheels = bpf_object__find_map_fd_by_name(timed->driver, "wheels");
	uint32_t first_rule = expected->block->first_id + SLOT_RULES, returned, zero = 0;
	double ns;

	for (uint32_t i = 0; i < timed->n; i++) {
		uint32_t slot = expected->slots[i], wheel[6], wanted = slot < first_rule ? NO_RULE : slot - first_rule;

		if (!run(timed, rig, 1, &returned, &ns) || bpf_map_lookup_elem(wheels, &zero, wheel))
			return false;
		/* It has no word for what is no IP packet. */
		if (slot < expected->block->first_id + SLOT_DEFAULT)
			continue;
		if (wheel[4] != wanted || returned != return_code(rig, reference_verdict(expected->block, slot)))
			return bench_error("packet %u: the linear program came to rule %d instead of %d", i, (int)wheel[4],
					   (int)wanted);
	}
	return true;
}

/* --- timing ---------------------------------------------------------------------- */

/* A batch lasts about this long: long against the system call, short against what else the machine does. */
#define BATCH_NS 10e6
#define WARM 65536u

/* How many packets make a batch; 0 after an error. */
static uint32_t batch_size(const struct timed *timed, const struct rig *rig)
{
	uint32_t returned, n = 64;
	double ns;

	/* More and more: one packet may take nanoseconds, or a tenth of a millisecond. */
	do {
		if (!run(timed, rig, n, &returned, &ns))
			return 0;
		n *= 4;
	} while (n < WARM && ns * n < BATCH_NS);
	return ns < 1 ? (uint32_t)BATCH_NS : BATCH_NS / ns < 16 ? 16 : (uint32_t)(BATCH_NS / ns);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* To the first CPU that this thread may use; what it was allowed before comes back in `allowed`. */
static void keep_to_one_cpu(cpu_set_t *allowed)
{
	cpu_set_t one;
	int cpu = 0;

	CPU_ZERO(&one);
	CPU_ZERO(allowed);
	if (sched_getaffinity(0, sizeof(*allowed), allowed))
		return;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, allowed))
		cpu++;
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

bool rig_measure(const struct rig *rig, struct timed *programs[], size_t n, unsigned rounds)
{
	uint32_t repeat[8], returned;
	cpu_set_t allowed;
	bool good = true;

	keep_to_one_cpu(&allowed);
	for (size_t i = 0; good && i < n; i++) {
		repeat[i] = batch_size(programs[i], rig);
		good = repeat[i] > 0;
	}
	for (unsigned round = 0; good && round < rounds; round++)
		for (size_t i = 0; good && i < n; i++)
			good = run(programs[i], rig, repeat[i], &returned, &programs[i]->ns[round]);
	for (size_t i = 0; good && i < n; i++)
		qsort(programs[i]->ns, rounds, sizeof(programs[i]->ns[0]), compare_doubles);
	if (CPU_COUNT(&allowed))
		sched_setaffinity(0, sizeof(allowed), &allowed);
	return good;
}
