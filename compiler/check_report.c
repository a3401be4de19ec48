/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the forms of a check's result have in common. */
#include "check_report.h"

#include "utf8.h"

#include <string.h>

const char *const severity_words[] = {
	[SEVERITY_OFF] = "off",
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};

static bool is_about(const struct diag *diag, const struct assertion *assertion)
{
	bool of_asserts =
		diag->code == CODE_FAILED_ASSERT || diag->code == CODE_EMPTY_ASSERT || diag->code == CODE_INCONCLUSIVE;

	return of_asserts && diag->span.source == assertion->span.source && diag->span.begin == assertion->span.begin;
}

/* Proved is what the prover was asked and said nothing about. An error that was only counted may be about anything. */
static enum assert_status status_of(const struct check_file *file, const struct diag *diag)
{
	if (diag)
		return diag->code == CODE_INCONCLUSIVE ? ASSERT_UNDECIDED : ASSERT_FAILED;
	return check_omitted(file) ? ASSERT_UNDECIDED : ASSERT_PROVED;
}

void check_count_asserts(struct check_file *file)
{
	const struct policy *policy = file->policy;

	for (const struct diag *diag = file->compile.diags.first; diag; diag = diag->next)
		if (diag->code == CODE_INCONCLUSIVE)
			file->undecided = true;
	if (!policy)
		return;
	file->n_asserts = policy->n_asserts;
	file->asserts = ARENA_ARRAY(&file->compile.arena, struct check_assert, policy->n_asserts);
	for (size_t i = 0; i < policy->n_asserts; i++) {
		struct check_assert *about = &file->asserts[i];

		about->assertion = &policy->asserts[i];
		for (const struct diag *diag = file->compile.diags.first; diag; diag = diag->next)
			if (is_about(diag, about->assertion))
				about->diag = diag;
		about->status = status_of(file, about->diag);
		file->n_asserts_by[about->status]++;
	}
}

bool check_is_fatal(const struct check_report *report, const struct diag *diag)
{
	return diag->severity == SEVERITY_ERROR || (report->deny_warnings && diag->severity == SEVERITY_WARNING) ||
	       (report->strict && diag->code == CODE_INCONCLUSIVE);
}

size_t check_count(const struct check_file *file, enum severity severity)
{
	return file->compile.diags.count[severity];
}

size_t check_omitted(const struct check_file *file)
{
	const struct diags *diags = &file->compile.diags;
	size_t errors = diags->count[SEVERITY_ERROR];

	return diags->limit && errors > diags->limit ? errors - diags->limit : 0;
}

const struct diag *check_shown(const struct diag *diag)
{
	while (diag && diag->severity == SEVERITY_OFF)
		diag = diag->next;
	return diag;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ", 3 assertions proved" or ", 1 of 3 assertions proved, 2 undecided". */
static const char *assert_summary(struct arena *arena, const struct check_file *file)
{
	const size_t *by = file->n_asserts_by;
	const char *text;

	if (!file->n_asserts)
		return "";
	if (by[ASSERT_PROVED] == file->n_asserts)
		return arena_printf(arena, ", %zu assertion%s proved", file->n_asserts, plural(file->n_asserts));
	text = arena_printf(arena, ", %zu of %zu assertion%s proved", by[ASSERT_PROVED], file->n_asserts,
			    plural(file->n_asserts));
	if (by[ASSERT_FAILED])
		text = arena_printf(arena, "%s, %zu failed", text, by[ASSERT_FAILED]);
	if (by[ASSERT_UNDECIDED])
		text = arena_printf(arena, "%s, %zu undecided", text, by[ASSERT_UNDECIDED]);
	return text;
}

const char *check_summary(struct arena *arena, const struct check_file *file)
{
	const struct policy *policy = file->policy;
	size_t rules;

	if (!policy)
		return NULL;
	rules = policy->n_slots - policy->n_blocks * SLOT_RULES;
	return arena_printf(arena, "policy %s: %zu block%s, %zu rule%s%s", policy->name, policy->n_blocks,
			    plural(policy->n_blocks), rules, plural(rules), assert_summary(arena, file));
}

const char *check_tally(struct arena *arena, const struct check_file *file)
{
	const char *text = "";

	for (int severity = SEVERITY_ERROR; severity > SEVERITY_OFF; severity--) {
		size_t n = check_count(file, (enum severity)severity);

		if (n)
			text = arena_printf(arena, "%s%s%zu %s%s", text, *text ? ", " : "", n, severity_words[severity],
					    plural(n));
	}
	return *text ? text : "no findings";
}

const char *check_witness(struct arena *arena, const struct diag *diag)
{
	if (!diag->witness || !diag->when)
		return diag->witness;
	return arena_printf(arena, "%s (when %s)", diag->witness, diag->when);
}

static const char *build_text(struct arena *arena, const struct diag *diag, bool with_places)
{
	const char *text = diag->message;

	if (diag->witness)
		text = arena_printf(arena, "%s\npacket: %s", text, check_witness(arena, diag));
	if (diag->help)
		text = arena_printf(arena, "%s\nhelp: %s", text, diag->help);
	for (const struct diag_note *note = diag->notes; note; note = note->next) {
		if (!note->span.source)
			text = arena_printf(arena, "%s\nnote: %s", text, note->text);
		else if (with_places)
			text = arena_printf(arena, "%s\nnote: %s:%u: %s", text, note->span.source->name,
					    source_position(note->span.source, note->span.begin).line, note->text);
	}
	return text;
}

const char *check_text(struct arena *arena, const struct diag *diag)
{
	return build_text(arena, diag, false);
}

const char *check_long_text(struct arena *arena, const struct diag *diag)
{
	return build_text(arena, diag, true);
}

const char *check_printable(struct arena *arena, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t length, n = 0;
	char *out;

	if (!text)
		return NULL;
	length = strlen(text);
	out = arena_array(arena, length + 1, strlen("\\x00"));
	for (size_t i = 0; i < length;) {
		unsigned char byte = (unsigned char)text[i];
		size_t bytes = utf8_length(text + i, length - i);

		if (byte == '\n' || byte == '\t' || (byte >= ' ' && byte < 0x7f))
			bytes = 1;
		else if (!(bytes > 1 && utf8_is_harmless(text + i, bytes)))
			bytes = 0;
		if (bytes) {
			memcpy(out + n, text + i, bytes);
			n += bytes;
			i += bytes;
		} else {
			memcpy(out + n, "\\x", 2);
			out[n + 2] = digits[byte >> 4];
			out[n + 3] = digits[byte & 15];
			n += 4;
			i++;
		}
	}
	out[n] = '\0';
	return out;
}
