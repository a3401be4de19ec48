/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What lexer, token stream, grammar and constructors share while one source is
 * parsed. Private to lang/: everybody else uses parse.h.
 *
 *	scan_token (lexer.l)  ->  grammar_lex (tokens.c)  ->  grammar_parse (grammar.y)  ->  build.h
 *
 * The token stream between lexer and grammar keeps the open brackets, so that
 * after a syntax error it can skip to the end of the statement: the grammar then
 * gets one SYNC token and goes on behind it, in the block where it was.
 */
#ifndef SENTRY_PARSER_H
#define SENTRY_PARSER_H

#include "ast.h"
#include "diag.h"
#include "source.h"

#include <stdbool.h>
#include <stdint.h>

/* Brackets inside brackets; deeper is a mistake or an attack. */
#define NESTING_MAX 100

/* Bytes of a name and of a string. */
#define NAME_MAX_LENGTH 64
#define STRING_MAX_LENGTH 4096

struct bracket {
	char kind;      /* '{', '(' or '[' */
	bool statements; /* a '{' that opens a body, not a list */
	struct span span; /* without a source: it is not in the text */
};

struct token {
	int kind; /* TOK_…, a character, or 0 at the end */
	struct span span;
	struct ast_name name; /* words and strings */
};

struct parser {
	struct arena *arena;
	struct diags *diags;
	struct source *source;
	struct ast_file *file;     /* result for a file */
	struct ast_node *last_node;
	struct ast_packet *packet; /* result for a packet */
	struct ast_node *query;    /* result for a query */

	/* lexer */
	void *scanner;
	uint32_t offset;
	uint32_t line_begin;
	uint32_t token_end; /* of the last token read */
	struct ast_comment *last_comment;

	/* token stream */
	int start;          /* TOK_START_…, until it was given out */
	struct token last;  /* the last token read */
	struct token before; /* the one before it */
	struct bracket brackets[NESTING_MAX];
	unsigned n_brackets;
	struct bracket closed; /* by the last '}' read; kind 0: there was nothing to close */
	bool given_back;    /* `ahead` comes next */
	struct token ahead;
	bool in_packet;     /* the statement being read is a packet */
	bool recovering;    /* a syntax error was found: skip the rest of the statement */
	bool missing_body;  /* and its body, which has a '}' but no '{' */
	bool quiet;         /* what follows from an unclosed bracket is not worth a message */
	bool gave_up;       /* nothing more is read */

	struct span deep; /* of the expression last found too deep */
	size_t errors_before; /* that were reported before the statement being read */
};

union GRAMMAR_STYPE;

/* lexer.l */
bool scan_open(struct parser *parser);
void scan_close(struct parser *parser);
/* The next token, comments put aside. Errors in it are reported here; TOK_BAD says so. */
int scan_token(union GRAMMAR_STYPE *value, struct span *span, void *scanner);

/* tokens.c */
int grammar_lex(union GRAMMAR_STYPE *value, struct span *span, struct parser *parser);
/* True if a newline lies between the two. */
bool token_begins_line(const struct token *token, const struct token *before);

/* syntax.c: words the message for a token that cannot stand where it does. */
struct expected {
	int token;        /* TOK_… or a character */
	const char *name; /* as the grammar calls it */
};
#define EXPECTED_MAX 256
/* False where the message would be noise after an earlier one, or over the limit. */
bool syntax_wants_report(const struct parser *parser);
void syntax_report(struct parser *parser, const struct expected *expected, unsigned n_expected);

/* User text for a message: quoted, cut when long. */
const char *quoted(struct parser *parser, const char *text, size_t length);

/*
 * literal.c: the values of tokens. Each returns its token, having reported what is
 * wrong with it, so that the grammar can go on.
 */
int literal_word(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value);
int literal_number(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value);
int literal_date(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value);
int literal_string(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value);

#endif
