/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The gate of a network namespace: the word that says which generation is in force, and the maps around it
 * that all dispatchers share (dispatch.h). They are pinned beside the generations; `gate` is pinned last, so that
 * where it is, all are.
 */
#ifndef SENTRY_GATE_H
#define SENTRY_GATE_H

#include "failure.h"
#include "hook.h"
#include "pin.h"

#include <bpf/libbpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include "dispatch.h"

/* The program of the dispatcher on XDP, by which one of another place is known. */
#define DISPATCHER_XDP "sentry_xdp"

struct gate {
	struct bpf_object *bpf;     /* the maps, the stubs, and the programs around the timer */
	struct sentry_gate *state;  /* the one value of map `gate`, as the dispatchers see it */
	int deadman;
	int stampers;
	int xdp_programs;
	int tc_programs;
	int xdp_pass, xdp_vacant;   /* programs for slots that have none of a generation */
	int tc_pass, tc_vacant;
	int arm, disarm;            /* -1: this kernel has no timers */
	int outer, inner;           /* see gate_grace */
};

/* A copy of what the dispatchers go by, for readers. NONE: no policy was ever put in force here, or all was removed. */
enum gate_presence {
	GATE_FAILED = -1,
	GATE_NONE,
	GATE_FOUND,
};
enum gate_presence gate_read(const struct site *site, struct sentry_gate *state, struct failure *why);
/* The dead man's timer likewise; all zero if there is none. */
bool gate_read_deadman(const struct site *site, struct sentry_deadman *deadman);
/* Sums over the CPUs. */
bool gate_read_misses(const struct site *site, struct sentry_misses *misses);
/* The id of the program that hook `number` calls for a slot; 0 if it has none, or it cannot be had. */
__u32 gate_read_program(const struct site *site, enum means means, unsigned int number, unsigned int slot);

/* Opens what is there, or makes it. Needs the site's lock, as all below does. */
bool gate_open(struct gate *gate, const struct site *site, struct failure *why);
void gate_close(struct gate *gate);
/* Unpins the maps: only when no dispatcher is attached any more. */
void gate_remove(const struct site *site);

__u64 gate_in_force(const struct gate *gate);
/* One store: `to` is in force instead of `from` from this instant on. False if `from` is not in force. */
bool gate_switch(struct gate *gate, __u64 from, __u64 to);

/* The slot of a generation; SENTRY_GATE_SLOTS if it has none (0: a slot that is free). */
unsigned int gate_slot(const struct gate *gate, unsigned int generation);
void gate_set_slot(struct gate *gate, unsigned int slot, unsigned int generation, bool fail_open);

/*
 * Whatever a CPU was running in a dispatcher or a policy as this was called has ended when it returns. The kernel
 * waits for that (an RCU grace period, 10 to 20 ms) when the inner map of a map of maps is replaced: unlike
 * membarrier(2), also on machines with one CPU.
 */
bool gate_grace(struct gate *gate, struct failure *why);

/* What a hook calls for a slot: a program of a generation, or a stub. */
bool gate_set_program(struct gate *gate, enum means means, unsigned int number, unsigned int slot, int program,
		      struct failure *why);
bool gate_set_pass(struct gate *gate, enum means means, unsigned int number, unsigned int slot, struct failure *why);
bool gate_set_vacant(struct gate *gate, enum means means, unsigned int number, unsigned int slot,
		     struct failure *why);

/* Whether packets that came in by the interface bear an index of ours. */
bool gate_set_stamper(struct gate *gate, unsigned int ifindex, bool stamps, struct failure *why);

/* A dispatcher for the hook with that number: its program; -1 on failure. To be closed. */
int gate_dispatcher(const struct gate *gate, const struct hook *hook, unsigned int number, struct failure *why);

/* The timer that goes back from one word to another. Times of the monotonic clock. */
bool gate_arm(struct gate *gate, __u64 deadline_ns, __u64 expected, __u64 back, struct failure *why);
/* It will not fire any more; *deadman says whether it has. */
bool gate_disarm(struct gate *gate, struct sentry_deadman *deadman, struct failure *why);
/* What it says is forgotten. */
bool gate_forget_deadman(struct gate *gate, struct failure *why);
bool gate_deadman(const struct gate *gate, struct sentry_deadman *deadman, struct failure *why);

#endif
