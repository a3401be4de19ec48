/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the running kernel has: found out by trying, never by its version. */
#include "guest.h"

#include "attach.h"
#include "fit.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

static void feature(const char *name, bool there)
{
	report("feature", "%s %s", name, there ? "yes" : "no");
}

static bool loads(enum bpf_prog_type type, __u32 flags, const struct bpf_insn *code, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = flags);
	int fd = bpf_prog_load(type, "probe", "GPL", code, n, &options);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool has_frags(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return loads(BPF_PROG_TYPE_XDP, BPF_F_XDP_HAS_FRAGS, pass, 2);
}

static bool in_btf(const struct btf *btf, const char *function)
{
	return btf && btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;
}

void features_report(void)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (libbpf_get_error(btf))
		btf = NULL;
	feature("jit", kernel_has_jit());
	feature("btf", btf != NULL);
	feature("tcx", tcx_supported());
	feature("xdp-frags", has_frags());
	feature("bpf_loop", libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_loop, NULL) == 1);
	feature("bpf_timer", libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_timer_init, NULL) == 1);
	feature("ring-buffer", libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1);
	feature("ktime_get_coarse_ns", libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_ktime_get_coarse_ns, NULL) == 1);
	/* Not used by what sentryc makes; listed for those who want to. */
	feature("program-type-ext", libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) == 1);
	feature("netfilter-programs", in_btf(btf, "bpf_nf_link_attach"));
	feature("bpf_xdp_ct_lookup", in_btf(btf, "bpf_xdp_ct_lookup"));
	feature("bpf_iter_num", in_btf(btf, "bpf_iter_num_new"));
	btf__free(btf);
}
