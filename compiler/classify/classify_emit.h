/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A classifier as C: calls of the blocks in the templates' classify.h. */
#ifndef SENTRY_CLASSIFY_EMIT_H
#define SENTRY_CLASSIFY_EMIT_H

#include "classifier.h"
#include "writer.h"

/* An expression for the number of a source that is no field: arena text. */
struct classify_names {
	const char *tables;   /* of the array */
	const char *function;
	const char *(*source)(void *context, const struct class_source *source);
	void *context;
	bool apart;           /* the function has a frame of its own */
};

/* Dimensions of the bit vectors that the function searches, which the templates have to be told: 0 if it searches none. */
size_t classify_dimensions(const struct classifier *classifier);

/* The array, and `static __u32 FUNCTION(const struct packet *pkt)`, which returns the answer. */
void classify_emit(struct writer *writer, struct arena *arena, const struct classifier *classifier,
		   const struct classify_names *names);

#endif
