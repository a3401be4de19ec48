/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Elements of a set as text, one a line; `#` or `;` begins a comment. */
#ifndef SENTRY_SET_FILE_H
#define SENTRY_SET_FILE_H

#include "failure.h"
#include "set_element.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Sorted. A malformed line, an element that is there twice or lies in another, and more than the
 * set may have are failures of code EXIT_POLICY with file and line. On failure there is nothing to free.
 */
bool set_file_read(struct set_elements *elements, const struct manifest_set *set, const char *path,
		   struct failure *why);

/* Appends what a text or `-` (standard input) says, without the checks between elements. `name` is for messages. */
bool set_text_parse(struct set_elements *elements, const struct manifest_set *set, const char *text, size_t size,
		    const char *name, enum element_times times, struct failure *why);
bool set_input_parse(struct set_elements *elements, const struct manifest_set *set, enum element_times times,
		     struct failure *why);

/* Sorts, and fails if one covers another. `name` NULL: they come from the command line. */
bool elements_check(struct set_elements *elements, const struct manifest_set *set, const char *name,
		    struct failure *why);

#endif
