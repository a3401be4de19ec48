/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc replay: what a policy, or an object, would have done to captured packets. */
#include "sentryc.h"

#include "block_choice.h"
#include "object.h"
#include "replay.h"
#include "set_file.h"

#include <stdlib.h>
#include <string.h>

enum {
	OPTION_ENGINE = OPTION_FIRST,
	OPTION_BLOCK,
	OPTION_SET,
	OPTION_PER_PACKET,
};

static const struct option options[] = {
	{ "engine", required_argument, NULL, OPTION_ENGINE },
	{ "block", required_argument, NULL, OPTION_BLOCK },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "output", required_argument, NULL, 'o' },
	{ "per-packet", no_argument, NULL, OPTION_PER_PACKET },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct arguments {
	const char *path; /* policy or object */
	const char *capture;
	const char *block; /* NULL: the only one */
	int engine;        /* -1: not said */
	bool json;
	bool per_packet;
	size_t n_sets;
	char **sets;       /* NAME=FILE, as given */
};

static const struct set *find_set(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->n_sets; i++)
		if (!strcmp(policy->sets[i]->name, name))
			return policy->sets[i];
	return NULL;
}

/* Each names a set of the policy, and no set twice. EXIT_GOOD, or what usage_error says. */
static int check_sets(const struct verb *verb, struct compile *compile, const struct policy *policy,
		      const struct arguments *arguments)
{
	bool *given = ARENA_ARRAY(&compile->arena, bool, policy->n_sets);

	for (size_t i = 0; i < arguments->n_sets; i++) {
		const char *equals = strchr(arguments->sets[i], '=');
		size_t length = equals ? (size_t)(equals - arguments->sets[i]) : 0;
		const char *name = arena_strndup(&compile->arena, arguments->sets[i], length);
		const struct set *set = find_set(policy, name);

		if (!length || !equals[1])
			return usage_error(verb, "--set is NAME=FILE, not '%s'", arguments->sets[i]);
		if (!set)
			return usage_error(verb, "policy %s has no set '%s'", policy->name, name);
		if (given[set->id])
			return usage_error(verb, "--set: '%s' is given twice", name);
		if (!strcmp(equals + 1, "-"))
			return usage_error(verb, "--set: the elements of '%s' cannot be standard input", name);
		given[set->id] = true;
	}
	return EXIT_GOOD;
}

/* False after an error, which is in compile. */
static bool fill_sets(struct compile *compile, struct engine *engine, const struct arguments *arguments)
{
	engine->time_ns = ENGINE_TIME_BEGIN;
	for (size_t i = 0; i < arguments->n_sets; i++) {
		const char *equals = strchr(arguments->sets[i], '=');
		const char *name = arena_strndup(&compile->arena, arguments->sets[i], (size_t)(equals - arguments->sets[i]));

		if (!set_file_load(compile, engine, find_set(engine->policy, name), equals + 1))
			return false;
	}
	return true;
}

/* The capture is opened before the engine, which may take seconds to build. */
static int run(struct compile *compile, struct replay *replay, const struct arguments *arguments,
	       const struct policy *policy)
{
	int code = EXIT_GOOD;

	replay->capture = capture_open(arguments->capture, compile->error, sizeof(compile->error));
	if (!replay->capture)
		return stage_failed(compile);
	if (policy)
		replay->engine = engine_open(compile, replay->kind, policy);
	else
		replay->engine = kernel_open_object(compile, arguments->path);
	if (!replay->engine) {
		code = stage_failed(compile);
		goto out;
	}
	if (policy && !fill_sets(compile, replay->engine, arguments)) {
		code = stage_failed(compile);
		goto out;
	}
	print_diags(compile);

	switch (replay_run(replay)) {
	case REPLAY_ENGINE_FAILED:
		code = environment_error("engine %s: %s", engine_names[replay->kind], replay->engine->error);
		goto out;
	case REPLAY_OUTPUT_FAILED:
		code = EXIT_ENVIRONMENT;
		break;
	case REPLAY_CAPTURE_DAMAGED:
		code = EXIT_ENVIRONMENT;
		if (!replay->per_packet)
			replay_print_summary(replay);
		fflush(stdout);
		environment_error("%s", capture_error(replay->capture));
		break;
	case REPLAY_DONE:
		if (!replay->per_packet)
			replay_print_summary(replay);
		break;
	}
	code = finish_stdout(code);
out:
	engine_close(replay->engine);
	capture_close(replay->capture);
	return code;
}

