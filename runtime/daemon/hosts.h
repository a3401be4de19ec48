/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The addresses that are worth watching, in bounded memory: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi,
 * Efficient computation of frequent and top-k elements in data streams, ICDT 2005). What is not in a full table takes
 * the place of what weighs least, and its weight on top of its own. Whoever has more than 1/capacity of all weight is
 * in it, and a flood of forged addresses only changes the end of the table.
 */
#ifndef SENTRY_DAEMON_HOSTS_H
#define SENTRY_DAEMON_HOSTS_H

#include "baseline.h"
#include "item.h"

#include <stddef.h>
#include <stdint.h>

/* What of a host is observed. */
enum host_metric {
	HOST_PACKETS, /* in an interval */
	HOST_BYTES,
	HOST_PEERS,   /* different ones in an hour */
	HOST_PORTS,   /* different destination ports in an hour */
	N_HOST_METRICS,
};

/* Different values are counted by linear counting (Whang, Vander-Zanden, Taylor, 1990) in a map of bits. */
#define HOST_BITS 512

struct host_bits {
	uint64_t words[HOST_BITS / 64];
};

/* Lies in the state file as it is. */
struct host {
	uint8_t address[16];
	uint8_t ip_version;
	uint8_t told;       /* of HOST_PEERS and HOST_PORTS, as bits: the alarm of this hour */
	uint8_t reserved[6];
	double weight;
	int64_t alerted_ns; /* last alert; 0: none */
	struct host_bits peers, ports;
	struct baseline metrics[N_HOST_METRICS];
	/* Of the interval that goes on. */
	uint64_t packets, bytes;
};

struct hosts;

/* `seed`: nobody outside knows which addresses share a bit or a chain. */
struct hosts *hosts_new(size_t capacity, const uint8_t seed[static 16]);
void hosts_free(struct hosts *hosts);

/* The host of an address, which gets `weight` more. */
struct host *hosts_add(struct hosts *hosts, const uint8_t address[static 16], uint8_t ip_version, double weight);
/* What was seen long ago weighs less: all weights times `factor`. */
void hosts_fade(struct hosts *hosts, double factor);

size_t hosts_count(const struct hosts *hosts);
/* 0 … hosts_count() - 1, in an order that only hosts_add() changes. */
struct host *hosts_at(struct hosts *hosts, size_t i);
/* As read from a file; false if there is no room, or it is there. */
bool hosts_restore(struct hosts *hosts, const struct host *host);

void host_bit(const struct hosts *hosts, struct host_bits *bits, const void *value, size_t size);
/* About how many different ones set a bit; at most some 3,000. */
double host_bits_count(const struct host_bits *bits);

#endif
