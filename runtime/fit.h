/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What differs between kernels about loading programs: found out by trying, never by a version. */
#ifndef SENTRY_FIT_H
#define SENTRY_FIT_H

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * Between opening and loading an object, fits it to this kernel:
 *
 *	frags	Without them (Linux 5.18) a native XDP program keeps an interface from using jumbo frames. The programs
 *		read their constant `sentry_xdp_frags` to know whether packets may have a part out of reach.
 *	types	A kernel without type information of its own (CONFIG_DEBUG_INFO_BTF) does not know a function's context
 *		when it sees one, and refuses functions that are given one and that it is to verify once and for all.
 *		They become such as it verifies with each call, which is more work for it and the same for a packet.
 */
void programs_fit(struct bpf_object *object);

/*
 * Whether programs become machine code. Where they do not (no CONFIG_BPF_JIT, or net.core.bpf_jit_enable=0), the
 * kernel runs no callbacks: no timers, and no bpf_loop.
 */
bool kernel_has_jit(void);

#define NEEDS_JIT "a kernel that compiles BPF programs (CONFIG_BPF_JIT, net.core.bpf_jit_enable=1)"

/* Whether the kernel has type information of its own. */
bool kernel_has_types(void);

#define NEEDS_TYPES "a kernel with type information (CONFIG_DEBUG_INFO_BTF), which verifies each function once"

#endif
