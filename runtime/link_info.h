/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What interfaces are made of, by netlink: what an interface's flags and header do not tell. */
#ifndef SENTRY_LINK_INFO_H
#define SENTRY_LINK_INFO_H

#include <stdbool.h>
#include <stddef.h>

struct link_info {
	unsigned int index;
	char kind[16];       /* "veth", "ifb", "vlan", …; "" for hardware */
	unsigned int lower;  /* what it stands on, or the far end of a veth; 0: nothing */
	bool elsewhere;      /* that is in another network namespace, and `lower` a number there */
};

struct link_infos {
	size_t n;
	struct link_info *items;
};

/* Of the present network namespace. False with errno. */
bool link_infos_read(struct link_infos *infos);
void link_infos_free(struct link_infos *infos);
/* NULL: there is none. */
const struct link_info *link_infos_find(const struct link_infos *infos, unsigned int index);

#endif
