/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files of the emitter share. The door is emit_program() in emit.h. */
#ifndef SENTRY_EMITTER_H
#define SENTRY_EMITTER_H

#include "program.h"
#include "writer.h"

struct emitter {
	struct writer w;
	struct arena *arena;
	const struct program *program;
	const struct source *main;
	const struct source *source; /* of the rule being written */
};

/* emit_tables.c: what the program keeps between packets. The #defines come before the templates, the rest after. */
void emit_table_defines(struct emitter *e);
void emit_sets(struct emitter *e);
void emit_limits(struct emitter *e);

#endif
