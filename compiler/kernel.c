/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The kernel engine: the very object, loaded and run with BPF_PROG_TEST_RUN. It is
 * attached to nothing and gone when the engine is closed. What a program decided
 * is read from its map `sentry_trace` (bpf-templates/trace.h).
 */
#include "compile.h"

#include "object.h"
#include "set_image.h"

#include <linux/types.h>

#include "shared.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOG_BYTES (1u << 20)
#define LOG_LINES 4
#define ETHERNET_HEADER 14
/* For tc, the kernel refuses to test-run a frame without a whole IPv4 or IPv6 header. */
#define TC_MIN (ETHERNET_HEADER + 40)
#define TRACE_SWITCH "sentry_trace_on"

struct kernel_program {
	int fd;   /* owned by the object */
	bool tc;
};

struct kernel {
	struct engine engine;
	struct bpf_object *object;
	struct sentry_trace *trace; /* the map itself, in our memory */
	size_t trace_size;
	size_t n_programs;
	struct kernel_program *programs; /* by block */
	const struct program *program;   /* NULL for an object without its policy */
	struct set_image *images;        /* by policy.sets */
	int *versions;                   /* the same: of sets that are hash tables, the one in force; else -1 */
};

/* --- loading ----------------------------------------------------------------- */

/* The log ends with what went wrong and a line of statistics: the last lines before that one. */
static const char *log_tail(char *log)
{
	size_t size = strlen(log);
	unsigned lines = 0;
	char *statistics;

	while (size && log[size - 1] == '\n')
		log[--size] = '\0';
	statistics = strrchr(log, '\n');
	if (statistics && !strncmp(statistics + 1, "processed ", 10))
		size = (size_t)(statistics - log);
	log[size] = '\0';
	while (size) {
		if (log[size - 1] == '\n' && ++lines == LOG_LINES)
			break;
		size--;
	}
	return log + size;
}

static void load_error(struct compile *compile, int error, char *log)
{
	const char *tail = log_tail(log);

	/* A kernel without BPF for us says EPERM, or ENOSYS if it has none at all. */
	compile->lacks_bpf = error == ENOSYS || error == EOPNOTSUPP || ((error == EPERM || error == EACCES) && !*tail);
	if (error == EPERM || error == EACCES) {
		if (!*tail) {
			snprintf(compile->error, sizeof(compile->error),
				 "the kernel engine needs CAP_BPF and CAP_NET_ADMIN (run as root), and a kernel that "
				 "lets it load programs; the engines model and native need neither");
			return;
		}
	} else if (error == ENOSYS || error == EOPNOTSUPP) {
		snprintf(compile->error, sizeof(compile->error), "the kernel engine: this kernel has no BPF (%s)",
			 strerror(error));
		return;
	}
	if (*tail)
		snprintf(compile->error, sizeof(compile->error), "the kernel's verifier refuses the program (%s):\n%s",
			 strerror(error), tail);
	else
		snprintf(compile->error, sizeof(compile->error), "the kernel refuses the object: %s", strerror(error));
}

/* Where a variable lies in .rodata. */
static const struct btf_var_secinfo *find_variable(const struct btf *btf, const char *name)
{
	const struct btf_var_secinfo *variable;
	const struct btf_type *section;
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);

	if (id < 0)
		return NULL;
	section = btf__type_by_id(btf, (uint32_t)id);
	variable = btf_var_secinfos(section);
	for (unsigned i = 0; i < btf_vlen(section); i++, variable++) {
		const struct btf_type *type = btf__type_by_id(btf, variable->type);

		if (!strcmp(btf__name_by_offset(btf, type->name_off), name))
			return variable;
	}
	return NULL;
}

/* Sets a `const volatile __u32` of the object, before it is loaded. */
static bool set_switch(struct bpf_object *object, const char *name, uint32_t value)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf *btf = bpf_object__btf(object);
	const struct btf_var_secinfo *variable;
	const void *initial;
	size_t size = 0;
	uint8_t *data;
	bool good;

	variable = map && btf ? find_variable(btf, name) : NULL;
	initial = variable ? bpf_map__initial_value(map, &size) : NULL;
	if (!initial || variable->size != sizeof(value) || size < sizeof(value) ||
	    variable->offset > size - sizeof(value))
		return false;
	data = malloc(size);
	if (!data)
		return false;
	memcpy(data, initial, size);
	memcpy(data + variable->offset, &value, sizeof(value));
	good = !bpf_map__set_initial_value(map, data, size);
	free(data);
	return good;
}

