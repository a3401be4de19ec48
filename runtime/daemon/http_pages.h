/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What sentryd serves: /metrics, /healthz (it is alive), /readyz (it sees what a policy does, and somebody takes it). */
#ifndef SENTRY_DAEMON_HTTP_PAGES_H
#define SENTRY_DAEMON_HTTP_PAGES_H

#include "http_server.h"
#include "telemetry.h"

/* The context of the pages. */
struct http_state {
	const struct telemetry *telemetry;
	size_t max_rules;       /* that have series of their own */
	uint64_t stale_ns;      /* counters not read for so long: it is not ready */
};

#define HTTP_DEFAULT_RULES 10000

extern const struct http_page http_pages[];

/* Reads the key `rules`. */
void http_state_read(struct http_state *state, struct config_map *map);

#endif
