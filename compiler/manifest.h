/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The manifest: what an object says about itself, as JSON in a section of its own
 * (packet-sentry/manifest/v1). A host that has only the object knows from it which
 * policy, rules, lines, maps and layouts it deals with.
 */
#ifndef SENTRY_MANIFEST_H
#define SENTRY_MANIFEST_H

#include "budget.h"
#include "compile.h"
#include "object.h"

#define MANIFEST_SCHEMA "packet-sentry/manifest/v1"

struct manifest {
	const struct program *program;
	const struct sources *sources;
	const char *compiler;             /* "clang 14.0.6" */
	const char *target;               /* "bpfel" */
	const char *layout_hash;
	const struct object_info *object;
	const struct block_cost *costs;   /* by program->blocks */
};

/* One line of JSON, keys always in the same order; arena memory, NUL-terminated. */
struct bytes manifest_build(struct arena *arena, const struct manifest *manifest);

/* SHA-256, as 64 digits, over the short names and the texts of all sources, in order of loading. */
const char *manifest_source_hash(struct arena *arena, const struct source *main, const struct sources *sources);

#endif
