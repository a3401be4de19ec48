/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "clsact.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

/* Early, so that few filters of others decide before the policy does; the handle spells "PS". */
#define PRIORITY 5
#define HANDLE 0x5053

static struct bpf_tc_hook tc_hook(unsigned int ifindex, enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);

	return hook;
}

static enum bpf_tc_attach_point attach_point(const struct hook *hook)
{
	return hook->direction == DIRECTION_INGRESS ? BPF_TC_INGRESS : BPF_TC_EGRESS;
}

int clsact_prepare(unsigned int ifindex, bool *made)
{
	struct bpf_tc_hook both = tc_hook(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
	int error = bpf_tc_hook_create(&both);

	*made = error == 0;
	return error == -EEXIST ? 0 : error;
}

/* Whether the kernel lists any filter below `parent`. When in doubt, yes. */
static bool has_filter(int fd, unsigned int ifindex, __u32 parent)
{
	struct {
		struct nlmsghdr header;
		struct tcmsg tc;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETTFILTER,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.tc = { .tcm_family = AF_UNSPEC, .tcm_ifindex = (int)ifindex, .tcm_parent = parent },
	};
	char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool found = false;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return true;
	for (;;) {
		ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
		unsigned int left = size < 0 ? 0 : (unsigned int)size;

		if (size <= 0)
			return true;
		for (const struct nlmsghdr *message = (const struct nlmsghdr *)buffer; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return found;
			if (message->nlmsg_type == NLMSG_ERROR)
				return true;
			found = true;
		}
	}
}

int clsact_release(unsigned int ifindex)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct bpf_tc_hook both = tc_hook(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
	bool used;

	if (fd < 0)
		return -errno;
	used = has_filter(fd, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) ||
	       has_filter(fd, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	close(fd);
	return used ? 0 : bpf_tc_hook_destroy(&both);
}

int clsact_query(const struct hook *hook, __u32 *program)
{
	struct bpf_tc_hook place = tc_hook(hook->ifindex, attach_point(hook));
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = PRIORITY);
	int error = bpf_tc_query(&place, &options);

	*program = error ? 0 : options.prog_id;
	/* No filter, no qdisc (EINVAL), no interface: nothing of ours is there. */
	return error == -ENOENT || error == -EINVAL || error == -ENODEV ? 0 : error;
}

int clsact_attach(const struct hook *hook, int program, bool replace)
{
	struct bpf_tc_hook place = tc_hook(hook->ifindex, attach_point(hook));
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program, .flags = replace ? BPF_TC_F_REPLACE : 0, .handle = HANDLE,
		    .priority = PRIORITY);

	return bpf_tc_attach(&place, &options);
}

int clsact_detach(const struct hook *hook)
{
	struct bpf_tc_hook place = tc_hook(hook->ifindex, attach_point(hook));
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = PRIORITY);

	return bpf_tc_detach(&place, &options);
}
