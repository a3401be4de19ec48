/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Messages as text: place, message, the line of the policy with a caret, notes and help. */
#include "diag.h"
#include "source.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

#define INDENT "    "
#define TAB_STOP 8u
/* Of a longer line only this many columns are shown, around the caret. */
#define WINDOW 100u
/* Columns of context to the left of a caret that had to be moved into the window. */
#define CONTEXT 40u

struct colours {
	const char *bold, *error, *warning, *note, *caret, *off;
};

static const struct colours plain = { "", "", "", "", "", "" };
static const struct colours ansi = { "\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1;32m", "\033[0m" };

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

/* What a byte of a line is to a terminal. */
enum shown {
	SHOWN_ESCAPED,
	SHOWN_PLAIN,  /* a character, or the first byte of one */
	SHOWN_FURTHER, /* a further byte of a character */
};

static enum shown byte_shown(const char *text, size_t length, size_t at)
{
	if (is_plain((unsigned char)text[at]))
		return SHOWN_PLAIN;
	/* The character that the byte may be part of begins at most three bytes before. */
	for (size_t back = 0; back < 4 && back <= at; back++) {
		size_t bytes = utf8_length(text + at - back, length - at + back);

		if (bytes > back && utf8_is_harmless(text + at - back, bytes))
			return back ? SHOWN_FURTHER : SHOWN_PLAIN;
	}
	return SHOWN_ESCAPED;
}

static void print_byte(FILE *out, const char *text, size_t length, size_t at)
{
	if (byte_shown(text, length, at) == SHOWN_ESCAPED)
		fprintf(out, "\\x%02x", (unsigned char)text[at]);
	else
		putc(text[at], out);
}

static void print_escaped(FILE *out, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		print_byte(out, text, length, i);
}

/* A line's bytes, and how wide each is when it stands at `column` (0-based) of what is shown. */
static size_t byte_width(const char *line, size_t length, size_t at, size_t column)
{
	if (line[at] == '\t')
		return TAB_STOP - column % TAB_STOP;
	switch (byte_shown(line, length, at)) {
	case SHOWN_PLAIN:
		return 1;
	case SHOWN_FURTHER:
		return 0;
	default:
		return strlen("\\x00");
	}
}

/*
 * The bytes [*from, *to) of the line that are shown: all of a short line, else a
 * window that holds the caret.
 */
static void choose_window(const char *line, size_t length, size_t caret, size_t *from, size_t *to)
{
	size_t column = 0, end = 0;

	while (end < length && column <= WINDOW)
		column += byte_width(line, length, end++, column);
	*from = 0;
	*to = length;
	if (end == length && column <= WINDOW)
		return;

	/* The caret lies well inside the first columns: start at the first byte. */
	column = 0;
	for (end = 0; end < caret && column < WINDOW - CONTEXT; end++)
		column += byte_width(line, length, end, column);
	if (end < caret) {
		size_t width = 0;

		*from = caret;
		while (*from > 0 && width < CONTEXT)
			width += byte_width(line, length, --*from, 0);
		while (*from < caret && byte_shown(line, length, *from) == SHOWN_FURTHER)
			++*from;
	}
	column = 0;
	for (*to = *from; *to < length && column < WINDOW; ++*to)
		column += byte_width(line, length, *to, column);
	while (*to < length && byte_shown(line, length, *to) == SHOWN_FURTHER)
		++*to;
}

static bool is_blank(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (line[i] != ' ' && line[i] != '\t')
			return false;
	return true;
}

