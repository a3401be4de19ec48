/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The texts of one compilation, each file read once. Lines and columns are
 * 1-based; a column counts bytes.
 */
#ifndef SENTRY_SOURCE_H
#define SENTRY_SOURCE_H

#include "arena.h"
#include "span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct source {
	const char *name;   /* as shown in messages: as the user wrote it, never made absolute */
	const char *path;   /* as opened; NULL for text from the command line */
	const char *text;   /* `size` bytes, then a NUL that does not count */
	uint32_t size;
	uint32_t *lines;    /* offset of the first byte of each line */
	uint32_t n_lines;
	struct source *next; /* in order of loading; sources.first is the file named by the user */
};

/* What stands in place of a file. */
struct source_text {
	const char *path; /* of the first, that of the main file: a name; of the others, as seen from its directory */
	const char *text;
	size_t size;
};

struct sources {
	struct arena *arena;
	struct source *first;
	struct source *last;
	const struct source_text *given; /* NULL: sources are files; else these are all that there are */
	size_t n_given;
};

enum source_status {
	SOURCE_OK,
	SOURCE_UNREADABLE, /* errno says why */
	SOURCE_TOO_BIG,    /* over SOURCE_MAX bytes */
};

/* 64 MiB: a policy is written by people; a list of a million prefixes is 20 MB. */
#define SOURCE_MAX (64u << 20)

void sources_init(struct sources *sources, struct arena *arena);

/* Two paths with the same are one file. False if there is none, or no telling. */
struct source_identity {
	dev_t device;
	ino_t inode;
};

bool source_identify(const struct sources *sources, const char *path, struct source_identity *identity);

/*
 * Reads a file ("-" is standard input), or what was given for it. `name` is what messages show. For want of memory or
 * descriptors, or where reading fails that began, the process ends with 3 as in arena.h.
 */
enum source_status source_load(struct sources *sources, const char *path, const char *name, struct source **out);

/* For source.c and source_given.c: the given text that a path means, or NULL. */
const struct source_text *source_given(const struct sources *sources, const char *path);

/* Text that is not a file; copied. */
struct source *source_from_text(struct sources *sources, const char *name, const char *text, size_t size);

struct position {
	uint32_t line;
	uint32_t column;
};

struct position source_position(const struct source *source, uint32_t offset);

/* The text of a line without its newline: *length bytes, not NUL-terminated. */
const char *source_line(const struct source *source, uint32_t line, size_t *length);

#endif
