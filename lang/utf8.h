/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef SENTRY_UTF8_H
#define SENTRY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at `text` has, or 0 if there is none within `room` bytes. */
size_t utf8_length(const char *text, size_t room);

/* The code point of the character of `length` bytes, as utf8_length gave it, at `text`. */
uint32_t utf8_point(const char *text, size_t length);

/*
 * Whether a terminal may be given the character of `length` bytes at `text`: one of
 * several bytes that is no control and does not turn the direction of writing.
 */
bool utf8_is_harmless(const char *text, size_t length);

#endif
