/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* All sinks of the configuration in force, and those of one before that still have something to write. */
#ifndef SENTRY_DAEMON_FAN_OUT_H
#define SENTRY_DAEMON_FAN_OUT_H

#include "block.h"
#include "settings.h"
#include "telemetry.h"

struct fan_out;

struct fan_out *fan_out_new(struct telemetry *telemetry);
/* Starts what is new, leaves alone what is configured as before, stops what is not there any more. */
void fan_out_configure(struct fan_out *fan_out, struct settings *settings);
/* Of outbox_new(). */
void fan_out_deliver(void *context, struct block *block);
/* Frees sinks that have ended. */
void fan_out_tick(struct fan_out *fan_out);
/* Lets the sinks write for some seconds what waits; the rest goes to disk. */
void fan_out_free(struct fan_out *fan_out);

#endif
