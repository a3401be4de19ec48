/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Findings as JSON, in the project's own form. */
#include "check_report.h"

#include "json_out.h"

static void set_span(json_t *object, struct span span)
{
	struct position begin, end;

	json_set_place(object, span);
	if (!span.source)
		return;
	begin = source_position(span.source, span.begin);
	end = source_position(span.source, span.end);
	json_object_set_new(object, "column", json_integer(begin.column));
	json_object_set_new(object, "end_line", json_integer(end.line));
	json_object_set_new(object, "end_column", json_integer(end.column));
}

static json_t *finding(const struct diag *diag)
{
	json_t *object = json_object();
	json_t *related = json_array();

	json_set_text(object, "code", code_table[diag->code].text);
	json_set_text(object, "severity", severity_words[diag->severity]);
	json_set_text(object, "message", diag->message);
	set_span(object, diag->span);
	json_set_text(object, "rule", diag->rule);
	for (const struct diag_note *note = diag->notes; note; note = note->next) {
		json_t *item = json_object();

		json_set_text(item, "rule", note->rule);
		json_set_place(item, note->span);
		json_set_text(item, "message", note->text);
		json_array_append_new(related, item);
	}
	json_object_set_new(object, "related", related);
	json_set_text(object, "witness", diag->witness);
	json_set_text(object, "when", diag->when);
	json_set_text(object, "help", diag->help);
	return object;
}

void check_report_json(struct check_report *report)
{
	json_t *document = json_document("packet-sentry/check/v1");
	json_t *findings = json_array();
	size_t omitted = 0;

	for (size_t i = 0; i < report->n_files; i++) {
		const struct check_file *file = &report->files[i];
		const struct diag *diag = file->compile.diags.first;

		while ((diag = check_shown(diag))) {
			json_array_append_new(findings, finding(diag));
			diag = diag->next;
		}
		omitted += check_omitted(file);
	}
	json_object_set_new(document, "findings", findings);
	if (omitted)
		json_object_set_new(document, "omitted", json_integer((json_int_t)omitted));
	json_print(document);
}
