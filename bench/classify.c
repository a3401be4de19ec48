/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentry-bench classify: what finding the rule costs a packet, beside the floor. No figure but for right verdicts. */
#include "classify.h"

#include "judge.h"
#include "reference.h"
#include "sentry-bench.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* Packets x entries that the linear program may be asked for before it is timed. */
#define LINEAR_ASKS 1000000000ull

enum {
	OPTION_BLOCK = 1000,
	OPTION_EXPECTED,
	OPTION_LINEAR,
	OPTION_ROUNDS,
	OPTION_HELP,
};

static const struct option options[] = {
	{ "block", required_argument, NULL, OPTION_BLOCK },
	{ "expected", required_argument, NULL, OPTION_EXPECTED },
	{ "linear", no_argument, NULL, OPTION_LINEAR },
	{ "rounds", required_argument, NULL, OPTION_ROUNDS },
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

struct arguments {
	const char *policy, *capture, *block, *expected;
	bool linear, json;
	unsigned long rounds;
};

/* Everything that is to be undone. */
struct bench {
	struct compile compile;
	struct traffic traffic;
	struct judgement judgement;
	struct rig rig;
	struct bytes object;
	struct timed nothing, floor, policy, linear;
	struct linear linear_rules;
	struct measurement found;
};

static uint32_t count_deciders(const struct bench *bench, const struct block *block)
{
	size_t n = SLOT_RULES + block->n_rules;
	bool *seen = calloc(n, 1);
	uint32_t deciders = 0;

	for (uint32_t i = 0; seen && i < bench->traffic.n; i++) {
		uint32_t slot = bench->judgement.slots[i] - block->first_id;

		deciders += slot >= SLOT_RULES && !seen[slot];
		seen[slot] = true;
	}
	free(seen);
	return deciders;
}

/* The figures of compiling are those of this. */
static int build(struct bench *bench, const struct policy *policy, const struct block *block)
{
	const int machine = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? TARGET_BPFEB : TARGET_BPFEL;
	struct compile *compile = &bench->compile;
	struct program *program = compile_program(compile, policy);

	if (!program ||
	    !compile_object(compile, program, compile_c(compile, program), machine, &bench->object))
		return bench_stage_failed(compile);
	bench->found.object_bytes = bench->object.size;
	for (size_t i = 0; i < program->n_blocks; i++)
		if (program->blocks[i].block == block)
			bench->found.block = &program->blocks[i];
	return BENCH_GOOD;
}

/* Opens and checks the linear program, or says why there is none. An exit code. */
static int open_linear(struct bench *bench, const struct block *block, const struct expectation *expected)
{
	uint64_t entries;

	if (expected->verdicts_only) {
		bench->found.why_not_linear = "the policy keeps tables";
		return BENCH_GOOD;
	}
	if (!linear_make(&bench->linear_rules, block)) {
		bench->found.why_not_linear = bench->linear_rules.why;
		return BENCH_GOOD;
	}
	if (!timed_open_linear(&bench->linear, &bench->rig, &bench->linear_rules, block->default_verdict))
		return BENCH_ENVIRONMENT;
	entries = (uint64_t)bench->linear_rules.n4 + bench->linear_rules.n6 + 1;
	if (bench->linear.n > LINEAR_ASKS / entries)
		timed_limit(&bench->linear, &bench->rig, LINEAR_ASKS / entries < 64 ? 64 : (uint32_t)(LINEAR_ASKS / entries));
	bench->found.linear = &bench->linear;
	bench->found.linear_rules = &bench->linear_rules;
	return timed_check_linear(&bench->linear, &bench->rig, expected) ? BENCH_GOOD : BENCH_WRONG;
}

static int time_programs(struct bench *bench, const struct arguments *arguments, const struct block *block)
{
	struct timed *programs[4] = { &bench->nothing, &bench->floor, &bench->policy };
	struct expectation expected = { block, bench->judgement.slots, bench->judgement.stateful };
	int code = BENCH_GOOD;
	size_t n = 3;

	if (!rig_open(&bench->rig, &bench->traffic, block->hook == HOOK_TC) ||
	    !timed_open_bare(&bench->nothing, &bench->rig, "nothing") ||
	    !timed_open_bare(&bench->floor, &bench->rig, "floor") ||
	    !timed_open_policy(&bench->policy, &bench->rig, bench->object, bench->found.block->ident))
		return BENCH_ENVIRONMENT;
	if (!timed_check_policy(&bench->policy, &bench->rig, &expected))
		return BENCH_WRONG;
	if (arguments->linear)
		code = open_linear(bench, block, &expected);
	if (code)
		return code;
	if (bench->found.linear)
		programs[n++] = &bench->linear;
	return rig_measure_passes(&bench->rig, programs, n, (unsigned)arguments->rounds) ? BENCH_GOOD : BENCH_ENVIRONMENT;
}

static int classify(struct bench *bench, const struct arguments *arguments)
{
	struct policy *policy = compile_policy(&bench->compile, arguments->policy, NULL);
	const struct block *block;
	int code;

	if (!policy)
		return bench_stage_failed(&bench->compile);
	block = bench_block(policy, arguments->block);
	if (!block)
		return BENCH_USAGE;
	if (!traffic_read(&bench->traffic, arguments->capture))
		return BENCH_ENVIRONMENT;
	code = judge(&bench->judgement, policy, block, &bench->traffic, arguments->expected);
	if (code)
		return code;
	bench->found.rejected = bench->judgement.rejected;
	bench->found.compared = bench->judgement.compared;
	bench->found.stateful = bench->judgement.stateful;
	bench->found.deciders = count_deciders(bench, block);
	code = build(bench, policy, block);
	if (code)
		return code;
	code = judge_kernel(&bench->judgement, policy, block, &bench->traffic, bench->object);
	if (code)
		return code;
	traffic_find_region(&bench->traffic);
	code = time_programs(bench, arguments, block);
	if (code)
		return code;
	if (arguments->json)
		measurement_print_json(&bench->found);
	else
		measurement_print(&bench->found);
	return BENCH_GOOD;
}

static int parse_arguments(const struct bench_verb *verb, int argc, char **argv, struct arguments *arguments)
{
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		switch (option) {
		case OPTION_BLOCK:
			arguments->block = optarg;
			break;
		case OPTION_EXPECTED:
			arguments->expected = optarg;
			break;
		case OPTION_LINEAR:
			arguments->linear = true;
			break;
		case OPTION_ROUNDS:
			if (!bench_number("--rounds", optarg, 1, ROUNDS_MAX, &arguments->rounds))
				return BENCH_USAGE;
			break;
		case 'o':
			if (strcmp(optarg, "text") && strcmp(optarg, "json"))
				return bench_usage(verb, "-o is text or json, not '%s'", optarg);
			arguments->json = !strcmp(optarg, "json");
			break;
		case OPTION_HELP:
			bench_help(verb);
			exit(BENCH_GOOD);
		default:
			return bench_usage(verb, "wrong usage");
		}
	}
	if (argc - optind != 2)
		return bench_usage(verb, "a policy and a capture are wanted");
	arguments->policy = argv[optind];
	arguments->capture = argv[optind + 1];
	return BENCH_GOOD;
}

