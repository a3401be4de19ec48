/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Messages about a policy: collected while the stages run, sorted by place and
 * printed once at the end, as text with source line and caret or as JSON.
 * A stage that meets an error reports it and goes on as far as it sensibly can,
 * so that one run shows every error.
 *
 * Codes are stable and defined once, in codes.def, with the page that
 * `sentryc check --explain CODE` prints. The severity is the code's own unless
 * the policy's `lint` statements changed it before diag_report was called.
 *
 *	struct diag *d = diag_report(diags, CODE_UNKNOWN_NAME, span, "no net is called '%s'", name);
 *	diag_note(d, other, "'%s' is a service, declared here", name);
 *	diag_help(d, "did you mean '%s'?", near);
 */
#ifndef SENTRY_DIAG_H
#define SENTRY_DIAG_H

#include "arena.h"
#include "span.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum severity {
	SEVERITY_OFF,
	SEVERITY_NOTE,
	SEVERITY_WARNING,
	SEVERITY_ERROR,
};

enum code {
#define CODE(ID, TEXT, SEVERITY, LINT, TITLE, PAGE) CODE_##ID,
#include "codes.def"
#undef CODE
	N_CODES
};

struct code_info {
	const char *text;   /* "E0301" */
	enum severity severity;
	const char *lint;   /* the word `lint` statements use for it, or NULL: cannot be changed */
	const char *title;  /* a short phrase */
	const char *page;   /* what it means, an example, the cure */
};

extern const struct code_info code_table[N_CODES];

/* "E0301", also in lower case; N_CODES when there is none. */
enum code code_find(const char *text);

struct diag_note {
	struct span span;
	const char *text;
	const char *rule; /* name of a related rule, or NULL */
	struct diag_note *next;
};

struct diag {
	enum code code;
	enum severity severity;
	struct span span;
	const char *message;
	const char *rule;    /* the rule it is about, or NULL */
	const char *witness; /* a packet that shows it, or NULL */
	const char *when;    /* what must hold on the host for that packet: "from in @bogons"; or NULL */
	const char *help;    /* or NULL */
	struct diag_note *notes;
	uint32_t sequence;
	struct diag *next;
};

struct diags {
	struct arena *arena;
	struct diag *first;
	struct diag *last;
	size_t count[SEVERITY_ERROR + 1];
	enum severity severity[N_CODES]; /* the code's own, unless a `lint` statement changed it */
	uint32_t limit; /* errors after which further ones are only counted; 0 is no limit; 100 at first */
};

void diags_init(struct diags *diags, struct arena *arena);

/* NULL for an error over the limit. */
struct diag *diag_report(struct diags *diags, enum code code, struct span span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
struct diag *diag_vreport(struct diags *diags, enum code code, struct span span, const char *format, va_list args);
/* Notes and help return `diag`, to be chained; a NULL diag is ignored. */
struct diag *diag_note(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
struct diag *diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Makes a message that was reported less severe; it is still printed. */
void diag_lower(struct diags *diags, struct diag *diag, enum severity severity);

bool diags_have_errors(const struct diags *diags);

/* Sorted by source (in order of loading), offset, then order of report. Changes only the order. */
void diags_sort(struct diags *diags);

/*
 * file:line:col: error[E0301]: message
 *     source line
 *     ^~~~~~~~~~~
 *     note and help lines
 * Bytes that are not printable ASCII are written as \xNN, so that a policy cannot
 * play tricks on a terminal. Messages of SEVERITY_OFF are not printed.
 */
void diags_print(const struct diags *diags, FILE *out, bool colour);

#endif
