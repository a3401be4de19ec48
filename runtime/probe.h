/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Whether the world can still be reached through the new policy: a TCP connection that is accepted. */
#ifndef SENTRY_PROBE_H
#define SENTRY_PROBE_H

#include "failure.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* Of the form tcp://HOST:PORT, with IPv6 addresses in brackets. */
bool probe_check(const char *probe, struct failure *why);

/*
 * From the present network namespace, each again until it answers or the time (monotonic clock) has come. On
 * failure `why` names the first that did not.
 */
bool probe_all(const char *const *probes, size_t n, __u64 deadline_ns, struct failure *why);

#endif
