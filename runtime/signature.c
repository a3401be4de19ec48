/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "signature.h"

#include "memory.h"
#include "signature_trailer.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_LINE 1024

struct public_key {
	unsigned char bytes[crypto_sign_PUBLICKEYBYTES];
	unsigned char id[SIGNATURE_KEY_ID];
};

struct key_list {
	struct public_key *items;
	size_t n;
};

_Static_assert(crypto_sign_BYTES == sizeof(((struct signature_trailer *)0)->signature), "another signature");

const char *signature_trusted_keys(void)
{
	struct stat status;

	/* A link that leads nowhere is no permission to run what is not signed. */
	if (lstat(TRUSTED_KEYS, &status) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	return TRUSTED_KEYS;
}

static bool decode_key(struct public_key *key, const char *text)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	size_t size = 0, length = strlen(text);
	const char *end = NULL;

	if (sodium_base642bin(key->bytes, sizeof(key->bytes), text, length, NULL, &size, &end,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    size != sizeof(key->bytes) || end != text + length)
		return false;
	crypto_hash_sha256(digest, key->bytes, sizeof(key->bytes));
	memcpy(key->id, digest, sizeof(key->id));
	return true;
}

/* One line of a key file; taken apart in place. */
static bool read_key(struct key_list *keys, char *line, const char *path, unsigned int number, struct failure *why)
{
	static const char blanks[] = " \t\r\n";
	char *word = line + strspn(line, blanks), *text, *rest;

	if (!*word || *word == '#')
		return true;
	rest = word + strcspn(word, blanks);
	if (*rest)
		*rest++ = '\0';
	text = rest + strspn(rest, blanks);
	rest = text + strcspn(text, blanks);
	if (rest[strspn(rest, blanks)] == '\0')
		*rest = '\0';
	if (strcmp(word, SECRET_KEY_WORD) == 0)
		return failure_set(why, EXIT_ENVIRONMENT, "%s:%u: a secret key, where public keys belong", path,
				   number);
	keys->items = grow(keys->items, keys->n, sizeof(*keys->items));
	if (strcmp(word, PUBLIC_KEY_WORD) != 0 || !decode_key(&keys->items[keys->n], text))
		return failure_set(why, EXIT_ENVIRONMENT, "%s:%u: not a public key of sentryc sign --generate", path,
				   number);
	keys->n++;
	return true;
}

static bool read_keys(struct key_list *keys, const char *path, struct failure *why)
{
	FILE *file = fopen(path, "re");
	char line[MAX_LINE];
	bool ok = true;

	if (!file)
		return failure_set(why, EXIT_ENVIRONMENT, "keys that objects must be signed by: %s: %s", path,
				   strerror(errno));
	for (unsigned int number = 1; ok && fgets(line, sizeof(line), file); number++) {
		ok = strchr(line, '\n') || feof(file) ||
		     failure_set(why, EXIT_ENVIRONMENT, "%s:%u: the line is too long for a key", path, number);
		ok = ok && read_key(keys, line, path, number, why);
	}
	if (ok && ferror(file))
		ok = failure_set(why, EXIT_ENVIRONMENT, "%s: %s", path, strerror(errno));
	if (ok && !keys->n)
		ok = failure_set(why, EXIT_ENVIRONMENT, "%s: no key in it", path);
	fclose(file);
	return ok;
}

static bool split(const void *file, size_t size, struct signature_trailer *trailer)
{
	if (size < sizeof(*trailer))
		return false;
	memcpy(trailer, (const char *)file + size - sizeof(*trailer), sizeof(*trailer));
	return memcmp(trailer->magic, SIGNATURE_MAGIC, sizeof(trailer->magic)) == 0;
}

static bool signed_by(const struct public_key *key, const void *image, size_t size,
		      const struct signature_trailer *trailer)
{
	const size_t domain = strlen(SIGNATURE_DOMAIN);
	unsigned char *message = allocate(domain + size, 1);
	bool ok;

	memcpy(message, SIGNATURE_DOMAIN, domain);
	memcpy(message + domain, image, size);
	ok = crypto_sign_verify_detached(trailer->signature, message, domain + size, key->bytes) == 0;
	free(message);
	return ok;
}

static bool check(const struct key_list *keys, const void *image, size_t size,
		  const struct signature_trailer *trailer, const char *path, struct failure *why)
{
	char id[2 * SIGNATURE_KEY_ID + 1];
	bool known = false;

	for (size_t i = 0; i < keys->n; i++) {
		if (memcmp(keys->items[i].id, trailer->key_id, sizeof(trailer->key_id)) != 0)
			continue;
		known = true;
		if (signed_by(&keys->items[i], image, size, trailer))
			return true;
	}
	sodium_bin2hex(id, sizeof(id), trailer->key_id, sizeof(trailer->key_id));
	if (known)
		return failure_set(why, EXIT_ENVIRONMENT, "altered after it was signed by key %s", id);
	return failure_set(why, EXIT_ENVIRONMENT, "signed by key %s, which is not in %s", id, path);
}

bool signature_check(const void *file, size_t size, const char *key_file, size_t *image_size, struct failure *why)
{
	struct signature_trailer trailer;
	struct key_list keys = { 0 };
	bool has_trailer = split(file, size, &trailer), ok;

	*image_size = has_trailer ? size - sizeof(trailer) : size;
	if (!key_file)
		return true;
	if (sodium_init() < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "libsodium does not start");
	ok = read_keys(&keys, key_file, why);
	if (ok && !has_trailer)
		ok = failure_set(why, EXIT_ENVIRONMENT, "not signed, and %s asks for a signature", key_file);
	else if (ok)
		ok = check(&keys, file, *image_size, &trailer, key_file, why);
	free(keys.items);
	return ok;
}
