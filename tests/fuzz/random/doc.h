/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A policy as a tree of pieces of text. Any piece can be left out: so rules that are refused go, and so a failing
 * policy shrinks. One piece or two can be otherwise in a second version of the same policy, for `diff`.
 */
#ifndef RANDOM_DOC_H
#define RANDOM_DOC_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum piece_tag {
	PIECE_PLAIN,
	PIECE_STATEMENT, /* what can go as a whole where it is refused */
	PIECE_TEST,      /* a statement, too; what it expects is drawn, and may not hold */
	PIECE_RULE,
	PIECE_ACTION,   /* allow, deny or reject */
	PIECE_ADDRESS4, /* these are leaves that another value can stand for */
	PIECE_ADDRESS6,
	PIECE_PORT,
	PIECE_NUMBER8,
};

struct piece {
	enum piece_tag tag;
	const char *open, *separator, *close;
	struct piece *parent, *first, *last, *next;
	uint32_t id;
	uint32_t begin, end; /* where it was printed last */
};

enum {
	DOC_POLICY,
	DOC_INCLUDED, /* declarations */
	DOC_LIST,     /* addresses */
	DOC_FILES
};

extern const char *const doc_file_names[DOC_FILES];

enum mutation_kind {
	MUTATION_NONE,
	MUTATION_DROP,
	MUTATION_SWAP,    /* with `other`, a rule of the same block */
	MUTATION_REPLACE, /* by `text` */
};

/* By number and value, so that it means the same in another process. */
struct mutation {
	enum mutation_kind kind;
	uint32_t piece, other;
	char text[128];
};

struct doc {
	struct arena arena;
	struct piece *files[DOC_FILES]; /* NULL: the policy does without */
	struct piece **pieces;          /* by id */
	size_t n, room;
	uint8_t *dropped; /* by id; shared with child processes */
	size_t dropped_room;
	struct mutation *mutation; /* shared in the same way */
};

struct text {
	char *data;
	size_t size, room;
};

void doc_init(struct doc *doc);
void doc_fini(struct doc *doc);

/* At the end of `parent`. Texts are not copied. */
struct piece *doc_add(struct doc *doc, struct piece *parent, const char *open, const char *separator,
		      const char *close);
struct piece *doc_leaf(struct doc *doc, struct piece *parent, const char *text);
struct piece *doc_leaf_tagged(struct doc *doc, struct piece *parent, enum piece_tag tag, const char *text);

/* malloc'd; of the second version if `mutated`. */
struct text doc_print(struct doc *doc, unsigned file, bool mutated);

/* The statement or rule around a place of what was printed last; NULL: none. */
struct piece *doc_statement_at(struct doc *doc, unsigned file, uint32_t offset);

static inline bool doc_is_dropped(const struct doc *doc, const struct piece *piece)
{
	return doc->dropped[piece->id];
}

#endif
