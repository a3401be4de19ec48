/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the verbs of sentry-bench share. */
#ifndef BENCH_SENTRY_BENCH_H
#define BENCH_SENTRY_BENCH_H

#include "compile.h"

enum {
	BENCH_GOOD = 0,
	BENCH_WRONG = 1,       /* a packet was judged wrongly */
	BENCH_USAGE = 2,
	BENCH_ENVIRONMENT = 3, /* nothing to measure: the policy does not compile, the kernel refuses it, no such file */
};

struct bench_verb {
	const char *name;
	const char *synopsis;
	const char *help;
	int (*main)(const struct bench_verb *verb, int argc, char **argv);
};

extern const struct bench_verb bench_account, bench_classify, bench_cost, bench_trace;

/* Prints `sentry-bench: message`; returns false. */
bool bench_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a call that set errno: "who: what: why". */
bool bench_failed(const char *who, const char *what);
/* The same with the synopsis; returns BENCH_USAGE. */
int bench_usage(const struct bench_verb *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
int bench_help(const struct bench_verb *verb);

/* Prints what a stage of the pipeline found; returns BENCH_ENVIRONMENT. */
int bench_stage_failed(struct compile *compile);

/* The block that `name` says, or the first XDP ingress block, or the first of all; NULL, and a message, if none. */
const struct block *bench_block(const struct policy *policy, const char *name);

/* "65536" within the bounds; false, and a message, if it is not. */
bool bench_number(const char *option, const char *text, unsigned long least, unsigned long most, unsigned long *number);

#endif
