/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Keys for signatures, as files of text; signature_trailer.h says what is in them. */
#ifndef SENTRY_KEY_FILE_H
#define SENTRY_KEY_FILE_H

#include "signature_trailer.h"

#include <stdbool.h>
#include <stddef.h>

enum key_kind {
	KEY_SECRET,
	KEY_PUBLIC,
};

struct key {
	unsigned char bytes[32]; /* of a secret key its seed */
};

/* The first bytes of SHA-256 of a public key; and the same in hexadecimal digits. */
void key_id(const struct key *public, unsigned char id[SIGNATURE_KEY_ID]);
#define KEY_ID_TEXT (2 * SIGNATURE_KEY_ID + 1)
void key_id_text(const unsigned char id[SIGNATURE_KEY_ID], char text[KEY_ID_TEXT]);

/*
 * All keys of a file, at least one; of secret keys no more than that. Malloc'd, for
 * keys_free, which leaves no trace of them. False with a message printed.
 */
bool keys_read(const char *path, enum key_kind kind, struct key **keys, size_t *n);
void keys_free(struct key *keys, size_t n);

/*
 * A new pair of keys as NAME.key, which only the owner may read, and NAME.pub: both or
 * none, and never in place of a file that is there. False with a message printed.
 */
bool key_pair_make(const char *name, char id[KEY_ID_TEXT]);

#endif
