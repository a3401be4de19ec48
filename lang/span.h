/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A place in the text of a policy: the half-open byte range [begin, end) of one
 * source. Every node, token and message carries one. Offsets, not lines: a line
 * is looked up when a message is printed (source.h).
 */
#ifndef SENTRY_SPAN_H
#define SENTRY_SPAN_H

#include <stdint.h>

struct source;

struct span {
	const struct source *source; /* NULL: no place, e.g. the command line */
	uint32_t begin;
	uint32_t end;
};

/* The smallest span that holds both; they must be of one source, else `a`. */
static inline struct span span_join(struct span a, struct span b)
{
	if (!a.source)
		return b;
	if (a.source != b.source)
		return a;
	if (b.begin < a.begin)
		a.begin = b.begin;
	if (b.end > a.end)
		a.end = b.end;
	return a;
}

#endif
