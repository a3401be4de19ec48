/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Does what was compiled decide as the policy says? For a block whose rules are looked up, the tables' decision is held
 * against the first rule that matches:
 *
 *	by regions	where there are not too many. Addresses and values that the rules do not tell apart and that the
 *			tables do not tell apart either are one; of each combination one packet is looked up. That every
 *			address and every value is in one of them is found by walking the tables themselves, so that this
 *			is a proof.
 *	by witnesses	else: packets at the corners of each rule and beyond them, in two rules at once, mixed from several,
 *			and at each address and value where tables and rules part differently.
 *
 * A sample of these packets goes through the engines as frames.
 */
#ifndef SENTRY_VERIFY_H
#define SENTRY_VERIFY_H

#include "compile.h"

#define VERIFY_REGIONS 4000000u
#define VERIFY_WITNESSES 500000u
#define VERIFY_FRAMES 20000u
/* The model asks rule by rule: of a block of many rules there are fewer frames, for about so many questions in all. */
#define VERIFY_QUESTIONS 100000000u
#define VERIFY_FRAMES_LEAST 2000u

/* Differences that are described; all are counted. */
#define VERIFY_SHOWN 10u

struct verify_options {
	uint64_t regions;             /* more than so many are not enumerated */
	uint64_t witnesses;           /* about so many instead */
	uint64_t frames;              /* of each block, through the engines; of many rules fewer */
	uint64_t seed;
	bool engines[N_ENGINES];
	bool may_lack_kernel;         /* no error if there is none: `lacking` says why */
};

/* A decision: a rule, or `default` where there is none. */
struct verify_answer {
	const struct rule *rule;      /* NULL: none */
	const char *name;
	enum verdict verdict;
};

struct verify_difference {
	const struct block *block;
	const char *by;               /* "tables", or the engine */
	const char *packet;           /* in the words of tests; else fields and values */
	const char *when;             /* what must hold on the host; NULL: nothing */
	struct verify_answer right, got;
};

struct verify_block {
	const struct block *block;
	bool looked_up;
	bool by_regions;
	uint64_t checked;             /* regions or witnesses */
	uint64_t frames;
	uint64_t differences;
};

struct verify {
	struct arena *arena;
	const struct policy *policy;
	struct verify_options options;
	size_t n_blocks;
	struct verify_block *blocks;
	size_t n_differences, differences_room;
	struct verify_difference *differences;
	uint64_t different;           /* all, also those that are not described */
	const char *lacking;          /* why the kernel was not asked; NULL: it was, or was not wanted */
};

void verify_options_init(struct verify_options *options);

/* The tables of one block. */
void verify_tables(struct verify *verify, const struct program_block *block, struct verify_block *result);

/* All of a program. False, with compile->error, where an engine cannot be asked. */
bool verify_program(struct compile *compile, const struct program *program, struct verify *verify);

void verify_print_text(const struct verify *verify, const char *path, FILE *out);
void verify_print_json(const struct verify *verify, const char *path);

#endif
