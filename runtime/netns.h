/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef SENTRY_NETNS_H
#define SENTRY_NETNS_H

#include "failure.h"

#include <stddef.h>

/*
 * Moves this thread into another network namespace, and into nothing else of it: `ip
 * netns exec` would also give it a fresh /sys without our bpf file system. `name` is
 * a path, or a name as `ip netns list` shows it.
 */
bool netns_enter(const char *name, struct failure *why);

/*
 * "net-COOKIE": how the present namespace is called below bpffs. The cookie is never
 * given twice while the kernel runs; inode numbers are.
 */
bool netns_identity(char *text, size_t size, struct failure *why);

/*
 * Where its history lies on disk: "host" for that of process 1, which is the same after a reboot; for others a name
 * that comes never again.
 */
bool netns_state_name(char *text, size_t size, struct failure *why);

#endif
