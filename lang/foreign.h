/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What people write who know other packet filters, and what they meant. */
#ifndef SENTRY_FOREIGN_H
#define SENTRY_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The cure for a word or sign of another packet filter that stands where `wants` says `token` could, or NULL. `text` need
 * not end with a NUL.
 */
const char *foreign_cure(const char *text, size_t length, bool (*wants)(const void *context, int token), const void *context);

/* The same for a sign that is none of the language, wherever it stands. */
const char *foreign_sign(char sign);

#endif
