/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What anomaly*.c share. */
#ifndef SENTRY_DAEMON_ANOMALY_PARTS_H
#define SENTRY_DAEMON_ANOMALY_PARTS_H

#include "anomaly.h"
#include "hosts.h"

#define SECOND_NS 1000000000LL
#define HOUR_NS (3600 * SECOND_NS)

/* What hosts are like: mean and variance over all that did something. Lies in the state file as it is. */
struct population {
	double level, variance;
	uint64_t batches, observations;
};

enum host_end {
	HOST_SOURCE,
	HOST_DEST,
	N_HOST_ENDS,
};

/* A counter whose rate is watched. */
struct rate {
	char *policy, *block, *name; /* of an interface, its name alone */
	bool is_rule;
	bool seen;                   /* in this tick */
	bool counted;                /* `last` says something */
	uint64_t packets, last;
	int64_t since_ns, seen_ns, alerted_ns;
	double score;
	struct baseline baseline;
};

#define MOST_RATES 4096

struct anomaly {
	struct anomaly_settings settings;
	alerts_emit emit;
	void *context;
	int64_t started_ns;  /* with what was learned before */
	int64_t last_ns;     /* tick; 0: none */
	int64_t saved_ns;
	int64_t window;      /* the hour that HOST_PEERS and HOST_PORTS are of */
	bool save_failed;    /* and it was said */
	double rate;         /* weight of an observation */
	uint8_t seed[16];
	size_t n_rates;
	struct rate *rates;
	uint32_t *rate_heads, *rate_next; /* chains by name */
	size_t n_scores;
	struct score *scores;
	struct hosts *hosts[N_HOST_ENDS]; /* NULL: not watched */
	struct population populations[N_HOST_ENDS][N_HOST_METRICS];
};

/* What was observed, for an alert. */
struct deviation {
	const char *name, *unit;
	double value, expected, score;
};

/* The item's texts and ends are what it is about; fills in the rest and hands it over. */
void anomaly_alert(struct anomaly *anomaly, struct item *item, int64_t now_ns, const struct deviation *deviation);
static inline bool anomaly_may_alert(const struct anomaly *anomaly, int64_t now_ns, int64_t last_ns)
{
	return last_ns == 0 || now_ns - last_ns >= anomaly->settings.cooldown_ns || now_ns < last_ns;
}

static inline size_t anomaly_capacity(const struct anomaly_settings *settings, enum host_end end)
{
	return end == HOST_SOURCE ? settings->sources : settings->destinations;
}

/* `elapsed_ns` since the last one; 0: unknown, or too long to say anything. */
void anomaly_tick_rates(struct anomaly *anomaly, int64_t now_ns, int64_t elapsed_ns, const struct telemetry *telemetry);
void anomaly_tick_hosts(struct anomaly *anomaly, int64_t now_ns, int64_t elapsed_ns);
/* NULL: there are too many. */
struct rate *anomaly_rate(struct anomaly *anomaly, bool is_rule, const char *policy, const char *block,
			  const char *name, int64_t now_ns);
void anomaly_free_rates(struct anomaly *anomaly);

#endif
