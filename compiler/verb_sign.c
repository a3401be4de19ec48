/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc sign: who made an object, for hosts that apply no other. Also makes the keys. */
#include "sentryc.h"

#include <linux/types.h>
#include "shared.h"

#include "object.h"
#include "signing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPTION_GENERATE = OPTION_FIRST,
	OPTION_KEY,
};

static const struct option options[] = {
	{ "generate", required_argument, NULL, OPTION_GENERATE },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "output", required_argument, NULL, 'o' },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static int generate(const char *name)
{
	char id[KEY_ID_TEXT];

	if (!key_pair_make(name, id))
		return EXIT_ENVIRONMENT;
	printf("key %s: secret in %s.key, public in %s.pub\n", id, name, name);
	return finish_stdout(EXIT_GOOD);
}

/* The image and its trailer behind it. */
static bool write_signed(const char *path, struct bytes image, const struct signature_trailer *trailer)
{
	char *data = malloc(image.size + sizeof(*trailer));
	bool good;

	if (!data) {
		environment_error("out of memory");
		return false;
	}
	memcpy(data, image.data, image.size);
	memcpy(data + image.size, trailer, sizeof(*trailer));
	good = write_file(path, data, image.size + sizeof(*trailer));
	free(data);
	return good;
}

static int sign(const char *key_path, const char *path, const char *output)
{
	struct signature_trailer trailer;
	struct bytes object, section;
	int code = EXIT_ENVIRONMENT;
	struct key *secret;
	size_t n;

	if (!keys_read(key_path, KEY_SECRET, &secret, &n))
		return EXIT_ENVIRONMENT;
	object = read_whole(path);
	if (!object.data)
		goto out;
	signature_split(&object, &trailer);
	/* What this makes is never to stand below anything else. */
	if (!object_is_bpf(object))
		environment_error("%s is no BPF object", path);
	else if (!object_section(object, SENTRY_MANIFEST_SECTION, &section))
		environment_error("%s was not made by sentryc: it has no manifest", path);
	else if (!signature_make(object, secret, &trailer))
		environment_error("out of memory");
	else if (write_signed(output, object, &trailer))
		code = EXIT_GOOD;
out:
	keys_free(secret, n);
	free(object.data);
	return code;
}

static int sign_main(const struct verb *verb, int argc, char **argv)
{
	const char *key = NULL, *name = NULL, *output = NULL;
	int option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		if (option == OPTION_GENERATE)
			name = optarg;
		else if (option == OPTION_KEY)
			key = optarg;
		else
			output = optarg;
	}
	if (sodium_init() < 0)
		return environment_error("libsodium does not start");
	if (name) {
		if (key || output || optind != argc)
			return usage_error(verb, "--generate makes keys and signs nothing");
		if (!*name || name[strlen(name) - 1] == '/')
			return usage_error(verb, "--generate takes the name of the files to make, less .key and .pub");
		return generate(name);
	}
	if (!key)
		return usage_error(verb, "no key given: --key=NAME.key");
	if (optind + 1 != argc)
		return usage_error(verb, optind == argc ? "no object given" : "one object at a time");
	return sign(key, argv[optind], output ? output : argv[optind]);
}

const struct verb verb_sign = {
	.name = "sign",
	.synopsis = "--key=NAME.key [-o OUT] OBJ | --generate=NAME",
	.summary = "signs an object, so that hosts can refuse all others; makes the keys",
	.help = "      --key=FILE             the secret key\n"
		"  -o, --output=FILE          the signed object; without it, OBJ itself\n"
		"      --generate=NAME        make a pair of keys instead: NAME.key, which is secret, and NAME.pub\n",
	.main = sign_main,
};
