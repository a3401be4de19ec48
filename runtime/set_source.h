/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What sets hold when a policy comes into force, read and checked before anything changes. */
#ifndef SENTRY_SET_SOURCE_H
#define SENTRY_SET_SOURCE_H

#include "failure.h"
#include "set_element.h"

#include <stdbool.h>
#include <stddef.h>

struct set_source {
	bool given;        /* by a file; else what the policy in force has, or nothing */
	const char *from;  /* its name, as it was given */
	struct set_elements elements;
};

/* NAME=VALUE of the command line. */
struct set_argument {
	const char *text;  /* the whole of it */
	size_t name_length;
	const char *value;
};

struct set_arguments {
	size_t n;
	struct set_argument *items;
};

/* False if it is not of that form. */
bool set_arguments_add(struct set_arguments *arguments, const char *text);
void set_arguments_free(struct set_arguments *arguments);

/* The set that an argument names, as NAME or POLICY/NAME, in one of `n` objects; fails with the names that there are. */
const struct manifest_set *set_named(const struct manifest *const *parts, size_t n, const struct set_argument *argument,
				     size_t *part, struct failure *why);

/* `sources[part]` has one entry per set. What the command line says: */
bool set_arguments_read(struct set_source *const *sources, const struct manifest *const *parts, size_t n,
			const struct set_arguments *arguments, struct failure *why);
/* And what a policy says, of its other sets. `file` is the policy or object, beside which the files of the policy lie. */
bool set_sources_read(struct set_source *sources, const struct manifest *manifest, const char *file,
		      struct failure *why);
void set_sources_free(struct set_source *sources, size_t n);

#endif
