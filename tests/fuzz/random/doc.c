/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Pages that nobody touches cost nothing: enough for the largest policy. */
#define PIECES_MAX (4u << 20)

const char *const doc_file_names[DOC_FILES] = { "policy.sp", "included.sp", "list.txt" };

static void *shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("random-policy: mmap");
		exit(2);
	}
	return memory;
}

void doc_init(struct doc *doc)
{
	memset(doc, 0, sizeof(*doc));
	arena_init(&doc->arena);
	doc->dropped_room = PIECES_MAX;
	doc->dropped = shared(doc->dropped_room);
	doc->mutation = shared(sizeof(*doc->mutation));
}

void doc_fini(struct doc *doc)
{
	munmap(doc->dropped, doc->dropped_room);
	munmap(doc->mutation, sizeof(*doc->mutation));
	arena_fini(&doc->arena);
}

struct piece *doc_add(struct doc *doc, struct piece *parent, const char *open, const char *separator, const char *close)
{
	struct piece *piece = ARENA_NEW(&doc->arena, struct piece);

	if (doc->n == doc->dropped_room) {
		fprintf(stderr, "random-policy: more than %zu pieces in a policy\n", doc->dropped_room);
		exit(2);
	}
	piece->open = open;
	piece->separator = separator;
	piece->close = close;
	piece->parent = parent;
	piece->id = (uint32_t)doc->n;
	*(struct piece **)arena_push(&doc->arena, &doc->pieces, &doc->n, &doc->room, sizeof(struct piece *)) = piece;
	if (parent && parent->last)
		parent->last->next = piece;
	else if (parent)
		parent->first = piece;
	if (parent)
		parent->last = piece;
	return piece;
}

struct piece *doc_leaf(struct doc *doc, struct piece *parent, const char *text)
{
	return doc_add(doc, parent, text, "", "");
}

struct piece *doc_leaf_tagged(struct doc *doc, struct piece *parent, enum piece_tag tag, const char *text)
{
	struct piece *piece = doc_leaf(doc, parent, text);

	piece->tag = tag;
	return piece;
}

static void put(struct text *text, const char *more)
{
	size_t size = strlen(more);

	if (text->size + size + 1 > text->room) {
		text->room = (text->size + size + 1) * 2;
		text->data = realloc(text->data, text->room);
		if (!text->data) {
			fprintf(stderr, "random-policy: out of memory\n");
			exit(2);
		}
	}
	memcpy(text->data + text->size, more, size + 1);
	text->size += size;
}

/* Which piece stands in this place: itself, another, or none. */
static struct piece *in_place_of(struct doc *doc, struct piece *piece, bool mutated)
{
	const struct mutation *mutation = doc->mutation;

	if (doc->dropped[piece->id])
		return NULL;
	if (!mutated || mutation->kind == MUTATION_NONE)
		return piece;
	if (mutation->kind == MUTATION_DROP && piece->id == mutation->piece)
		return NULL;
	/* With one of the two gone there is nothing left to swap. */
	if (mutation->kind == MUTATION_SWAP && !doc->dropped[mutation->piece] && !doc->dropped[mutation->other]) {
		if (piece->id == mutation->piece)
			return doc->pieces[mutation->other];
		if (piece->id == mutation->other)
			return doc->pieces[mutation->piece];
	}
	return piece;
}

static void print_piece(struct doc *doc, struct text *text, struct piece *piece, bool mutated)
{
	bool first = true;

	if (!mutated)
		piece->begin = (uint32_t)text->size;
	if (mutated && doc->mutation->kind == MUTATION_REPLACE && doc->mutation->piece == piece->id)
		put(text, doc->mutation->text);
	else
		put(text, piece->open);
	for (struct piece *child = piece->first; child; child = child->next) {
		struct piece *stands = in_place_of(doc, child, mutated);

		if (!stands) {
			/* It is nowhere, whatever was there before. */
			if (!mutated)
				child->begin = child->end = 0;
			continue;
		}
		if (!first)
			put(text, piece->separator);
		first = false;
		print_piece(doc, text, stands, mutated);
	}
	put(text, piece->close);
	if (!mutated)
		piece->end = (uint32_t)text->size;
}

struct text doc_print(struct doc *doc, unsigned file, bool mutated)
{
	struct text text = { 0 };

	put(&text, "");
	print_piece(doc, &text, doc->files[file], mutated);
	return text;
}

struct piece *doc_statement_at(struct doc *doc, unsigned file, uint32_t offset)
{
	struct piece *found = NULL, *piece = doc->files[file];

	while (piece) {
		struct piece *child;

		if (piece->tag == PIECE_STATEMENT || piece->tag == PIECE_TEST || piece->tag == PIECE_RULE)
			found = piece;
		for (child = piece->first; child; child = child->next)
			if (child->begin <= offset && offset < child->end)
				break;
		piece = child;
	}
	return found;
}
