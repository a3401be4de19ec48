/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The stream of tokens between lexer and grammar. It keeps the stack of open
 * brackets, which the grammar's own error recovery knows nothing of: after a
 * syntax error it skips to the end of the broken statement, bodies and lists
 * inside it included, and hands the grammar one SYNC. What follows is read in the
 * block where the statement stood, so one mistake gives one message.
 */
#include "grammar.h"
#include "keywords.h"
#include "parser.h"

#include <string.h>

bool token_begins_line(const struct token *token, const struct token *before)
{
	const struct source *source = token->span.source;

	return memchr(source->text + before->span.end, '\n', token->span.begin - before->span.end) != NULL;
}

/*
 * What stands before the '{' of a body, also where something between is missing; a
 * list is opened by '=', a clause word or an operator.
 */
static bool opens_body(const struct parser *parser)
{
	const struct keyword *keyword;

	/* Inside a list there are lists only. */
	if (parser->n_brackets && !parser->brackets[parser->n_brackets - 1].statements)
		return false;
	switch (parser->before.kind) {
	case TOK_END:
	case TOK_SYNC:
	case ';':
	case '{':
	case '}':
	case TOK_IDENT:
	case TOK_STRING:
	case TOK_ANY:
	case TOK_BUDGET:
	case TOK_EGRESS:
	case TOK_INGRESS:
	case TOK_ON:
	case TOK_POLICY:
	case TOK_TEST:
	case TOK_VIA:
		return true;
	default:
		keyword = keyword_of_token(parser->before.kind);
		return keyword && keyword->kinds & KEYWORD_WEAK;
	}
}

static void open_bracket(struct parser *parser, const struct token *token)
{
	bool statements = token->kind == '{' && opens_body(parser);
	struct bracket *bracket;

	if (parser->n_brackets == NESTING_MAX) {
		diag_report(parser->diags, CODE_TOO_DEEP, token->span, "brackets are nested more than %d deep", NESTING_MAX);
		parser->gave_up = true;
		return;
	}
	bracket = &parser->brackets[parser->n_brackets++];
	bracket->kind = (char)token->kind;
	bracket->statements = statements;
	bracket->span = token->span;
}

/* A '}' closes everything up to the innermost '{': no '(' goes beyond it. */
static void close_brace(struct parser *parser)
{
	parser->closed = (struct bracket){ 0 };
	while (parser->n_brackets && parser->closed.kind != '{')
		parser->closed = parser->brackets[--parser->n_brackets];
	if (parser->closed.kind != '{')
		parser->closed = (struct bracket){ 0 };
}

static void close_paren(struct parser *parser, char open)
{
	if (parser->n_brackets && parser->brackets[parser->n_brackets - 1].kind == open)
		parser->n_brackets--;
}

/* At the end of the file: closes what is open, with one message for the first of them. */
static bool close_at_end(struct parser *parser, struct token *token)
{
	const struct bracket *open;

	while (parser->n_brackets && parser->brackets[parser->n_brackets - 1].kind != '{')
		parser->n_brackets--;
	if (!parser->n_brackets)
		return false;
	open = &parser->brackets[parser->n_brackets - 1];
	if (!parser->quiet && open->span.source)
		diag_report(parser->diags, CODE_UNCLOSED, open->span, "this '{' is never closed");
	parser->quiet = true;
	token->kind = '}';
	return true;
}

/* The next token, with the brackets kept. */
static struct token read_token(struct parser *parser, GRAMMAR_STYPE *value)
{
	struct token token = { .span = { .source = parser->source, .begin = parser->source->size, .end = parser->source->size } };

	if (parser->given_back) {
		parser->given_back = false;
		token = parser->ahead;
		value->name = token.name;
	} else if (!parser->gave_up) {
		token.kind = scan_token(value, &token.span, parser->scanner);
		if (!token.kind)
			close_at_end(parser, &token);
		else if (token.kind > 256)
			token.name = value->name;
	}
	parser->before = parser->last;
	parser->last = token;
	if (token.kind == TOK_PACKET)
		parser->in_packet = true;
	else if (token.kind == ';' || token.kind == '{')
		parser->in_packet = false;

