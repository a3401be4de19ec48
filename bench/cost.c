/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentry-bench cost: what the planner of classifiers assumes of a machine (compiler/classify/cost.h), measured on this. */
#include "cost.h"

#include "cost_image.h"
#include "cost_shared.h"
#include "json_out.h"
#include "sentry-bench.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 15
/* A batch takes about so long. */
#define BATCH_NS 4000000.0
#define FIRST_REPEATS 1000

static const uint32_t sizes[] = {
	8u << 10, 32u << 10, 128u << 10, 256u << 10, 512u << 10, 1u << 20, 2u << 20, 4u << 20, 8u << 20, 16u << 20, 32u << 20,
	64u << 20, 128u << 20,
};

#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Two programs that differ in `times` of one thing. */
struct pair {
	const char *less, *more;
	unsigned times;
};

static const struct pair independent = { "places", "reads", COST_READS };
static const struct pair chained = { "chain_of_places", "chain_of_reads", COST_READS };
static const struct pair instruction = { "bare", "instructions", COST_INSNS };
static const struct pair rule = { "bare", "rules", COST_RULES };
static const struct pair call = { "in_line", "calls", COST_CALLS };

struct costs {
	double independent[N_SIZES], chained[N_SIZES];
	double instruction, rule, call;
};

static bool set_size(const struct bpf_object *object, uint32_t bytes)
{
	struct cost_settings setting = { .state = 42, .mask = bytes / 4 - 1 };
	uint32_t zero = 0;

	return !bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, "settings"), &zero, &setting, 0) ||
	       bench_failed("settings", "bpf_map_update_elem");
}

/* Nanoseconds of a run, on the average of so many. */
static bool run(int fd, int repeats, double *ns)
{
	uint8_t frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame), .repeat = repeats);
	struct timespec begin, end;
	int error;

	/* The kernel's own figure has no fractions. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	error = bpf_prog_test_run_opts(fd, &options);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	if (error)
		return bench_failed("cost", "BPF_PROG_TEST_RUN");
	*ns = ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / repeats;
	return true;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of one such thing: the median of differences of batches that take turns. */
static bool difference(const struct bpf_object *object, const struct pair *pair, double *ns)
{
	int less = bpf_program__fd(bpf_object__find_program_by_name(object, pair->less));
	int more = bpf_program__fd(bpf_object__find_program_by_name(object, pair->more));
	double differences[ROUNDS], first, second;
	int repeats;

	if (!run(more, FIRST_REPEATS, &first))
		return false;
	repeats = (int)fmax(BATCH_NS / first, FIRST_REPEATS);
	for (int i = 0; i < ROUNDS; i++) {
		if (!run(less, repeats, &first) || !run(more, repeats, &second))
			return false;
		differences[i] = (second - first) / pair->times;
	}
	qsort(differences, ROUNDS, sizeof(differences[0]), compare);
	*ns = differences[ROUNDS / 2];
	return true;
}

static bool measure_costs(const struct bpf_object *object, struct costs *costs)
{
	for (size_t i = 0; i < N_SIZES; i++)
		if (!set_size(object, sizes[i]) || !difference(object, &independent, &costs->independent[i]) ||
		    !difference(object, &chained, &costs->chained[i]))
			return false;
	return difference(object, &instruction, &costs->instruction) && difference(object, &rule, &costs->rule) &&
	       difference(object, &call, &costs->call);
}

