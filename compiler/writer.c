/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "writer.h"

#include <stdio.h>
#include <string.h>

void writer_init(struct writer *writer, struct arena *arena, const char *file, bool no_line)
{
	memset(writer, 0, sizeof(*writer));
	writer->arena = arena;
	writer->room = 16384;
	writer->data = arena_alloc(arena, writer->room);
	writer->line = 1;
	writer->file = file;
	writer->seen_file = file;
	writer->seen_line = 1;
	writer->no_line = no_line;
}

static void append(struct writer *writer, const char *text, size_t length)
{
	if (writer->size + length + 1 > writer->room) {
		char *data;

		while (writer->size + length + 1 > writer->room)
			writer->room *= 2;
		data = arena_alloc(writer->arena, writer->room);
		memcpy(data, writer->data, writer->size);
		writer->data = data;
	}
	memcpy(writer->data + writer->size, text, length);
	writer->size += length;
	writer->data[writer->size] = '\0';
}

void writer_text(struct writer *writer, const char *text)
{
	size_t length = strlen(text);

	if (!length)
		return;
	if (!writer->column) {
		for (unsigned i = 0; i < writer->indent; i++)
			append(writer, "\t", 1);
		writer->column = writer->indent * WRITER_TAB;
	}
	append(writer, text, length);
	for (const char *c = text; *c; c++)
		writer->column += *c == '\t' ? WRITER_TAB - writer->column % WRITER_TAB : 1;
}

void writer_printf(struct writer *writer, const char *format, ...)
{
	char buffer[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buffer, sizeof(buffer), format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < sizeof(buffer)) {
		writer_text(writer, buffer);
		return;
	}
	va_start(args, format);
	writer_text(writer, arena_vprintf(writer->arena, format, args));
	va_end(args);
}

void writer_newline(struct writer *writer)
{
	append(writer, "\n", 1);
	writer->column = 0;
	writer->line++;
	writer->seen_line++;
}

void writer_puts(struct writer *writer, const char *text)
{
	writer_text(writer, text);
	writer_newline(writer);
}

void writer_align(struct writer *writer, unsigned column)
{
	while (writer->column + WRITER_TAB <= column) {
		append(writer, "\t", 1);
		writer->column += WRITER_TAB;
	}
	while (writer->column < column) {
		append(writer, " ", 1);
		writer->column++;
	}
}

bool writer_is_at(const struct writer *writer, const char *file, uint32_t line)
{
	return writer->seen_line == line && !strcmp(writer->seen_file, file);
}

/* A directive is a line of its own, after which the next is what it says. */
void writer_line(struct writer *writer, const char *file, uint32_t line)
{
	bool same_file = !strcmp(writer->seen_file, file);

	if (same_file && writer->seen_line == line)
		return;
	if (!writer->no_line) {
		unsigned indent = writer->indent;

		writer->indent = 0;
		writer_printf(writer, "#line %u", line);
		if (!same_file) {
			writer_text(writer, " ");
			writer_quote(writer, file);
		}
		writer_newline(writer);
		writer->indent = indent;
	}
	writer->seen_file = file;
	writer->seen_line = line;
}

void writer_return(struct writer *writer)
{
	/* Being the generated file's own line already, no directive is needed; else it is one line further. */
	if (writer_is_at(writer, writer->file, writer->line))
		return;
	writer_line(writer, writer->file, writer->no_line ? writer->line : writer->line + 1);
}

void writer_quote(struct writer *writer, const char *text)
{
	writer_text(writer, "\"");
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		char one[2] = { (char)*c, '\0' };

		if (*c == '"' || *c == '\\')
			writer_printf(writer, "\\%c", *c);
		else if (*c == '?' && c > (const unsigned char *)text && c[-1] == '?')
			writer_text(writer, "\\?"); /* no trigraph */
		else if (*c < ' ' || *c == 127)
			writer_printf(writer, "\\%03o", (unsigned)*c);
		else
			writer_text(writer, one);
	}
	writer_text(writer, "\"");
}

void writer_comment(struct writer *writer, const char *text)
{
	for (const char *c = text; *c; c++) {
		char one[2] = { *c, '\0' };

		if ((unsigned char)*c < ' ' || *c == 127)
			one[0] = ' ';
		writer_text(writer, one);
		/* `*` before `/` would end the comment, `/` before `*` warns, `??` begins a trigraph, `\` splices. */
		if ((*c == '*' && c[1] == '/') || (*c == '/' && c[1] == '*') || (*c == '?' && c[1] == '?') ||
		    (*c == '\\' && (c[1] == '\0' || c[1] == '\n')))
			writer_text(writer, " ");
	}
}
