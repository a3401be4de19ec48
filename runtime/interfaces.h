/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The interfaces of a network namespace, and which of them stand for which role of a policy. */
#ifndef SENTRY_INTERFACES_H
#define SENTRY_INTERFACES_H

#include "failure.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

struct interface {
	char name[IF_NAMESIZE];
	unsigned int index;
	bool up;
	bool loopback;
	const char *kind; /* NULL: frames begin with an Ethernet header, as programs expect; else what it is */
	bool ifb;         /* its packets were another interface's, with the header that they had there */
};

struct interfaces {
	size_t n;
	struct interface *items;
};

bool interfaces_read(struct interfaces *interfaces, struct failure *why);
void interfaces_free(struct interfaces *interfaces);
const struct interface *interfaces_find(const struct interfaces *interfaces, const char *name);
const struct interface *interfaces_numbered(const struct interfaces *interfaces, unsigned int index);
/* Fails where a policy would take each packet for non-ip. Whatever attaches a program asks this first. */
bool interface_check(const struct interface *interface, struct failure *why);

/* The name that number `index` has now; false: there is none. Of this thread's network namespace, or of interfaces_watch(). */
bool interface_name(unsigned int index, char name[static IF_NAMESIZE]);

/*
 * From now on names are those of the network namespace that this process is in now, wherever it goes. For a program that looks
 * into one namespace and has its own business in another. False with errno.
 */
bool interfaces_watch(void);

/* The name that number `index` has now, or `former` if it is gone. */
const char *interface_present(unsigned int index, const char *former, char name[static IF_NAMESIZE]);

/* What --bind said: a list of (role, interface), in the order given. */
struct binding {
	char *role;
	char interface[IF_NAMESIZE];
};

struct bindings {
	size_t n;
	struct binding *items;
};

/* Adds `ROLE=IFACE[,IFACE…]`. May be called again for the same role. */
bool bindings_add(struct bindings *bindings, const char *argument, struct failure *why);
void bindings_free(struct bindings *bindings);

#endif