static void print_costs(const struct costs *costs)
{
	printf("%-22s %9s %9s %9s\n", "ns of a read from", "apart", "chained", "assumed");
	for (size_t i = 0; i < N_SIZES; i++)
		printf("%15" PRIu32 " bytes  %9.2f %9.2f %9.2f\n", sizes[i], costs->independent[i], costs->chained[i],
		       cost_read(sizes[i]));
	printf("\n%-22s %9s %9s %9s\n", "ns of", "", "measured", "assumed");
	printf("%-22s %9s %9.2f %9.2f\n", "an instruction", "", costs->instruction, COST_INSN);
	printf("%-22s %9s %9.2f %9.2f\n", "a rule of a ladder", "", costs->rule, COST_RULE);
	printf("%-22s %9s %9.2f %9.2f\n", "a function call", "", costs->call, COST_CALL);
	printf("\nFor compiler/classify/cost.h of a machine like this:\n"
	       "#define COST_INSN %.2f\n#define COST_RULE %.2f\n#define COST_CALL %.2f\n"
	       "and for sizes[] of cost.c, if a third of the reads wait for one before:\n\t",
	       costs->instruction, costs->rule, costs->call);
	for (size_t i = 0; i < N_SIZES; i++)
		printf("{ %.4g, %.1f },%s", (double)sizes[i], (2 * costs->independent[i] + costs->chained[i]) / 3,
		       i + 1 == N_SIZES ? "\n" : i % 4 == 3 ? "\n\t" : " ");
	printf("\nMedians of %d differences of two programs, CPU time. Apart: %d reads at random places that are known before;\n"
	       "chained: each place hangs on the read before. A packet's reads are some of both.\n", ROUNDS, COST_READS);
}

/* Without digits that mean nothing. */
static void set_ns(json_t *object, const char *key, double ns)
{
	json_object_set_new(object, key, json_real(round(ns * 1e3) / 1e3));
}

static void set_pair(json_t *document, const char *key, double measured, double assumed)
{
	json_t *object = json_object();

	set_ns(object, "measured", measured);
	set_ns(object, "assumed", assumed);
	json_object_set_new(document, key, object);
}

static void print_costs_json(const struct costs *costs)
{
	json_t *document = json_document("packet-sentry/bench-cost/v1"), *reads = json_array();

	for (size_t i = 0; i < N_SIZES; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "bytes", json_integer(sizes[i]));
		set_ns(object, "apart", costs->independent[i]);
		set_ns(object, "chained", costs->chained[i]);
		set_ns(object, "assumed", cost_read(sizes[i]));
		json_array_append_new(reads, object);
	}
	json_object_set_new(document, "reads", reads);
	set_pair(document, "instruction", costs->instruction, COST_INSN);
	set_pair(document, "rule", costs->rule, COST_RULE);
	set_pair(document, "call", costs->call, COST_CALL);
	json_print(document);
}

static int cost(bool json)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "cost");
	struct bpf_object *object = bpf_object__open_mem(cost_image, cost_image_size, &options);
	struct costs costs;
	int code = BENCH_ENVIRONMENT;

	if (!object || bpf_object__load(object)) {
		bench_failed("cost", "load");
	} else if (measure_costs(object, &costs)) {
		if (json)
			print_costs_json(&costs);
		else
			print_costs(&costs);
		code = BENCH_GOOD;
	}
	bpf_object__close(object);
	return code;
}

static int cost_main(const struct bench_verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == 'h')
			return bench_help(verb);
		if (option != 'o')
			return bench_usage(verb, "wrong usage");
		if (strcmp(optarg, "text") && strcmp(optarg, "json"))
			return bench_usage(verb, "-o is text or json, not '%s'", optarg);
		json = !strcmp(optarg, "json");
	}
	if (optind != argc)
		return bench_usage(verb, "no arguments are wanted");
	libbpf_set_print(NULL);
	return cost(json);
}

const struct bench_verb bench_cost = {
	.name = "cost",
	.synopsis = "[-o text|json]",
	.help = "Measures what the planner of classifiers assumes: a read at a random place of tables of 8 KiB to\n"
		"128 MiB, an instruction, a rule that does not match, a function call. Prints both, and the\n"
		"lines for compiler/classify/cost.h. Needs root.\n\n"
		"  -o json           for programs: packet-sentry/bench-cost/v1\n",
	.main = cost_main,
};
