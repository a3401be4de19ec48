/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Whether VLAN tags are in the frames of an interface, where XDP programs see them, or beside them. */
#ifndef SENTRY_TAGS_H
#define SENTRY_TAGS_H

#include <stdbool.h>

struct tags {
	const char *cause; /* NULL: they are in the frame; else who puts them beside it */
	char remedy[128];  /* what puts them into it, if `cause` */
	bool used;         /* a VLAN device stands on the interface */
};

/* What the kernel does not tell is taken for the best. */
void tags_look(struct tags *tags, unsigned int ifindex, const char *name);

#endif
