/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Findings as JUnit XML: a suite for each file, a case for each assertion and for each
 * other finding that makes the check fail. What does not make it fail is output of the
 * suite. A file of which nothing is to be said has the one case "check", which passes.
 */
#include "check_report.h"

#include <stdio.h>

struct tally {
	size_t tests, failures, errors, skipped;
};

/* The printable text holds no other control characters, but may hold the two that Unicode gave no character. */
static void print_xml(struct arena *arena, const char *text)
{
	for (text = check_printable(arena, text); *text; text++) {
		if (*text == '&')
			fputs("&amp;", stdout);
		else if (*text == '<')
			fputs("&lt;", stdout);
		else if (*text == '>')
			fputs("&gt;", stdout);
		else if (*text == '"')
			fputs("&quot;", stdout);
		else if (*text == '\t' || *text == '\n')
			printf("&#%d;", *text);
		else if (text[0] == '\xef' && text[1] == '\xbf' && (text[2] == '\xbe' || text[2] == '\xbf'))
			printf("\\x%02x\\x%02x\\x%02x", 0xef, 0xbf, (unsigned char)*(text += 2));
		else
			putchar((unsigned char)*text);
	}
}

static void print_attribute(struct arena *arena, const char *name, const char *text)
{
	printf(" %s=\"", name);
	print_xml(arena, text);
	putchar('"');
}

static const char *place_and_text(struct arena *arena, const struct diag *diag)
{
	const char *text = check_long_text(arena, diag);
	struct position position;

	text = arena_printf(arena, "%s[%s]: %s", severity_words[diag->severity], code_table[diag->code].text, text);
	if (!diag->span.source)
		return text;
	position = source_position(diag->span.source, diag->span.begin);
	return arena_printf(arena, "%s:%u:%u: %s", diag->span.source->name, position.line, position.column, text);
}

/* `element` is failure, error or skipped. */
static void print_outcome(struct arena *arena, const char *element, const struct diag *diag)
{
	printf("      <%s", element);
	print_attribute(arena, "message", diag ? diag->message : "not decided: too many errors");
	if (diag)
		print_attribute(arena, "type", code_table[diag->code].text);
	putchar('>');
	if (diag)
		print_xml(arena, place_and_text(arena, diag));
	printf("</%s>\n", element);
}

static void open_case(struct check_report *report, const struct check_file *file, const char *name)
{
	fputs("    <testcase", stdout);
	print_attribute(&report->arena, "classname", file->name ? file->name : file->path);
	print_attribute(&report->arena, "name", name);
}

/* NULL for an assertion that is no failure. */
static const char *assert_outcome(const struct check_report *report, const struct check_assert *about)
{
	bool fatal = about->diag && check_is_fatal(report, about->diag);

	switch (about->status) {
	case ASSERT_FAILED:
		return fatal ? "failure" : NULL;
	case ASSERT_UNDECIDED:
		return fatal ? "error" : "skipped";
	default:
		return NULL;
	}
}

static bool is_of_assert(const struct check_file *file, const struct diag *diag)
{
	for (size_t i = 0; i < file->n_asserts; i++)
		if (file->asserts[i].diag == diag)
			return true;
	return false;
}

/* A finding that has a case of its own. */
static bool is_case(const struct check_report *report, const struct check_file *file, const struct diag *diag)
{
	return check_is_fatal(report, diag) && !is_of_assert(file, diag);
}

static void count(struct tally *tally, const char *outcome)
{
	tally->tests++;
	if (!outcome)
		return;
	tally->failures += *outcome == 'f';
	tally->errors += *outcome == 'e';
	tally->skipped += *outcome == 's';
}

static struct tally tally_file(const struct check_report *report, const struct check_file *file)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < file->n_asserts; i++)
		count(&tally, assert_outcome(report, &file->asserts[i]));
	for (const struct diag *diag = file->compile.diags.first; diag; diag = diag->next)
		if (is_case(report, file, diag))
			count(&tally, "failure");
	if (check_omitted(file))
		count(&tally, "failure");
	if (!tally.tests)
		count(&tally, NULL);
	return tally;
}

static void print_asserts(struct check_report *report, const struct check_file *file)
{
	for (size_t i = 0; i < file->n_asserts; i++) {
		const struct check_assert *about = &file->asserts[i];
		const char *outcome = assert_outcome(report, about);

		open_case(report, file, about->assertion->name);
		if (!outcome) {
			puts("/>");
			continue;
		}
		puts(">");
		print_outcome(&report->arena, outcome, about->diag);
		puts("    </testcase>");
	}
}

static void print_findings(struct check_report *report, const struct check_file *file)
{
	struct arena *arena = &report->arena;
	size_t omitted = check_omitted(file);

	for (const struct diag *diag = file->compile.diags.first; diag; diag = diag->next) {
		const struct code_info *info = &code_table[diag->code];

		if (!is_case(report, file, diag))
			continue;
		open_case(report, file,
			  arena_printf(arena, "check: %s %s%s%s", info->text, info->lint ? info->lint : info->title,
				       diag->rule ? " " : "", diag->rule ? diag->rule : ""));
		puts(">");
		print_outcome(arena, "failure", diag);
		puts("    </testcase>");
	}
	if (!omitted)
		return;
	open_case(report, file, "check: further errors");
	printf(">\n      <failure message=\"and %zu more error%s\"/>\n    </testcase>\n", omitted,
	       omitted == 1 ? "" : "s");
}

/* What did not make the check fail. */
static void print_output(struct check_report *report, const struct check_file *file)
{
	const struct diag *diag = file->compile.diags.first;
	const char *summary = check_summary(&report->arena, file);

	fputs("    <system-out>", stdout);
	if (summary)
		print_xml(&report->arena,
			  arena_printf(&report->arena, "%s, %s\n", summary, check_tally(&report->arena, file)));
	while ((diag = check_shown(diag))) {
		if (!check_is_fatal(report, diag)) {
			print_xml(&report->arena, place_and_text(&report->arena, diag));
			print_xml(&report->arena, "\n");
		}
		diag = diag->next;
	}
	puts("</system-out>");
}

static void print_tally(const struct tally *tally)
{
	printf(" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", tally->tests, tally->failures,
	       tally->errors, tally->skipped);
}

static void print_suite(struct check_report *report, const struct check_file *file)
{
	struct tally tally = tally_file(report, file);

	fputs("  <testsuite", stdout);
	print_attribute(&report->arena, "name", file->path);
	print_tally(&tally);
	puts(">");
	print_asserts(report, file);
	print_findings(report, file);
	if (tally.tests == 1 && !tally.failures && !file->n_asserts) {
		open_case(report, file, "check");
		puts("/>");
	}
	print_output(report, file);
	puts("  </testsuite>");
}

void check_report_junit(struct check_report *report)
{
	struct tally all = { 0 };

	for (size_t i = 0; i < report->n_files; i++) {
		struct tally tally = tally_file(report, &report->files[i]);

		all.tests += tally.tests;
		all.failures += tally.failures;
		all.errors += tally.errors;
		all.skipped += tally.skipped;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"packet-sentry\"", stdout);
	/* Jenkins' schema knows no `skipped` here. */
	printf(" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", all.tests, all.failures, all.errors);
	for (size_t i = 0; i < report->n_files; i++)
		print_suite(report, &report->files[i]);
	puts("</testsuites>");
}
