/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A signed object is the ELF image with this behind it, which readers of ELF ignore.
 * For user space alone; it stands here because compiler and runtime share no other
 * directory.
 *
 * The signature is Ed25519 over SIGNATURE_DOMAIN, without its NUL, and then the image.
 * The domain keeps a signature of something else from being taken for one of an object.
 */
#ifndef SENTRY_SIGNATURE_TRAILER_H
#define SENTRY_SIGNATURE_TRAILER_H

#define SIGNATURE_MAGIC "SENTRY-SIGNED-1\n" /* 16 bytes, no NUL in the file */
#define SIGNATURE_DOMAIN "packet-sentry/object-signature/v1\n"

#define SIGNATURE_KEY_ID 8 /* bytes: the first of SHA-256 over the public key */

struct signature_trailer {
	char magic[16];
	unsigned char key_id[SIGNATURE_KEY_ID];
	unsigned char signature[64];
};

_Static_assert(sizeof(struct signature_trailer) == 88, "struct signature_trailer has padding");
_Static_assert(sizeof(SIGNATURE_MAGIC) == 16 + 1, "SIGNATURE_MAGIC does not fill its place");

/*
 * A file of keys is text: one key a line, these words, a blank and the key in base64
 * (RFC 4648, padded). Empty lines and lines that begin with # do not matter. Of a
 * secret key it holds the seed (RFC 8032), from which all else is made.
 */
#define SECRET_KEY_WORD "packet-sentry-secret-key"
#define PUBLIC_KEY_WORD "packet-sentry-public-key"

#endif
