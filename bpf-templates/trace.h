/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the test engines read back from a run. Off unless `sentry_trace_on` is set
 * when the object is loaded; the verifier then takes all of it out.
 */
#ifndef SENTRY_TRACE_H
#define SENTRY_TRACE_H

#include "shared.h"

const volatile __u32 sentry_trace_on = TRACE_DEFAULT;

MAP_ARRAY(sentry_trace, struct sentry_trace, 1, BPF_F_MMAPABLE);

static __always_inline struct sentry_trace *trace_get(void)
{
	return sentry_trace_on ? map_at(&sentry_trace, 0) : NULL;
}

/* A capture may hold less of a frame than was on the wire: what a test says of that. */
static __always_inline __u32 trace_wire_size(__u32 size)
{
	struct sentry_trace *trace = trace_get();

	return trace && trace->wire_size > size ? trace->wire_size : size;
}

/* When it is, as a test says it; 0: the clock's time. */
static __always_inline __u64 trace_time(void)
{
	struct sentry_trace *trace = trace_get();

	return trace ? trace->time_ns : 0;
}

static __always_inline void trace_state(__u32 state)
{
	struct sentry_trace *trace = trace_get();

	if (trace)
		trace->state = (__u8)state;
}

static __always_inline void trace_decision(__u32 slot, __u32 verdict)
{
	struct sentry_trace *trace = trace_get();

	if (!trace)
		return;
	trace->slot = slot;
	trace->verdict = (__u8)verdict;
	trace->decided = 1;
}

#ifdef SENTRY_WITH_EVENTS
static __always_inline void trace_logged(void)
{
	struct sentry_trace *trace = trace_get();

	if (trace)
		trace->logged = 1;
}

#endif

#ifdef SENTRY_WITH_SAMPLES
static __always_inline void trace_sampled(void)
{
	struct sentry_trace *trace = trace_get();

	if (trace)
		trace->sampled = 1;
}
#endif

#endif
