/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Packets and bytes by interface, direction, protocol and verdict, and patterns of TCP flags, summed over CPUs, parts and
 * generations: what a policy counts that says `account { traffic; }`. Blocks on one interface are counted together.
 */
#ifndef SENTRY_TRAFFIC_H
#define SENTRY_TRAFFIC_H

#include "counters.h"
#include "failure.h"
#include "generation.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

struct traffic_interface {
	unsigned int ifindex; /* 0: all those for which there was no room, or that are gone */
	struct count counts[SENTRY_DIRECTIONS][SENTRY_CLASSES][SENTRY_VERDICTS];
	__u64 flags[SENTRY_DIRECTIONS][SENTRY_FLAG_PATTERNS];
};

/* By rising number of the interface. */
struct traffic {
	bool on;              /* some policy in force counts it; else what there is was counted earlier */
	size_t n;
	struct traffic_interface *items;
};

/* Words for results: "tcp", "non-ip", …; stable. */
extern const char *const traffic_class_words[SENTRY_CLASSES];

/* Since a policy first counted. Never less than at an earlier call, however policies are swapped meanwhile. */
bool traffic_read(const struct site *site, struct traffic *traffic, struct failure *why);
void traffic_free(struct traffic *traffic);

/* The entry of that interface, made if there is none. */
struct traffic_interface *traffic_interface(struct traffic *traffic, unsigned int ifindex);

/* What one part of a generation has counted itself is added. Without a map there is nothing to add. */
bool traffic_add_part(struct traffic *traffic, const struct generation *generation, size_t part, struct failure *why);

/* "syn", "fin,ack"; "none" */
const char *traffic_flags(unsigned int pattern, char text[static 32]);

#endif
