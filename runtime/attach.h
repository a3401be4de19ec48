/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Single hooks of the kernel: XDP and TCX by bpf_link, pinned so that nobody has to
 * keep running; clsact.h has the way for kernels without TCX. Negative errno.
 */
#ifndef SENTRY_ATTACH_H
#define SENTRY_ATTACH_H

#include "failure.h"
#include "hook.h"
#include "path.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* A link that is there. hook.ifindex is 0 if its interface is gone. */
struct link {
	struct hook hook;
	__u32 program; /* id */
};

/* -EINVAL for a link that is neither XDP nor TCX. */
int link_read(const struct path *pin, struct link *link);
/* TCX: at the head of the chain. `native_error`: why it is generic mode, if it is. */
int link_create(const struct hook *hook, int program, const struct path *pin, enum xdp_mode *mode, int *native_error);
int link_remove(const struct path *pin);

/* What the interface's XDP hook carries, ours or not. Mode NONE: nothing. */
int xdp_query(unsigned int ifindex, enum xdp_mode *mode, __u32 *program);

/* Whether a link holds it there: then it cannot be taken off by netlink. False also without CAP_SYS_ADMIN. */
bool xdp_is_linked(unsigned int ifindex, __u32 program);

/* As many as one hook can hold. */
#define TCX_MAX 64

/* Programs that run on the hook before `ours` and may decide without it: their ids in `ids`. */
size_t tcx_ahead(const struct hook *hook, __u32 ours, __u32 *ids, size_t room);

/* Whether the kernel knows TCX (6.6 and later). Needs privilege. */
bool tcx_supported(void);

#define PROGRAM_NAME_SIZE 32
/* What the kernel calls it. */
void program_name(__u32 id, char name[static PROGRAM_NAME_SIZE]);
/* "'name' (id 12)" for messages. */
void program_describe(__u32 id, char *text, size_t size);
/* Id of a pinned program; 0 if it cannot be had. */
__u32 program_pinned_id(const struct path *pin);
__u32 program_id(int program);

#endif
