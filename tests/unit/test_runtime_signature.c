/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Signed files against files of keys; what is signed here is not made by the compiler's code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "signature.h"
#include "signature_trailer.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE "an image, of any bytes"
#define IMAGE_SIZE (sizeof(IMAGE) - 1)
#define SIGNED_SIZE (IMAGE_SIZE + sizeof(struct signature_trailer))

struct signer {
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	char line[256]; /* for a file of keys */
};

static void make_signer(struct signer *signer, unsigned char number)
{
	unsigned char seed[crypto_sign_SEEDBYTES] = { number };
	char text[128];

	assert_true(sodium_init() >= 0);
	crypto_sign_seed_keypair(signer->public, signer->secret, seed);
	sodium_bin2base64(text, sizeof(text), signer->public, sizeof(signer->public), sodium_base64_VARIANT_ORIGINAL);
	snprintf(signer->line, sizeof(signer->line), "packet-sentry-public-key %s\n", text);
}

static void sign_as(const struct signer *signer, const char *domain, unsigned char file[SIGNED_SIZE])
{
	struct signature_trailer trailer = { 0 };
	unsigned char digest[32];
	char message[256];

	snprintf(message, sizeof(message), "%s%s", domain, IMAGE);
	memcpy(trailer.magic, SIGNATURE_MAGIC, sizeof(trailer.magic));
	crypto_hash_sha256(digest, signer->public, sizeof(signer->public));
	memcpy(trailer.key_id, digest, sizeof(trailer.key_id));
	crypto_sign_detached(trailer.signature, NULL, (const unsigned char *)message, strlen(message), signer->secret);
	memcpy(file, IMAGE, IMAGE_SIZE);
	memcpy(file + IMAGE_SIZE, &trailer, sizeof(trailer));
}

/* What signature_check says with a file of keys of this text: "" if it is content. */
static const char *verdict(const void *file, size_t size, const char *keys, size_t *image_size)
{
	static struct failure why;
	char path[] = "/tmp/test-keys-XXXXXX";
	int fd = mkstemp(path);
	bool ok;

	assert_true(fd >= 0 && write(fd, keys, strlen(keys)) == (ssize_t)strlen(keys) && close(fd) == 0);
	why = (struct failure){ 0 };
	ok = signature_check(file, size, path, image_size, &why);
	unlink(path);
	assert_int_equal(why.code, ok ? 0 : EXIT_ENVIRONMENT);
	return why.text;
}

static void expect(const void *file, size_t size, const char *keys, const char *pattern)
{
	size_t image_size = 0;
	const char *text = verdict(file, size, keys, &image_size);

	if (!strstr(text, pattern) || (!*pattern && *text))
		fail_msg("'%s' instead of '%s'", text, pattern);
	if (!*pattern)
		assert_int_equal(image_size, IMAGE_SIZE);
}

static void any_key_of_the_file_may_have_signed(void **state)
{
	unsigned char file[SIGNED_SIZE];
	struct signer one, two;
	char keys[1024];

	make_signer(&one, 1);
	make_signer(&two, 2);
	sign_as(&one, SIGNATURE_DOMAIN, file);
	expect(file, sizeof(file), one.line, "");
	snprintf(keys, sizeof(keys), "# ours\n\n  %s\t%s", two.line, one.line);
	expect(file, sizeof(file), keys, "");
	/* A last line without an end, one with the end of another system. */
	snprintf(keys, sizeof(keys), "%.*s\r\n%.*s", (int)strlen(two.line) - 1, two.line, (int)strlen(one.line) - 1,
		 one.line);
	expect(file, sizeof(file), keys, "");
	expect(file, sizeof(file), two.line, "which is not in");
}

