/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Signatures of objects: Ed25519, in a trailer behind the ELF image (signature_trailer.h). */
#ifndef SENTRY_SIGNING_H
#define SENTRY_SIGNING_H

#include "compile.h"
#include "key_file.h"
#include "signature_trailer.h"

/* Cuts the trailer off `object`; false if it has none. */
bool signature_split(struct bytes *object, struct signature_trailer *trailer);

/* The same image and key always give the same signature. False if there is no memory. */
bool signature_make(struct bytes image, const struct key *secret, struct signature_trailer *trailer);
/* Without memory this does not return. */
bool signature_matches(struct bytes image, const struct key *public, const struct signature_trailer *trailer);

#endif
