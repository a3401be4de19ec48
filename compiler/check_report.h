/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What `sentryc check` found in its files, and the forms it can be written in. */
#ifndef SENTRY_CHECK_REPORT_H
#define SENTRY_CHECK_REPORT_H

#include "compile.h"

#include <stdbool.h>
#include <stddef.h>

enum assert_status {
	ASSERT_PROVED,
	ASSERT_FAILED,    /* also one about no packet */
	ASSERT_UNDECIDED,
	N_ASSERT_STATUS
};

struct check_assert {
	const struct assertion *assertion;
	enum assert_status status;
	const struct diag *diag; /* what was said of it; NULL if it is proved, or over the limit of errors */
};

struct check_file {
	const char *path;        /* as the user wrote it */
	const char *name;        /* of the policy; NULL if the text is too broken to tell */
	struct compile compile;  /* holds the findings, sorted */
	const struct policy *policy; /* NULL if it could not be understood, then nothing was proved */
	size_t n_asserts;
	struct check_assert *asserts;
	size_t n_asserts_by[N_ASSERT_STATUS];
	bool undecided;          /* a question, of whatever kind, is open */
	int code;                /* exit code */
};

struct check_report {
	struct check_file *files;
	size_t n_files;
	bool deny_warnings, strict;
	struct arena arena;      /* of the report's own texts */
};

/* "off", "note", "warning", "error": by enum severity. */
extern const char *const severity_words[];

/* What became of each assertion; called once a file's findings are complete. */
void check_count_asserts(struct check_file *file);

/* Whether the finding alone makes the exit code 1. */
bool check_is_fatal(const struct check_report *report, const struct diag *diag);

/* Findings of this severity, and errors that were only counted. */
size_t check_count(const struct check_file *file, enum severity severity);
size_t check_omitted(const struct check_file *file);

/* The next finding to be written, from `diag` on: what is off is not. NULL at the end. */
const struct diag *check_shown(const struct diag *diag);

/* "policy NAME: 2 blocks, 12 rules, 3 assertions proved"; NULL for a file that could not be understood. */
const char *check_summary(struct arena *arena, const struct check_file *file);

/* "2 errors, 1 warning" of all findings that are not off, or "no findings". */
const char *check_tally(struct arena *arena, const struct check_file *file);

/* "tcp 10.0.0.1:1 > … (when from in @bogons)"; NULL without a witness. */
const char *check_witness(struct arena *arena, const struct diag *diag);

/* The message with packet, help and those notes that have no place of their own, one a line. */
const char *check_text(struct arena *arena, const struct diag *diag);

/* The same for a reader who sees nothing but it: with the places of the other notes. */
const char *check_long_text(struct arena *arena, const struct diag *diag);

/*
 * For a reader's screen: control characters (but newlines and tabs), characters that turn the
 * direction of writing, and bytes that are no UTF-8 as \xNN. NULL stays NULL.
 */
const char *check_printable(struct arena *arena, const char *text);

/* To standard output, each a whole document. */
void check_report_json(struct check_report *report);
void check_report_sarif(struct check_report *report);
void check_report_github(struct check_report *report);
void check_report_junit(struct check_report *report);
void check_report_markdown(struct check_report *report);

#endif
