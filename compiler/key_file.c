/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "key_file.h"

#include "process.h"
#include "sentryc.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A key in base64, with its NUL. */
#define KEY_TEXT sodium_base64_ENCODED_LEN(sizeof(struct key), sodium_base64_VARIANT_ORIGINAL)
/* More than a line with a key needs; comments may fill it. */
#define LINE_MAX_BYTES 1024

static const char blanks[] = " \t\r\n";

void key_id(const struct key *public, unsigned char id[SIGNATURE_KEY_ID])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, public->bytes, sizeof(public->bytes));
	memcpy(id, digest, SIGNATURE_KEY_ID);
}

void key_id_text(const unsigned char id[SIGNATURE_KEY_ID], char text[KEY_ID_TEXT])
{
	sodium_bin2hex(text, KEY_ID_TEXT, id, SIGNATURE_KEY_ID);
}

/* --- reading -------------------------------------------------------------- */

static bool decode(struct key *key, const char *text)
{
	size_t size = 0, length = strlen(text);
	const char *end = NULL;

	return !sodium_base642bin(key->bytes, sizeof(key->bytes), text, length, NULL, &size, &end,
				  sodium_base64_VARIANT_ORIGINAL) &&
	       size == sizeof(key->bytes) && end == text + length;
}

/* The words of a line; cut apart in place. False if there are more than two. */
static bool split_line(char *line, char **word, char **text)
{
	char *rest;

	*word = line + strspn(line, blanks);
	rest = *word + strcspn(*word, blanks);
	if (*rest)
		*rest++ = '\0';
	*text = rest + strspn(rest, blanks);
	rest = *text + strcspn(*text, blanks);
	if (*rest)
		*rest++ = '\0';
	return !rest[strspn(rest, blanks)];
}

/* False with a message printed; *found says whether the line had a key. */
static bool read_line(char *line, const char *path, unsigned number, enum key_kind kind, struct key *key, bool *found)
{
	static const char *const words[] = { [KEY_SECRET] = SECRET_KEY_WORD, [KEY_PUBLIC] = PUBLIC_KEY_WORD };
	static const char *const names[] = { [KEY_SECRET] = "secret", [KEY_PUBLIC] = "public" };
	enum key_kind other = kind == KEY_SECRET ? KEY_PUBLIC : KEY_SECRET;
	char *word = line + strspn(line, blanks), *text;
	bool two_words;

	*found = *word && *word != '#';
	if (!*found)
		return true;
	two_words = split_line(line, &word, &text);
	if (!strcmp(word, words[other])) {
		environment_error("%s:%u: a %s key, where a %s key is wanted", path, number, names[other], names[kind]);
		return false;
	}
	if (two_words && !strcmp(word, words[kind]) && decode(key, text))
		return true;
	environment_error("%s:%u: not a %s key as `sentryc sign --generate` makes them", path, number, names[kind]);
	return false;
}

static bool read_lines(FILE *file, const char *path, enum key_kind kind, struct key **keys, size_t *n)
{
	char line[LINE_MAX_BYTES];
	struct key key;
	bool good = true, found;

	for (unsigned number = 1; good && fgets(line, sizeof(line), file); number++) {
		if (!strchr(line, '\n') && !feof(file)) {
			environment_error("%s:%u: the line is too long for a key", path, number);
			good = false;
		} else {
			good = read_line(line, path, number, kind, &key, &found);
		}
		if (good && found) {
			*keys = reallocarray(*keys, *n + 1, sizeof(key));
			if (!*keys)
				out_of_memory();
			(*keys)[(*n)++] = key;
		}
	}
	sodium_memzero(line, sizeof(line));
	sodium_memzero(&key, sizeof(key));
	if (good && ferror(file)) {
		environment_error("cannot read %s: %m", path);
		good = false;
	}
	return good;
}

static void warn_if_open(FILE *file, const char *path)
{
	struct stat status;

	if (!fstat(fileno(file), &status) && S_ISREG(status.st_mode) && status.st_mode & 077)
		fprintf(stderr, "sentryc: warning: %s can be used by others than its owner: chmod 600 %s\n", path,
			path);
}

