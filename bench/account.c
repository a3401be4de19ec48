/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentry-bench account: what a packet costs that is accounted for, beside the same policy without. */
#include "judge.h"
#include "runner.h"
#include "sentry-bench.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum variant {
	VARIANT_NONE,
	VARIANT_TRAFFIC,
	VARIANT_FLOWS,
	VARIANT_BOTH,
	N_VARIANTS,
};

static const char *const variant_names[N_VARIANTS] = { "rules alone", "traffic", "flows", "traffic, flows" };

struct arguments {
	const char *policy, *capture, *block;
	unsigned long rounds, flows;
	bool zipf, json;
};

/* A policy of its own for each. */
struct built {
	struct compile compile;
	struct bytes object;
	struct timed timed;
	const char *program;
};

struct bench {
	const struct arguments *arguments;
	struct traffic traffic;
	struct compile compile;      /* of the reference */
	const struct block *block;
	struct judgement judgement;
	struct rig rig;
	struct built variants[N_VARIANTS];
};

static int build(struct bench *bench, enum variant variant)
{
	const int machine = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? TARGET_BPFEB : TARGET_BPFEL;
	struct built *built = &bench->variants[variant];
	struct compile *compile = &built->compile;
	const struct block *block;
	struct program *program;
	struct policy *policy;

	compile->account.traffic = variant == VARIANT_TRAFFIC || variant == VARIANT_BOTH;
	compile->account.flows = variant >= VARIANT_FLOWS ? bench->arguments->flows : 0;
	policy = compile_policy(compile, bench->arguments->policy, NULL);
	block = policy ? bench_block(policy, bench->arguments->block) : NULL;
	program = block ? compile_program(compile, policy) : NULL;
	if (!program || !compile_object(compile, program, compile_c(compile, program), machine, &built->object))
		return bench_stage_failed(compile);
	built->program = program->blocks[policy_block_index(policy, block)].ident;
	return timed_open_policy(&built->timed, &bench->rig, built->object, built->program) ? BENCH_GOOD : BENCH_ENVIRONMENT;
}

/* xorshift64*: the same draws in every run. */
static uint64_t draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* As many packets as can be, of the capture's: of the n-th flow as many as 1/n says, and in any order. */
static bool draw_zipf(struct traffic *traffic)
{
	uint8_t (*heads)[TRAFFIC_HEAD] = calloc(TRAFFIC_PACKETS, sizeof(*heads));
	double *up_to = calloc(traffic->n + 1, sizeof(*up_to));
	uint64_t state = 1;

	if (!heads || !up_to) {
		free(heads);
		free(up_to);
		return bench_error("out of memory");
	}
	for (uint32_t i = 0; i < traffic->n; i++)
		up_to[i + 1] = up_to[i] + 1.0 / (i + 1);
	for (uint32_t i = 0; i < TRAFFIC_PACKETS; i++) {
		double at = (double)(draw(&state) >> 11) / 0x1p53 * up_to[traffic->n];
		uint32_t low = 0, high = traffic->n - 1;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (up_to[middle + 1] > at)
				high = middle;
			else
				low = middle + 1;
		}
		memcpy(heads[i], traffic->heads[low], sizeof(heads[i]));
	}
	free(up_to);
	free(traffic->heads);
	traffic->heads = heads;
	traffic->n = TRAFFIC_PACKETS;
	return true;
}

/* What becomes of each packet by the reference; what would be answered is taken out. */
static int prepare(struct bench *bench)
{
	struct policy *policy = compile_policy(&bench->compile, bench->arguments->policy, NULL);
	int code;

	if (!policy)
		return bench_stage_failed(&bench->compile);
	bench->block = bench_block(policy, bench->arguments->block);
	if (!bench->block)
		return BENCH_USAGE;
	if (!traffic_read(&bench->traffic, bench->arguments->capture))
		return BENCH_ENVIRONMENT;
	if (bench->arguments->zipf && !draw_zipf(&bench->traffic))
		return BENCH_ENVIRONMENT;
	code = judge(&bench->judgement, policy, bench->block, &bench->traffic, NULL);
	if (code)
		return code;
	traffic_find_region(&bench->traffic);
	return rig_open(&bench->rig, &bench->traffic, bench->block->hook == HOOK_TC) ? BENCH_GOOD : BENCH_ENVIRONMENT;
}

/* A program that is fast and wrong is none. */
static int compare_verdicts(struct bench *bench)
{
	struct expectation expected = { bench->block, bench->judgement.slots, bench->judgement.stateful };

	for (size_t i = 0; i < N_VARIANTS; i++)
		if (!timed_check_policy(&bench->variants[i].timed, &bench->rig, &expected))
			return BENCH_WRONG;
	return BENCH_GOOD;
}

