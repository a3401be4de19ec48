/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What was learned, on disk: for the same program on the same machine. A file of another layout, or one that is not
 * whole, is left out with a message, and learning begins anew.
 */
#ifndef SENTRY_DAEMON_ANOMALY_STATE_H
#define SENTRY_DAEMON_ANOMALY_STATE_H

#include <stdbool.h>

struct anomaly;

/* Both do nothing without a file in the settings. What goes wrong is said once, until it goes well again. */
void anomaly_load(struct anomaly *anomaly);
/* Into a new file, which then takes the place of the old one. */
bool anomaly_save(struct anomaly *anomaly);

#endif
