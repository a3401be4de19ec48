/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "constant.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5) /* Linux 5.18 */
#endif

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
static void *constant(const struct bpf_object *object, const char *name, size_t *size)
{
	const struct btf *btf = bpf_object__btf(object);
	__s32 section_id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *section;
	const struct btf_var_secinfo *variable;
	struct bpf_map *map;

	if (section_id < 0)
		return NULL;
	section = btf__type_by_id(btf, (__u32)section_id);
	variable = btf_var_secinfos(section);
	bpf_object__for_each_map(map, object) {
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

bool constant_set(struct bpf_object *object, const char *name, __u32 value)
{
	size_t size = 0;
	void *data = constant(object, name, &size);

	if (!data || size != sizeof(value))
		return false;
	memcpy(data, &value, sizeof(value));
	return true;
}

void programs_enable_frags(struct bpf_object *object)
{
	struct bpf_program *program;

	if (!kernel_has_frags() || !constant_set(object, "sentry_xdp_frags", 1))
		return;
	bpf_object__for_each_program(program, object) {
		if (strcmp(bpf_program__section_name(program), "xdp") == 0)
			bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_XDP_HAS_FRAGS);
	}
}
