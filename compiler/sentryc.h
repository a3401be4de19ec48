/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the verbs of sentryc share. One file per verb: verb_check.c, verb_test.c, … */
#ifndef SENTRY_SENTRYC_H
#define SENTRY_SENTRYC_H

#include "compile.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_POLICY = 1,      /* the policy is at fault */
	EXIT_USAGE = 2,
	EXIT_ENVIRONMENT = 3, /* no clang, no privilege, no such file for output, disk full */
	EXIT_APPLY_FAILED = 4,
	EXIT_ROLLED_BACK = 5,
};

struct verb {
	const char *name;
	const char *synopsis; /* "FILE [-o OUT.bpf.o] …" */
	const char *summary;
	const char *help;     /* the rest of `sentryc VERB --help`; fits one screen */
	/* argv[0] is the verb. Returns an exit code. */
	int (*main)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_check, verb_compile, verb_diff, verb_explain, verb_fmt, verb_inspect, verb_query, verb_replay,
	verb_sign, verb_test, verb_verify;

/* Prints `sentryc: message` and where help is to be had; returns EXIT_USAGE. */
int usage_error(const struct verb *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints `sentryc: message`; returns EXIT_ENVIRONMENT. */
int environment_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints `sentryc: message`; returns EXIT_POLICY. */
int object_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For the cases that all verbs share in a getopt_long switch. Long-only options use values from OPTION_FIRST on. */
enum {
	OPTION_HELP = 1000,
	OPTION_COLOR,
	OPTION_FIRST,
};
#define COMMON_OPTIONS { "help", no_argument, NULL, OPTION_HELP }, { "color", required_argument, NULL, OPTION_COLOR }
/* True if it was a common option, with *code >= 0 if the verb should return it. '?' and ':' are handled too. */
bool common_option(const struct verb *verb, int option, int *code);

/* Messages to stderr, coloured as --color, NO_COLOR and the terminal say. */
void print_diags(struct compile *compile);

/*
 * After a stage failed: prints diagnostics and compile->error, returns EXIT_ENVIRONMENT
 * if the environment was at fault, EXIT_POLICY if the policy was.
 */
int stage_failed(struct compile *compile);

/* "text" -> index in words (NULL-terminated), or -1. */
int word_index(const char *const *words, const char *word);

/*
 * Result files: written to a temporary name beside `path`, synced, then renamed;
 * "-" is standard output. On failure nothing is left and a message was printed.
 */
bool write_file(const char *path, const void *data, size_t size);

/* The whole file, "-" being standard input; malloc'd. On failure no data, and a message was printed. */
struct bytes read_whole(const char *path);

/* fflush and check of stdout; a full disk is EXIT_ENVIRONMENT. Returns `code` if all is well. */
int finish_stdout(int code);

#endif
