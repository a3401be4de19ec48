/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* tcx-first INTERFACE FLAGS PIN: a TCX program on ingress that lets everything pass, and asks none behind it. */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

/* Linux 6.6; headers may be older. */
#define BPF_TCX_INGRESS ((enum bpf_attach_type)46)

int main(int argc, char **argv)
{
	const struct bpf_insn lets_pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 }, /* TC_ACT_OK */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int program, link;

	if (argc != 4)
		return 2;
	options.flags = (unsigned int)strtoul(argv[2], NULL, 10);
	program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "lets_pass", "GPL", lets_pass, 2, NULL);
	link = program < 0 ? -1 : bpf_link_create(program, (int)if_nametoindex(argv[1]), BPF_TCX_INGRESS, &options);
	if (link < 0 || bpf_obj_pin(link, argv[3]) != 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
