/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Text of a generated file: indentation, the column, and which line of which file
 * the compiler believes to read (#line). Knows nothing of what is written.
 */
#ifndef SENTRY_WRITER_H
#define SENTRY_WRITER_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRITER_TAB 8

struct writer {
	struct arena *arena;
	char *data;           /* NUL-terminated */
	size_t size;
	size_t room;
	unsigned indent;      /* tabs before the next line's text */
	unsigned column;      /* 0-based, tabs expanded; 0 at the start of a line */
	uint32_t line;        /* physical line being written, 1-based */
	const char *file;     /* what the generated file calls itself */
	const char *seen_file; /* what the compiler believes this line to be: file and line */
	uint32_t seen_line;
	bool no_line;         /* writer_line and writer_return leave no trace in the text */
};

void writer_init(struct writer *writer, struct arena *arena, const char *file, bool no_line);

/* Text without newlines; the indentation goes before the first text of a line. */
void writer_text(struct writer *writer, const char *text);
void writer_printf(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void writer_newline(struct writer *writer);
/* Text and newline; "" is an empty line. */
void writer_puts(struct writer *writer, const char *text);

/* Fills an empty line with tabs and blanks up to `column`. */
void writer_align(struct writer *writer, unsigned column);

/* The line that begins here is line `line` of `file`; both live as long as the writer. At the start of a line only. */
void writer_line(struct writer *writer, const char *file, uint32_t line);
/* The line that begins here is the generated file's own. */
void writer_return(struct writer *writer);
/* Whether the line being written counts as line `line` of `file`; also kept up to date with no_line. */
bool writer_is_at(const struct writer *writer, const char *file, uint32_t line);

/* A C string literal, with its quotes. */
void writer_quote(struct writer *writer, const char *text);
/* Text made harmless inside a comment: no end of comment, no trigraph, no line splice, no control character. */
void writer_comment(struct writer *writer, const char *text);

#endif
