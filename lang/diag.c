/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Codes and the collection of messages; printing them is in diag_print.c. */
#include "diag.h"

#include "source.h"

#include <stdlib.h>
#include <strings.h>

const struct code_info code_table[N_CODES] = {
#define CODE(ID, TEXT, SEVERITY, LINT, TITLE, PAGE) [CODE_##ID] = { TEXT, SEVERITY_##SEVERITY, LINT, TITLE, PAGE },
#include "codes.def"
#undef CODE
};

enum code code_find(const char *text)
{
	for (int i = 0; i < N_CODES; i++)
		if (!strcasecmp(code_table[i].text, text))
			return (enum code)i;
	return N_CODES;
}

void diags_init(struct diags *diags, struct arena *arena)
{
	*diags = (struct diags){ .arena = arena, .limit = 100 };
	for (int i = 0; i < N_CODES; i++)
		diags->severity[i] = code_table[i].severity;
}

struct diag *diag_vreport(struct diags *diags, enum code code, struct span span, const char *format, va_list args)
{
	enum severity severity = diags->severity[code];
	struct diag *diag;

	diags->count[severity]++;
	if (severity == SEVERITY_ERROR && diags->limit && diags->count[severity] > diags->limit)
		return NULL;

	diag = ARENA_NEW(diags->arena, struct diag);
	diag->code = code;
	diag->severity = severity;
	diag->span = span;
	diag->message = arena_vprintf(diags->arena, format, args);
	if (diags->last) {
		diag->sequence = diags->last->sequence + 1;
		diags->last->next = diag;
	} else {
		diags->first = diag;
	}
	diags->last = diag;
	return diag;
}

struct diag *diag_report(struct diags *diags, enum code code, struct span span, const char *format, ...)
{
	struct diag *diag;
	va_list args;

	va_start(args, format);
	diag = diag_vreport(diags, code, span, format, args);
	va_end(args);
	return diag;
}

struct diag *diag_note(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
{
	struct diag_note *note, **end;
	va_list args;

	if (!diag)
		return NULL;
	note = ARENA_NEW(diags->arena, struct diag_note);
	note->span = span;
	va_start(args, format);
	note->text = arena_vprintf(diags->arena, format, args);
	va_end(args);
	for (end = &diag->notes; *end; end = &(*end)->next)
		;
	*end = note;
	return diag;
}

struct diag *diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	if (!diag)
		return NULL;
	va_start(args, format);
	diag->help = arena_vprintf(diags->arena, format, args);
	va_end(args);
	return diag;
}

void diag_lower(struct diags *diags, struct diag *diag, enum severity severity)
{
	if (!diag || severity >= diag->severity)
		return;
	diags->count[diag->severity]--;
	diag->severity = severity;
	diags->count[severity]++;
}

bool diags_have_errors(const struct diags *diags)
{
	return diags->count[SEVERITY_ERROR] > 0;
}

/* Sources are linked in order of loading. What has no place comes first. */
static int compare_sources(const struct source *a, const struct source *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	for (const struct source *later = a->next; later; later = later->next)
		if (later == b)
			return -1;
	return 1;
}

static int compare(const void *left, const void *right)
{
	const struct diag *a = *(const struct diag *const *)left, *b = *(const struct diag *const *)right;
	int order = compare_sources(a->span.source, b->span.source);

	if (order)
		return order;
	if (a->span.begin != b->span.begin)
		return a->span.begin < b->span.begin ? -1 : 1;
	return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

void diags_sort(struct diags *diags)
{
	struct diag **sorted;
	size_t n = 0, room = 0;

	sorted = NULL;
	for (struct diag *diag = diags->first; diag; diag = diag->next)
		*(struct diag **)arena_push(diags->arena, &sorted, &n, &room, sizeof(*sorted)) = diag;
	if (!n)
		return;
	qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++)
		sorted[i]->next = i + 1 < n ? sorted[i + 1] : NULL;
	diags->first = sorted[0];
	diags->last = sorted[n - 1];
}
