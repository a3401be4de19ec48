/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The native engine: the generated C, built for this host as a shared library and
 * called. What such a library looks like is in native_abi.h of the templates.
 */
#include "compile.h"

#include "process.h"
#include "set_image.h"
#include "table.h"

#include <linux/types.h>

#include "native_abi.h"
#include "shared.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Room around a frame, that an answer to it may grow into: what XDP has. */
#define HEADROOM 256
#define TAILROOM 320

struct native {
	struct engine engine;
	int fd;         /* of the library, while it is loaded: see load_memory */
	void *library;
	struct sentry_trace *trace;
	struct native_events *events; /* NULL if no rule logs or samples */
	int (**entries)(struct native_frame *frame); /* by policy.blocks */
	size_t n_entries;
	struct set_image *images;     /* by policy.sets */
	size_t n_tables;
	struct native_map **tables;   /* connections, keyed limits, sets that are hash tables */
	size_t n_buckets;
	struct native_bytes *buckets; /* limits of one bucket */
	uint8_t buffer[HEADROOM + FRAME_MAX + TAILROOM];
};

/* A variable of the library that begins as zeros. */
struct native_bytes {
	void *data;
	size_t size;
};

/*
 * The library from memory. The loader knows a library by the name it was loaded
 * by, so the descriptor must not be given to another one while this is loaded.
 */
