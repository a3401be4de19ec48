/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryd at work. */
#ifndef SENTRY_DAEMON_DAEMON_H
#define SENTRY_DAEMON_DAEMON_H

#include "failure.h"
#include "settings.h"

#include <stdbool.h>

/*
 * Until SIGTERM or SIGINT. SIGHUP reads the configuration again, from `path`; one that is wrong changes nothing. Takes
 * the settings. `netns`: the namespace whose policy is watched, NULL for the present one; sinks and /metrics stay in this.
 */
bool daemon_run(struct settings *settings, const char *path, const char *netns, struct failure *why);

#endif
