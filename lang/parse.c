/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Files and their includes; one source is read by parse_source and parse_packet. */
#include "parse.h"

#include "grammar.h"
#include "parser.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files that include files that include…: deeper is a mistake, and recursion here has its end. */
#define INCLUDE_DEPTH_MAX 50

/* A file that was met, under whatever name. */
struct met {
	struct source_identity file;
	bool identified;
	struct span from;            /* the `include` that led to it */
	bool open;                   /* it or what it includes is being parsed */
};

struct walk {
	struct parse *parse;
	struct met *met;
	size_t n_met, room;
};

/* Runs the grammar over a source; false if it is not text. */
static bool run(struct parse *parse, struct parser *parser, int start)
{
	const char *nul = memchr(parser->source->text, '\0', parser->source->size);

	if (nul) {
		uint32_t offset = (uint32_t)(nul - parser->source->text);

		diag_report(parse->diags, CODE_NOT_TEXT, (struct span){ parser->source, offset, offset + 1 },
			    "this is not a text file: it holds a NUL byte");
		return false;
	}
	parser->start = start;
	parser->errors_before = parse->diags->count[SEVERITY_ERROR];
	if (!scan_open(parser)) {
		fputs("out of memory\n", stderr);
		exit(3);
	}
	/* What it returns is known: it has reported all that went wrong. */
	grammar_parse(parser);
	scan_close(parser);
	return true;
}

struct ast_file *parse_source(struct parse *parse, struct source *source)
{
	struct parser parser = { .arena = parse->arena, .diags = parse->diags, .source = source };

	parser.file = ARENA_NEW(parse->arena, struct ast_file);
	parser.file->source = source;
	run(parse, &parser, TOK_START_FILE);
	return parser.file;
}

struct ast_packet *parse_packet(struct parse *parse, struct source *source)
{
	struct parser parser = { .arena = parse->arena, .diags = parse->diags, .source = source, .in_packet = true };
	size_t errors = parse->diags->count[SEVERITY_ERROR];

	run(parse, &parser, TOK_START_PACKET);
	return parse->diags->count[SEVERITY_ERROR] == errors ? parser.packet : NULL;
}

struct ast_node *parse_query(struct parse *parse, struct source *source)
{
	struct parser parser = { .arena = parse->arena, .diags = parse->diags, .source = source };
	size_t errors = parse->diags->count[SEVERITY_ERROR];

	run(parse, &parser, TOK_START_QUERY);
	return parse->diags->count[SEVERITY_ERROR] == errors ? parser.query : NULL;
}

static struct source *load(struct parse *parse, const char *path, struct span from)
{
	struct source *source = NULL;

	switch (source_load(parse->sources, path, path, &source)) {
	case SOURCE_UNREADABLE:
		diag_report(parse->diags, CODE_UNREADABLE_FILE, from, "cannot read '%s': %s", path, strerror(errno));
		break;
	case SOURCE_TOO_BIG:
		diag_report(parse->diags, CODE_FILE_TOO_BIG, from, "'%s' is bigger than %u MiB", path, SOURCE_MAX >> 20);
		break;
	case SOURCE_OK:
		break;
	}
	return source;
}

/* The path of an included file: relative to the directory of the file that includes it. */
static const char *relative_path(struct parse *parse, const struct source *from, const char *path)
{
	const char *slash = from->path && path[0] != '/' ? strrchr(from->path, '/') : NULL;

	return slash ? arena_printf(parse->arena, "%.*s/%s", (int)(slash - from->path), from->path, path) : path;
}

static struct met *find_met(struct walk *walk, const struct source_identity *file)
{
	for (size_t i = 0; i < walk->n_met; i++)
		if (walk->met[i].identified && walk->met[i].file.device == file->device &&
		    walk->met[i].file.inode == file->inode)
			return &walk->met[i];
	return NULL;
}

static void report_cycle(struct walk *walk, const struct met *again, const char *path, struct span from)
{
	struct diag *diag = diag_report(walk->parse->diags, CODE_INCLUDE_CYCLE, from, "'%s' includes itself", path);

	/* The chain that leads back: every open file behind the one met again. */
	for (const struct met *met = again + 1; met < walk->met + walk->n_met; met++)
		if (met->open)
			diag_note(walk->parse->diags, diag, met->from, "by way of this");
}

static struct ast_file *walk_file(struct walk *walk, const char *path, struct span from, unsigned depth);

static void walk_includes(struct walk *walk, struct ast_file *file, unsigned depth)
{
	struct ast_file **end = &file->includes;

	for (const struct ast_node *node = file->nodes; node; node = node->next) {
		if (node->kind != AST_INCLUDE)
			continue;
		*end = walk_file(walk, relative_path(walk->parse, file->source, node->text), node->text_span, depth);
		if (*end)
			end = &(*end)->next;
	}
}

/* NULL if the file cannot be read, was parsed before or is being parsed. */
static struct ast_file *walk_file(struct walk *walk, const char *path, struct span from, unsigned depth)
{
	bool known = strcmp(path, "-") != 0 || from.source;
	struct source_identity identity = { 0 };
	struct source *source;
	struct ast_file *file;
	struct met *met;
	size_t index;

	if (depth > INCLUDE_DEPTH_MAX) {
		diag_report(walk->parse->diags, CODE_TOO_DEEP, from, "files include files more than %d deep", INCLUDE_DEPTH_MAX);
		return NULL;
	}
	if (from.source && !strcmp(path, "-"))
		path = "./-";
	known = known && source_identify(walk->parse->sources, path, &identity);
	if (known) {
		met = find_met(walk, &identity);
		if (met) {
			if (met->open)
				report_cycle(walk, met, path, from);
			return NULL;
		}
	}
	source = load(walk->parse, path, from);
	if (!source)
		return NULL;
	index = walk->n_met;
	met = arena_push(walk->parse->arena, &walk->met, &walk->n_met, &walk->room, sizeof(*met));
	*met = (struct met){ .file = identity, .identified = known, .from = from, .open = true };
	file = parse_source(walk->parse, source);
	walk_includes(walk, file, depth + 1);
	walk->met[index].open = false;
	return file;
}

struct ast_file *parse_file(struct parse *parse, const char *path)
{
	struct walk walk = { .parse = parse };

	return walk_file(&walk, path, (struct span){ 0 }, 0);
}