static bool load_memory(struct native *native, struct bytes object)
{
	char path[32];

	native->fd = memfd_create("packet-sentry-native", MFD_CLOEXEC);
	if (native->fd < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", native->fd);
	if (write_all(native->fd, object.data, object.size))
		native->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return native->library != NULL;
}

/* Where memory must not be executable (vm.memfd_noexec) or /proc is missing: by a file that is gone at once. */
static bool load_file(struct native *native, struct bytes object)
{
	const char *directory = getenv("TMPDIR");
	char path[4096];
	int fd, length;

	if (!directory || !*directory)
		directory = "/tmp";
	length = snprintf(path, sizeof(path), "%s/packet-sentry-native-XXXXXX", directory);
	if (length < 0 || (size_t)length >= sizeof(path))
		return false;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return false;
	if (write_all(fd, object.data, object.size))
		native->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	close(fd);
	unlink(path);
	return native->library != NULL;
}

static bool load(struct compile *compile, struct native *native, struct bytes object)
{
	const char *why;

	if (load_memory(native, object) || load_file(native, object))
		return true;
	why = dlerror();
	snprintf(compile->error, sizeof(compile->error), "the native engine cannot load what it built: %s",
		 why ? why : strerror(errno));
	return false;
}

static bool find(struct compile *compile, struct native *native, const struct program *program,
		 const struct policy *policy)
{
	native->trace = dlsym(native->library, "sentry_trace");
	native->events = dlsym(native->library, "events");
	for (size_t i = 0; native->trace && i < policy->n_blocks; i++) {
		void *entry = NULL;

		for (size_t k = 0; k < program->n_blocks; k++)
			if (program->blocks[k].block == policy->blocks[i])
				entry = dlsym(native->library, program->blocks[k].ident);
		if (!entry)
			break;
		/* What dlsym returns is an address, which ISO C does not turn into a function. */
		memcpy(&native->entries[native->n_entries++], &entry, sizeof(entry));
	}
	if (native->n_entries == policy->n_blocks)
		return true;
	snprintf(compile->error, sizeof(compile->error),
		 "the native engine does not find its functions in what it built");
	return false;
}

/* --- what is kept between packets ---------------------------------------------- */

static void *native_find(void *table, const void *key)
{
	return table_find(table, key);
}

static int native_put(void *table, const void *key, const void *value, __u64 flags)
{
	if (flags == 1 /* BPF_NOEXIST */ && table_find(table, key))
		return -EEXIST;
	return table_insert(table, key, value, NULL) ? 0 : -E2BIG;
}

static bool add_table(struct native *native, const char *ident)
{
	struct native_map *map = dlsym(native->library, ident);

	if (map)
		map->table = table_new(map->key_size, map->value_size, map->max, map->lru);
	if (!map || !map->table)
		return false;
	native->tables[native->n_tables++] = map;
	return true;
}

static bool add_limit(struct native *native, const struct program_limit *limit)
{
	size_t size = sizeof(struct sentry_bucket);

	if (limit->key != LIMIT_KEY_NONE)
		return add_table(native, limit->map_ident);
	if (limit->sketch_bits)
		size = sizeof(struct sentry_sketch) + limit->sketch_bits / 8;
	native->buckets[native->n_buckets].data = dlsym(native->library, limit->map_ident);
	native->buckets[native->n_buckets].size = size;
	return native->buckets[native->n_buckets++].data != NULL;
}

static bool add_tables(struct native *native, const struct program *program)
{
	struct native_tables *functions = dlsym(native->library, "native_tables");
	bool good = functions != NULL;

	native->images = set_images_new(program);
	native->tables = calloc(program->n_sets + program->n_limits + 1, sizeof(native->tables[0]));
	native->buckets = calloc(program->n_limits + 1, sizeof(native->buckets[0]));
	if (!good || !native->images || !native->tables || !native->buckets)
		return false;
	functions->find = native_find;
	functions->put = native_put;
	if (program->policy->states.used)
		good = add_table(native, "states");
	for (size_t i = 0; good && i < program->n_limits; i++)
		good = add_limit(native, program->limits[i]);
	for (size_t i = 0; good && i < program->n_sets; i++)
		good = program->sets[i]->structure == SET_TABLE || add_table(native, program->sets[i]->map_ident);
	return good;
}

/* A set that is a table gets the elements that were added since. */
static int update_set(struct native *native, struct set_image *image)
{
	struct native_table *table = dlsym(native->library, image->set->map_ident);
	struct sentry_set_bucket *buckets;
	uint32_t n;

	buckets = set_image_build(image, &n);
	if (!buckets)
		return -ENOMEM;
	free(table->buckets);
	table->buckets = buckets;
	table->n = n;
	image->changed = false;
	return 0;
}

static int native_reset(struct engine *engine)
{
	struct native *native = (struct native *)engine;

	for (size_t i = 0; i < native->n_tables; i++)
		table_clear(native->tables[i]->table);
	for (size_t i = 0; i < native->n_buckets; i++)
		memset(native->buckets[i].data, 0, native->buckets[i].size);
	for (size_t i = 0; i < engine->policy->n_sets; i++) {
		native->images[i].changed |= native->images[i].n > 0;
		native->images[i].n = 0;
	}
	return 0;
}

static int native_add(struct engine *engine, size_t set, const struct set_element *element, uint64_t timeout_ns)
{
	struct native *native = (struct native *)engine;
	struct set_image *image = &native->images[set];
	struct sentry_element value = { engine_time(engine) + timeout_ns };
	const struct sentry_element *old;
	struct sentry_end_key key;
	struct native_map *map;
	int error;

	if (!image->set)
		return 0;
	if (image->set->structure == SET_TABLE) {
		error = set_image_add(image, element);
	} else {
		map = dlsym(native->library, image->set->map_ident);
		key = set_image_key(image->set, element);
		if (!timeout_ns)
			value.expires_ns = SENTRY_FOREVER;
		old = table_find(map->table, &key);
		/* Never to an earlier time. */
		error = old && old->expires_ns >= value.expires_ns ? 0 : native_put(map->table, &key, &value, 0);
	}
	if (error)
		snprintf(engine->error, sizeof(engine->error), "set '%s': %s", image->set->set->name,
			 error == -E2BIG ? "it is full" : strerror(-error));
	return error;
}

/* --- running ------------------------------------------------------------------- */

static int native_run(struct engine *engine, size_t block, const struct frame *frame, struct decision *decision)
{
	struct native *native = (struct native *)engine;
	uint8_t *data = native->buffer + HEADROOM;
	struct native_frame context = {
		.head = (uintptr_t)native->buffer,
		.data = (uintptr_t)data,
		.data_end = (uintptr_t)data + frame->size,
		.tail = (uintptr_t)native->buffer + sizeof(native->buffer),
		.len = frame->size,
		.ingress_ifindex = 1,
		.ifindex = 1,
	};

	if (block >= native->n_entries || frame->size > FRAME_MAX) {
		snprintf(engine->error, sizeof(engine->error), "no such block, or a frame of more than %u bytes",
			 FRAME_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < engine->policy->n_sets; i++)
		if (native->images[i].changed && update_set(native, &native->images[i])) {
			snprintf(engine->error, sizeof(engine->error), "out of memory");
			return -ENOMEM;
		}
	memcpy(data, frame->data, frame->size);
	memset(native->trace, 0, sizeof(*native->trace));
	native->trace->wire_size = frame->wire_size;
	native->trace->time_ns = engine_time(engine);
	if (native->events)
		native->events->used = 0;

	native->entries[block](&context);
	if (!native->trace->decided || native->trace->verdict >= N_VERDICTS) {
		snprintf(engine->error, sizeof(engine->error), "the compiled block came to no decision");
		return -EPROTO;
	}
	decision->verdict = (enum verdict)native->trace->verdict;
	decision->slot = native->trace->slot;
	decision->log = native->trace->logged;
	decision->sampled = native->trace->sampled;
	return 0;
}

static void native_close(struct engine *engine)
{
	struct native *native = (struct native *)engine;

	for (size_t i = 0; i < native->n_tables; i++)
		table_free(native->tables[i]->table);
	for (size_t i = 0; native->images && i < engine->policy->n_sets; i++)
		if (native->images[i].set && native->images[i].set->structure == SET_TABLE)
			free(((struct native_table *)dlsym(native->library, native->images[i].set->map_ident))->buckets);
	set_images_free(native->images, engine->policy->n_sets);
	free(native->tables);
	free(native->buckets);
	if (native->library)
		dlclose(native->library);
	if (native->fd >= 0)
		close(native->fd);
	free(native->entries);
	free(native);
}

static const struct engine_ops native_ops = {
	.run = native_run,
	.reset = native_reset,
	.add = native_add,
	.close = native_close,
};

struct engine *native_open(struct compile *compile, const struct policy *policy)
{
	struct program *program = compile_program(compile, policy);
	struct bytes object = { 0 };
	struct native *native;
	bool good;

	if (!program || !compile_object(compile, program, compile_c(compile, program), TARGET_NATIVE, &object))
		return NULL;
	native = calloc(1, sizeof(*native));
	if (native)
		native->entries = calloc(policy->n_blocks + 1, sizeof(native->entries[0]));
	if (!native || !native->entries) {
		snprintf(compile->error, sizeof(compile->error), "out of memory");
		free(native);
		free(object.data);
		return NULL;
	}
	native->engine.ops = &native_ops;
	native->engine.policy = policy;
	native->fd = -1;
	good = load(compile, native, object) && find(compile, native, program, policy);
	if (good && !add_tables(native, program)) {
		snprintf(compile->error, sizeof(compile->error), "the native engine cannot make its tables");
		good = false;
	}
	free(object.data);
	if (!good) {
		native_close(&native->engine);
		return NULL;
	}
	return &native->engine;
}
