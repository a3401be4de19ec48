/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The native engine: the generated C, built for this host as a shared library and
 * called. What such a library looks like is in native_abi.h of the templates.
 */
#include "compile.h"

#include "process.h"

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
	uint8_t buffer[HEADROOM + FRAME_MAX + TAILROOM];
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
	memcpy(data, frame->data, frame->size);
	memset(native->trace, 0, sizeof(*native->trace));
	native->trace->wire_size = frame->wire_size;
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

	if (native->library)
		dlclose(native->library);
	if (native->fd >= 0)
		close(native->fd);
	free(native->entries);
	free(native);
}

static const struct engine_ops native_ops = {
	.run = native_run,
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
	free(object.data);
	if (!good) {
		native_close(&native->engine);
		return NULL;
	}
	return &native->engine;
}