/* A line with nothing on it, as in an empty file, shows nothing and is left out. */
static void print_line(FILE *out, struct span span, const struct colours *colours)
{
	struct position position = source_position(span.source, span.begin);
	size_t length, caret = position.column - 1, marked, from, to, column = 0, caret_column = 0, caret_width = 0;
	const char *line = source_line(span.source, position.line, &length);

	if (is_blank(line, length))
		return;
	if (caret > length)
		caret = length;
	marked = span.end > span.begin ? span.end - span.begin : 1;
	choose_window(line, length, caret, &from, &to);

	fputs(from ? INDENT "..." : INDENT, out);
	for (size_t i = from; i < to; i++) {
		size_t width = byte_width(line, length, i, column);

		if (line[i] == '\t')
			fprintf(out, "%*s", (int)width, "");
		else
			print_byte(out, line, length, i);
		if (i < caret)
			caret_column += width;
		else if (i < caret + marked)
			caret_width += width;
		column += width;
	}
	fputs(to < length ? "...\n" : "\n", out);
	fprintf(out, "%s%*s%s^", from ? INDENT "   " : INDENT, (int)caret_column, "", colours->caret);
	while (caret_width-- > 1)
		putc('~', out);
	fprintf(out, "%s\n", colours->off);
}

static void print_place(FILE *out, struct span span, const struct colours *colours)
{
	struct position position;

	if (!span.source)
		return;
	position = source_position(span.source, span.begin);
	fputs(colours->bold, out);
	print_escaped(out, span.source->name);
	fprintf(out, ":%u:%u:%s ", position.line, position.column, colours->off);
}

static void print_note(FILE *out, const struct diag_note *note, const struct colours *colours)
{
	if (!note->span.source) {
		fprintf(out, INDENT "%snote:%s ", colours->note, colours->off);
		print_escaped(out, note->text);
		putc('\n', out);
		return;
	}
	print_place(out, note->span, colours);
	fprintf(out, "%snote:%s ", colours->note, colours->off);
	print_escaped(out, note->text);
	putc('\n', out);
	print_line(out, note->span, colours);
}

static void print_diag(FILE *out, const struct diag *diag, const struct colours *colours)
{
	static const char *const words[] = {
		[SEVERITY_OFF] = "off", [SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error",
	};
	const char *colour = diag->severity == SEVERITY_ERROR	  ? colours->error
			     : diag->severity == SEVERITY_WARNING ? colours->warning
								  : colours->note;

	print_place(out, diag->span, colours);
	fprintf(out, "%s%s[%s]:%s ", colour, words[diag->severity], code_table[diag->code].text, colours->off);
	print_escaped(out, diag->message);
	putc('\n', out);
	if (diag->span.source)
		print_line(out, diag->span, colours);
	if (diag->witness) {
		fputs(INDENT "packet: ", out);
		print_escaped(out, diag->witness);
		if (diag->when) {
			fputs(" (when ", out);
			print_escaped(out, diag->when);
			putc(')', out);
		}
		putc('\n', out);
	}
	if (diag->help) {
		fputs(INDENT "help: ", out);
		print_escaped(out, diag->help);
		putc('\n', out);
	}
	for (const struct diag_note *note = diag->notes; note; note = note->next)
		print_note(out, note, colours);
}

static void print_all(const struct diags *diags, FILE *out, bool colour)
{
	size_t errors = diags->count[SEVERITY_ERROR];

	for (const struct diag *diag = diags->first; diag; diag = diag->next)
		if (diag->severity != SEVERITY_OFF)
			print_diag(out, diag, colour ? &ansi : &plain);
	if (diags->limit && errors > diags->limit)
		fprintf(out, "and %zu more error%s\n", errors - diags->limit, errors - diags->limit == 1 ? "" : "s");
}

/* stderr has no buffer: thousands of messages would be millions of system calls. */
void diags_print(const struct diags *diags, FILE *out, bool colour)
{
	char *text = NULL;
	size_t size = 0;
	FILE *buffer = open_memstream(&text, &size);
	bool whole = buffer;

	if (buffer) {
		print_all(diags, buffer, colour);
		/* What found no room is not there, and to close does not say so. */
		whole = !ferror(buffer);
		whole &= !fclose(buffer) && text;
	}
	if (whole)
		fwrite(text, 1, size, out);
	else
		print_all(diags, out, colour);
	free(text);
}