static void print(const struct bench *bench)
{
	const struct timed *none = &bench->variants[VARIANT_NONE].timed;
	unsigned rounds = (unsigned)bench->arguments->rounds;

	if (!bench->arguments->json)
		printf("%-16s %8s %8s %10s  (%u packets, %lu flows for each CPU)\n", "", "ns", "more", "verified",
		       bench->traffic.n, bench->arguments->flows);
	for (size_t i = 0; i < N_VARIANTS; i++) {
		const struct timed *timed = &bench->variants[i].timed;
		double more = i ? batches_difference(&timed->batches, &none->batches, rounds) : 0;

		if (bench->arguments->json)
			printf("%s{\"counted\": \"%s\", \"ns\": %.1f, \"more_ns\": %.1f, \"verified_insns\": %llu}", i ? ", " : "[",
			       variant_names[i], batches_median(&timed->batches, rounds), more, (unsigned long long)timed->verified);
		else
			printf("%-16s %8.1f %8.1f %10llu\n", variant_names[i], batches_median(&timed->batches, rounds), more,
			       (unsigned long long)timed->verified);
	}
	if (bench->arguments->json)
		puts("]");
}

static int measure(struct bench *bench)
{
	struct timed *programs[N_VARIANTS];
	int code = prepare(bench);

	for (unsigned i = 0; i < N_VARIANTS && !code; i++) {
		programs[i] = &bench->variants[i].timed;
		code = build(bench, (enum variant)i);
	}
	if (!code)
		code = compare_verdicts(bench);
	if (!code && !rig_measure(&bench->rig, programs, N_VARIANTS, (unsigned)bench->arguments->rounds))
		code = BENCH_ENVIRONMENT;
	if (!code)
		print(bench);
	return code;
}

static int parse_arguments(const struct bench_verb *verb, int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "block", required_argument, NULL, 'b' },
		{ "flows", required_argument, NULL, 'f' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "zipf", no_argument, NULL, 'z' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == 'h') {
			bench_help(verb);
			exit(BENCH_GOOD);
		}
		if (option == 'b')
			arguments->block = optarg;
		else if (option == 'z')
			arguments->zipf = true;
		else if (option == 'r' && bench_number("--rounds", optarg, 1, ROUNDS_MAX, &arguments->rounds))
			continue;
		else if (option == 'f' &&
			 bench_number("--flows", optarg, ACCOUNT_FLOWS_LEAST, ACCOUNT_FLOWS_MOST, &arguments->flows))
			arguments->flows = account_flows_size(arguments->flows);
		else if (option == 'o' && (!strcmp(optarg, "text") || !strcmp(optarg, "json")))
			arguments->json = !strcmp(optarg, "json");
		else
			return bench_usage(verb, "wrong usage");
	}
	if (argc - optind != 2)
		return bench_usage(verb, "a policy and a capture are wanted");
	arguments->policy = argv[optind];
	arguments->capture = argv[optind + 1];
	return BENCH_GOOD;
}

static int account_main(const struct bench_verb *verb, int argc, char **argv)
{
	struct arguments arguments = { .rounds = 15, .flows = ACCOUNT_FLOWS };
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
	bench->arguments = &arguments;
	bench->rig.heads = -1;
	compile_init(&bench->compile);
	for (size_t i = 0; i < N_VARIANTS; i++)
		compile_init(&bench->variants[i].compile);
	code = measure(bench);
	for (size_t i = 0; i < N_VARIANTS; i++) {
		timed_close(&bench->variants[i].timed);
		free(bench->variants[i].object.data);
		compile_fini(&bench->variants[i].compile);
	}
	rig_close(&bench->rig);
	judgement_free(&bench->judgement);
	compile_fini(&bench->compile);
	traffic_free(&bench->traffic);
	free(bench);
	return code;
}

const struct bench_verb bench_account = {
	.name = "account",
	.synopsis = "POLICY CAPTURE [--block NAME] [--flows N] [--rounds N] [--zipf] [-o text|json]",
	.help = "Compiles the policy four times, as it is and with what `account` adds, compares what becomes of\n"
		"each packet of the capture with a reference, and times all four over them, batches in turn.\n"
		"The first line is the policy as it is: it should say nothing of `account` itself.\n\n"
		"  --block NAME      which block; else the first that is ingress at XDP\n"
		"  --flows N         entries of the flow cache, 16,384 unless told otherwise\n"
		"  --rounds N        batches, 15 unless told otherwise\n"
		"  --zipf            65,536 packets drawn from the capture, of its n-th as many as 1/n says, instead of all\n"
		"                    round and round, which is the worst for every cache\n"
		"  -o json           for programs\n",
	.main = account_main,
};
