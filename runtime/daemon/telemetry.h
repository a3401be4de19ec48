/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What sentryd knows now, besides the stream of items: the state that /metrics shows and that alerts look at. Belongs to the
 * thread of the loop.
 */
#ifndef SENTRY_DAEMON_TELEMETRY_H
#define SENTRY_DAEMON_TELEMETRY_H

#include "item.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A counter as last read; it only grows, also over changes of generation. The item is what went to the sinks. */
struct tracked_counter {
	char *text[N_ITEM_TEXTS];
	enum item_kind kind;   /* ITEM_RULE, ITEM_TRAFFIC, ITEM_FLAGS */
	uint32_t generation, line;
	uint32_t ifindex;      /* of traffic and flags; 0: others */
	uint64_t packets, bytes;
	/*
	 * What the kernel has here by now, and was told of elsewhere; less than 0: what was told of here, and it has elsewhere. An apply
	 * moves what interfaces that are gone counted to the others.
	 */
	int64_t moved_packets, moved_bytes;
	int64_t told_hour;     /* hours since 1970 when it last went to the sinks */
	bool present;          /* in the generation in force */
	bool gone;             /* its interface is, and all that it counted was moved */
};

/* A table of bounded size in the kernel. */
struct table_use {
	const char *kind;      /* "set", "states", "limit" */
	char *policy, *name;
	uint64_t entries, capacity;
	uint64_t failed;       /* entries that found no room */
};

/* What became of the items of one sink. Written by both of its threads. */
struct sink_stats {
	atomic_uint_fast64_t accepted;  /* handed to it */
	atomic_uint_fast64_t written;
	atomic_uint_fast64_t dropped;   /* no room, in memory and on disk: the oldest */
	atomic_uint_fast64_t refused;   /* the other side would never take them */
	atomic_uint_fast64_t queued;    /* waiting in memory */
	atomic_uint_fast64_t spilled;   /* waiting on disk */
	atomic_uint_fast64_t retries;
	atomic_bool failing;            /* the last attempt failed */
};

struct sink_state {
	const char *name, *type;
	struct sink_stats stats;
	pthread_mutex_t *lock;  /* what belongs together changes under it, so that items always add up; NULL: nothing changes */
};

/* Belongs to what judges: alerts_scores(). */
struct score {
	const char *kind;    /* "rule", "interface" */
	const char *policy, *name;
	double score;
};

struct telemetry {
	bool in_force;              /* is there a policy? */
	uint32_t generation;
	char *policies;             /* names */
	char *source_hash;          /* of the first policy */
	int64_t applied_ns;         /* CLOCK_REALTIME; 0: unknown */
	uint64_t swaps;             /* changes of generation that were seen */
	size_t n_counters;
	struct tracked_counter *counters;
	uint64_t counters_origin;   /* another one than before: all count from 0 again; 0: nothing counts */
	size_t n_tables;
	struct table_use *tables;
	uint64_t events_read;       /* records taken from ring buffers */
	uint64_t events_lost;       /* that found no room in them */
	uint64_t flow_records_lost, flow_packets_lost, flow_bytes_lost;
	uint64_t flows_active;      /* in sentryd's table */
	uint64_t flows_forced;      /* ended early for want of room there */
	uint64_t states[8];         /* connections by enum sentry_stage */
	uint64_t alerts;
	size_t n_scores;
	const struct score *scores;
	size_t n_sinks;
	struct sink_state *const *sinks;
	int64_t started_ns;         /* CLOCK_REALTIME */
	int64_t last_read_ns;       /* counters; CLOCK_MONOTONIC */
	uint64_t reloads, reload_failures;
};

#endif