	switch (token.kind) {
	case '{':
	case '(':
	case '[':
		open_bracket(parser, &token);
		break;
	case '}':
		close_brace(parser);
		break;
	case ')':
		close_paren(parser, '(');
		break;
	case ']':
		close_paren(parser, '[');
		break;
	}
	if (parser->gave_up)
		parser->last.kind = TOK_END;
	return parser->last;
}

/* The last token read comes again: after SYNC, to the grammar. */
static void give_back(struct parser *parser)
{
	parser->ahead = parser->last;
	parser->given_back = true;
	parser->last = parser->before;
}

/* How many bodies are open. */
static unsigned count_bodies(const struct parser *parser)
{
	unsigned n = 0;

	for (unsigned i = 0; i < parser->n_brackets; i++)
		n += parser->brackets[i].statements;
	return n;
}

static void close_lists(struct parser *parser)
{
	while (parser->n_brackets && !parser->brackets[parser->n_brackets - 1].statements)
		parser->n_brackets--;
}

/* A word that can only begin a statement, at the beginning of a line but not of the broken statement itself. */
static bool begins_statement(const struct parser *parser)
{
	const struct keyword *keyword = keyword_of_token(parser->last.kind);
	int before = parser->before.kind;

	return keyword && keyword->kinds & KEYWORD_START && before && before != ';' && before != '{' && before != '}' &&
	       before != TOK_SYNC && token_begins_line(&parser->last, &parser->before);
}

/* A '}' inside a line, with more behind it, is that of a list whose '{' is missing, not of the body. */
static bool closes_lost_list(const struct parser *parser)
{
	const char *behind = parser->source->text + parser->last.span.end;

	while (*behind == ' ' || *behind == '\t')
		behind++;
	return !strchr("}#\r\n", *behind) && !token_begins_line(&parser->last, &parser->before);
}

/*
 * Skips to the end of the statement in which `parser->last` is out of place: behind
 * its ';' or body, or before the '}' or the word that shows that it has ended.
 */
static void skip_statement(struct parser *parser)
{
	struct bracket top = parser->n_brackets ? parser->brackets[parser->n_brackets - 1] : (struct bracket){ 0 };
	unsigned bodies = count_bodies(parser);
	GRAMMAR_STYPE value;

	/* A '}' that was given back and is not wanted: it must go, or there is no end to it. */
	if (parser->last.kind == '}' && parser->before.kind == TOK_SYNC)
		return;
	if (parser->missing_body && parser->n_brackets < NESTING_MAX)
		parser->brackets[parser->n_brackets++] = (struct bracket){ .kind = '{', .statements = true };
	parser->missing_body = false;
	/* The offending token itself may have opened or closed a body. */
	if (parser->last.kind == '{' && top.statements)
		bodies--;
	else if (parser->last.kind == '}' && parser->closed.statements)
		bodies++;

	for (;; read_token(parser, &value)) {
		unsigned now = count_bodies(parser);
		int kind = parser->last.kind;

		if (kind == TOK_END) {
			give_back(parser);
			return;
		}
		/* One that closes nothing is the whole of what is wrong. */
		if (kind == '}' && !parser->closed.kind)
			return;
		if (kind == '}' && now < bodies) {
			parser->brackets[parser->n_brackets++] = parser->closed;
			if (closes_lost_list(parser))
				continue;
			give_back(parser);
			return;
		}
		if (kind == '}' && now == bodies && parser->closed.statements)
			return;
		if (kind == ';' && now == bodies) {
			close_lists(parser);
			return;
		}
		if (now == bodies && begins_statement(parser)) {
			close_lists(parser);
			give_back(parser);
			return;
		}
	}
}

int grammar_lex(GRAMMAR_STYPE *value, struct span *span, struct parser *parser)
{
	struct token token;

	if (parser->start) {
		int start = parser->start;

		parser->start = 0;
		*span = (struct span){ .source = parser->source };
		return start;
	}
	if (parser->recovering) {
		parser->recovering = false;
		skip_statement(parser);
		parser->errors_before = parser->diags->count[SEVERITY_ERROR];
		*span = parser->last.span;
		span->begin = span->end;
		parser->last.kind = TOK_SYNC;
		return TOK_SYNC;
	}
	token = read_token(parser, value);
	*span = token.span;
	return token.kind;
}
