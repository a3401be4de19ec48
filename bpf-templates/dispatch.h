/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the dispatcher (dispatcher.bpf.c) and the runtime both see: how a packet finds the generation that
 * judges it. Include after the fixed-width types are known. Words in host byte order, all aligned.
 *
 * A generation is one applied policy, numbered from 1. Up to SENTRY_SLOTS_OF_GATE of them are ready at a time, each
 * in a slot of the program arrays; the gate says which slot is in force.
 */
#ifndef SENTRY_DISPATCH_H
#define SENTRY_DISPATCH_H

/* One is in force, two may still be on the stamps of packets in flight, one is being made. */
#define SENTRY_GATE_SLOTS 4

/* How many hooks one network namespace may have under dispatchers. */
#define SENTRY_HOOKS_MAX 1024

/* Changes with the layout of anything here: a runtime leaves dispatchers of another version alone. */
#define SENTRY_GATE_VERSION 1

/* One value, so that one aligned store of 64 bits puts a generation in force. 0: no policy. */
#define SENTRY_IN_FORCE(generation, slot) ((__u64)(slot) << 32 | (__u32)(generation))
#define SENTRY_GENERATION_OF(word) ((__u32)(word))
#define SENTRY_SLOT_OF(word) ((__u32)((word) >> 32))

/* The one value of map `gate`: an array that can be mapped into memory. */
struct sentry_gate {
	__u64 in_force;                     /* SENTRY_IN_FORCE */
	__u32 slots[SENTRY_GATE_SLOTS];     /* the generation in each, 0: none; a stamp that names another is void */
	__u32 stamp;                        /* 1: packets may meet several hooks, and are stamped at the first */
	__u32 fail_open;                    /* bit per slot: its policies say `on-failure allow` */
	__u32 version;                      /* SENTRY_GATE_VERSION */
	__u32 tag;                          /* in stamps: whose they are. Random. */
};

/* Where the program of a hook for a slot is in the program arrays: one for XDP, one for tc. */
#define SENTRY_PROGRAM_INDEX(hook, slot) ((hook) * SENTRY_GATE_SLOTS + (slot))
#define SENTRY_PROGRAMS_MAX (SENTRY_HOOKS_MAX * SENTRY_GATE_SLOTS)

/* The stamp of the XDP hook, in front of the packet (data_meta). */
struct sentry_stamp {
	__u32 tag;
	__u32 slot;
	__u32 generation;
};

/*
 * The stamp of the tc ingress hook: skb->tc_index, which lives as long as the packet does in this machine, and of
 * which nothing else has had a use since Linux 6.3 (before that, only classful queueing by DSMARK).
 */
#define SENTRY_INDEX_VALID 0x8000
#define SENTRY_INDEX(generation, slot) (SENTRY_INDEX_VALID | (slot) << 13 | ((generation) & 0x1fff))
#define SENTRY_INDEX_SLOT(index) ((index) >> 13 & 3)
#define SENTRY_INDEX_GENERATION(index) ((index) & 0x1fff)

/* Map `stampers`: a bit per interface number: its tc ingress hook is ours, so that the index of its packets is. */
#define SENTRY_STAMPERS_MAX 65536

/* Values of map `misses`: per-CPU array with one value. Packets that no generation judged. */
struct sentry_misses {
	__u64 late;       /* the stamp's generation was gone */
	__u64 empty;      /* no program in the slot */
	__u64 unstamped;  /* not missed: the driver has no room for the stamp of XDP */
};

/* What the dead man's timer does, in map `deadman` behind the kernel's struct bpf_timer: an array with one value. */
struct sentry_deadman {
	__u64 timer[2];
	__u64 deadline_ns; /* monotonic clock; 0: not armed */
	__u64 expected;    /* the word in force that it goes back from; with another it does nothing */
	__u64 back;        /* to this one */
	__u64 fired_ns;    /* when it went back; 0: it has not */
};

#endif
