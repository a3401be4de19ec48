/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The texts that an object was made of, as JSON in a section of their own (packet-sentry/sources/v1):
 * who has the object can compare, query and build the policy again.
 */
#ifndef SENTRY_SECTION_SOURCES_H
#define SENTRY_SECTION_SOURCES_H

#include "compile.h"

#define SOURCES_SCHEMA "packet-sentry/sources/v1"

/* Together; larger ones are not kept. */
#define SOURCES_KEPT_MAX (16u << 20)

bool sources_are_kept(const struct sources *sources);

/* One line of JSON; arena memory. Empty if they are not kept. */
struct bytes section_sources_build(struct arena *arena, const struct sources *sources);

/*
 * Has compile->sources read the texts in an object instead of files. Returns the name of the main one, or NULL
 * with an error in compile->diags.
 */
const char *section_sources_read(struct compile *compile, const char *path);

#endif
