/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "object.h"

#include "constant.h"
#include "elf_section.h"
#include "fit.h"
#include "maps.h"
#include "memory.h"
#include "object_check.h"
#include "refusal.h"
#include "shared.h"
#include "signature.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE (256U << 20)
#define VERIFIER_LOG (1U << 20)

static char *read_file(int fd, size_t *size, struct failure *why)
{
	char *file = NULL, *exact;
	size_t room = 0;
	ssize_t got = 1;

	*size = 0;
	while (got > 0) {
		if (*size == room) {
			char *bigger = realloc(file, room += 1U << 20);

			if (!bigger || room > MAX_FILE) {
				errno = bigger ? EFBIG : ENOMEM;
				got = -1;
				file = bigger ? bigger : file;
				break;
			}
			file = bigger;
		}
		do
			got = read(fd, file + *size, room - *size);
		while (got < 0 && errno == EINTR);
		if (got > 0)
			*size += (size_t)got;
	}
	if (got < 0) {
		failure_set(why, EXIT_ENVIRONMENT, "%s", strerror(errno));
		free(file);
		return NULL;
	}
	/* Not a byte more than there is: it stays as long as the object does. */
	exact = *size ? realloc(file, *size) : NULL;
	return exact ? exact : file;
}

static bool open_image(struct object *object, struct failure *why)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "sentry");

	object->bpf = bpf_object__open_mem(object->file, object->image_size, &options);
	if (!object->bpf)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot be read: %s", strerror(errno));
	return object_check_contents(&object->manifest, object->bpf, why);
}

static bool check_image(struct object *object, struct failure *why)
{
	const struct elf_section *manifest;
	struct elf_sections sections;
	bool ok;

	if (!elf_sections_read(&sections, object->file, object->image_size, why))
		return false;
	manifest = elf_section(&sections, SENTRY_MANIFEST_SECTION);
	if (!manifest || !manifest->data)
		ok = failure_set(why, EXIT_ENVIRONMENT, "no section '%s': not made by sentryc",
				 SENTRY_MANIFEST_SECTION);
	else
		ok = manifest_parse(&object->manifest, manifest->data, manifest->size, why) &&
		     object_check_layout(&object->manifest, why) && object_check_image(&sections, why);
	elf_sections_free(&sections);
	return ok;
}

bool object_open(struct object *object, int fd, const char *name, const char *key_file, struct failure *why)
{
	struct failure reason = { 0 };
	bool ok;

	*object = (struct object){ 0 };
	object->file = read_file(fd, &object->file_size, &reason);
	ok = object->file &&
	     signature_check(object->file, object->file_size, key_file, &object->image_size, &reason) &&
	     check_image(object, &reason) && open_image(object, &reason);
	if (!ok) {
		object_close(object);
		failure_set(why, reason.code, "%s: %s", name, reason.text);
	}
	return ok;
}

/* Of a long log the end matters: it names the instruction. */
static const char *tail(const char *log, bool whole)
{
	const char *end = log + strlen(log), *start = end;
	int lines = 0;

	if (whole)
		return log;
	while (start > log) {
		if (start[-1] == '\n' && start != end && ++lines == 12)
			break;
		start--;
	}
	return start;
}

/* What it is to the policy: of a set, the map is where its content will lie. */
static bool refused_map(const struct object *object, const char *name, int error, struct failure *why)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	__u32 entries = map ? object_map_entries(&object->manifest, map) : 0;
	__u64 bytes = map ? object_map_bytes(&object->manifest, map) : 0;

	for (size_t i = 0; i < object->manifest.n_sets; i++) {
		if (strcmp(object->manifest.sets[i].map, name) == 0)
			return refusal_of_map("set", object->manifest.sets[i].name, entries, bytes, error, why);
	}
	return refusal_of_map("map", name, entries, bytes, error, why);
}

static bool refused(const struct object *object, char *const *logs, const struct refusal *refusal, bool verbose,
		    struct failure *why)
{
	int error = refusal->error;
	struct bpf_program *program;
	size_t i = 0;

	if (*refusal->map)
		return refused_map(object, refusal->map, error, why);
	bpf_object__for_each_program(program, object->bpf) {
		const char *log = logs[i++];

		if (!log || bpf_program__fd(program) >= 0 || !log[0])
			continue;
		if (strstr(log, "callbacks are not allowed in non-JITed programs"))
			return failure_set(why, EXIT_ENVIRONMENT,
					   "program '%s' looks something up in steps (a set, or rules by bit vectors), which "
					   "needs " NEEDS_JIT,
					   bpf_program__name(program));
		/* The budget that sentryc keeps to is for the others. */
		if (error == E2BIG && !kernel_has_types())
			return failure_set(why, EXIT_ENVIRONMENT, "program '%s' is too much work for this kernel's verifier; it needs "
					   NEEDS_TYPES, bpf_program__name(program));
		say("the verifier on program '%s'%s:\n%s", bpf_program__name(program),
		    verbose ? "" : " (its last lines)", tail(log, verbose));
		return refusal_of_program(bpf_program__name(program), log, error, why);
	}
	if (*refusal->program)
		return refusal_of_program(refusal->program, "", error, why);
	return failure_set(why, EXIT_ENVIRONMENT, "the kernel refused the object: %s", strerror(error));
}

/* The object says how many flows a CPU has room for, and cannot say how many CPUs there are. What it comes to was checked. */
static void size_flows(const struct object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, MAP_FLOW_CACHE);
	int cpus = libbpf_num_possible_cpus();

	if (map && cpus > 0)
		bpf_map__set_max_entries(map, bpf_map__max_entries(map) * (__u32)cpus);
}

/*
 * Room for the records of a tenth of a second at 200,000 a second: what a reader may be kept waiting for the processor. What an object
 * asks for is what its tests need.
 */
#define EVENTS_ROOM (4u << 20)

static void size_events(const struct object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, MAP_EVENTS);

	if (map && bpf_map__max_entries(map) < EVENTS_ROOM)
		bpf_map__set_max_entries(map, EVENTS_ROOM);
}

bool object_load(struct object *object, unsigned int generation, bool verbose, struct failure *why)
{
	struct bpf_program *program;
	size_t n = 0, i = 0;
	bool ok = true;
	struct refusal refusal;
	char **logs;

	bpf_object__for_each_program(program, object->bpf)
		n++;
	logs = allocate(n, sizeof(*logs));
	bpf_object__for_each_program(program, object->bpf) {
		if (bpf_program__autoload(program)) {
			logs[i] = allocate(1, VERIFIER_LOG);
			bpf_program__set_log_buf(program, logs[i], VERIFIER_LOG);
		}
		i++;
	}
	programs_fit(object->bpf);
	size_flows(object);
	size_events(object);
	constant_set(object->bpf, "sentry_generation", generation);
	refusal_load(&refusal, object->bpf);
	if (refusal.error)
		ok = refused(object, logs, &refusal, verbose, why);
	for (i = 0; i < n; i++)
		free(logs[i]);
	free(logs);
	return ok;
}

void object_close(struct object *object)
{
	bpf_object__close(object->bpf);
	manifest_free(&object->manifest);
	free(object->file);
	*object = (struct object){ 0 };
}
