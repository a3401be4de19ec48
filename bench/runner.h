/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Loads programs behind the driver of classify.bpf.c, checks what they decide packet by packet, and times them:
 * batches that take turns, in CPU time of this thread, kept to one CPU.
 */
#ifndef BENCH_RUNNER_H
#define BENCH_RUNNER_H

#include "compile.h"
#include "linear.h"
#include "traffic.h"

#include <bpf/libbpf.h>

#define ROUNDS_MAX 101
/* The walk found no rule. */
#define NO_RULE UINT32_MAX

/* The driver with the packets, for one hook. */
struct rig {
	const struct traffic *traffic;
	bool tc;
	int heads; /* map */
};

/* Nanoseconds of a packet, batch by batch. */
struct batches {
	double ns[ROUNDS_MAX];
};

struct timed {
	const char *name;
	struct bpf_object *driver;
	struct bpf_object *object; /* of a policy, else NULL */
	int drive;
	uint32_t n;                /* packets that it goes through, round and round */
	uint32_t n_chunks[N_FAMILIES]; /* of the linear program */
	uint64_t insns, verified;  /* instructions of the program, and how many the verifier walked */
	uint64_t map_bytes;        /* of the object, as the kernel accounts for them */
	double load_seconds;
	struct batches batches;
	struct batches after;      /* rig_measure_passes(): of those that followed another program's */
};

/* What must come of each packet. */
struct expectation {
	const struct block *block;
	const uint32_t *slots;
	bool verdicts_only; /* circumstances decide, too: slots are not compared */
};

bool rig_open(struct rig *rig, const struct traffic *traffic, bool tc);
void rig_close(struct rig *rig);

/* A program of classify.bpf.c: "nothing", "floor". False, and a message, like all below. */
bool timed_open_bare(struct timed *timed, const struct rig *rig, const char *name);
bool timed_open_linear(struct timed *timed, const struct rig *rig, const struct linear *linear, uint32_t otherwise);
/* A program of an object of sentryc's. */
bool timed_open_policy(struct timed *timed, const struct rig *rig, struct bytes object, const char *program);
/* It goes through the first packets only. */
bool timed_limit(struct timed *timed, const struct rig *rig, uint32_t n);
void timed_close(struct timed *timed);

/*
 * Every packet once, one by one, by the very program that is timed: its return code, and afterwards that each rule has
 * counted as many packets as it should. For the linear program, the rule of each packet.
 */
bool timed_check_policy(struct timed *timed, const struct rig *rig, const struct expectation *expected);
bool timed_check_linear(struct timed *timed, const struct rig *rig, const struct expectation *expected);

/* The median of so many batches; and of the quotients or differences of batches that followed each other. */
double batches_median(const struct batches *batches, unsigned rounds);
double batches_ratio(const struct batches *batches, const struct batches *other, unsigned rounds);
double batches_difference(const struct batches *batches, const struct batches *other, unsigned rounds);
double batches_least(const struct batches *batches, unsigned rounds);
double batches_most(const struct batches *batches, unsigned rounds);

/* Batches of about ten milliseconds in turns: `batches` of each. */
bool rig_measure(const struct rig *rig, struct timed *programs[], size_t n, unsigned rounds);

/*
 * A turn is a batch of about ten milliseconds, `after`, which finds in the caches what other programs left there; some
 * passes over all packets, untimed; and `batches`: whole passes, of ten milliseconds or more. Where a pass takes more
 * than a twentieth of a second, there is the first batch only, and it stands in both.
 */
bool rig_measure_passes(const struct rig *rig, struct timed *programs[], size_t n, unsigned rounds);

#endif
