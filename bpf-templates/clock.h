/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What time it is for a packet: read at most once, and only if somebody asks. Rates need
 * nanoseconds; for what expires a tick of the kernel's coarse clock is good enough, at a
 * tenth of the cost.
 */
#ifndef SENTRY_CLOCK_H
#define SENTRY_CLOCK_H

#ifdef SENTRY_WITH_CLOCK

#include "packet.h"
#include "trace.h"

static __always_inline __u64 clock_time(struct packet *pkt)
{
	if (!pkt->time_ns) {
		pkt->time_ns = trace_time();
		if (!pkt->time_ns)
			pkt->time_ns = bpf_ktime_get_ns();
	}
	return pkt->time_ns;
}

static __always_inline __u64 clock_tick(struct packet *pkt)
{
	if (!pkt->tick_ns) {
		pkt->tick_ns = trace_time();
		if (!pkt->tick_ns)
			pkt->tick_ns = bpf_ktime_get_coarse_ns();
	}
	return pkt->tick_ns;
}

#endif
#endif
