/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Findings as workflow commands of GitHub Actions, which show them beside the changed lines. */
#include "check_report.h"

#include <stdio.h>

/*
 * A command ends at the end of its line, a property at ',' or at the "::" before the
 * message; what may not stand for itself is written as %XX.
 */
static void print_escaped(struct arena *arena, const char *text, bool property)
{
	for (text = check_printable(arena, text); *text; text++) {
		bool escaped =
			*text == '%' || *text == '\r' || *text == '\n' || (property && (*text == ':' || *text == ','));

		printf(escaped ? "%%%02X" : "%c", (unsigned char)*text);
	}
}

static void print_place(struct arena *arena, struct span span)
{
	struct position begin, end;

	if (!span.source)
		return;
	begin = source_position(span.source, span.begin);
	end = source_position(span.source, span.end);
	fputs("file=", stdout);
	print_escaped(arena, span.source->name, true);
	printf(",line=%u,endLine=%u,", begin.line, end.line);
	/* Columns of different lines are refused. */
	if (begin.line == end.line)
		printf("col=%u,endColumn=%u,", begin.column, end.column);
}

static void print_finding(struct arena *arena, const struct diag *diag)
{
	static const char *const commands[] = {
		[SEVERITY_NOTE] = "notice",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};
	const struct code_info *info = &code_table[diag->code];

	printf("::%s ", commands[diag->severity]);
	print_place(arena, diag->span);
	fputs("title=", stdout);
	print_escaped(arena, arena_printf(arena, "%s %s", info->text, info->lint ? info->lint : info->title), true);
	fputs("::", stdout);
	print_escaped(arena, check_long_text(arena, diag), false);
	putchar('\n');
}

void check_report_github(struct check_report *report)
{
	for (size_t i = 0; i < report->n_files; i++) {
		const struct check_file *file = &report->files[i];
		const struct diag *diag = file->compile.diags.first;
		size_t omitted = check_omitted(file);

		while ((diag = check_shown(diag))) {
			print_finding(&report->arena, diag);
			diag = diag->next;
		}
		if (!omitted)
			continue;
		fputs("::error file=", stdout);
		print_escaped(&report->arena, file->path, true);
		printf("::and %zu more error%s\n", omitted, omitted == 1 ? "" : "s");
	}
}
