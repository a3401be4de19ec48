/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentry-bench: what a policy costs a packet. For the people who work on the compiler; not installed. */
#include "sentry-bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct bench_verb *const verbs[] = { &bench_account, &bench_classify, &bench_cost, &bench_trace };

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

bool bench_error(const char *format, ...)
{
	va_list args;

	fputs("sentry-bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

bool bench_failed(const char *who, const char *what)
{
	int error = errno;

	return bench_error("%s: %s: %s%s", who, what, strerror(error),
			   error == EPERM || error == EACCES ? " (this needs root, and a kernel that loads BPF)" : "");
}

int bench_usage(const struct bench_verb *verb, const char *format, ...)
{
	va_list args;

	fputs("sentry-bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nusage: sentry-bench %s %s\n", verb->name, verb->synopsis);
	return BENCH_USAGE;
}

int bench_help(const struct bench_verb *verb)
{
	printf("usage: sentry-bench %s %s\n\n%s", verb->name, verb->synopsis, verb->help);
	return BENCH_GOOD;
}

int bench_stage_failed(struct compile *compile)
{
	diags_print(&compile->diags, stderr, false);
	if (*compile->error)
		bench_error("%s", compile->error);
	return BENCH_ENVIRONMENT;
}

const struct block *bench_block(const struct policy *policy, const char *name)
{
	const struct block *block = NULL;

	if (name) {
		block = policy_block(policy, name);
		if (!block)
			bench_error("policy %s has no block '%s'", policy->name, name);
		return block;
	}
	for (size_t i = 0; i < policy->n_blocks && !block; i++)
		if (policy->blocks[i]->hook == HOOK_XDP && policy->blocks[i]->direction == DIRECTION_INGRESS)
			block = policy->blocks[i];
	if (!block && policy->n_blocks)
		block = policy->blocks[0];
	if (!block)
		bench_error("policy %s has no block", policy->name);
	return block;
}

bool bench_number(const char *option, const char *text, unsigned long least, unsigned long most, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	if (!errno && end != text && !*end && *text != '-' && *number >= least && *number <= most)
		return true;
	return bench_error("%s is a number from %lu to %lu, not '%s'", option, least, most, text);
}

static int print_overview(FILE *out, int code)
{
	fputs("usage: sentry-bench COMMAND [OPTIONS] [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(out, "  %s %s\n", verbs[i]->name, verbs[i]->synopsis);
	fputs("\n`sentry-bench COMMAND --help` tells more.\n"
	      "Exit: 0 good, 1 a wrong verdict, 2 wrong usage, 3 nothing was measured: the policy does not compile, the\n"
	      "kernel refuses it, no privilege, no such file.\n",
	      out);
	return code;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return print_overview(stderr, BENCH_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_overview(stdout, BENCH_GOOD);
	for (size_t i = 0; i < N_VERBS; i++) {
		int code;

		if (strcmp(argv[1], verbs[i]->name))
			continue;
		code = verbs[i]->main(verbs[i], argc - 1, argv + 1);
		if (!fflush(stdout))
			return code;
		bench_error("standard output: %s", strerror(errno));
		return BENCH_ENVIRONMENT;
	}
	bench_error("no command '%s'", argv[1]);
	return print_overview(stderr, BENCH_USAGE);
}