static int classify_main(const struct bench_verb *verb, int argc, char **argv)
{
	struct arguments arguments = { .rounds = 15 };
	struct bench *bench;
	int code = parse_arguments(verb, argc, argv, &arguments);

	if (code)
		return code;
	bench = calloc(1, sizeof(*bench));
	if (!bench) {
		bench_error("out of memory");
		return BENCH_ENVIRONMENT;
	}
	libbpf_set_print(NULL);
	compile_init(&bench->compile);
	bench->rig.heads = -1;
	bench->found = (struct measurement){
		.policy_path = arguments.policy, .capture_path = arguments.capture, .compile = &bench->compile,
		.traffic = &bench->traffic, .rounds = (unsigned)arguments.rounds,
		.nothing = &bench->nothing, .floor = &bench->floor, .policy = &bench->policy,
	};
	code = classify(bench, &arguments);
	timed_close(&bench->linear);
	timed_close(&bench->policy);
	timed_close(&bench->floor);
	timed_close(&bench->nothing);
	rig_close(&bench->rig);
	linear_free(&bench->linear_rules);
	judgement_free(&bench->judgement);
	traffic_free(&bench->traffic);
	free(bench->object.data);
	compile_fini(&bench->compile);
	free(bench);
	return code;
}

const struct bench_verb bench_classify = {
	.name = "classify",
	.synopsis = "POLICY CAPTURE [--block NAME] [--linear] [--expected FILE] [--rounds N] [-o text|json]",
	.help = "Compiles the policy, compares what becomes of each packet of the capture (Ethernet; the first\n"
		"65,536) with a reference, and times the program over them, one packet after another, beside\n"
		"a program that does nothing (the driver) and one that parses the 5-tuple and decides (the\n"
		"floor): whole passes over all packets, and, as \"after\", how long a packet takes just after\n"
		"another program ran. Any wrong verdict or rule: no figure, exit 1.\n\n"
		"  --block NAME      which block; else the first that is ingress at XDP\n"
		"  --linear          a walk over the same rules, too: of 5-tuples only\n"
		"  --expected FILE   the rule of each packet by its number from 0, one a line; else a word\n"
		"  --rounds N        batches, 15 unless told otherwise\n"
		"  -o json           for programs: packet-sentry/bench-classify/v1\n",
	.main = classify_main,
};
