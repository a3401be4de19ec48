/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "object.h"

#include "elf_section.h"
#include "layout.h"
#include "maps.h"
#include "memory.h"
#include "shared.h"

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

#define MAX_IMAGE (256U << 20)
#define MAX_RING (1U << 30)
#define VERIFIER_LOG (1U << 20)

static char *read_image(int fd, size_t *size, struct failure *why)
{
	char *image = NULL;
	size_t room = 0;
	ssize_t got = 1;

	*size = 0;
	while (got > 0) {
		if (*size == room) {
			char *bigger = realloc(image, room += 1U << 20);

			if (!bigger || room > MAX_IMAGE) {
				errno = EFBIG;
				got = -1;
				image = bigger ? bigger : image;
				break;
			}
			image = bigger;
		}
		do
			got = read(fd, image + *size, room - *size);
		while (got < 0 && errno == EINTR);
		if (got > 0)
			*size += (size_t)got;
	}
	if (got < 0) {
		failure_set(why, EXIT_ENVIRONMENT, "%s", strerror(errno));
		free(image);
		image = NULL;
	}
	return image;
}

static bool check_layout(const struct manifest *manifest, struct failure *why)
{
	if (strcmp(manifest->layout_hash, SENTRY_LAYOUT_HASH) != 0)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "the object was made by another version of sentryc (layout %.16s, this program "
				   "knows %.16s): compile it again",
				   manifest->layout_hash, SENTRY_LAYOUT_HASH);
	return true;
}

static bool check_entries(const struct object *object, const struct map_kind *kind, __u32 entries,
			  struct failure *why)
{
	switch (kind->entries) {
	case ENTRIES_RULES:
		return entries == object->manifest.n_rules ||
		       failure_set(why, EXIT_ENVIRONMENT, "map '%s' has %u entries for %zu rules", kind->name, entries,
				   object->manifest.n_rules);
	case ENTRIES_RING:
		return (entries && !(entries & (entries - 1)) && entries <= MAX_RING) ||
		       failure_set(why, EXIT_ENVIRONMENT, "map '%s' has a size that is no power of two up to %u",
				   kind->name, MAX_RING);
	default:
		return entries == 1 || failure_set(why, EXIT_ENVIRONMENT, "map '%s' has %u entries instead of 1",
						   kind->name, entries);
	}
}

static bool check_map(const struct object *object, const struct bpf_map *map, struct failure *why)
{
	const char *name = bpf_map__name(map);
	const struct map_kind *kind = map_kind(name);

	if (bpf_map__is_internal(map))
		return true;
	switch (map_check_table(&object->manifest, map)) {
	case MAP_RIGHT:
		return true;
	case MAP_WRONG:
		return failure_set(why, EXIT_ENVIRONMENT, "map '%s' is not what the manifest says of it", name);
	default:
		break;
	}
	if (!kind || bpf_map__type(map) != kind->type || bpf_map__key_size(map) != kind->key_size ||
	    bpf_map__value_size(map) != kind->value_size)
		return failure_set(why, EXIT_ENVIRONMENT, "map '%s' is of a kind that this program does not know",
				   name);
	return check_entries(object, kind, bpf_map__max_entries(map), why);
}

static const char *block_section(const struct manifest_block *block)
{
	return block->xdp ? "xdp" : "tc";
}

static bool check_contents(struct object *object, struct failure *why)
{
	struct bpf_program *program;
	const char *missing;
	struct bpf_map *map;

	bpf_object__for_each_map(map, object->bpf) {
		if (!check_map(object, map, why))
			return false;
	}
	if (!bpf_object__find_map_by_name(object->bpf, MAP_COUNTERS))
		return failure_set(why, EXIT_ENVIRONMENT, "no map '%s'", MAP_COUNTERS);
	missing = map_missing(&object->manifest, object->bpf);
	if (missing)
		return failure_set(why, EXIT_ENVIRONMENT, "no map '%s', which the manifest names", missing);

	bpf_object__for_each_program(program, object->bpf)
		bpf_program__set_autoload(program, false);
	for (size_t i = 0; i < object->manifest.n_blocks; i++) {
		const struct manifest_block *block = &object->manifest.blocks[i];

		program = bpf_object__find_program_by_name(object->bpf, block->program);
		if (!program)
			return failure_set(why, EXIT_ENVIRONMENT, "no program '%s', which block '%s' names",
					   block->program, block->name);
		if (strcmp(bpf_program__section_name(program), block_section(block)) != 0)
			return failure_set(why, EXIT_ENVIRONMENT, "program '%s' is in section '%s' instead of '%s'",
				    block->program, bpf_program__section_name(program), block_section(block));
		bpf_program__set_autoload(program, true);
	}
	return true;
}

static bool open_image(struct object *object, const char *image, size_t size, struct failure *why)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "sentry");
	const char *text;
	size_t text_size;

	if (!elf_section(image, size, SENTRY_MANIFEST_SECTION, &text, &text_size, why) ||
	    !manifest_parse(&object->manifest, text, text_size, why) || !check_layout(&object->manifest, why))
		return false;
	object->bpf = bpf_object__open_mem(image, size, &options);
	if (!object->bpf)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot be read: %s", strerror(errno));
	return check_contents(object, why);
}

bool object_open(struct object *object, int fd, const char *name, struct failure *why)
{
	struct failure reason = { 0 };
	char *image;
	size_t size;
	bool ok;

	*object = (struct object){ 0 };
	image = read_image(fd, &size, &reason);
	ok = image && open_image(object, image, size, &reason);
	if (!ok) {
		object_close(object);
		failure_set(why, reason.code, "%s: %s", name, reason.text);
	}
	free(image);
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
static void *constant(struct bpf_object *bpf, const char *name, size_t *size)
{
	const struct btf *btf = bpf_object__btf(bpf);
	__s32 section_id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *section;
	const struct btf_var_secinfo *variable;
	struct bpf_map *map;

	if (section_id < 0)
		return NULL;
	section = btf__type_by_id(btf, (__u32)section_id);
	variable = btf_var_secinfos(section);
	bpf_object__for_each_map(map, bpf) {
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

bool object_set_constant(struct bpf_object *bpf, const char *name, __u32 value)
{
	size_t size = 0;
	void *data = constant(bpf, name, &size);

	if (!data || size != sizeof(value))
		return false;
	memcpy(data, &value, sizeof(value));
	return true;
}

void object_enable_frags(struct bpf_object *bpf)
{
	struct bpf_program *program;

	if (!kernel_has_frags() || !object_set_constant(bpf, "sentry_xdp_frags", 1))
		return;
	bpf_object__for_each_program(program, bpf) {
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
	object_enable_frags(object->bpf);
	object_set_constant(object->bpf, "sentry_generation", generation);
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
	*object = (struct object){ 0 };
}
