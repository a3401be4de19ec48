/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The only door into the parser. Errors go to `diags`; what could be parsed is
 * returned even so (never NULL for a readable source), each bad statement left out.
 */
#ifndef SENTRY_PARSE_H
#define SENTRY_PARSE_H

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "source.h"

struct parse {
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
};

/*
 * Parses the file and all it includes (relative to the including file; a cycle
 * and an unreadable file are errors; a file included twice is parsed once).
 * NULL only when `path` itself cannot be read: reported as CODE_UNREADABLE_FILE.
 */
struct ast_file *parse_file(struct parse *parse, const char *path);

/* One source, includes not followed: for `fmt`. */
struct ast_file *parse_source(struct parse *parse, struct source *source);

/* 'tcp 1.2.3.4:5 > 10.0.0.1:22 syn', as in tests. NULL after an error. */
struct ast_packet *parse_packet(struct parse *parse, struct source *source);

/* 'allow tcp to self port 22': verdict and match, as an AST_ASSERT without a block. NULL after an error. */
struct ast_node *parse_query(struct parse *parse, struct source *source);

#endif
