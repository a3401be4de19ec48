/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The one header that generated code includes. Before it the generated file says
 *
 *	#define SENTRY_SLOTS n         how many counters: one per rule and pseudo-rule
 *	#define SENTRY_WITH_EVENTS     if some rule logs or samples; without it there is no ring buffer
 *	#define SENTRY_WITH_SAMPLES    if some rule samples
 *	#define SENTRY_WITH_REJECT     if some verdict is reject; without it nothing is ever sent
 *	#define SENTRY_WITH_STATE      if some rule asks for state, and what state.h says
 *	#define SENTRY_QUESTIONS n     if some rule asks sets: how many questions a packet may ask (set.h)
 *	#define SENTRY_TABLES n        if there are tables with a bound: connections, limits, sets that grow
 *	#define SENTRY_WITH_ACCOUNT    if anything but rules is counted (account.h), with one of these two, or both:
 *	#define SENTRY_WITH_TRAFFIC
 *	#define SENTRY_FLOWS_MAX n     entries of the flow cache of each CPU, a power of two
 *	#define SENTRY_WITH_CLASSES    if some block's rules are looked up (classify.h)
 *	#define SENTRY_WITH_CLOCK      if there are such tables
 *
 * A packet's way: the entry function of a block calls xdp_parse or tc_parse, which
 * fills a struct packet (packet.h, packet_parse.h); the block's rules (match.h) look at that
 * alone and give a decision (verdict.h); xdp_finish or tc_finish_* counts it and
 * turns it into the hook's own return code (ctx_xdp.h, ctx_tc.h).
 *
 * With SENTRY_NATIVE the same code is built for the machine at hand (native.h).
 */
#ifndef SENTRY_H
#define SENTRY_H

#ifndef SENTRY_SLOTS
#error "generated code says how many counters it has before it includes sentry.h"
#endif

#include "types.h"
#include "shared.h"
#ifdef SENTRY_NATIVE
#include "native.h"
#else
#include "kernel.h"
#endif
#include "packet.h"
#include "packet_parse.h"
#include "trace.h"
#include "clock.h"
#include "counters.h"
#include "flow.h"
#include "account.h"
#include "tables.h"
#include "state.h"
#include "set.h"
#include "limit.h"
#include "events.h"
#include "match.h"
#ifdef SENTRY_WITH_CLASSES
#include "classify.h"
#endif
#include "verdict.h"
#include "reject.h"
#include "ctx_xdp.h"
#include "ctx_tc.h"

#endif