static void not_one_byte_may_change(void **state)
{
	unsigned char file[SIGNED_SIZE], altered[SIGNED_SIZE];
	struct signer one;

	make_signer(&one, 1);
	sign_as(&one, SIGNATURE_DOMAIN, file);
	for (size_t i = 0; i < sizeof(file); i++) {
		const size_t trailer = i < IMAGE_SIZE ? 0 : i - IMAGE_SIZE;

		memcpy(altered, file, sizeof(file));
		altered[i] ^= 0x10;
		expect(altered, sizeof(altered), one.line,
		       i < IMAGE_SIZE		 ? "altered after it was signed by key"
		       : trailer < 16		 ? "not signed"
		       : trailer < 16 + SIGNATURE_KEY_ID ? "which is not in"
						 : "altered after");
	}
	/* Nor be missing, at either end. */
	for (size_t cut = 1; cut <= sizeof(file); cut++) {
		size_t unused;

		assert_true(*verdict(file, sizeof(file) - cut, one.line, &unused));
		assert_true(*verdict(file + cut, sizeof(file) - cut, one.line, &unused));
	}
}

static void a_signature_of_something_else_is_none(void **state)
{
	unsigned char file[SIGNED_SIZE];
	struct signer one;

	make_signer(&one, 1);
	sign_as(&one, "", file);
	expect(file, sizeof(file), one.line, "altered");
	expect(IMAGE, IMAGE_SIZE, one.line, "not signed");
	expect("", 0, one.line, "not signed");
}

static void without_keys_it_only_splits(void **state)
{
	unsigned char file[SIGNED_SIZE];
	struct failure why = { 0 };
	struct signer one;
	size_t size = 0;

	make_signer(&one, 1);
	sign_as(&one, "", file);
	assert_true(signature_check(file, sizeof(file), NULL, &size, &why));
	assert_int_equal(size, IMAGE_SIZE);
	assert_true(signature_check(IMAGE, IMAGE_SIZE, NULL, &size, &why));
	assert_int_equal(size, IMAGE_SIZE);
	assert_true(signature_check("", 0, NULL, &size, &why));
	assert_int_equal(size, 0);
}

static void bad_key_files_are_named(void **state)
{
	unsigned char file[SIGNED_SIZE];
	struct failure why = { 0 };
	char keys[4096];
	struct signer one;
	size_t size;

	make_signer(&one, 1);
	sign_as(&one, SIGNATURE_DOMAIN, file);
	expect(file, sizeof(file), "", "no key in it");
	expect(file, sizeof(file), "# nothing\n", "no key in it");
	expect(file, sizeof(file), "packet-sentry-public-key\n", ":1: not a public key");
	expect(file, sizeof(file), "packet-sentry-public-key AAAA\n", ":1: not a public key");
	expect(file, sizeof(file), "packet-sentry-public-key !\n", ":1: not a public key");
	expect(file, sizeof(file), "ssh-ed25519 AAAA\n", ":1: not a public key");
	expect(file, sizeof(file), "packet-sentry-secret-key AAAA\n", ":1: a secret key");
	snprintf(keys, sizeof(keys), "%.*s more\n", (int)strlen(one.line) - 1, one.line);
	expect(file, sizeof(file), keys, ":1: not a public key");
	/* A bad line is not passed over for a good one. */
	snprintf(keys, sizeof(keys), "%snonsense\n", one.line);
	expect(file, sizeof(file), keys, ":2: not a public key");
	memset(keys, 'A', sizeof(keys) - 1);
	keys[sizeof(keys) - 1] = '\0';
	expect(file, sizeof(file), keys, "too long");
	assert_false(signature_check(file, sizeof(file), "/nowhere/keys", &size, &why));
	assert_non_null(strstr(why.text, "/nowhere/keys: No such file"));
	assert_false(signature_check(file, sizeof(file), "/tmp", &size, &why));
	assert_non_null(strstr(why.text, "Is a directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_key_of_the_file_may_have_signed), cmocka_unit_test(not_one_byte_may_change),
		cmocka_unit_test(a_signature_of_something_else_is_none), cmocka_unit_test(without_keys_it_only_splits),
		cmocka_unit_test(bad_key_files_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
