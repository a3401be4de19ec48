/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "link_info.h"

#include "memory.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than the kernel puts into one message of a dump. */
#define ROOM (64 << 10)

static void read_kind(struct link_info *item, const struct rtattr *nested)
{
	const struct rtattr *part = RTA_DATA(nested);

	for (size_t left = RTA_PAYLOAD(nested); RTA_OK(part, left); part = RTA_NEXT(part, left)) {
		if (part->rta_type == IFLA_INFO_KIND)
			strncpy(item->kind, RTA_DATA(part), sizeof(item->kind) - 1);
	}
}

static void read_link(struct link_infos *infos, const struct nlmsghdr *message)
{
	const struct ifinfomsg *head = NLMSG_DATA(message);
	const struct rtattr *part = IFLA_RTA(head);
	struct link_info item = { .index = (unsigned int)head->ifi_index };

	for (size_t left = IFLA_PAYLOAD(message); RTA_OK(part, left); part = RTA_NEXT(part, left)) {
		if (part->rta_type == IFLA_LINK && RTA_PAYLOAD(part) >= sizeof(item.lower))
			memcpy(&item.lower, RTA_DATA(part), sizeof(item.lower));
		else if (part->rta_type == IFLA_LINK_NETNSID)
			item.elsewhere = true;
		else if ((part->rta_type & NLA_TYPE_MASK) == IFLA_LINKINFO)
			read_kind(&item, part);
	}
	infos->items = grow(infos->items, infos->n, sizeof(*infos->items));
	infos->items[infos->n++] = item;
}

/* One answer of the kernel; *done: it was the last. */
static bool read_answer(struct link_infos *infos, const struct nlmsghdr *message, size_t left, bool *done)
{
	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_type == NLMSG_ERROR) {
			errno = -((const struct nlmsgerr *)NLMSG_DATA(message))->error;
			return false;
		}
		if (message->nlmsg_type == NLMSG_DONE)
			*done = true;
		else if (message->nlmsg_type == RTM_NEWLINK)
			read_link(infos, message);
	}
	return true;
}

static bool dump(struct link_infos *infos, int fd)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	struct nlmsghdr *answer = allocate(1, ROOM);
	bool done = false, ok = send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request);

	while (ok && !done) {
		ssize_t n = recv(fd, answer, ROOM, 0);

		ok = n > 0 && read_answer(infos, answer, (size_t)n, &done);
	}
	free(answer);
	return ok;
}

bool link_infos_read(struct link_infos *infos)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), error;
	bool ok;

	*infos = (struct link_infos){ 0 };
	if (fd < 0)
		return false;
	ok = dump(infos, fd);
	error = errno;
	close(fd);
	if (!ok)
		link_infos_free(infos);
	errno = error;
	return ok;
}

void link_infos_free(struct link_infos *infos)
{
	free(infos->items);
	*infos = (struct link_infos){ 0 };
}

const struct link_info *link_infos_find(const struct link_infos *infos, unsigned int index)
{
	for (size_t i = 0; i < infos->n; i++) {
		if (infos->items[i].index == index)
			return &infos->items[i];
	}
	return NULL;
}
