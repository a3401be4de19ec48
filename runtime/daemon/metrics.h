/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What sentryd knows, for Prometheus. Labels are bounded by what is configured: policies, rules, interfaces, sinks. Never an
 * address or a port.
 */
#ifndef SENTRY_DAEMON_METRICS_H
#define SENTRY_DAEMON_METRICS_H

#include "telemetry.h"
#include "text_buffer.h"

enum metrics_format {
	METRICS_TEXT,         /* text/plain; version=0.0.4 */
	METRICS_OPENMETRICS,  /* application/openmetrics-text; version=1.0.0 */
};

/*
 * At most `max_rules` rules have series of their own, those that were seen first; what the others counted is the series of
 * the rule METRICS_OTHERS of its policy and block. Which are which does not change while sentryd runs: a series that only
 * grows must not lose a member.
 */
#define METRICS_OTHERS "(others)"
void metrics_write(struct text_buffer *buffer, const struct telemetry *telemetry, size_t max_rules, enum metrics_format format);

/* The format that an Accept header asks for; NULL: the header is not there. */
enum metrics_format metrics_accepted(const char *accept);
extern const char *const metrics_content_types[];

#endif
