/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc compile: a policy as an object, or as what it is on the way there. */
#include "sentryc.h"

#include "classifier_print.h"
#include "compile_report.h"
#include "emit.h"
#include "object.h"
#include "verify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	OPTION_TARGET = OPTION_FIRST,
	OPTION_EMIT_C,
	OPTION_REPORT,
	OPTION_MEASURE,
	OPTION_DUMP,
	OPTION_NO_LINE,
	OPTION_VERIFY,
	OPTION_ACCOUNT,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "emit-c", required_argument, NULL, OPTION_EMIT_C },
	{ "report", optional_argument, NULL, OPTION_REPORT },
	{ "measure", no_argument, NULL, OPTION_MEASURE },
	{ "dump", required_argument, NULL, OPTION_DUMP },
	{ "no-line", no_argument, NULL, OPTION_NO_LINE },
	{ "verify", no_argument, NULL, OPTION_VERIFY },
	{ "account", required_argument, NULL, OPTION_ACCOUNT },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

enum dump {
	DUMP_NONE = -1,
	DUMP_AST,
	DUMP_POLICY,
	DUMP_PROGRAM,
	DUMP_CLASSIFIER,
	DUMP_C,
};

struct request {
	const char *path;
	const char *output; /* NULL: from `path` */
	const char *emit_c; /* NULL: not wanted */
	struct account account;
	enum target target;
	enum dump dump;
	bool report, report_json;
	bool measure;
	bool no_line;
	bool verify;
};

/* "policies/edge.sp" -> "edge.bpf.o", also from an object of that name */
static const char *default_output(struct arena *arena, const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t length = strlen(name);

	if (!strcmp(path, "-"))
		return "policy.bpf.o";
	if (length > 3 && !strcmp(name + length - 3, ".sp"))
		length -= 3;
	else if (length > 6 && !strcmp(name + length - 6, ".bpf.o"))
		length -= 6;
	return arena_printf(arena, "%.*s.bpf.o", (int)length, name);
}

static int dump(struct compile *compile, const struct request *request)
{
	struct ast_file *tree = NULL;
	struct policy *policy = compile_policy(compile, request->path, &tree);
	struct program *program;
	struct bytes c;
	int code;

	if (!policy)
		return stage_failed(compile);
	if (request->dump == DUMP_AST) {
		ast_dump(tree, stdout);
	} else if (request->dump == DUMP_POLICY) {
		policy_dump(policy, stdout);
	} else {
		program = compile_program(compile, policy);
		if (!program)
			return stage_failed(compile);
		if (request->dump == DUMP_PROGRAM) {
			program_dump(program, stdout);
		} else if (request->dump == DUMP_CLASSIFIER) {
			classifier_dump(program, stdout);
		} else {
			c = compile_c(compile, program);
			fwrite(c.data, 1, c.size, stdout);
		}
	}
	/* First, while errno still tells what went wrong. */
	code = finish_stdout(EXIT_GOOD);
	print_diags(compile);
	return code;
}

