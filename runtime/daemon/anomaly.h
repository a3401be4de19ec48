/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Deviations from what is usual: packets of each rule and interface, and of sources and destinations packets, bytes,
 * and how many different ends and ports they talk to. Each is held against its own past (baseline.h), hosts also
 * against all others, and those that are new against the others alone. Nothing is said while there is no past.
 */
#ifndef SENTRY_DAEMON_ANOMALY_H
#define SENTRY_DAEMON_ANOMALY_H

#include "item.h"
#include "telemetry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An alert; it is valid during the call. Sequence and generation are the receiver's to fill in. */
typedef void (*alerts_emit)(void *context, const struct item *item);

struct anomaly_settings {
	double threshold;      /* standard deviations */
	int64_t interval_ns;   /* of an observation */
	int64_t warm_up_ns;    /* nothing is said before */
	int64_t half_life_ns;  /* observations of this time weigh as much as all before */
	int64_t cooldown_ns;   /* between two alerts about the same thing */
	size_t sources;        /* how many are watched; 0: none */
	size_t destinations;
	bool rules, interfaces;
	const char *state;     /* file; NULL: what was learned ends with the process */
};

#define ANOMALY_DEFAULTS                                                     \
	{                                                                    \
		.threshold = 4, .interval_ns = 10000000000,                  \
		.warm_up_ns = 3600000000000, .half_life_ns = 1800000000000,  \
		.cooldown_ns = 900000000000, .sources = 1000,                \
		.destinations = 1000, .rules = true, .interfaces = true,     \
	}

struct anomaly;

/* `now_ns`: CLOCK_REALTIME, as everywhere here. Reads the state file if there is one; what it cannot use it says. */
struct anomaly *anomaly_new(const struct anomaly_settings *settings, int64_t now_ns, alerts_emit emit, void *context);
/* Writes the state file. */
void anomaly_free(struct anomaly *anomaly);

/* A flow record. */
void anomaly_flow(struct anomaly *anomaly, const struct item *flow);
/* At least once an interval. */
void anomaly_tick(struct anomaly *anomaly, int64_t now_ns, const struct telemetry *telemetry);
/* Of rules and interfaces, as last judged; 0 of those whose past is too short. Valid until the next tick. */
const struct score *anomaly_scores(const struct anomaly *anomaly, size_t *n);

#endif
