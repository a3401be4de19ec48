/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* SHA-1 (RFC 3174) of a short message: for identifiers that are defined by it, never for security. */
#ifndef SENTRY_SHA1_H
#define SENTRY_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20

void sha1(const void *data, size_t size, uint8_t digest[static SHA1_SIZE]);

#endif
