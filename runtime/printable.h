/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Text of others on a terminal: names in an object or of an interface may hold bytes that a terminal obeys. */
#ifndef SENTRY_PRINTABLE_H
#define SENTRY_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct printable {
	char text[1024];
};

/* How many bytes the control character at the start of `text` has; 0 if it begins with none. */
size_t control_size(const char *text);
bool has_control(const char *text);

/* `text` with control characters as \xNN, cut to what fits; in `room`. */
const char *printable(struct printable *room, const char *text);

/* The same to a file, of any length; lines and tabs stay. */
void print_lines(FILE *file, const char *text);

#endif
