/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Who made an object: the trailer behind its image (signature_trailer.h), checked against keys that are trusted. */
#ifndef SENTRY_SIGNATURE_H
#define SENTRY_SIGNATURE_H

#include "failure.h"

#include <stddef.h>

/* If this file is there, objects must be signed by a key in it, whatever the command line says. */
#define TRUSTED_KEYS "/etc/packet-sentry/trusted.pub"

/*
 * TRUSTED_KEYS if there is something of that name, also if it cannot be read: then nothing
 * is trusted. Else NULL.
 */
const char *signature_trusted_keys(void);

/*
 * `*image_size` is the size of the file without its trailer. With `key_file`, one of
 * its public keys must have signed the image; NULL only splits, and never fails.
 */
bool signature_check(const void *file, size_t size, const char *key_file, size_t *image_size, struct failure *why);

#endif