static bool map_trace(struct kernel *kernel)
{
	struct bpf_map *map = bpf_object__find_map_by_name(kernel->object, "sentry_trace");
	void *memory;

	if (!map || bpf_map__value_size(map) != sizeof(*kernel->trace))
		return false;
	kernel->trace_size = (size_t)sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, kernel->trace_size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (memory == MAP_FAILED)
		return false;
	kernel->trace = memory;
	return true;
}

/* Opens and loads, with libbpf's own messages silenced: the caller prints ours. */
static bool load(struct compile *compile, struct kernel *kernel, struct bytes object, bool traced)
{
	char *log = calloc(1, LOG_BYTES);
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "sentryc", .kernel_log_buf = log,
		    .kernel_log_size = LOG_BYTES);
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	struct bpf_map *events;
	bool good = false;
	char why[128];
	int error;

	if (!log) {
		snprintf(compile->error, sizeof(compile->error), "out of memory");
		goto out;
	}
	kernel->object = bpf_object__open_mem(object.data, object.size, &options);
	if (!kernel->object) {
		libbpf_strerror(errno, why, sizeof(why));
		snprintf(compile->error, sizeof(compile->error), "the kernel engine cannot open the object: %s",
			 errno == LIBBPF_ERRNO__ENDIAN ? "it is for machines of the other byte order" : why);
		goto out;
	}
	if (!set_switch(kernel->object, TRACE_SWITCH, traced)) {
		snprintf(compile->error, sizeof(compile->error),
			 "the kernel engine: the object has no `" TRACE_SWITCH "`, so it is none of this sentryc's");
		goto out;
	}
	/* Nobody reads the records here. */
	events = bpf_object__find_map_by_name(kernel->object, "events");
	if (events)
		bpf_map__set_max_entries(events, (uint32_t)sysconf(_SC_PAGESIZE));
	error = bpf_object__load(kernel->object);
	if (error) {
		load_error(compile, -error, log);
		goto out;
	}
	good = map_trace(kernel);
	if (!good)
		snprintf(compile->error, sizeof(compile->error), "the kernel engine cannot map `sentry_trace`: %s",
			 strerror(errno));
out:
	libbpf_set_print(print);
	free(log);
	return good;
}

/* Descriptor of the program of the next block. */
static bool add_program(struct compile *compile, struct kernel *kernel, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(kernel->object, name);

	if (program) {
		kernel->programs[kernel->n_programs++] = (struct kernel_program){
			.fd = bpf_program__fd(program),
			.tc = bpf_program__type(program) == BPF_PROG_TYPE_SCHED_CLS,
		};
		return true;
	}
	snprintf(compile->error, sizeof(compile->error), "the object has no program `%s`", name);
	return false;
}

/* --- what is kept between packets ---------------------------------------------- */

static int map_fd(const struct kernel *kernel, const char *name)
{
	return bpf_object__find_map_fd_by_name(kernel->object, name);
}

static int map_failed(struct kernel *kernel, const char *name)
{
	int error = errno ? errno : EINVAL;

	snprintf(kernel->engine.error, sizeof(kernel->engine.error), "map `%s`: %s", name, strerror(error));
	return -error;
}

/* Puts a version into the set's outer map, which keeps it from then on. */
static int put_version(struct kernel *kernel, const char *name, int fd)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(map_fd(kernel, name), &zero, &fd, 0) ? map_failed(kernel, name) : 0;
}

/* The version of a set that is a hash table, empty: its descriptor, which is the caller's, or negative errno. */
static int put_hash(struct kernel *kernel, const char *name, bool lru, uint32_t max)
{
	int fd = bpf_map_create(lru ? BPF_MAP_TYPE_LRU_HASH : BPF_MAP_TYPE_HASH, "set", sizeof(struct sentry_end_key),
				sizeof(struct sentry_element), max, NULL);
	int error;

	if (fd < 0)
		return map_failed(kernel, name);
	error = put_version(kernel, name, fd);
	if (!error)
		return fd;
	close(fd);
	return error;
}

static int put_table(struct kernel *kernel, const char *name, const struct sentry_set_bucket *buckets, uint32_t n)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	size_t size = (size_t)n * sizeof(*buckets);
	void *memory = MAP_FAILED;
	int fd, error;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "set", sizeof(uint32_t), sizeof(*buckets), n, &options);
	if (fd >= 0)
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		error = map_failed(kernel, name);
		if (fd >= 0)
			close(fd);
		return error;
	}
	memcpy(memory, buckets, size);
	munmap(memory, size);
	error = put_version(kernel, name, fd);
	close(fd);
	return error;
}

