/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc check: everything that can be said about a policy without running it. */
#include "sentryc.h"

#include "check_report.h"
#include "effort_option.h"
#include "expiry.h"
#include "prove.h"

#include <stdlib.h>
#include <strings.h>

enum {
	OPTION_DENY_WARNINGS = OPTION_FIRST,
	OPTION_EXPLAIN,
	OPTION_DATE,
	OPTION_TIMEOUT,
	OPTION_MAX_NODES,
	OPTION_STRICT,
	OPTION_NOTES,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "deny-warnings", no_argument, NULL, OPTION_DENY_WARNINGS },
	{ "explain", required_argument, NULL, OPTION_EXPLAIN },
	{ "date", required_argument, NULL, OPTION_DATE },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "max-nodes", required_argument, NULL, OPTION_MAX_NODES },
	{ "strict", no_argument, NULL, OPTION_STRICT },
	{ "notes", no_argument, NULL, OPTION_NOTES },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static const char *const output_words[] = { "text", "json", "sarif", "github", "junit", "markdown", NULL };

/* Of text each file is said as soon as it is checked. */
static void (*const reports[])(struct check_report *) = {
	NULL, check_report_json, check_report_sarif, check_report_github, check_report_junit, check_report_markdown,
};

struct check_options {
	int output;
	bool notes;
	int64_t today;
	double seconds; /* 0: no limit */
	uint64_t max_nodes;
};

static void print_page(const struct code_info *info)
{
	printf("%s: %s (%s)\n\n%s", info->text, info->title, severity_words[info->severity], info->page);
	if (info->lint)
		printf("\nIts severity is changed by `lint %s error|warning|note|off;` in the policy.\n", info->lint);
}

/* By code, or by the word that `lint` statements use. */
static int explain_code(const struct verb *verb, const char *text)
{
	enum code code = code_find(text);

	for (int i = 0; code == N_CODES && i < N_CODES; i++)
		if (code_table[i].lint && !strcasecmp(code_table[i].lint, text))
			code = (enum code)i;
	if (code == N_CODES)
		return usage_error(verb, "no message has the code '%s'", text);
	print_page(&code_table[code]);
	return finish_stdout(EXIT_GOOD);
}

static const char *policy_name(const struct ast_file *tree)
{
	for (const struct ast_node *node = tree ? tree->nodes : NULL; node; node = node->next)
		if (node->kind == AST_POLICY)
			return node->name.text;
	return NULL;
}

/* A file that is not there is no fault of the policy. */
static bool is_unreadable(const struct diag *diag)
{
	return diag->code == CODE_UNREADABLE_FILE && !diag->span.source;
}

static int exit_code(const struct check_report *report, const struct check_file *file)
{
	bool unreadable = false;

	for (const struct diag *diag = file->compile.diags.first; diag; diag = diag->next) {
		if (is_unreadable(diag) && diag->severity == SEVERITY_ERROR)
			unreadable = true;
		else if (check_is_fatal(report, diag))
			return EXIT_POLICY;
	}
	return unreadable ? EXIT_ENVIRONMENT : EXIT_GOOD;
}

static void check_file(const struct check_report *report, const struct check_options *wanted, struct check_file *file)
{
	struct compile *compile = &file->compile;
	struct ast_file *tree = NULL;
	struct effort effort;

	compile_init(compile);
	/* A machine wants them all. */
	if (reports[wanted->output])
		compile->diags.limit = 0;
	file->policy = compile_policy(compile, file->path, &tree);
	file->name = policy_name(tree);
	if (file->policy) {
		effort_init(&effort, wanted->seconds, wanted->max_nodes);
		prove_policy(&compile->arena, &compile->diags, file->policy, &effort);
		expiry_check(&compile->diags, file->policy, wanted->today);
		/* Lowering knows the budget. */
		compile_program(compile, file->policy);
	}
	diags_sort(&compile->diags);
	check_count_asserts(file);
	file->code = exit_code(report, file);
}

/*
 * That rules cross is how policies are written, and a note for each would bury what matters: on a terminal they
 * are counted. Every other form has them all.
 */
static size_t fold_crossings(struct check_file *file)
{
	size_t n = 0;

	for (struct diag *diag = file->compile.diags.first; diag; diag = diag->next)
		if (diag->code == CODE_CROSSING_RULES && diag->severity == SEVERITY_NOTE) {
			diag_lower(&file->compile.diags, diag, SEVERITY_OFF);
			n++;
		}
	return n;
}

