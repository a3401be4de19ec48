/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "runner.h"

#include "classify_image.h"
#include "sentry-bench.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOG_BYTES (1u << 16)
/* The verifier's statistics alone. */
#define LOG_STATISTICS 4

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
		bench_failed(name, "bpf_map_create");
		return -1;
	}
	memory = mmap(NULL, stride * n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		bench_failed(name, "mmap");
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
	uint32_t zero = 0, wheel[6] = { 0, timed->n, timed->n_chunks[FAMILY_V4], timed->n_chunks[FAMILY_V6], NO_RULE, 0 };
	int fd = bpf_object__find_map_fd_by_name(timed->driver, "wheels");

	return !bpf_map_update_elem(fd, &zero, wheel, 0) || bench_failed(timed->name, "wheels");
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

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
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
	begin = now();
	error = bpf_object__load(object);
	timed->load_seconds = now() - begin;
	if (error) {
		errno = -error;
		bench_failed(timed->name, "load");
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
		return bench_failed(timed->name, "the driver");
	bpf_object__for_each_program(program, timed->driver)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), drive));
	if (bpf_map__reuse_fd(bpf_object__find_map_by_name(timed->driver, "heads"), rig->heads))
		return bench_failed(timed->name, "heads");
	return set_constant(timed->driver, "head_at", rig->traffic->copy_at) &&
	       set_constant(timed->driver, "head_words", rig->traffic->copy_words);
}

static bool connect(struct timed *timed, const struct rig *rig, int program)
{
	int jump = bpf_object__find_map_fd_by_name(timed->driver, "jump");
	uint32_t zero = 0;

	timed->drive = bpf_program__fd(bpf_object__find_program_by_name(timed->driver, rig->tc ? "drive_tc" : "drive_xdp"));
	if (bpf_map_update_elem(jump, &zero, &program, 0))
		return bench_failed(timed->name, "jump");
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

static uint32_t chunks(uint32_t rules)
{
	return (rules + LINEAR_CHUNK - 1) / LINEAR_CHUNK;
}

/* Maps of no entries there are not: one, of zeros, that is not walked. */
static bool use_rules(struct timed *timed, const char *name, const void *rules, uint32_t size, uint32_t n)
{
	static const uint8_t none[sizeof(struct linear_rule6) * LINEAR_CHUNK];
	int fd = make_array(name, n ? rules : none, size * LINEAR_CHUNK, n ? chunks(n) : 1);
	int error;

	if (fd < 0)
		return false;
	error = bpf_map__reuse_fd(bpf_object__find_map_by_name(timed->driver, name), fd);
	close(fd);
	return !error || bench_failed(timed->name, name);
}

bool timed_open_linear(struct timed *timed, const struct rig *rig, const struct linear *linear, uint32_t otherwise)
{
	*timed = (struct timed){ .name = "linear", .n_chunks = { chunks(linear->n4), chunks(linear->n6) } };
	return open_driver(timed, rig) && set_constant(timed->driver, "otherwise", otherwise) &&
	       use_rules(timed, "rules4", linear->rules4, sizeof(linear->rules4[0]), linear->n4) &&
	       use_rules(timed, "rules6", linear->rules6, sizeof(linear->rules6[0]), linear->n6) && load_own(timed, rig);
}

bool timed_open_policy(struct timed *timed, const struct rig *rig, struct bytes object, const char *name)
{
	struct bpf_program *program;
	struct bpf_map *events, *flows;

	*timed = (struct timed){ .name = "policy" };
	if (!open_driver(timed, rig))
		return false;
	if (bpf_object__load(timed->driver))
		return bench_failed("the driver", "load");
	timed->object = bpf_object__open_mem(object.data, object.size, NULL);
	if (!timed->object)
		return bench_failed(timed->name, "open");
	/* Nobody reads the records here. */
	events = bpf_object__find_map_by_name(timed->object, "events");
	if (events)
		bpf_map__set_max_entries(events, (uint32_t)sysconf(_SC_PAGESIZE));
	/* As the loader does: so many entries for each CPU. */
	flows = bpf_object__find_map_by_name(timed->object, "flow_cache");
	if (flows)
		bpf_map__set_max_entries(flows, bpf_map__max_entries(flows) * (uint32_t)libbpf_num_possible_cpus());
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
