/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A made-up network, from a seed: rates of rules and flows of hosts, with hours of the day, noise, and what does not
 * belong.
 */
#ifndef SENTRY_TEST_SERIES_H
#define SENTRY_TEST_SERIES_H

#include "anomaly.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_INTERVAL_S 10
#define WORLD_DAY_S 86400
#define WORLD_CLIENTS 300
#define WORLD_SERVERS 200
#define WORLD_RULES 5

/* What does not belong; when, in seconds of the day. */
#define WORLD_QUIET 0
#define WORLD_BURST 1 /* the packets that rule ssh denies are thirty times as many, for five minutes */
#define WORLD_HEAVY_SOURCE 2 /* a new source with 3,000 packets/s, for ten minutes */
#define WORLD_SCAN 4 /* a source tries one more host every five seconds, for an hour and a half */
#define WORLD_ALL 7
#define WORLD_BURST_S (14 * 3600 + 20 * 60)
#define WORLD_HEAVY_S (16 * 3600 + 40 * 60)
#define WORLD_SCAN_S (19 * 3600 + 5 * 60)
#define WORLD_HEAVY "203.0.113.9"
#define WORLD_SCANNER "198.51.100.7"

struct world {
	uint64_t state;
	int64_t begin_s, now_s;
	bool at_once; /* what does not belong comes now, not at its time */
	double levels[WORLD_CLIENTS]; /* ln of packets that a client sends when it sends */
	struct tracked_counter counters[WORLD_RULES];
	struct telemetry telemetry;
};