static void print_text(struct check_file *file, bool notes)
{
	size_t folded = notes ? 0 : fold_crossings(file);

	print_diags(&file->compile);
	if (folded)
		fprintf(stderr, "%s: note[%s]: %zu rule%s an earlier one of another verdict; --notes shows where\n", file->path,
			code_table[CODE_CROSSING_RULES].text, folded, folded == 1 ? " crosses" : "s cross");
	if (file->code == EXIT_GOOD)
		printf("%s: %s, no errors%s\n", file->path, check_summary(&file->compile.arena, file),
		       file->undecided ? ", but not all was decided" : "");
}

static int check_files(struct check_report *report, const struct check_options *wanted)
{
	int worst = EXIT_GOOD;

	arena_init(&report->arena);
	for (size_t i = 0; i < report->n_files; i++) {
		struct check_file *file = &report->files[i];

		check_file(report, wanted, file);
		if (file->code > worst)
			worst = file->code;
		if (!reports[wanted->output])
			print_text(file, wanted->notes);
	}
	if (reports[wanted->output])
		reports[wanted->output](report);
	for (size_t i = 0; i < report->n_files; i++)
		compile_fini(&report->files[i].compile);
	arena_fini(&report->arena);
	return finish_stdout(worst);
}

/* -1: go on; else the exit code. */
static int take_option(const struct verb *verb, int option, struct check_report *report, struct check_options *wanted)
{
	const char *is = NULL; /* what a bad argument should have been */

	switch (option) {
	case 'o':
		wanted->output = word_index(output_words, optarg);
		if (wanted->output < 0)
			is = "-o is text, json, sarif, github, junit or markdown";
		break;
	case OPTION_DENY_WARNINGS:
		report->deny_warnings = true;
		break;
	case OPTION_STRICT:
		report->strict = true;
		break;
	case OPTION_NOTES:
		wanted->notes = true;
		break;
	case OPTION_EXPLAIN:
		return explain_code(verb, optarg);
	case OPTION_TIMEOUT:
		if (!effort_read_seconds(optarg, &wanted->seconds))
			is = "--timeout is seconds or a time such as 500ms or 2m";
		break;
	case OPTION_MAX_NODES:
		if (!effort_read_count(optarg, &wanted->max_nodes))
			is = "--max-nodes is a number from 1 on";
		break;
	default:
		if (!expiry_parse(optarg, &wanted->today))
			is = "--date is a day such as 2027-12-31";
		break;
	}
	return is ? usage_error(verb, "%s, not '%s'", is, optarg) : -1;
}

static int check_main(const struct verb *verb, int argc, char **argv)
{
	struct check_options wanted = { .today = expiry_today(), .seconds = EFFORT_SECONDS };
	struct check_report report = { 0 };
	int code, option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (!common_option(verb, option, &code))
			code = take_option(verb, option, &report, &wanted);
		if (code >= 0)
			return code;
	}
	if (optind == argc)
		return usage_error(verb, "no policy file given");
	report.n_files = (size_t)(argc - optind);
	report.files = calloc(report.n_files, sizeof(*report.files));
	if (!report.files)
		return environment_error("out of memory");
	for (size_t i = 0; i < report.n_files; i++)
		report.files[i].path = argv[optind + (int)i];
	code = check_files(&report, &wanted);
	free(report.files);
	return code;
}

const struct verb verb_check = {
	.name = "check",
	.synopsis = "FILE… [-o FORM] [--deny-warnings] [--strict] [--timeout TIME] [--max-nodes N] [--date YYYY-MM-DD]",
	.summary = "reads policies, proves what they assert and reports every error",
	.help = "  -o, --output=FORM          text: messages with the source line; or json, sarif (code scanning),\n"
		"                             github (annotations), junit, markdown\n"
		"  --deny-warnings            exit with 1 for warnings too\n"
		"  --notes                    every pair of rules that cross, not only how many (text)\n"
		"  --strict                   exit with 1 if a question was not decided\n"
		"  --timeout TIME             for the proofs of each file: seconds, or 500ms, 2m (default 60; 0: no "
		"limit)\n"
		"  --max-nodes N              steps of the proofs of each file (default 100000000)\n"
		"  --date YYYY-MM-DD          the day to judge `expires` by (default: SOURCE_DATE_EPOCH, else today)\n"
		"  --explain CODE             what a code such as E0301 or dead-rule means, and the cure\n",
	.main = check_main,
};
