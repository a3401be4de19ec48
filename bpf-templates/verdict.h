/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A decision is one number, so that a ladder of rules can return it: the counter
 * slot of who decided, and the verdict in the lowest two bits.
 */
#ifndef SENTRY_VERDICT_H
#define SENTRY_VERDICT_H

#include "account.h"
#include "counters.h"
#include "packet.h"
#include "state.h"
#include "trace.h"

/* Of a group of rules none of which decided: not the value of any decision. */
#define NO_DECISION 0xffffffffu

static __always_inline __u32 decision(__u32 slot, enum sentry_verdict verdict)
{
	return slot << 2 | verdict;
}

/*
 * Who decided, NO_DECISION >> 2 for nobody: for comparisons whose outcome the verifier does not remember of `decided`. Else all
 * that follows would be walked once for each answer to each of them.
 */
static __always_inline __u32 decision_slot(__u32 decided)
{
	forget(decided);
	return decided >> 2;
}

/*
 * What decided, else `otherwise`. Who decides packets that differ is no more to be foreseen than what becomes of them, so
 * neither this nor the hook's finish branches on it.
 */
static __always_inline __u32 decision_or(__u32 decided, __u32 otherwise)
{
	return (__u32)either(sign_mask(((__u64)decided + 1) << 31), otherwise, decided);
}

/* 1 if the packet goes on. */
static __always_inline int verdict_allows(__u32 verdict)
{
	return 1 + (int)sign_mask(0 - (__u64)verdict);
}

/* Counts and reports a decision, and moves the packet's connection on; returns its verdict. */
static __always_inline __u32 decision_account(struct packet *pkt, __u32 decided, enum sentry_direction direction)
{
	__u32 slot, verdict;

#ifdef SENTRY_WITH_ACCOUNT
	/* Not what each rule said, lest the verifier walks all that follows once for each. */
	opaque(decided);
#endif
	slot = decided >> 2;
	verdict = decided & 3;
	count(pkt, slot);
#ifdef SENTRY_WITH_ACCOUNT
	account(pkt, decided, direction);
#endif
	trace_decision(slot, verdict);
#ifdef SENTRY_WITH_STATE
	if (verdict == SENTRY_ALLOW)
		state_commit(pkt);
#endif
	return verdict;
}

#endif
