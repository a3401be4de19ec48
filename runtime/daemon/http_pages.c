/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "http_pages.h"

#include "metrics.h"

#include <time.h>

static void answer_metrics(void *context, const char *accept, struct http_reply *reply)
{
	const struct http_state *state = context;
	enum metrics_format format = metrics_accepted(accept);

	metrics_write(&reply->body, state->telemetry, state->max_rules, format);
	reply->content_type = metrics_content_types[format];
}

static void answer_health(void *context, const char *accept, struct http_reply *reply)
{
	text_add(&reply->body, "alive\n");
}

static bool all_sinks_fail(const struct telemetry *telemetry)
{
	for (size_t i = 0; i < telemetry->n_sinks; i++) {
		if (!atomic_load(&telemetry->sinks[i]->stats.failing))
			return false;
	}
	return telemetry->n_sinks > 0;
}

static void answer_ready(void *context, const char *accept, struct http_reply *reply)
{
	const struct http_state *state = context;
	const struct telemetry *telemetry = state->telemetry;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!telemetry->in_force)
		text_add(&reply->body, "not ready: no policy is in force\n");
	else if (!telemetry->last_read_ns ||
		 (double)now.tv_sec * 1e9 - (double)telemetry->last_read_ns > (double)state->stale_ns)
		text_add(&reply->body, "not ready: the counters of the policy have not been read lately\n");
	else if (all_sinks_fail(telemetry))
		text_add(&reply->body, "not ready: all sinks fail\n");
	if (reply->body.size)
		reply->status = 503;
	else
		text_add(&reply->body, "ready\n");
}

const struct http_page http_pages[] = {
	{ "/metrics", answer_metrics },
	{ "/healthz", answer_health },
	{ "/readyz", answer_ready },
	{ NULL, NULL },
};

void http_state_read(struct http_state *state, struct config_map *map)
{
	state->max_rules = config_number(map, "rules", HTTP_DEFAULT_RULES, 0, 1000000);
}
