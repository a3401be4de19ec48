/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The pipeline, from a file name to an object; compile.c is its table of contents.
 * Every stage returns NULL (or false) once it cannot go on, with the reason in
 * `diags` (the policy is at fault: exit 1) or in `error` (the environment is at
 * fault: exit 3). No stage asks the host anything: same input, same bytes.
 */
#ifndef SENTRY_COMPILE_H
#define SENTRY_COMPILE_H

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "engine.h"
#include "policy.h"
#include "program.h"
#include "source.h"

#include <stdbool.h>
#include <stddef.h>

enum target {
	TARGET_BPFEL,
	TARGET_BPFEB,
	TARGET_NATIVE, /* a shared library for this host, for the native engine only */
};

struct bytes {
	char *data;
	size_t size;
};

struct compile {
	struct arena arena;
	struct sources sources;
	struct diags diags;
	const struct ast_node *query; /* for compile_policy: resolved into policy->query; or NULL */
	struct account account; /* for compile_policy: accounted for, whatever the policy says */
	bool no_line;     /* leave out #line: for golden files */
	char error[1024]; /* why the environment failed; "" if it did not */
	bool lacks_bpf;   /* … because this kernel has none, or none for us */
	struct {
		const char *name; /* "parse", "resolve", "prove", "lower", "emit", "libclang", "clang", "manifest" */
		double seconds;
	} phases[12];
	size_t n_phases;
	const struct block_cost *costs; /* by block of the program, once compile_object has built it (budget.h) */
};

void compile_init(struct compile *compile);
void compile_fini(struct compile *compile);

/*
 * text -> tree -> meaning. `*tree` may be NULL if not wanted. `path` may be an object, too: the texts in it are
 * read then, and no other file.
 */
struct policy *compile_policy(struct compile *compile, const char *path, struct ast_file **tree);

/*
 * Proves the policy as `check` does, but keeps warnings and notes to itself that `check` is for: redundant and crossing
 * rules. False if a rule never decides, an assertion fails, or whatever else the policy made an error.
 */
bool compile_prove(struct compile *compile, const struct policy *policy);

/* meaning -> program (lower.c) -> C (emit.c). The text is arena memory. */
struct program *compile_program(struct compile *compile, const struct policy *policy);
struct bytes compile_c(struct compile *compile, const struct program *program);

/*
 * C -> object: libclang checks the C in memory and reads the layout of the shared
 * structs, clang builds, the manifest goes in. For TARGET_NATIVE: a shared
 * library without manifest. Nothing is written but a private temporary directory.
 */
bool compile_object(struct compile *compile, const struct program *program, struct bytes c, enum target target,
		    struct bytes *object);

/* The other two engines (native.c, kernel.c); model_open is in engine.h. NULL with compile->error set, or with errors in diags. */
struct engine *native_open(struct compile *compile, const struct policy *policy);
struct engine *kernel_open(struct compile *compile, const struct policy *policy);
/* What was just built, as it will run on a host: nothing is traced, so no engine_run, and its packets are timed. */
struct engine *kernel_open_built(struct compile *compile, const struct program *program, struct bytes object);
/* Nanoseconds of one packet, repeated. 0, or negative errno with a message in engine->error. */
int kernel_time(struct engine *engine, size_t block, const struct frame *frame, uint32_t repeats, uint32_t *ns);
/* An object as it is, without its policy's source: slots and block order as in its manifest. */
struct engine *kernel_open_object(struct compile *compile, const char *path);
/* Any of the three (engine.c). */
struct engine *engine_open(struct compile *compile, enum engine_kind kind, const struct policy *policy);

#endif