/* splitmix64 */
static inline uint64_t world_bits(struct world *world)
{
	uint64_t z = world->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline double world_uniform(struct world *world)
{
	return ((double)(world_bits(world) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double world_normal(struct world *world)
{
	double radius = sqrt(-2 * log(world_uniform(world)));

	return radius * cos(6.283185307179586 * world_uniform(world));
}

static inline uint64_t world_poisson(struct world *world, double mean)
{
	double limit = exp(-mean), product = 1;
	uint64_t n = 0;

	if (mean > 50) {
		double normal = mean + sqrt(mean) * world_normal(world);

		return normal > 0 ? (uint64_t)normal : 0;
	}
	for (product = world_uniform(world); product > limit; product *= world_uniform(world))
		n++;
	return n;
}

static inline int64_t world_now(const struct world *world)
{
	return world->now_s * 1000000000LL;
}

static inline void world_begin(struct world *world, uint64_t seed)
{
	static const char *const names[WORLD_RULES] = { "forward", "dns", "ssh", "telnet", "backup" };

	*world = (struct world){ .state = seed * 1000003, .begin_s = 20000LL * WORLD_DAY_S };
	world->now_s = world->begin_s;
	for (size_t i = 0; i < WORLD_CLIENTS; i++)
		world->levels[i] = 3 + 0.8 * world_normal(world);
	for (size_t i = 0; i < WORLD_RULES; i++) {
		struct tracked_counter *counter = &world->counters[i];

		counter->kind = ITEM_RULE;
		counter->present = true;
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			counter->text[j] = strdup(j == TEXT_POLICY ? "edge" : j == TEXT_BLOCK ? "ingress" :
						  j == TEXT_RULE ? names[i] : "");
	}
	world->telemetry.n_counters = WORLD_RULES;
	world->telemetry.counters = world->counters;
}

static inline void world_end(struct world *world)
{
	for (size_t i = 0; i < WORLD_RULES; i++) {
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			free(world->counters[i].text[j]);
	}
}

static inline void world_flow(struct anomaly *anomaly, uint32_t source, uint32_t dest, uint16_t port, uint64_t packets,
			      uint64_t bytes)
{
	struct item item = { .kind = ITEM_FLOW, .packets = packets, .bytes = bytes };

	item.ends.ip_version = 4;
	item.ends.protocol = 6;
	item.ends.source_port = 40000;
	item.ends.dest_port = port;
	source = htonl(source);
	dest = htonl(dest);
	memcpy(item.ends.source, &source, 4);
	memcpy(item.ends.dest, &dest, 4);
	anomaly_flow(anomaly, &item);
}

static inline uint32_t world_address(const char *text)
{
	struct in_addr address;

	inet_pton(AF_INET, text, &address);
	return ntohl(address.s_addr);
}

/* Few servers get most of it. */
static inline uint32_t world_server(struct world *world)
{
	double u = world_uniform(world);

	return 0xc0000200 + (uint32_t)(WORLD_SERVERS * u * u * u);
}

/* From a quarter at four in the morning to all at four in the afternoon. */
static inline double world_hours(int64_t time_s)
{
	return exp(0.69 * (cos(6.283185307179586 * (double)(time_s - 16 * 3600) / WORLD_DAY_S) - 1));
}

static inline bool world_within(int64_t time_s, int64_t begin_s, int64_t long_s)
{
	return time_s >= begin_s && time_s < begin_s + long_s;
}

static inline void world_rules(struct world *world, unsigned int what, double hours)
{
	int64_t time_s = world->now_s % WORLD_DAY_S;
	bool burst = what & WORLD_BURST && (world->at_once || world_within(time_s, WORLD_BURST_S, 300));

	world->counters[0].packets += world_poisson(world, 300000 * hours * exp(0.1 * world_normal(world)));
	world->counters[1].packets += world_poisson(world, 2000 * hours * exp(0.2 * world_normal(world)));
	world->counters[2].packets += world_poisson(world, 15 * (0.5 + hours / 2) * (burst ? 30 : 1));
	/* Somebody tries it now and then. */
	if (world_uniform(world) < 0.02)
		world->counters[3].packets += 1 + world_poisson(world, 3);
	/* Each night, ten minutes. */
	if (world_within(time_s, 1800, 600))
		world->counters[4].packets += world_poisson(world, 20000 * exp(0.2 * world_normal(world)));
}

static inline void world_hosts(struct world *world, struct anomaly *anomaly, unsigned int what, double hours)
{
	static const uint16_t ports[] = { 443, 443, 443, 80, 53, 993 };
	int64_t time_s = world->now_s % WORLD_DAY_S;

	for (uint32_t i = 0; i < WORLD_CLIENTS; i++) {
		if (world_uniform(world) > 0.25 * hours)
			continue;
		for (unsigned int flows = 1 + (unsigned int)(3 * world_uniform(world)); flows > 0; flows--) {
			double packets = 1 + exp(world->levels[i] + 0.6 * world_normal(world));

			world_flow(anomaly, 0x0a000000 + i, world_server(world), ports[world_bits(world) % 6],
				   (uint64_t)packets, (uint64_t)(packets * (60 + 1000 * world_uniform(world))));
		}
	}
	if (what & WORLD_HEAVY_SOURCE && (world->at_once || world_within(time_s, WORLD_HEAVY_S, 600))) {
		for (uint32_t i = 0; i < 100; i++)
			world_flow(anomaly, world_address(WORLD_HEAVY), 0xc0000200 + i, 443, 300, 300 * 1200);
	}
	if (what & WORLD_SCAN && (world->at_once || world_within(time_s, WORLD_SCAN_S, 5400))) {
		for (uint32_t i = 0; i < 2; i++)
			world_flow(anomaly, world_address(WORLD_SCANNER),
				   0xac100000 + (uint32_t)(time_s - WORLD_SCAN_S) / 5 + i, 22, 1, 60);
	}
}

/* `what`: of WORLD_…. */
static inline void world_tick(struct world *world, struct anomaly *anomaly, unsigned int what)
{
	double hours = world_hours(world->now_s % WORLD_DAY_S);

	world_rules(world, what, hours);
	world_hosts(world, anomaly, what, hours);
	world->now_s += WORLD_INTERVAL_S;
	anomaly_tick(anomaly, world_now(world), &world->telemetry);
}

static inline void world_day(struct world *world, struct anomaly *anomaly, unsigned int what)
{
	for (int64_t ticks = WORLD_DAY_S / WORLD_INTERVAL_S; ticks > 0; ticks--)
		world_tick(world, anomaly, what);
}

#endif
