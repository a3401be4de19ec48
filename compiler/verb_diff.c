/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc diff: which packets get another verdict from one version of a policy to the next. */
#include "sentryc.h"

#include "diff_report.h"
#include "effort_option.h"

#include <string.h>

#define REGIONS 8u

enum {
	OPTION_EXIT_CODE = OPTION_FIRST,
	OPTION_MAX_REGIONS,
	OPTION_TIMEOUT,
	OPTION_MAX_NODES,
	OPTION_STRICT,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "exit-code", no_argument, NULL, OPTION_EXIT_CODE },
	{ "max-regions", required_argument, NULL, OPTION_MAX_REGIONS },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "max-nodes", required_argument, NULL, OPTION_MAX_NODES },
	{ "strict", no_argument, NULL, OPTION_STRICT },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct diff_options {
	int output;
	bool exit_code, strict;
	double seconds;
	uint64_t max_regions, max_nodes;
};

static void (*const printers[])(const struct diff *, const char *, const char *) = {
	diff_print_text,
	diff_print_json,
	diff_print_markdown,
};

static int exit_code(const struct diff *diff, const struct diff_options *chosen)
{
	if (chosen->strict && diff->undecided)
		return EXIT_POLICY;
	if (chosen->exit_code && (!diff_equivalent(diff) || diff->effects))
		return EXIT_POLICY;
	return EXIT_GOOD;
}

static int compare(struct compile *compiles, const char *const *paths, const struct diff_options *chosen)
{
	struct effort effort;
	struct diff diff = { .arena = &compiles[0].arena, .effort = &effort, .max_regions = chosen->max_regions };

	diff.old = compile_policy(&compiles[0], paths[0], NULL);
	if (!diff.old)
		return stage_failed(&compiles[0]);
	print_diags(&compiles[0]);
	diff.new = compile_policy(&compiles[1], paths[1], NULL);
	if (!diff.new)
		return stage_failed(&compiles[1]);
	print_diags(&compiles[1]);
	effort_init(&effort, chosen->seconds, chosen->max_nodes);
	diff_policies(&diff);
	if (diff.broken)
		return environment_error("internal error, please report it: %s", diff.broken);
	printers[chosen->output](&diff, paths[0], paths[1]);
	return finish_stdout(exit_code(&diff, chosen));
}

/* False: the verb returns *code. */
static bool read_option(const struct verb *verb, int option, struct diff_options *chosen, int *code)
{
	static const char *const outputs[] = { "text", "json", "markdown", NULL };

	switch (option) {
	case OPTION_EXIT_CODE:
		chosen->exit_code = true;
		return true;
	case OPTION_STRICT:
		chosen->strict = true;
		return true;
	case OPTION_TIMEOUT:
		if (effort_read_seconds(optarg, &chosen->seconds))
			return true;
		*code = usage_error(verb, "--timeout is seconds or a time such as 500ms or 2m, not '%s'", optarg);
		return false;
	case OPTION_MAX_REGIONS:
		if (effort_read_count(optarg, &chosen->max_regions))
			return true;
		*code = usage_error(verb, "--max-regions is a number from 1 on, not '%s'", optarg);
		return false;
	case OPTION_MAX_NODES:
		if (effort_read_count(optarg, &chosen->max_nodes))
			return true;
		*code = usage_error(verb, "--max-nodes is a number from 1 on, not '%s'", optarg);
		return false;
	default:
		chosen->output = word_index(outputs, optarg);
		if (chosen->output >= 0)
			return true;
		*code = usage_error(verb, "-o is text, json or markdown, not '%s'", optarg);
		return false;
	}
}

static int diff_main(const struct verb *verb, int argc, char **argv)
{
	struct diff_options chosen = { .max_regions = REGIONS, .seconds = EFFORT_SECONDS };
	struct compile compiles[2];
	const char *paths[2];
	int option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		if (!read_option(verb, option, &chosen, &code))
			return code;
	}
	if (argc - optind != 2)
		return usage_error(verb, "two policies are needed: the old one and the new one");
	paths[0] = argv[optind];
	paths[1] = argv[optind + 1];
	if (!strcmp(paths[0], "-") && !strcmp(paths[1], "-"))
		return usage_error(verb, "standard input can be one of the two files, not both");
	compile_init(&compiles[0]);
	compile_init(&compiles[1]);
	code = compare(compiles, paths, &chosen);
	compile_fini(&compiles[1]);
	compile_fini(&compiles[0]);
	return code;
}

const struct verb verb_diff = {
	.name = "diff",
	.synopsis = "OLD NEW [-o text|json|markdown] [--exit-code] …",
	.summary = "says which packets get another verdict from one policy to another",
	.help = "OLD and NEW are policies, or objects that hold the policy they were made of.\n\n"
		"  -o, --output=text|json|markdown\n"
		"  --exit-code                exit with 1 if anything differs: verdicts, blocks, or what else a rule\n"
		"                             does, such as logging; also if equivalence could not be shown\n"
		"  --max-regions=N            show so many regions of each change (8)\n"
		"  --timeout=TIME             give up after so long: seconds, or 500ms, 2m (60; 0: never)\n"
		"  --max-nodes=N              … or after so many steps and nodes (100000000)\n"
		"  --strict                   exit with 1 if the comparison had to be given up\n",
	.main = diff_main,
};
