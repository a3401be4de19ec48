/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "hook.h"

const struct hook_ops hook_ops[N_HOOKS] = {
	[HOOK_XDP] = {
		.section = "xdp",
		.context = "struct xdp_md",
		.prefix = "xdp_",
		.parse = "xdp_parse",
		/* XDP sees what arrives; the resolver lets no egress block choose it. */
		.finish = { [DIRECTION_INGRESS] = "xdp_finish", [DIRECTION_EGRESS] = "xdp_finish" },
	},
	[HOOK_TC] = {
		.section = "tc",
		.context = "struct __sk_buff",
		.prefix = "tc_",
		.parse = "tc_parse",
		.finish = { [DIRECTION_INGRESS] = "tc_finish_ingress", [DIRECTION_EGRESS] = "tc_finish_egress" },
	},
};
