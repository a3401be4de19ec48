/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* SHA-256 as text. */
#ifndef SENTRY_SHA256_H
#define SENTRY_SHA256_H

#include <sodium/crypto_hash_sha256.h>
#include <stddef.h>

/* 64 hexadecimal digits and a NUL. */
#define SHA256_TEXT (2 * crypto_hash_sha256_BYTES + 1)

static inline void sha256_digits(const unsigned char digest[crypto_hash_sha256_BYTES], char text[SHA256_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < crypto_hash_sha256_BYTES; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	text[SHA256_TEXT - 1] = '\0';
}

static inline void sha256_text(const void *data, size_t size, char text[SHA256_TEXT])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, data, size);
	sha256_digits(digest, text);
}

#endif
