/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Packets and bytes of each rule. Each CPU has counters of its own, and a program
 * is not interrupted by another of the same CPU that counts: plain additions do.
 */
#ifndef SENTRY_COUNTERS_H
#define SENTRY_COUNTERS_H

#include "packet.h"

MAP_PERCPU_ARRAY(counters, struct sentry_counters, (SENTRY_SLOTS + SENTRY_COUNTERS - 1) / SENTRY_COUNTERS);

/* Rules that decide are counted by the hook's finish; this is for those that do not. */
static __always_inline void count(const struct packet *pkt, __u32 slot)
{
	struct sentry_counters *some = map_at(&counters, slot / SENTRY_COUNTERS);
	struct sentry_counter *counter;

	if (!some)
		return;
	counter = &some->slots[slot % SENTRY_COUNTERS];
	counter->packets++;
	counter->bytes += pkt->bytes;
}

#endif
