/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Linux 6.6; older headers than the running kernel's are the rule, not the exception. */
#define ATTACH_TCX_INGRESS ((enum bpf_attach_type)46)
#define ATTACH_TCX_EGRESS ((enum bpf_attach_type)47)
#define LINK_TYPE_TCX 11
/* For TCX, with no program named: before all others. */
#define LINK_BEFORE (1U << 3)

static enum bpf_attach_type attach_type(const struct hook *hook)
{
	if (hook->means == MEANS_XDP)
		return BPF_XDP;
	return hook->direction == DIRECTION_INGRESS ? ATTACH_TCX_INGRESS : ATTACH_TCX_EGRESS;
}

int link_read(const struct path *pin, struct link *link)
{
	struct bpf_link_info info = { 0 };
	__u32 length = sizeof(info);
	int fd = bpf_obj_get(pin->text), error = 0;

	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
		error = -errno;
	close(fd);
	if (error)
		return error;
	*link = (struct link){ .program = info.prog_id };
	if (info.type == BPF_LINK_TYPE_XDP) {
		link->hook = (struct hook){ MEANS_XDP, DIRECTION_INGRESS, info.xdp.ifindex };
		return 0;
	}
	if (info.type != LINK_TYPE_TCX)
		return -EINVAL;
	/* struct { ifindex, attach_type } tcx, which these headers may lack; netns has the same two words. */
	link->hook = (struct hook){ .means = MEANS_TCX, .ifindex = info.netns.netns_ino };
	link->hook.direction =
		info.netns.attach_type == (__u32)ATTACH_TCX_INGRESS ? DIRECTION_INGRESS : DIRECTION_EGRESS;
	return 0;
}

/* Errors by which a driver says that it cannot do XDP, or not as the interface is set up (MTU, queues, offloads). */
static bool native_refused(int error)
{
	switch (error) {
	case -EOPNOTSUPP:
	case -EINVAL:
	case -ERANGE:
	case -ENOMEM:
	case -ENOSPC:
	case -E2BIG:
		return true;
	default:
		return false;
	}
}

static int create(const struct hook *hook, int program, __u32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(program, (int)hook->ifindex, attach_type(hook), &options);

	return fd < 0 ? -errno : fd;
}

int link_create(const struct hook *hook, int program, const struct path *pin, enum xdp_mode *mode, int *native_error)
{
	int fd, error = 0;

	*mode = XDP_MODE_NONE;
	*native_error = 0;
	if (hook->means == MEANS_XDP) {
		*mode = XDP_MODE_NATIVE;
		fd = create(hook, program, XDP_FLAGS_DRV_MODE);
		if (fd < 0 && native_refused(fd)) {
			*native_error = -fd;
			*mode = XDP_MODE_GENERIC;
			fd = create(hook, program, XDP_FLAGS_SKB_MODE);
		}
	} else {
		/* A program of others that says OK ends the chain: behind it, the policy would never be asked. */
		fd = create(hook, program, LINK_BEFORE);
	}
	if (fd < 0)
		return fd;
	/* Until it is pinned, the link ends with this process: a kill here leaves nothing. */
	if (bpf_obj_pin(fd, pin->text) != 0) {
		error = -errno;
		bpf_link_detach(fd);
	}
	close(fd);
	return error;
}

int link_remove(const struct path *pin)
{
	int fd = bpf_obj_get(pin->text);

	if (fd >= 0) {
		/* At once; unlinking alone frees the link some time later. Fails when the interface is gone. */
		bpf_link_detach(fd);
		close(fd);
	}
	return unlink(pin->text) == 0 || errno == ENOENT ? 0 : -errno;
}

int xdp_query(unsigned int ifindex, enum xdp_mode *mode, __u32 *program)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, options);
	int error = bpf_xdp_query((int)ifindex, 0, &options);

	*mode = XDP_MODE_NONE;
	*program = 0;
	if (error)
		return error;
	if (options.attach_mode == XDP_ATTACHED_NONE)
		return 0;
	*mode = options.drv_prog_id || options.hw_prog_id ? XDP_MODE_NATIVE : XDP_MODE_GENERIC;
	*program = options.drv_prog_id ? options.drv_prog_id : options.hw_prog_id ? options.hw_prog_id
										    : options.skb_prog_id;
	return 0;
}

bool xdp_is_linked(unsigned int ifindex, __u32 program)
{
	__u32 id = 0;
	bool found = false;

	while (!found && bpf_link_get_next_id(id, &id) == 0) {
		struct bpf_link_info info = { 0 };
		__u32 length = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		found = bpf_obj_get_info_by_fd(fd, &info, &length) == 0 && info.type == BPF_LINK_TYPE_XDP &&
			info.prog_id == program && info.xdp.ifindex == ifindex;
		close(fd);
	}
	return found;
}

size_t tcx_ahead(const struct hook *hook, __u32 ours, __u32 *ids, size_t room)
{
	enum bpf_attach_type type = hook->direction == DIRECTION_INGRESS ? ATTACH_TCX_INGRESS : ATTACH_TCX_EGRESS;
	__u32 all[TCX_MAX], flags, n = TCX_MAX;
	size_t ahead = 0;

	if (hook->means == MEANS_XDP || bpf_prog_query((int)hook->ifindex, type, 0, &flags, all, &n) != 0)
		return 0;
	/* In the order in which they run. Filters of a clsact qdisc come after all of them. */
	while (ahead < n && ahead < room && (hook->means == MEANS_CLSACT || all[ahead] != ours)) {
		ids[ahead] = all[ahead];
		ahead++;
	}
	return ahead;
}

bool tcx_supported(void)
{
	unsigned int loopback = if_nametoindex("lo");
	__u32 flags, ids[1], n = 0;

	/* A kernel without TCX does not know the attach type and says EINVAL; others list, or find nothing. */
	return bpf_prog_query((int)(loopback ? loopback : 1), ATTACH_TCX_INGRESS, 0, &flags, ids, &n) == 0 ||
	       errno != EINVAL;
}

void program_name(__u32 id, char name[static PROGRAM_NAME_SIZE])
{
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0) {
		bpf_obj_get_info_by_fd(fd, &info, &length);
		close(fd);
	}
	snprintf(name, PROGRAM_NAME_SIZE, "%.16s", info.name[0] ? info.name : "without a name");
}

void program_describe(__u32 id, char *text, size_t size)
{
	char name[PROGRAM_NAME_SIZE];

	program_name(id, name);
	snprintf(text, size, "'%s' (id %u)", name, id);
}

__u32 program_id(int program)
{
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(program, &info, &length) == 0 ? info.id : 0;
}

__u32 program_pinned_id(const struct path *pin)
{
	int fd = bpf_obj_get(pin->text);
	__u32 id;

	if (fd < 0)
		return 0;
	id = program_id(fd);
	close(fd);
	return id;
}
