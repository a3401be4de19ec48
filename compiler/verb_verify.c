/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc verify: whether what is compiled decides as a policy says; whether an object is what one of the given keys signed. */
#include "sentryc.h"

#include "effort_option.h"
#include "object.h"
#include "signing.h"
#include "verify.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPTION_KEY = OPTION_FIRST,
	OPTION_ENGINE,
	OPTION_REGIONS,
	OPTION_WITNESSES,
	OPTION_SEED,
};

static const struct option options[] = {
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "engine", required_argument, NULL, OPTION_ENGINE },
	{ "max-regions", required_argument, NULL, OPTION_REGIONS },
	{ "witnesses", required_argument, NULL, OPTION_WITNESSES },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "output", required_argument, NULL, 'o' },
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

static int verify_signature(const char *key_path, const char *path)
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

struct verify_request {
	const char *key;
	bool json, of_policy;         /* some option is about a policy */
	struct verify_options options;
};

/* "model,native" */
static bool read_engines(const char *text, struct verify_options *chosen)
{
	static const char *const words[] = { "model", "native", "kernel", NULL };
	char *copy = strdup(text), *rest = copy, *word;
	bool good = true;

	if (!copy)
		out_of_memory();
	memset(chosen->engines, 0, sizeof(chosen->engines));
	chosen->may_lack_kernel = false;
	while (good && (word = strsep(&rest, ","))) {
		int kind = word_index(words, word);

		good = kind >= 0;
		if (good)
			chosen->engines[kind] = true;
	}
	free(copy);
	return good;
}

static int verify_policy(struct compile *compile, const char *path, const struct verify_request *request)
{
	const struct policy *policy = compile_policy(compile, path, NULL);
	const struct program *program = policy ? compile_program(compile, policy) : NULL;
	struct verify verify = { .arena = &compile->arena, .policy = policy, .options = request->options };

	if (!program || !verify_program(compile, program, &verify))
		return stage_failed(compile);
	print_diags(compile);
	if (request->json)
		verify_print_json(&verify, path);
	else
		verify_print_text(&verify, path, stdout);
	return finish_stdout(verify.different ? EXIT_POLICY : EXIT_GOOD);
}

/* False: the verb returns *code. */
static bool read_option(const struct verb *verb, int option, struct verify_request *request, int *code)
{
	static const char *const outputs[] = { "text", "json", NULL };
	struct verify_options *chosen = &request->options;
	uint64_t *number;

	if (option == OPTION_KEY) {
		request->key = optarg;
		return true;
	}
	request->of_policy = true;
	switch (option) {
	case OPTION_ENGINE:
		if (read_engines(optarg, chosen))
			return true;
		*code = usage_error(verb, "--engine is a list of model, native and kernel, not '%s'", optarg);
		return false;
	case 'o':
		*code = word_index(outputs, optarg);
		request->json = *code == 1;
		if (*code >= 0)
			return true;
		*code = usage_error(verb, "-o is text or json, not '%s'", optarg);
		return false;
	default:
		number = option == OPTION_REGIONS ? &chosen->regions : option == OPTION_WITNESSES ? &chosen->witnesses :
										       &chosen->seed;
		if (effort_read_count(optarg, number))
			return true;
		*code = usage_error(verb, "%s is a number from 1 on, not '%s'",
				    option == OPTION_REGIONS ? "--max-regions" : option == OPTION_WITNESSES ? "--witnesses" :
													      "--seed", optarg);
		return false;
	}
}

static int verify_main(const struct verb *verb, int argc, char **argv)
{
	struct verify_request request = { 0 };
	struct compile compile;
	int option, code;

	verify_options_init(&request.options);
	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		if (!read_option(verb, option, &request, &code))
			return code;
	}
	if (optind + 1 != argc)
		return usage_error(verb, optind == argc ? request.key ? "no object given" : "no policy file given" :
				   request.key ? "one object at a time" : "one policy file at a time");
	if (request.key) {
		if (request.of_policy)
			return usage_error(verb, "--key is for objects, the other options are for policies");
		if (sodium_init() < 0)
			return environment_error("libsodium does not start");
		return verify_signature(request.key, argv[optind]);
	}
	/* Who asks about an object wants to know who signed it; a "good" without that would mislead. */
	if (object_is_file(argv[optind]))
		return usage_error(verb, "no key given: --key=NAME.pub");
	compile_init(&compile);
	code = verify_policy(&compile, argv[optind], &request);
	compile_fini(&compile);
	return code;
}

const struct verb verb_verify = {
	.name = "verify",
	.synopsis = "FILE [--engine LIST] [-o text|json] … | --key=NAME.pub OBJ",
	.summary = "checks that what is compiled decides as the policy says, or says who signed an object",
	.help = "      --engine=LIST          model,native,kernel: what a sample of frames goes through, beside the tables\n"
		"                             (model,native; as root kernel, too, where there is BPF)\n"
		"      --max-regions=N        look every region up where there are no more (4000000)\n"
		"      --witnesses=N          else look so many packets up (500000)\n"
		"      --seed=N               other witness packets\n"
		"  -o, --output=text|json\n"
		"      --key=FILE             public keys, one a line: was the object signed by one, and not altered since?\n",
	.main = verify_main,
};