/* Sets that are tables get the elements that were added since. */
static int kernel_update_sets(struct kernel *kernel)
{
	for (size_t i = 0; kernel->images && i < kernel->engine.policy->n_sets; i++) {
		struct set_image *image = &kernel->images[i];
		struct sentry_set_bucket *buckets;
		uint32_t n;
		int error;

		if (!image->changed)
			continue;
		buckets = set_image_build(image, &n);
		if (!buckets) {
			errno = ENOMEM;
			return map_failed(kernel, image->set->map_ident);
		}
		error = put_table(kernel, image->set->map_ident, buckets, n);
		free(buckets);
		if (error)
			return error;
		image->changed = false;
	}
	return 0;
}

static int clear_hash(struct kernel *kernel, const char *name, int fd, size_t key_size)
{
	unsigned char key[sizeof(struct sentry_flow_key)];

	if (fd < 0 || key_size > sizeof(key))
		return map_failed(kernel, name);
	while (!bpf_map_get_next_key(fd, NULL, key))
		if (bpf_map_delete_elem(fd, key))
			return map_failed(kernel, name);
	return 0;
}

static int clear_limit(struct kernel *kernel, const struct program_limit *limit)
{
	size_t size = limit->sketch_bits ? sizeof(struct sentry_sketch) + limit->sketch_bits / 8 : sizeof(struct sentry_bucket);
	unsigned char zeros[sizeof(struct sentry_sketch) + RATE_MAX_DISTINCT * 8] = { 0 };
	uint32_t zero = 0;

	if (limit->key != LIMIT_KEY_NONE)
		return clear_hash(kernel, limit->map_ident, map_fd(kernel, limit->map_ident),
				  limit->key == LIMIT_KEY_FLOW ? sizeof(struct sentry_flow_key) :
								 sizeof(struct sentry_end_key));
	if (size > sizeof(zeros) || bpf_map_update_elem(map_fd(kernel, limit->map_ident), &zero, zeros, 0))
		return map_failed(kernel, limit->map_ident);
	return 0;
}

static int kernel_reset(struct engine *engine)
{
	struct kernel *kernel = (struct kernel *)engine;
	const struct program *program = kernel->program;
	int error = 0;

	if (!program)
		return 0;
	if (program->policy->states.used)
		error = clear_hash(kernel, "states", map_fd(kernel, "states"), sizeof(struct sentry_flow_key));
	for (size_t i = 0; !error && i < program->n_limits; i++)
		error = clear_limit(kernel, program->limits[i]);
	for (size_t i = 0; !error && i < program->n_sets; i++) {
		const struct program_set *set = program->sets[i];
		struct set_image *image = &kernel->images[set->set->id];

		image->changed |= image->n > 0;
		image->n = 0;
		if (set->structure != SET_TABLE)
			error = clear_hash(kernel, set->map_ident, kernel->versions[set->set->id],
					   sizeof(struct sentry_end_key));
	}
	return error;
}

/* The sets as they are before anything is added. */
static int make_sets(struct kernel *kernel, const struct program *program)
{
	size_t n = program->policy->n_sets;
	int error = 0;

	kernel->program = program;
	kernel->images = set_images_new(program);
	kernel->versions = calloc(n + 1, sizeof(kernel->versions[0]));
	if (!kernel->images || !kernel->versions) {
		errno = ENOMEM;
		return map_failed(kernel, "sets");
	}
	for (size_t i = 0; i < n; i++)
		kernel->versions[i] = -1;
	for (size_t i = 0; i < program->n_sets && error >= 0; i++) {
		const struct program_set *set = program->sets[i];

		if (set->structure == SET_TABLE)
			continue;
		error = put_hash(kernel, set->map_ident, set->structure == SET_LRU, (uint32_t)set->set->max);
		kernel->versions[set->set->id] = error < 0 ? -1 : error;
	}
	return error < 0 ? error : 0;
}

static int kernel_add(struct engine *engine, size_t set, const struct set_element *element, uint64_t timeout_ns)
{
	struct kernel *kernel = (struct kernel *)engine;
	struct sentry_element value = { timeout_ns ? engine_time(engine) + timeout_ns : SENTRY_FOREVER }, old;
	struct set_image *image = kernel->images ? &kernel->images[set] : NULL;
	struct sentry_end_key key;
	int fd, error = 0;

	if (!image || !image->set)
		return 0;
	if (image->set->structure == SET_TABLE) {
		error = set_image_add(image, element);
		if (!error)
			return 0;
		errno = -error;
		return map_failed(kernel, image->set->map_ident);
	}
	fd = kernel->versions[set];
	key = set_image_key(image->set, element);
	/* Never to an earlier time. */
	if (bpf_map_lookup_elem(fd, &key, &old) || old.expires_ns < value.expires_ns)
		error = bpf_map_update_elem(fd, &key, &value, 0) ? map_failed(kernel, image->set->map_ident) : 0;
	return error;
}

