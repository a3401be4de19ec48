/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What an object calls the files it was made from. The same policy must give the
 * same bytes wherever it lies and from wherever it is compiled, so names are
 * relative to the policy's own directory; a file outside of it is known by its
 * base name.
 */
#ifndef SENTRY_SOURCE_NAME_H
#define SENTRY_SOURCE_NAME_H

#include "arena.h"
#include "source.h"

/* `main` is the file that the user named: sources.first. Never absolute, never with a ".." in it. Arena memory. */
const char *source_short_name(struct arena *arena, const struct source *main, const struct source *source);

/* The first source of that short name, or NULL. Two may share one; then lines are taken to be of the first. */
const struct source *source_find_short(struct arena *arena, const struct source *main, const char *name);

#endif
