/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "signing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(crypto_sign_BYTES == sizeof(((struct signature_trailer *)0)->signature), "another signature");

bool signature_split(struct bytes *object, struct signature_trailer *trailer)
{
	if (object->size < sizeof(*trailer))
		return false;
	memcpy(trailer, object->data + object->size - sizeof(*trailer), sizeof(*trailer));
	if (memcmp(trailer->magic, SIGNATURE_MAGIC, sizeof(trailer->magic)))
		return false;
	object->size -= sizeof(*trailer);
	return true;
}

/* What is signed; malloc'd. */
static struct bytes message_of(struct bytes image)
{
	const size_t domain = strlen(SIGNATURE_DOMAIN);
	struct bytes message = { .size = domain + image.size };

	message.data = malloc(message.size);
	if (message.data) {
		memcpy(message.data, SIGNATURE_DOMAIN, domain);
		memcpy(message.data + domain, image.data, image.size);
	}
	return message;
}

bool signature_make(struct bytes image, const struct key *secret, struct signature_trailer *trailer)
{
	unsigned char expanded[crypto_sign_SECRETKEYBYTES];
	struct bytes message = message_of(image);
	struct key public;

	if (!message.data)
		return false;
	memcpy(trailer->magic, SIGNATURE_MAGIC, sizeof(trailer->magic));
	crypto_sign_seed_keypair(public.bytes, expanded, secret->bytes);
	key_id(&public, trailer->key_id);
	crypto_sign_detached(trailer->signature, NULL, (const unsigned char *)message.data, message.size, expanded);
	sodium_memzero(expanded, sizeof(expanded));
	free(message.data);
	return true;
}

bool signature_matches(struct bytes image, const struct key *public, const struct signature_trailer *trailer)
{
	struct bytes message = message_of(image);
	bool good;

	if (!message.data)
		out_of_memory();
	good = !crypto_sign_verify_detached(trailer->signature, (const unsigned char *)message.data, message.size, public->bytes);
	free(message.data);
	return good;
}
