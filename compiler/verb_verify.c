/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc verify: whether an object is what one of the given keys signed. */
#include "sentryc.h"

#include "signing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPTION_KEY = OPTION_FIRST,
};

static const struct option options[] = {
	{ "key", required_argument, NULL, OPTION_KEY },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* Key ids are short: two keys may share one. */
static int judge(struct bytes image, const struct signature_trailer *trailer, const struct key *keys, size_t n,
		 const char *path, const char *key_path)
{
	unsigned char id[SIGNATURE_KEY_ID];
	char id_text[KEY_ID_TEXT];
	bool known = false;

	key_id_text(trailer->key_id, id_text);
	for (size_t i = 0; i < n; i++) {
		key_id(&keys[i], id);
		if (memcmp(id, trailer->key_id, sizeof(id)))
			continue;
		known = true;
		if (signature_matches(image, &keys[i], trailer)) {
			printf("%s: signed by key %s\n", path, id_text);
			return finish_stdout(EXIT_GOOD);
		}
	}
	if (known)
		return object_error("%s was altered after it was signed by key %s", path, id_text);
	return object_error("%s is signed by key %s, which is not in %s", path, id_text, key_path);
}

static int verify(const char *key_path, const char *path)
{
	struct signature_trailer trailer;
	int code = EXIT_ENVIRONMENT;
	struct bytes object;
	struct key *keys;
	size_t n;

	if (!keys_read(key_path, KEY_PUBLIC, &keys, &n))
		return EXIT_ENVIRONMENT;
	object = read_whole(path);
	if (object.data && !signature_split(&object, &trailer))
		code = object_error("%s is not signed", path);
	else if (object.data)
		code = judge(object, &trailer, keys, n, path, key_path);
	keys_free(keys, n);
	free(object.data);
	return code;
}

static int verify_main(const struct verb *verb, int argc, char **argv)
{
	const char *key = NULL;
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		key = optarg;
	}
	if (!key)
		return usage_error(verb, "no key given: --key=NAME.pub");
	if (optind + 1 != argc)
		return usage_error(verb, optind == argc ? "no object given" : "one object at a time");
	if (sodium_init() < 0)
		return environment_error("libsodium does not start");
	return verify(key, argv[optind]);
}

const struct verb verb_verify = {
	.name = "verify",
	.synopsis = "--key=NAME.pub OBJ",
	.summary = "says who signed an object, if it is one of the keys and nothing was altered since",
	.help = "      --key=FILE             public keys, one a line\n",
	.main = verify_main,
};
