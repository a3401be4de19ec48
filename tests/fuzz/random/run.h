/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One policy through all that is asked of the compiler. It runs in a child process, since a fault may end it; what came
 * of it, and what repeats a failure, is in memory that the two share.
 */
#ifndef RANDOM_RUN_H
#define RANDOM_RUN_H

#include "compile.h"
#include "diff.h"
#include "doc.h"
#include "rng.h"

enum failure {
	FAILURE_NONE,
	FAILURE_NAMELESS,     /* refused without naming rule, statement or budget */
	FAILURE_FORMAT,       /* what fmt wrote is not the same policy, or not canonical */
	FAILURE_BYTES,        /* compiled twice, other bytes */
	FAILURE_TABLES,       /* the tables decide otherwise than the rules */
	FAILURE_BUILD,        /* accepted, but clang does not build it */
	FAILURE_LOAD,         /* accepted, but the kernel does not load it */
	FAILURE_DISAGREEMENT, /* between engines */
	FAILURE_DIFF_SELF,    /* a policy differs from itself */
	FAILURE_DIFF_MISSED,  /* a packet whose verdict changes, and diff says none does */
	FAILURE_DIFF_WRONG,   /* diff's own packet does not show what it says */
	FAILURE_CRASH,
	FAILURE_TIMEOUT,
	N_FAILURES
};

extern const char *const failure_names[N_FAILURES];

enum event_kind {
	EVENT_PACKET,
	EVENT_ADD, /* an element to a set */
};

/* Events begin with empty tables and sets. */
struct event {
	enum event_kind kind;
	uint64_t time_ns;
	uint32_t offset, size, wire_size; /* of the frame, in outcome.frames */
	char set[16];
	struct set_element element;
	uint64_t timeout_ns;
};

#define EVENTS_MAX 400
#define FRAMES_ROOM (1u << 20)
#define SAMPLE_NAMES 8

/* A packet in a world, for `diff`. */
struct sample {
	uint8_t frame[FRAME_MAX];
	uint32_t size, wire_size;
	size_t block;
	enum state state;
	size_t n_members, n_exceeded;
	struct {
		char set[16];
		enum field field;
	} members[SAMPLE_NAMES];
	char exceeded[SAMPLE_NAMES][16];
};

struct counts {
	uint64_t policies, rules, loaded, packets, decisions;
	uint64_t dropped[N_CODES]; /* statements refused by the resolver, left out then */
	uint64_t refused[N_CODES]; /* policies refused by prover or budget */
	uint64_t proved, undecided_proofs;
	uint64_t diffs, diffs_changed, diffs_undecided, diffs_invalid, samples, samples_changed, witnesses;
	uint64_t looked_up, regions; /* blocks, and what was compared in their tables */
	uint64_t tables_undecided;   /* policies whose tables were not walked to the end */
	uint64_t full_tables;        /* policies that the kernel engine only loads */
	uint64_t verified, verified_seed, verified_limit;
	double underestimate; /* of the verifier's work, at the worst */
	uint64_t underestimate_seed;
};

struct outcome {
	enum failure failure;
	enum engine_kind engine; /* of a disagreement */
	char detail[2000];
	struct counts counts;
	size_t n_events;
	struct event events[EVENTS_MAX];
	uint32_t frames_used;
	uint8_t frames[FRAMES_ROOM];
	bool has_sample;
	struct sample sample;
};

struct captured {
	struct frame *frames;
	size_t n, room;
};

struct run_options {
	bool kernel;
	uint64_t seed;
	unsigned packets; /* of each policy */
	unsigned seconds; /* a policy may take */
	const struct captured *captured;
	const char *sabotage; /* "native", "kernel" or "diff" is given something else than the others; NULL: none */
	enum failure only;    /* a failure that is to be repeated, by the outcome's own events; FAILURE_NONE: all */
};

struct run {
	struct doc *doc;
	const struct run_options *options;
	struct outcome *outcome;
	struct rng rng;
	struct compile *compile; /* the policy as it was written */
	struct policy *policy;
	const struct program *program; /* NULL: refused */
};

/* In this process. */
void run_policy(struct doc *doc, const struct run_options *options, struct outcome *outcome);

/* In a child. True if it failed, in the way of options->only if that is given. */
bool run_in_child(struct doc *doc, const struct run_options *options, struct outcome *outcome);

/* --- what the files of a run share --------------------------------------------------- */

/* Always false, for the caller to return. */
bool run_failed(struct run *run, enum failure failure, const char *format, ...) __attribute__((format(printf, 3, 4)));

static inline bool run_wants(const struct run *run, enum failure failure)
{
	return run->options->only == FAILURE_NONE || run->options->only == failure;
}

/* run_text.c */
struct policy *run_compile(struct compile *compile, struct doc *doc, bool mutated);
/* Leaves out what the resolver refuses, until it takes the rest. */
bool run_accept(struct run *run);
/* Through `fmt`, which gives `formatted`; twice to C; proofs. */
bool run_text(struct run *run, struct compile *formatted, const struct policy **again);
bool run_tables(struct run *run);

/* run_engines.c */
bool run_engines(struct run *run);

/* run_diff.c */
bool run_diff(struct run *run, const struct policy *again);

#endif
