/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc test: the packets that a policy says it expects, judged. */
#include "sentryc.h"

#include "effort_option.h"
#include "test_run.h"

#include <stdlib.h>
#include <string.h>

enum {
	OPTION_ENGINE = OPTION_FIRST,
	OPTION_FAIL_ON_EMPTY,
	OPTION_COVERAGE,
	OPTION_MIN,
};

static const struct option options[] = {
	{ "engine", required_argument, NULL, OPTION_ENGINE },
	{ "output", required_argument, NULL, 'o' },
	{ "fail-on-empty", no_argument, NULL, OPTION_FAIL_ON_EMPTY },
	{ "coverage", no_argument, NULL, OPTION_COVERAGE },
	{ "min", required_argument, NULL, OPTION_MIN },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

#define OUTPUT_TEXT 0
static const char *const output_words[] = { "text", "json", "junit", "tap", NULL };

static void (*const reports[])(const struct test_report *) = {
	test_report_text,
	test_report_json,
	test_report_junit,
	test_report_tap,
};

struct test_options {
	int engine, output;
	bool fail_on_empty, coverage;
	unsigned min; /* percent of coverage */
};

static void suite_fail(struct test_suite *suite, const char *name, const char *message)
{
	suite->failures[suite->n_failures++] = (struct suite_failure){ name, message };
}

/* A policy at fault; `message` has no name of a file and no newline. */
static int not_enough(struct test_suite *suite, const char *name, const char *message)
{
	fprintf(stderr, "sentryc: %s: %s\n", suite->file, message);
	suite_fail(suite, name, message);
	return EXIT_POLICY;
}

/* For those who see the report only: the first of what standard error says at length. */
static int not_tested(struct compile *compile, struct test_suite *suite)
{
	int code = stage_failed(compile);
	const struct diag *diag = compile->diags.first;

	while (diag && diag->severity != SEVERITY_ERROR)
		diag = diag->next;
	if (compile->error[0])
		suite_fail(suite, "policy", arena_strndup(&compile->arena, compile->error, strcspn(compile->error, "\n")));
	else if (diag && diag->span.source)
		suite_fail(suite, "policy", arena_printf(&compile->arena, "%s:%u: error[%s]: %s", diag->span.source->name,
							 source_position(diag->span.source, diag->span.begin).line,
							 code_table[diag->code].text, diag->message));
	else
		suite_fail(suite, "policy", diag ? diag->message : "it could not be read");
	suite->policy = NULL;
	return code;
}

static int measure_coverage(struct compile *compile, const struct test_options *chosen, struct test_suite *suite)
{
	struct coverage *coverage = ARENA_NEW(&compile->arena, struct coverage);
	struct effort effort;

	effort_init(&effort, EFFORT_SECONDS, EFFORT_NODES);
	coverage_find(&compile->arena, suite->policy, &effort, coverage);
	if (coverage->broken)
		return environment_error("internal error, please report it: %s", coverage->broken);
	suite->coverage = coverage;
	if (coverage_percent(coverage) >= chosen->min && !(chosen->min && coverage->undecided))
		return EXIT_GOOD;
	return not_enough(suite, "coverage", arena_printf(&compile->arena,
							  "the tests reach %u %% of the classes of packets, not %u %%",
							  coverage_percent(coverage), chosen->min));
}

static int test_file(struct compile *compile, enum engine_kind kind, struct test_suite *suite)
{
	const struct policy *policy;
	struct engine *engine;
	int code = EXIT_GOOD;

	policy = compile_policy(compile, suite->file, NULL);
	if (!policy)
		return not_tested(compile, suite);
	engine = engine_open(compile, kind, policy);
	if (!engine)
		return not_tested(compile, suite);
	print_diags(compile);
	if (test_run(&compile->arena, policy, engine, suite)) {
		code = environment_error("%s: engine %s: %s", suite->file, engine_names[kind], engine->error);
		suite_fail(suite, "policy", arena_printf(&compile->arena, "engine %s: %s", engine_names[kind],
							 engine->error));
		suite->policy = NULL;
	}
	engine_close(engine);
	return code;
}

static int test_files(char **files, size_t n_files, const struct test_options *chosen)
{
	struct test_report report = { .engine = (enum engine_kind)chosen->engine };
	struct compile *compiles;
	struct test_suite *suites;
	size_t n_run = 0;
	int code, worst = EXIT_GOOD;
	bool at_fault = false;

	/* A suite refers to its compilation's memory until it has been reported. */
	compiles = calloc(n_files, sizeof(*compiles));
	suites = calloc(n_files, sizeof(*suites));
	report.suites = calloc(n_files, sizeof(*report.suites));
	if (!compiles || !suites || !report.suites) {
		code = environment_error("out of memory");
		goto out;
	}
	for (size_t i = 0; i < n_files; i++) {
		compile_init(&compiles[i]);
		suites[i].file = files[i];
		code = test_file(&compiles[i], report.engine, &suites[i]);
		report.suites[report.n_suites++] = &suites[i];
		if (code == EXIT_GOOD) {
			n_run++;
			report.passed += suites[i].passed;
			report.failed += suites[i].failed;
			if (chosen->coverage)
				code = measure_coverage(&compiles[i], chosen, &suites[i]);
			if (chosen->fail_on_empty && !suites[i].policy->n_tests)
				code = not_enough(&suites[i], "tests", arena_printf(&compiles[i].arena, "policy %s has no tests",
										    suites[i].policy->name));
		}
		report.other_failures += suites[i].n_failures;
		at_fault |= code == EXIT_POLICY;
		if (code > worst)
			worst = code;
	}
	if (report.failed && worst < EXIT_POLICY)
		worst = EXIT_POLICY;
	/* With nothing run there is nothing to report but a policy at fault, and people have been told the reason. */
	if (n_run || (at_fault && chosen->output != OUTPUT_TEXT))
		reports[chosen->output](&report);
	code = finish_stdout(worst);
	for (size_t i = 0; i < n_files; i++)
		compile_fini(&compiles[i]);
out:
	free(report.suites);
	free(suites);
	free(compiles);
	return code;
}

static int test_main(const struct verb *verb, int argc, char **argv)
{
	static const char *const engine_words[] = { "model", "native", "kernel", NULL };
	struct test_options chosen = { .engine = ENGINE_MODEL };
	uint64_t percent;
	int option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		switch (option) {
		case OPTION_ENGINE:
			chosen.engine = word_index(engine_words, optarg);
			if (chosen.engine < 0)
				return usage_error(verb, "--engine is model, native or kernel, not '%s'", optarg);
			break;
		case OPTION_FAIL_ON_EMPTY:
			chosen.fail_on_empty = true;
			break;
		case OPTION_COVERAGE:
			chosen.coverage = true;
			break;
		case OPTION_MIN:
			if (!effort_read_count(optarg, &percent) || percent > 100)
				return usage_error(verb, "--min is a percentage from 1 to 100, not '%s'", optarg);
			chosen.coverage = true;
			chosen.min = (unsigned)percent;
			break;
		default:
			chosen.output = word_index(output_words, optarg);
			if (chosen.output < 0)
				return usage_error(verb, "-o is text, json, junit or tap, not '%s'", optarg);
		}
	}
	if (optind == argc)
		return usage_error(verb, "no policy file given");
	return test_files(argv + optind, (size_t)(argc - optind), &chosen);
}

const struct verb verb_test = {
	.name = "test",
	.synopsis = "FILE… [--engine model|native|kernel] [-o text|json|junit|tap] [--coverage] [--min PCT] …",
	.summary = "runs the `test` blocks of policies",
	.help = "  --engine=model|native|kernel\n"
		"                             model interprets the policy (default); native runs the generated\n"
		"                             code on this machine; kernel runs the object, as root\n"
		"  -o, --output=text|json|junit|tap\n"
		"                             how the results are printed\n"
		"  --fail-on-empty            exit with 1 if a policy has no tests\n"
		"  --coverage                 which rules and classes of packets no test reaches, with packets to paste\n"
		"  --min=PCT                  exit with 1 if less than so many percent of the classes are reached\n",
	.main = test_main,
};
