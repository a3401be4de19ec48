/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "object.h"

#include "elf_section.h"
#include "memory.h"
#include "object_check.h"
#include "shared.h"
#include "signature.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5) /* Linux 5.18 */
#endif

#define MAX_FILE (256U << 20)
#define VERIFIER_LOG (1U << 20)

static char *read_file(int fd, size_t *size, struct failure *why)
{
	char *file = NULL;
	size_t room = 0;
	ssize_t got = 1;

	*size = 0;
	while (got > 0) {
		if (*size == room) {
			char *bigger = realloc(file, room += 1U << 20);

			if (!bigger || room > MAX_FILE) {
				errno = EFBIG;
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
	return *size ? realloc(file, *size) : file;
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
		ok = failure_set(why, EXIT_ENVIRONMENT, "no section '%s': not made by sentryc", SENTRY_MANIFEST_SECTION);
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

/* A program that only passes packets on, with the flag that says it copes with packets in several buffers. */
static bool kernel_has_frags(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_XDP_HAS_FRAGS);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "sentry_probe", "GPL", pass, 2, &options);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Address and size of a load-time constant before loading; NULL if the object has none of that name. */
static void *constant(const struct object *object, const char *name, size_t *size)
{
	const struct btf *btf = bpf_object__btf(object->bpf);
	__s32 section_id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *section;
	const struct btf_var_secinfo *variable;
	struct bpf_map *map;

	if (section_id < 0)
		return NULL;
	section = btf__type_by_id(btf, (__u32)section_id);
	variable = btf_var_secinfos(section);
	bpf_object__for_each_map(map, object->bpf) {
		const char *map_name = bpf_map__name(map), *end = strrchr(map_name, '.');
		size_t map_size = 0;
		char *data;

		/* "sentry.rodata"; `.rodata.str1.1` and the like hold no constants of ours. */
		if (!bpf_map__is_internal(map) || !end || strcmp(end, ".rodata") != 0)
			continue;
		data = (char *)bpf_map__initial_value(map, &map_size);
		for (int i = 0; data && i < btf_vlen(section); i++, variable++) {
			const struct btf_type *type = btf__type_by_id(btf, variable->type);

			if (strcmp(btf__name_by_offset(btf, type->name_off), name) != 0)
				continue;
			*size = variable->size;
			return variable->offset <= map_size && variable->size <= map_size - variable->offset
				       ? data + variable->offset : NULL;
		}
	}
	return NULL;
}

/* False if the object, which is of this machine's byte order, has no constant of that name. */
static bool set_constant(const struct object *object, const char *name, __u32 value)
{
	size_t size = 0;
	void *data = constant(object, name, &size);

	if (!data || size != sizeof(value))
		return false;
	memcpy(data, &value, sizeof(value));
	return true;
}

/*
 * Without frags a native XDP program keeps an interface from using jumbo frames. The
 * programs read their constant to know whether packets may have a part out of reach.
 */
static void enable_frags(struct object *object)
{
	struct bpf_program *program;

	if (!kernel_has_frags() || !set_constant(object, "sentry_xdp_frags", 1))
		return;
	bpf_object__for_each_program(program, object->bpf) {
		if (strcmp(bpf_program__section_name(program), "xdp") == 0)
			bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_XDP_HAS_FRAGS);
	}
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

static bool refused(const struct object *object, char *const *logs, int error, bool verbose, struct failure *why)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, object->bpf) {
		const char *log = logs[i++];

		if (!log || bpf_program__fd(program) >= 0 || !log[0])
			continue;
		say("the verifier on program '%s'%s:\n%s", bpf_program__name(program),
		    verbose ? "" : " (its last lines)", tail(log, verbose));
		return failure_set(why, EXIT_ENVIRONMENT, "the kernel refused program '%s': %s",
				   bpf_program__name(program), strerror(error));
	}
	return failure_set(why, EXIT_ENVIRONMENT, "the kernel refused the object: %s", strerror(error));
}

bool object_load(struct object *object, unsigned int generation, bool verbose, struct failure *why)
{
	struct bpf_program *program;
	size_t n = 0, i = 0;
	bool ok = true;
	char **logs;
	int error;

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
	enable_frags(object);
	set_constant(object, "sentry_generation", generation);
	error = -bpf_object__load(object->bpf);
	if (error)
		ok = refused(object, logs, error, verbose, why);
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
