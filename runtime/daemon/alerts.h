/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Alerts: what rules of the policy detect, told once for each source and cooldown with how often; and deviations from
 * what is usual (anomaly.h). Knows no kernel and no file but the state of the latter.
 */
#ifndef SENTRY_DAEMON_ALERTS_H
#define SENTRY_DAEMON_ALERTS_H

#include "anomaly.h"
#include "config.h"
#include "item.h"
#include "telemetry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alerts_settings {
	int64_t cooldown_ns; /* of a detection and source */
	size_t sources;      /* of one detection at a time; what is beyond is told as one */
	bool anomalies;
	struct anomaly_settings anomaly;
};

/*
 * The mapping `alerts`, which the caller ends. What is wrong is said, and has its default. Texts belong to the
 * document.
 */
void alerts_configure(struct alerts_settings *settings, struct config_map *map);

struct alerts;

/* Times are of CLOCK_REALTIME. Texts of the settings must live as long. */
struct alerts *alerts_new(const struct alerts_settings *settings, int64_t now_ns, alerts_emit emit, void *context);
/* Tells what is counted and not yet told, and writes the state. */
void alerts_free(struct alerts *alerts);

/* An item on its way to the sinks: of interest are events and flows. */
void alerts_item(struct alerts *alerts, const struct item *item);
/* Once a second or so. */
void alerts_tick(struct alerts *alerts, int64_t now_ns, const struct telemetry *telemetry);
/* For telemetry; valid until the next tick. */
const struct score *alerts_scores(const struct alerts *alerts, size_t *n);

#endif
