/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The families that come from counters of the kernel: rules, traffic, flags of TCP. */
#ifndef SENTRY_DAEMON_METRICS_COUNTERS_H
#define SENTRY_DAEMON_METRICS_COUNTERS_H

#include "metrics_family.h"

void metrics_write_counters(struct family *family, const struct telemetry *telemetry, size_t max_rules);

#endif