static int replay_policy(const struct verb *verb, struct compile *compile, const struct arguments *arguments)
{
	struct replay replay = {
		.kind = arguments->engine < 0 ? ENGINE_MODEL : (enum engine_kind)arguments->engine,
		.json = arguments->json,
		.per_packet = arguments->per_packet,
	};
	const struct policy *policy;
	const struct block *block;

	if (!strcmp(arguments->path, "-") && !strcmp(arguments->capture, "-"))
		return usage_error(verb, "policy and capture cannot both be standard input");
	policy = compile_policy(compile, arguments->path, NULL);
	if (!policy)
		return stage_failed(compile);
	if (check_sets(verb, compile, policy, arguments) != EXIT_GOOD)
		return EXIT_USAGE;
	block = block_choose(verb, policy, arguments->block);
	if (!block)
		return EXIT_USAGE;
	replay.block = replay_block_of_policy(&compile->arena, policy, block);
	return run(compile, &replay, arguments, policy);
}

static int replay_object(const struct verb *verb, struct compile *compile, const struct arguments *arguments)
{
	struct replay replay = {
		.kind = ENGINE_KERNEL,
		.json = arguments->json,
		.per_packet = arguments->per_packet,
	};
	struct replay_object object = { 0 };
	const char *names = "";

	if (arguments->n_sets)
		return usage_error(verb, "--set needs the policy: an object does not say what its sets hold");
	if (arguments->engine >= 0 && arguments->engine != ENGINE_KERNEL)
		return usage_error(verb, "an object runs in the kernel engine only; for engine %s give the policy",
				   engine_names[arguments->engine]);
	if (!replay_object_read(&compile->arena, arguments->path, &object, compile->error, sizeof(compile->error)))
		return stage_failed(compile);
	replay.block = replay_object_block(&object, arguments->block);
	if (!replay.block) {
		for (size_t i = 0; i < object.n_blocks; i++)
			names = arena_printf(&compile->arena, "%s%s%s", names, i ? ", " : "", object.blocks[i].name);
		return usage_error(verb, "say with --block which block of policy %s is meant: %s", object.policy,
				   names);
	}
	return run(compile, &replay, arguments, NULL);
}

static int read_and_replay(const struct verb *verb, int argc, char **argv, struct arguments *arguments)
{
	static const char *const engine_words[] = { "model", "native", "kernel", NULL };
	static const char *const outputs[] = { "text", "json", NULL };
	struct compile compile;
	int option, code, output;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		switch (option) {
		case OPTION_ENGINE:
			arguments->engine = word_index(engine_words, optarg);
			if (arguments->engine < 0)
				return usage_error(verb, "--engine is model, native or kernel, not '%s'", optarg);
			break;
		case OPTION_BLOCK:
			arguments->block = optarg;
			break;
		case OPTION_SET:
			arguments->sets[arguments->n_sets++] = optarg;
			break;
		case OPTION_PER_PACKET:
			arguments->per_packet = true;
			break;
		default:
			output = word_index(outputs, optarg);
			if (output < 0)
				return usage_error(verb, "-o is text or json, not '%s'", optarg);
			arguments->json = output == 1;
		}
	}
	if (argc - optind != 2)
		return usage_error(verb, "a policy or object, and a capture are needed");
	arguments->path = argv[optind];
	arguments->capture = argv[optind + 1];

	compile_init(&compile);
	if (object_is_file(arguments->path))
		code = replay_object(verb, &compile, arguments);
	else
		code = replay_policy(verb, &compile, arguments);
	compile_fini(&compile);
	return code;
}

static int replay_main(const struct verb *verb, int argc, char **argv)
{
	struct arguments arguments = { .engine = -1, .sets = calloc((size_t)argc, sizeof(char *)) };
	int code;

	if (!arguments.sets)
		return environment_error("out of memory");
	code = read_and_replay(verb, argc, argv, &arguments);
	free(arguments.sets);
	return code;
}

const struct verb verb_replay = {
	.name = "replay",
	.synopsis = "FILE|OBJ CAPTURE [--engine model|native|kernel] [--block NAME] [--set NAME=FILE]\n"
		    "                      [-o text|json] [--per-packet]",
	.summary = "judges the packets of a capture and counts them by rule",
	.help = "  FILE|OBJ                   a policy, or an object, which runs in the kernel engine\n"
		"  CAPTURE                    pcap or pcapng with Ethernet frames; - is standard input\n"
		"  --engine=model|native|kernel\n"
		"                             model interprets the policy (default); native runs the generated\n"
		"                             code on this machine; kernel runs the object, as root\n"
		"  --block=NAME               which block, where the policy has several: ingress, egress, …\n"
		"  --set=NAME=FILE            what a set of the policy holds, else nothing; once for each set\n"
		"  -o, --output=text|json     counts as a table, or as JSON\n"
		"  --per-packet               a line for each packet instead of counts; with -o json an object\n",
	.main = replay_main,
};
