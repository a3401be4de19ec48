/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files that write a classifier as C have in common. */
#ifndef SENTRY_CLASS_EMISSION_H
#define SENTRY_CLASS_EMISSION_H

#include "classify_emit.h"
#include "side.h"

struct emission {
	struct writer *w;
	struct arena *arena;
	const struct classifier *classifier;
	const struct classify_names *names;
};

/* class_u16(tables, 1024, 0x3ff, INDEX) */
const char *emit_read(struct emission *e, const struct class_region *region, const char *index);

/* class_place(tables, 1024, 0x3ff, INDEX) */
const char *emit_place(struct emission *e, const struct class_region *region, const char *index);

/* "src" and "dst": the variables that a look-up of an end sets. */
extern const char *const end_names[2];

/* classify_emit_ends.c: finds the rows of both ends. */
void emit_ends(struct emission *e, const struct class_side *side);

/* A group's class of an end, out of the row that was read. */
const char *emit_column(struct emission *e, const struct class_rows *rows, unsigned end, unsigned column);

/* VARIABLE OPERATOR EXPRESSION; */
void emit_statement(struct emission *e, const char *variable, const char *operator, const char *expression);

/* The number of a source, or what stands for it where it is absent. */
const char *emit_number(struct emission *e, const struct class_source *source);

/* tuples_emit.c: sets `best` to the answer of the tables of tuples, if that is smaller. */
void emit_tuples(struct emission *e, enum family family);

/* vectors_emit.c: the loops' bodies, before the function; and the search, in it. */
void emit_vector_steps(struct emission *e, enum family family);
void emit_vectors(struct emission *e, enum family family);

#endif
