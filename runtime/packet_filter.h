/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Which packets, flows and counters sentryctl is asked for: of the kernel and of the history. */
#ifndef SENTRY_PACKET_FILTER_H
#define SENTRY_PACKET_FILTER_H

#include "item.h"

#include <stdbool.h>
#include <stdint.h>

/* Addresses from low to high, of 4 or 16 bytes in network byte order; size 0: all, and what is not IP. */
struct address_prefix {
	unsigned int size;
	uint8_t low[16], high[16];
};

#define ANY_NUMBER (-1)

/* Members that are NULL or ANY_NUMBER ask for nothing. */
struct packet_filter {
	const char *rule;
	const char *verdict;
	const char *interface;
	struct address_prefix source, dest;
	int protocol;
	int port;   /* of either end */
};

extern const struct packet_filter packet_filter_all;

/* "192.0.2.0/24", "2001:db8::1". False if it is neither, or has bits behind the prefix. */
bool packet_filter_prefix(const char *text, struct address_prefix *prefix);
/* "tcp", "ICMPv6", "47". */
bool packet_filter_protocol(const char *text, int *protocol);
bool packet_filter_port(const char *text, int *port);

/* Of an event or flow. */
bool packet_filter_takes(const struct packet_filter *filter, const struct item *item);
/* Does it ask for anything that only packets have, and no counter of a rule? */
bool packet_filter_wants_packets(const struct packet_filter *filter);

#endif
