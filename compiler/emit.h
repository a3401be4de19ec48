/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* struct program -> C. emit.c is the only file that knows C syntax. */
#ifndef SENTRY_EMIT_H
#define SENTRY_EMIT_H

#include "program.h"
#include "source.h"

struct emit_options {
	bool no_line;              /* no #line: for golden files */
	const struct source *main; /* the file named by the user: names of others are relative to its directory */
};

/* The generated translation unit, arena memory, NUL-terminated; *size without the NUL. */
char *emit_program(struct arena *arena, const struct program *program, const struct emit_options *options, size_t *size);

/* The file name the generated C calls itself by: "<policy>.bpf.c"; arena memory. */
char *emit_file_name(struct arena *arena, const struct policy *policy);

#endif
