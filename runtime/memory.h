/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Memory for short-lived tools: what cannot be had ends the process with a message,
 * which these programs survive by design (an applier may die at any moment).
 */
#ifndef SENTRY_MEMORY_H
#define SENTRY_MEMORY_H

#include <stddef.h>

/* First of all: without it, jansson leaves out what it finds no memory for, and nobody would notice. */
void memory_init(void);

/* Zeroed. */
void *allocate(size_t n, size_t size);
/* Room for one more item behind `n`; doubles at powers of two. */
void *grow(void *items, size_t n, size_t size);
char *copy_text(const char *text, size_t length);
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
