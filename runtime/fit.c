/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "fit.h"

#include "constant.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5) /* Linux 5.18 */
#endif

/* A program that only passes packets on. Negative if it cannot be loaded so. */
static int load_pass(__u32 flags)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = flags);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "sentry_probe", "GPL", pass, 2, &options);
}

/* With the flag that says that it copes with packets in several buffers. */
static bool kernel_has_frags(void)
{
	int fd = load_pass(BPF_F_XDP_HAS_FRAGS);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

bool kernel_has_jit(void)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = load_pass(0);
	bool has;

	/* Who cannot load has another problem, and is told that one. */
	if (fd < 0)
		return true;
	has = bpf_obj_get_info_by_fd(fd, &info, &size) != 0 || info.jited_prog_len > 0;
	close(fd);
	return has;
}

static void enable_frags(struct bpf_object *object)
{
	struct bpf_program *program;

	if (!kernel_has_frags() || !constant_set(object, "sentry_xdp_frags", 1))
		return;
	bpf_object__for_each_program(program, object) {
		if (strcmp(bpf_program__section_name(program), "xdp") == 0)
			bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_XDP_HAS_FRAGS);
	}
}

static bool takes_context(const struct btf *btf, const struct btf_type *function)
{
	const struct btf_type *type = btf__type_by_id(btf, function->type);
	const char *name;

	if (!type || !btf_is_func_proto(type) || !btf_vlen(type))
		return false;
	type = btf__type_by_id(btf, btf_params(type)[0].type);
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	name = type ? btf__name_by_offset(btf, type->name_off) : NULL;
	return name && (strcmp(name, "xdp_md") == 0 || strcmp(name, "__sk_buff") == 0);
}

/* In place, as libbpf itself does it for functions of hidden visibility. */
static void make_functions_static(struct bpf_object *object)
{
	const struct btf *btf = bpf_object__btf(object);

	for (__u32 id = 1; btf && id < btf__type_cnt(btf); id++) {
		struct btf_type *type = (struct btf_type *)btf__type_by_id(btf, id);

		/* Of a function, the number of members is its linkage. */
		if (btf_is_func(type) && btf_vlen(type) == BTF_FUNC_GLOBAL && takes_context(btf, type))
			type->info = (__u32)BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC;
	}
}

bool kernel_has_types(void)
{
	return access("/sys/kernel/btf/vmlinux", R_OK) == 0;
}

void programs_fit(struct bpf_object *object)
{
	enable_frags(object);
	if (!kernel_has_types())
		make_functions_static(object);
}
