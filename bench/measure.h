/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Nanoseconds of XDP programs by BPF_PROG_TEST_RUN. A test run repeats one frame; so what is run is a driver
 * (helpers.bpf.c), which puts the next probe's source address into the frame and goes on to the program measured.
 * Differences of two targets are what counts: the driver costs both the same.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	MEASURE_ROUNDS = 9,
	MEASURE_TARGETS = 4,
	PROBES_MAX = 1 << 20,
};

/* Two halves of `n` addresses each, a power of two: hits and misses. In network order; IPv4 in the first 4 bytes. */
struct probes {
	int fd;
	uint32_t n;
	uint8_t (*address)[16]; /* the map itself, in our memory */
	bool v6;
};

/* What is measured: the XDP program of an object of sentryc's, or one of the bare ones. */
struct target {
	const char *name;
	struct bpf_object *driver;
	struct bpf_object *policy; /* NULL: a bare program */
	int drive;
	int ring;                  /* its ring buffer, -1: none is written */
	uint8_t frame[128];
	uint32_t frame_size;
	uint32_t verdict;          /* that each run must return */
	uint32_t slot;             /* and of a policy, that must count it */
	uint64_t runs;             /* since that was last checked */
	void (*prepare)(struct target *target); /* before each batch, not measured; NULL: nothing */
	struct ring_buffer *consumer;
	bool behind;               /* it takes records only when a batch is over */
	pthread_t thread;
	bool consuming;
	bool stop;
};

struct target_setup {
	const char *directory;     /* of objects */
	const char *name;          /* of a policy, NAME.bpf.o, or of a bare program */
	bool bare;
	const char *map;           /* of helpers.bpf.c, which is to have `entries`; NULL: none */
	uint32_t entries;
	uint8_t tcp_flags;
};

bool probes_make(struct probes *probes, uint32_t n, bool v6);
void probes_free(struct probes *probes);

/* False, and the reason on stderr. */
bool target_open(struct target *target, const struct target_setup *setup, const struct probes *probes);
void target_close(struct target *target);

/* A map of the target, by name; -1: none. */
int target_map(const struct target *target, const char *name);

/* The probes from `first` on, `n` of them, and what must come of each. `shift` is for `nested`, else 0. */
bool target_aim(struct target *target, uint32_t first, uint32_t n, uint32_t shift, uint32_t verdict, uint32_t slot);

/*
 * Median differences in ns of targets 0 and 1, and of 2 and 3 if there are four, whose batches take turns; at most
 * `most` packets in a batch. False, and the reason on stderr, if any came to another verdict than it should have.
 */
bool measure(struct target *targets[], int n, uint32_t most, double difference[]);

#endif
