/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* This process, under the names that clients of Prometheus share. */
#ifndef SENTRY_DAEMON_METRICS_PROCESS_H
#define SENTRY_DAEMON_METRICS_PROCESS_H

#include "metrics_family.h"

void metrics_write_process(struct family *family, int64_t started_ns);

#endif