bool keys_read(const char *path, enum key_kind kind, struct key **keys, size_t *n)
{
	FILE *file = fopen(path, "re");
	bool good;

	*keys = NULL;
	*n = 0;
	if (!file) {
		environment_error("cannot read %s: %m", path);
		return false;
	}
	/* What the C library would read ahead of a secret, it would also leave in memory. */
	setvbuf(file, NULL, _IONBF, 0);
	if (kind == KEY_SECRET)
		warn_if_open(file, path);
	good = read_lines(file, path, kind, keys, n);
	fclose(file);
	if (good && !*n) {
		environment_error("%s has no key in it", path);
		good = false;
	} else if (good && kind == KEY_SECRET && *n > 1) {
		environment_error("%s has several secret keys: which one is to sign?", path);
		good = false;
	}
	if (!good)
		keys_free(*keys, *n);
	return good;
}

void keys_free(struct key *keys, size_t n)
{
	if (keys)
		sodium_memzero(keys, n * sizeof(*keys));
	free(keys);
}

/* --- making --------------------------------------------------------------- */

/* A file beside `path`, with all of the text; its name in *temporary, malloc'd. False with errno set. */
static bool write_beside(const char *path, const char *text, mode_t mode, char **temporary)
{
	bool good;
	int fd;

	if (asprintf(temporary, "%s.XXXXXX", path) < 0) {
		*temporary = NULL;
		return false;
	}
	fd = mkstemp(*temporary);
	if (fd < 0) {
		free(*temporary);
		*temporary = NULL;
		return false;
	}
	good = !fchmod(fd, mode) && write_all(fd, text, strlen(text)) && !fsync(fd);
	return !close(fd) && good;
}

static bool put(const char *temporary, const char *path)
{
	return !renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE);
}

static bool failed(const char *path)
{
	if (errno == EEXIST)
		environment_error("%s is there already, and is not overwritten", path);
	else
		environment_error("cannot write %s: %s", path, strerror(errno));
	return false;
}

static void discard(char *temporary)
{
	if (temporary)
		unlink(temporary);
	free(temporary);
}

static bool write_pair(const char *secret_path, const char *secret, const char *public_path, const char *public)
{
	char *new_secret = NULL, *new_public = NULL;
	mode_t mask = umask(0);
	bool good = false;
	sigset_t old;

	umask(mask);
	signals_hold(&old);
	if (!write_beside(secret_path, secret, 0600, &new_secret)) {
		failed(secret_path);
	} else if (!write_beside(public_path, public, 0666 & ~mask, &new_public)) {
		failed(public_path);
	} else if (!put(new_secret, secret_path)) {
		failed(secret_path);
	} else if (!put(new_public, public_path)) {
		failed(public_path);
		unlink(secret_path);
	} else {
		good = true;
	}
	discard(new_secret);
	discard(new_public);
	signals_release(&old);
	return good;
}

bool key_pair_make(const char *name, char id_text[KEY_ID_TEXT])
{
	unsigned char expanded[crypto_sign_SECRETKEYBYTES], id[SIGNATURE_KEY_ID];
	char *paths[2] = { NULL }, *texts[2] = { NULL };
	struct key secret, public;
	char encoded[KEY_TEXT];
	bool good = false;

	randombytes_buf(secret.bytes, sizeof(secret.bytes));
	crypto_sign_seed_keypair(public.bytes, expanded, secret.bytes);
	key_id(&public, id);
	key_id_text(id, id_text);
	sodium_bin2base64(encoded, sizeof(encoded), secret.bytes, sizeof(secret.bytes), sodium_base64_VARIANT_ORIGINAL);
	if (asprintf(&texts[0], "# Packet Sentry: the secret half of key %s. Whoever has it can sign.\n%s %s\n", id_text,
		     SECRET_KEY_WORD, encoded) < 0)
		texts[0] = NULL;
	sodium_bin2base64(encoded, sizeof(encoded), public.bytes, sizeof(public.bytes), sodium_base64_VARIANT_ORIGINAL);
	if (asprintf(&texts[1], "# Packet Sentry: the public half of key %s.\n%s %s\n", id_text, PUBLIC_KEY_WORD,
		     encoded) < 0)
		texts[1] = NULL;
	if (asprintf(&paths[0], "%s.key", name) < 0)
		paths[0] = NULL;
	if (asprintf(&paths[1], "%s.pub", name) < 0)
		paths[1] = NULL;
	if (texts[0] && texts[1] && paths[0] && paths[1])
		good = write_pair(paths[0], texts[0], paths[1], texts[1]);
	else
		environment_error("out of memory");
	if (texts[0])
		sodium_memzero(texts[0], strlen(texts[0]));
	sodium_memzero(&secret, sizeof(secret));
	sodium_memzero(expanded, sizeof(expanded));
	for (size_t i = 0; i < 2; i++) {
		free(paths[i]);
		free(texts[i]);
	}
	return good;
}