/* --- running ----------------------------------------------------------------- */

/*
 * The frame as the kernel will take it, in `padded` where it is too short. tc programs
 * cut it back to `trace->size` first. What is less than an Ethernet header is not even
 * then allowed: it is as malformed as IPv4 announced and not there, and so that is run.
 */
static void give_frame(struct bpf_test_run_opts *options, const struct frame *frame, bool tc, uint8_t padded[TC_MIN],
		       struct sentry_trace *trace)
{
	uint32_t size = frame->size;

	options->data_in = frame->data;
	options->data_size_in = size;
	if (size >= (tc ? TC_MIN : ETHERNET_HEADER))
		return;
	memset(padded, 0, TC_MIN);
	if (size < ETHERNET_HEADER) {
		padded[12] = 0x08;
		size = ETHERNET_HEADER;
	} else {
		memcpy(padded, frame->data, size);
	}
	options->data_in = padded;
	options->data_size_in = tc ? TC_MIN : size;
	trace->size = size;
}

static int kernel_run(struct engine *engine, size_t block, const struct frame *frame, struct decision *decision)
{
	struct kernel *kernel = (struct kernel *)engine;
	LIBBPF_OPTS(bpf_test_run_opts, options, .repeat = 1);
	uint8_t padded[TC_MIN];
	int error;

	if (block >= kernel->n_programs || frame->size > FRAME_MAX) {
		snprintf(engine->error, sizeof(engine->error), "no such block, or a frame of more than %u bytes",
			 FRAME_MAX);
		return -EINVAL;
	}
	error = kernel_update_sets(kernel);
	if (error)
		return error;
	memset(kernel->trace, 0, sizeof(*kernel->trace));
	kernel->trace->time_ns = engine_time(engine);
	kernel->trace->wire_size = frame->wire_size;
	give_frame(&options, frame, kernel->programs[block].tc, padded, kernel->trace);
	error = bpf_prog_test_run_opts(kernel->programs[block].fd, &options);
	if (error) {
		snprintf(engine->error, sizeof(engine->error), "BPF_PROG_TEST_RUN of a frame of %u bytes: %s",
			 frame->size, strerror(-error));
		return error;
	}
	if (!kernel->trace->decided || kernel->trace->verdict >= N_VERDICTS) {
		snprintf(engine->error, sizeof(engine->error), "the program came to no decision");
		return -EPROTO;
	}
	decision->verdict = (enum verdict)kernel->trace->verdict;
	decision->slot = kernel->trace->slot;
	decision->log = kernel->trace->logged;
	decision->sampled = kernel->trace->sampled;
	return 0;
}

int kernel_time(struct engine *engine, size_t block, const struct frame *frame, uint32_t repeats, uint32_t *ns)
{
	struct kernel *kernel = (struct kernel *)engine;
	LIBBPF_OPTS(bpf_test_run_opts, options, .repeat = (int)repeats);
	uint8_t padded[TC_MIN];
	int error;

	give_frame(&options, frame, kernel->programs[block].tc, padded, kernel->trace);
	error = kernel_update_sets(kernel);
	if (!error)
		error = bpf_prog_test_run_opts(kernel->programs[block].fd, &options);
	if (error)
		snprintf(engine->error, sizeof(engine->error), "BPF_PROG_TEST_RUN: %s", strerror(-error));
	*ns = options.duration;
	return error;
}

static void kernel_close(struct engine *engine)
{
	struct kernel *kernel = (struct kernel *)engine;

	if (kernel->trace)
		munmap(kernel->trace, kernel->trace_size);
	bpf_object__close(kernel->object);
	free(kernel->programs);
	for (size_t i = 0; kernel->versions && i < engine->policy->n_sets; i++)
		if (kernel->versions[i] >= 0)
			close(kernel->versions[i]);
	if (kernel->images)
		set_images_free(kernel->images, engine->policy->n_sets);
	free(kernel->versions);
	free(kernel);
}

static const struct engine_ops kernel_ops = {
	.run = kernel_run,
	.reset = kernel_reset,
	.add = kernel_add,
	.close = kernel_close,
};