static bool same_file(const char *a, const char *b)
{
	struct stat one, other;

	if (!strcmp(a, b))
		return true;
	return !stat(a, &one) && !stat(b, &other) && S_ISREG(one.st_mode) && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

static bool takes_the_place(const struct request *request, const char *output, const char *path)
{
	const char *results[] = { output, request->emit_c };

	for (size_t i = 0; i < 2; i++) {
		if (!results[i] || !strcmp(results[i], "-") || !same_file(path, results[i]))
			continue;
		fprintf(stderr, "sentryc: %s is part of the policy, and is not overwritten\n", results[i]);
		return true;
	}
	return false;
}

/* A result must not take the place of the policy, of what it includes, or of the other result. */
static bool would_overwrite(const struct compile *compile, const struct request *request, const char *output)
{
	if (request->emit_c && same_file(request->emit_c, output)) {
		fprintf(stderr, "sentryc: the object and its C cannot both go to %s\n",
			strcmp(output, "-") ? output : "standard output");
		return true;
	}
	/* Of an object, the sources are no files. */
	if (compile->sources.given)
		return takes_the_place(request, output, request->path);
	for (const struct source *source = compile->sources.first; source; source = source->next)
		if (source->path && takes_the_place(request, output, source->path))
			return true;
	return false;
}

/* What does not decide as the policy says must not become an object. What was checked is said where it is in nobody's way. */
static int verify_first(struct compile *compile, const struct request *request, const struct program *program,
			const char *output)
{
	struct verify verify = { .arena = &compile->arena, .policy = program->policy };

	verify_options_init(&verify.options);
	if (!verify_program(compile, program, &verify))
		return stage_failed(compile);
	verify_print_text(&verify, request->path,
			  verify.different || request->report_json || !strcmp(output, "-") ? stderr : stdout);
	return finish_stdout(verify.different ? EXIT_POLICY : EXIT_GOOD);
}

static int report(struct compile *compile, const struct request *request, const struct program *program,
		  struct bytes object, FILE *out)
{
	struct object_info info = { 0 };
	struct compile_report report = {
		.compile = compile, .program = program, .info = &info, .object_bytes = object.size,
	};

	if (request->measure) {
		report.measures = compile_measure(compile, program, object);
		if (!report.measures)
			return environment_error("the object is made, but cannot be measured: %s", compile->error);
	}
	if (!object_read(&compile->arena, object, &info))
		return environment_error("the object that was just made cannot be read");
	if (request->report_json)
		compile_report_print_json(&report, out);
	else
		compile_report_print(&report, out);
	return finish_stdout(EXIT_GOOD);
}

static int build(struct compile *compile, const struct request *request)
{
	const char *output = request->output ? request->output : default_output(&compile->arena, request->path);
	struct policy *policy = compile_policy(compile, request->path, NULL);
	struct program *program = policy && compile_prove(compile, policy) ? compile_program(compile, policy) : NULL;
	struct bytes c, object;
	int code = EXIT_GOOD;

	if (!program)
		return stage_failed(compile);
	if (would_overwrite(compile, request, output))
		return EXIT_USAGE;
	if (request->verify)
		code = verify_first(compile, request, program, output);
	if (code != EXIT_GOOD)
		return code;
	c = compile_c(compile, program);
	/* Also, and above all, when what follows fails. */
	if (request->emit_c && !write_file(request->emit_c, c.data, c.size))
		return EXIT_ENVIRONMENT;
	if (!compile_object(compile, program, c, request->target, &object))
		return stage_failed(compile);
	print_diags(compile);
	if (!write_file(output, object.data, object.size))
		code = EXIT_ENVIRONMENT;
	/* An object on standard output is not to be mixed with words. */
	if (request->report && code == EXIT_GOOD)
		code = report(compile, request, program, object, strcmp(output, "-") ? stdout : stderr);
	free(object.data);
	return code;
}

/* "traffic,flows=65536" */
static bool parse_account(struct account *account, const char *list)
{
	for (const char *end; *list; list = *end ? end + 1 : end) {
		size_t length;
		char *rest;

		end = list + strcspn(list, ",");
		length = (size_t)(end - list);
		if (length == strlen("traffic") && !strncmp(list, "traffic", length)) {
			account->traffic = true;
		} else if (length == strlen("flows") && !strncmp(list, "flows", length)) {
			account->flows = ACCOUNT_FLOWS;
		} else if (!strncmp(list, "flows=", strlen("flows=")) && list[strlen("flows=")] >= '0' &&
			   list[strlen("flows=")] <= '9') {
			account->flows = account_flows_size(strtoull(list + strlen("flows="), &rest, 10));
			if (rest != end || !account->flows)
				return false;
		} else {
			return false;
		}
	}
	return account->traffic || account->flows;
}

static int compile_main(const struct verb *verb, int argc, char **argv)
{
	static const char *const targets[] = { "bpfel", "bpfeb", NULL };
	static const char *const reports[] = { "text", "json", NULL };
	static const char *const dumps[] = { "ast", "policy", "program", "classifier", "c", NULL };
	struct request request = { .target = TARGET_BPFEL, .dump = DUMP_NONE };
	struct compile compile;
	int option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		switch (option) {
		case 'o':
			request.output = optarg;
			break;
		case OPTION_TARGET:
			code = word_index(targets, optarg);
			if (code < 0)
				return usage_error(verb, "--target is bpfel or bpfeb, not '%s'", optarg);
			request.target = code ? TARGET_BPFEB : TARGET_BPFEL;
			break;
		case OPTION_EMIT_C:
			request.emit_c = optarg;
			break;
		case OPTION_REPORT:
			code = optarg ? word_index(reports, optarg) : 0;
			if (code < 0)
				return usage_error(verb, "--report is text or json, not '%s'", optarg);
			request.report = true;
			request.report_json = code;
			break;
		case OPTION_MEASURE:
			request.measure = request.report = true;
			break;
		case OPTION_DUMP:
			code = word_index(dumps, optarg);
			if (code < 0)
				return usage_error(verb, "--dump is ast, policy, program, classifier or c, not '%s'", optarg);
			request.dump = (enum dump)code;
			break;
		case OPTION_VERIFY:
			request.verify = true;
			break;
		case OPTION_ACCOUNT:
			if (!optarg || !parse_account(&request.account, optarg))
				return usage_error(verb, "--account is traffic, flows, flows=N or both with a comma, not '%s'", optarg);
			break;
		case OPTION_NO_LINE:
			request.no_line = true;
			break;
		}
	}
	if (optind == argc)
		return usage_error(verb, "no policy file given");
	if (optind + 1 < argc)
		return usage_error(verb, "one policy file at a time, '%s' is a second", argv[optind + 1]);
	request.path = argv[optind];

	compile_init(&compile);
	compile.no_line = request.no_line;
	compile.account = request.account;
	code = request.dump == DUMP_NONE ? build(&compile, &request) : dump(&compile, &request);
	compile_fini(&compile);
	return code;
}

const struct verb verb_compile = {
	.name = "compile",
	.synopsis = "FILE [-o OUT.bpf.o] [--target bpfel|bpfeb] [--emit-c OUT.c] [--report[=json]] [--measure] [--verify] [--account LIST]",
	.summary = "makes the object that sentry-apply loads",
	.help = "  -o, --output=FILE          the object; without it FILE's name with .bpf.o, in this directory\n"
		"  --target bpfel|bpfeb       byte order of the machine it is for (default: bpfel)\n"
		"  --emit-c FILE              write the C that it is made from, too\n"
		"  --report[=text|json]       what took how long, how large programs, tables and maps are, how\n"
		"                             each block finds its rules, and what else was considered\n"
		"  --measure                  the same, and what packets take in this kernel: needs root\n"
		"  --verify                   check first that it decides as the policy says, as sentryc verify does\n"
		"  --account LIST             traffic, flows or flows=N: count that, too, whatever the policy says\n"
		"  --dump ast|policy|program|classifier|c  print that stage and stop\n"
		"  --no-line                  C without #line\n"
		"\nPACKET_SENTRY_CLANG names the clang to use; else it is looked for on PATH.\n",
	.main = compile_main,
};
