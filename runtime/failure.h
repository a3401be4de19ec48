/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Exit codes, and the one way in which a function deep down says what went wrong:
 * it fills a struct failure and returns false; whoever owns the terminal prints it.
 */
#ifndef SENTRY_FAILURE_H
#define SENTRY_FAILURE_H

#include <stdbool.h>

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_POLICY = 1,       /* data of a policy is at fault */
	EXIT_USAGE = 2,
	EXIT_ENVIRONMENT = 3,  /* no privilege, no such interface, an object that is not for this host */
	EXIT_APPLY_FAILED = 4, /* the old policy is still in force */
	EXIT_ROLLED_BACK = 5,  /* the new one was, and is not any more */
};

struct failure {
	int code; /* enum exit_code; 0 as long as nothing failed */
	bool placed; /* the text begins with file and line, and goes out as it is */
	char text[2048];
};

/* Returns false, so that `return failure_set(…)` is one line. */
bool failure_set(struct failure *why, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* `FILE:LINE: error: text`, which editors understand; code EXIT_POLICY. */
bool failure_at(struct failure *why, const char *file, unsigned int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* `program: text` to stderr, control characters escaped. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a failure; returns its code. */
int say_failure(const struct failure *why);

/* `-o` and `--color` arguments are words: index in a NULL-terminated list, or -1. */
int word_index(const char *const *words, const char *word);

/* What has been done, which stays done whatever becomes of the report. The last call counts. */
void done_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Flushes stdout. A full disk or a closed pipe is EXIT_ENVIRONMENT where `code` is EXIT_GOOD, and says what was done. */
int finish_stdout(int code);

#endif