static struct kernel *kernel_new(struct compile *compile, const struct policy *policy, size_t n_blocks)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (kernel)
		kernel->programs = calloc(n_blocks + 1, sizeof(kernel->programs[0]));
	if (!kernel || !kernel->programs) {
		snprintf(compile->error, sizeof(compile->error), "out of memory");
		free(kernel);
		return NULL;
	}
	kernel->engine.ops = &kernel_ops;
	kernel->engine.policy = policy;
	return kernel;
}

/* --- opening ----------------------------------------------------------------- */

static const char *ident_of(const struct program *program, const struct block *block)
{
	for (size_t i = 0; i < program->n_blocks; i++)
		if (program->blocks[i].block == block)
			return program->blocks[i].ident;
	return "?";
}

static struct engine *open_built(struct compile *compile, const struct program *program, struct bytes object,
				 bool traced)
{
	const struct policy *policy = program->policy;
	struct kernel *kernel = kernel_new(compile, policy, policy->n_blocks);
	bool good = kernel && load(compile, kernel, object, traced);

	for (size_t i = 0; good && i < policy->n_blocks; i++)
		good = add_program(compile, kernel, ident_of(program, policy->blocks[i]));
	if (good && make_sets(kernel, program)) {
		snprintf(compile->error, sizeof(compile->error), "the kernel engine: %s", kernel->engine.error);
		good = false;
	}
	if (kernel && !good) {
		kernel_close(&kernel->engine);
		return NULL;
	}
	return kernel ? &kernel->engine : NULL;
}

struct engine *kernel_open_built(struct compile *compile, const struct program *program, struct bytes object)
{
	return open_built(compile, program, object, false);
}

struct engine *kernel_open(struct compile *compile, const struct policy *policy)
{
	const enum target target = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? TARGET_BPFEB : TARGET_BPFEL;
	struct program *program = compile_program(compile, policy);
	struct bytes object = { 0 };
	struct engine *engine;

	if (!program || !compile_object(compile, program, compile_c(compile, program), target, &object))
		return NULL;
	engine = open_built(compile, program, object, true);
	free(object.data);
	return engine;
}

/* Sets that rules add to need something to add to; the others are empty, and may as well not be there. */
static int open_sets(struct kernel *kernel, const json_t *sets)
{
	for (size_t i = 0; i < json_array_size(sets); i++) {
		const json_t *set = json_array_get(sets, i);
		const char *map = json_string_value(json_object_get(set, "map"));
		const char *structure = json_string_value(json_object_get(set, "structure"));

		int fd;

		if (!map || !structure || strcmp(structure, set_structure_names[SET_LRU]))
			continue;
		fd = put_hash(kernel, map, true, (uint32_t)json_integer_value(json_object_get(set, "max")));
		if (fd < 0)
			return fd;
		close(fd);
	}
	return 0;
}

struct engine *kernel_open_object(struct compile *compile, const char *path)
{
	struct bytes object = { 0 }, section;
	struct kernel *kernel = NULL;
	json_t *manifest, *blocks;
	bool good = false;

	if (!object_read_file(&compile->arena, path, &object, compile->error, sizeof(compile->error)))
		return NULL;
	if (!object_section(object, SENTRY_MANIFEST_SECTION, &section)) {
		snprintf(compile->error, sizeof(compile->error), "%s has no manifest: it is no object of sentryc's",
			 path);
		return NULL;
	}
	manifest = json_loadb(section.data, section.size, 0, NULL);
	blocks = json_object_get(manifest, "blocks");
	if (!json_is_array(blocks)) {
		snprintf(compile->error, sizeof(compile->error), "the manifest of %s lists no blocks", path);
		json_decref(manifest);
		return NULL;
	}
	kernel = kernel_new(compile, NULL, json_array_size(blocks));
	good = kernel && load(compile, kernel, object, true);
	for (size_t i = 0; good && i < json_array_size(blocks); i++) {
		const char *name = json_string_value(json_object_get(json_array_get(blocks, i), "program"));

		good = add_program(compile, kernel, name ? name : "?");
	}
	if (good && open_sets(kernel, json_object_get(manifest, "sets"))) {
		snprintf(compile->error, sizeof(compile->error), "the kernel engine: %s", kernel->engine.error);
		good = false;
	}
	json_decref(manifest);
	if (kernel && !good) {
		kernel_close(&kernel->engine);
		return NULL;
	}
	return kernel ? &kernel->engine : NULL;
}
