/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Findings as Markdown that fits into a comment on a pull request, at GitHub and at GitLab. */
#include "check_report.h"

#include <stdio.h>
#include <string.h>

/*
 * Text of the user's shall look like itself: no cell may end early, nothing may be taken
 * for HTML or formatting, and `@bogons` shall call no user of that name.
 */
static void print_escaped(struct arena *arena, const char *text)
{
	for (text = check_printable(arena, text); *text; text++) {
		if (*text == '<')
			fputs("&lt;", stdout);
		else if (*text == '>')
			fputs("&gt;", stdout);
		else if (*text == '&')
			fputs("&amp;", stdout);
		else if (*text == '@' || *text == '#')
			printf("<span>%c</span>", *text);
		else if (*text == '\n')
			fputs("<br>", stdout);
		else if (strchr("\\`*_[]~|$", *text))
			printf("\\%c", *text);
		else
			putchar((unsigned char)*text);
	}
}

/* In <pre>, where Markdown is not looked for but entities are. An empty line would end the HTML. */
static void print_verbatim(struct arena *arena, const char *text)
{
	for (text = check_printable(arena, text); *text; text++) {
		if (text[0] == '\n' && text[1] == '\n')
			continue;
		if (*text == '<')
			fputs("&lt;", stdout);
		else if (*text == '>')
			fputs("&gt;", stdout);
		else if (*text == '&')
			fputs("&amp;", stdout);
		else
			putchar((unsigned char)*text);
	}
}

static void print_place(struct arena *arena, const struct diag *diag)
{
	if (!diag->span.source)
		return;
	print_escaped(arena, diag->span.source->name);
	printf(":%u", source_position(diag->span.source, diag->span.begin).line);
}

static void print_row(struct arena *arena, const struct diag *diag)
{
	const struct code_info *info = &code_table[diag->code];

	printf("| %s | %s%s%s | ", severity_words[diag->severity], info->text, info->lint ? " " : "",
	       info->lint ? info->lint : "");
	print_place(arena, diag);
	fputs(" | ", stdout);
	print_escaped(arena, diag->message);
	puts(" |");
}

/* What has more to it than its row shows. */
static void print_details(struct arena *arena, const struct diag *diag)
{
	const char *text;

	if (!diag->witness && !diag->help && !diag->notes)
		return;
	text = check_long_text(arena, diag) + strlen(diag->message) + 1;
	printf("<details><summary>%s ", code_table[diag->code].text);
	print_place(arena, diag);
	if (diag->rule) {
		fputs(" rule ", stdout);
		print_escaped(arena, diag->rule);
	}
	fputs("</summary><pre>", stdout);
	print_verbatim(arena, text);
	puts("</pre></details>\n");
}

static void print_heading(struct check_report *report, const struct check_file *file)
{
	const char *summary = check_summary(&report->arena, file);

	fputs("**", stdout);
	print_escaped(&report->arena, file->path);
	fputs("**: ", stdout);
	if (summary) {
		print_escaped(&report->arena, summary);
		fputs(", ", stdout);
	}
	printf("%s\n\n", check_tally(&report->arena, file));
}

static void print_file(struct check_report *report, const struct check_file *file)
{
	const struct diag *first = check_shown(file->compile.diags.first), *diag;
	size_t omitted = check_omitted(file);

	print_heading(report, file);
	if (!first)
		return;
	puts("| severity | code | place | message |\n|---|---|---|---|");
	for (diag = first; diag; diag = check_shown(diag->next))
		print_row(&report->arena, diag);
	putchar('\n');
	if (omitted)
		printf("and %zu more error%s\n\n", omitted, omitted == 1 ? "" : "s");
	for (diag = first; diag; diag = check_shown(diag->next))
		print_details(&report->arena, diag);
}

void check_report_markdown(struct check_report *report)
{
	bool failed = false;

	for (size_t i = 0; i < report->n_files; i++)
		failed = failed || report->files[i].code;
	printf("### sentryc check: %s\n\n", failed ? "failed" : "passed");
	for (size_t i = 0; i < report->n_files; i++)
		print_file(report, &report->files[i]);
}
