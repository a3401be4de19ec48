/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Words for a syntax error: what stands there, what could, and what was probably meant. */
#include "address.h"
#include "foreign.h"
#include "grammar.h"
#include "keywords.h"
#include "parser.h"
#include "spell.h"

#include <string.h>

/* Bytes of the user's text that a message repeats. */
#define QUOTE_MAX 40

/* A message names no more things than this that could stand there. */
#define LISTED_MAX 20

const char *quoted(struct parser *parser, const char *text, size_t length)
{
	if (length <= QUOTE_MAX)
		return arena_printf(parser->arena, "'%.*s'", (int)length, text);
	return arena_printf(parser->arena, "'%.*s...'", QUOTE_MAX - 3, text);
}

/* The lexer has said what is wrong with a token that cannot be read. */
static bool is_noise(const struct parser *parser)
{
	const struct token *last = &parser->last;

	return parser->quiet || parser->gave_up || last->kind == TOK_BAD ||
	       (last->kind == TOK_IDENT && strlen(last->name.text) > NAME_MAX_LENGTH);
}

static bool is_over_limit(const struct diags *diags)
{
	return diags->limit && diags->count[SEVERITY_ERROR] >= diags->limit;
}

bool syntax_wants_report(const struct parser *parser)
{
	return !is_noise(parser) && !is_over_limit(parser->diags);
}

static bool expects(const struct expected *expected, unsigned n, int token)
{
	for (unsigned i = 0; i < n; i++)
		if (expected[i].token == token)
			return true;
	return false;
}

static unsigned count_kind(const struct expected *expected, unsigned n, unsigned kind)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct keyword *keyword = keyword_of_token(expected[i].token);

		count += keyword && keyword->kinds & kind;
	}
	return count;
}

/* Takes all keywords of these kinds out of the list. */
static unsigned drop_kind(struct expected *expected, unsigned n, unsigned kinds)
{
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct keyword *keyword = keyword_of_token(expected[i].token);

		if (!keyword || !(keyword->kinds & kinds))
			expected[left++] = expected[i];
	}
	return left;
}

/* Where every word is good as a name or key, the words are not worth listing. */
static unsigned drop_words(struct expected *expected, unsigned n)
{
	bool any_name = expects(expected, n, TOK_AND);
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		int token = expected[i].token;

		if (token == TOK_IDENT && !any_name)
			expected[i].name = "KEY=VALUE";
		if (keyword_of_token(token) && (any_name || (token != TOK_EXPECT && token != TOK_NOT)))
			continue;
		/* KEY=VALUE says it. */
		if (token != '=' || any_name)
			expected[left++] = expected[i];
	}
	return left;
}

static const char *add_expected(struct parser *parser, const char *list, const char *item, bool first, bool last)
{
	if (first)
		return item;
	return arena_printf(parser->arena, "%s%s%s", list, last ? " or " : ", ", item);
}

/*
 * "'from', 'to' or a name". Long families of words are named as such, by the
 * table of keywords: a clause, a protocol and, unless they are wanted one by one,
 * statements.
 */
static const char *list_expected(struct parser *parser, const struct expected *all, unsigned n, bool every_statement)
{
	struct expected expected[EXPECTED_MAX + 3];
	const char *list = "nothing";
	unsigned n_groups = 0, n_left = 0;
	const char *groups[3];

	for (unsigned i = 0; i < n; i++)
		if (all[i].token != TOK_SYNC && all[i].token != TOK_END)
			expected[n_left++] = all[i];
	if (expects(all, n, TOK_END))
		expected[n_left++] = (struct expected){ .token = TOK_END, .name = "the end of the text" };
	if (expects(expected, n_left, TOK_IDENT) && expects(expected, n_left, TOK_RULE))
		n_left = drop_words(expected, n_left);
	else if (expects(expected, n_left, TOK_IDENT))
		n_left = drop_kind(expected, n_left, KEYWORD_WEAK);
	if (!every_statement && count_kind(expected, n_left, KEYWORD_START) > 3) {
		n_left = drop_kind(expected, n_left, KEYWORD_STATEMENT);
		groups[n_groups++] = "a statement";
	}
	if (count_kind(expected, n_left, KEYWORD_CLAUSE) > 12) {
		groups[n_groups++] = expects(expected, n_left, TOK_LOG) ? "a clause" : "a match";
		n_left = drop_kind(expected, n_left, KEYWORD_CLAUSE);
	}
	if (count_kind(expected, n_left, KEYWORD_PROTOCOL) > 4) {
		n_left = drop_kind(expected, n_left, KEYWORD_PROTOCOL);
		groups[n_groups++] = "a protocol";
	}
	for (unsigned i = n_groups; i-- > 0;) {
		memmove(expected + 1, expected, n_left++ * sizeof(*expected));
		expected[0] = (struct expected){ .token = TOK_BAD, .name = groups[i] };
	}
	for (unsigned i = 0; i < n_left && i < LISTED_MAX; i++) {
		const char *name = expected[i].name;

		if (keyword_of_token(expected[i].token))
			name = arena_printf(parser->arena, "'%s'", name);
		list = add_expected(parser, list, name, !i, i + 1 == n_left);
	}
	return n_left > LISTED_MAX ? arena_printf(parser->arena, "%s and others", list) : list;
}

static const char *describe(struct parser *parser, const struct token *token)
{
	if (token->kind == TOK_STRING)
		return "a string";
	return quoted(parser, token->span.source->text + token->span.begin, token->span.end - token->span.begin);
}

/* The keyword that was meant. */
static const char *near_keyword(const struct token *token, const struct expected *expected, unsigned n)
{
	struct spell spell;

	if (token->kind != TOK_IDENT)
		return NULL;
	spell_init(&spell, token->name.text);
	for (unsigned i = 0; i < n; i++)
		if (keyword_of_token(expected[i].token))
			spell_offer(&spell, expected[i].name);
	return spell_best(&spell);
}

struct places {
	const struct expected *expected;
	unsigned n;
};

static bool wants(const void *context, int token)
{
	const struct places *places = context;

	return expects(places->expected, places->n, token);
}

/* 10.0.0.0/255.0.0.0 */
static const char *cure_of_mask(struct parser *parser, const char *text, size_t length)
{
	enum family family;
	unsigned bits = 0;
	u128 mask;

	if (!address_parse(text, length, &family, &mask) || family != FAMILY_V4)
		return NULL;
	/* Inverted, as access lists of routers have it. */
	if (mask && mask != u128_ones(32) && !(mask & (mask + 1)))
		mask ^= u128_ones(32);
	while (bits < 32 && mask >> (31 - bits) & 1)
		bits++;
	if ((mask & (u128_ones(32) >> bits)) != 0)
		return "a prefix has a length; a mask with holes cannot be written";
	return arena_printf(parser->arena, "a prefix has a length: write '/%u'", bits);
}

/* What another packet filter writes here, and what is written instead. */
static const char *cure_of(struct parser *parser, const struct token *token, const struct expected *expected, unsigned n)
{
	const char *text = token->span.source->text + token->span.begin;
	size_t length = token->span.end - token->span.begin;
	struct places places = { expected, n };

	/* '>' and ':' mean something else in a packet. */
	if (!token->kind || token->kind == TOK_STRING || parser->in_packet)
		return NULL;
	if (token->kind == TOK_ADDRESS && parser->before.kind == '/')
		return cure_of_mask(parser, text, length);
	return foreign_cure(text, length, wants, &places);
}

static void report_unknown(struct parser *parser, const struct token *token, const char *near)
{
	struct diag *diag = diag_report(parser->diags, CODE_UNKNOWN_WORD, token->span, "unknown word %s", describe(parser, token));

	diag_help(parser->diags, diag, "did you mean '%s'?", near);
}

/*
 * Behind the addresses of a packet any word can stand, as a key: that one does not
 * belong there shows only when no '=' follows.
 */
static void report_key(struct parser *parser, const struct token *word)
{
	struct diag *diag;
	struct spell spell;

	spell_init(&spell, word->name.text);
	spell_offer(&spell, "expect");
	if (spell_best(&spell)) {
		report_unknown(parser, word, "expect");
		return;
	}
	diag = diag_report(parser->diags, CODE_SYNTAX, word->span, "unexpected %s, expected KEY=VALUE%s", describe(parser, word),
			   parser->file ? " or 'expect'" : "");
	for (unsigned i = 0; i < AST_TCP_FLAGS; i++)
		if (!strcmp(word->name.text, ast_tcp_flag_names[i]))
			diag_help(parser->diags, diag, "flags are joined by commas: syn,ack");
}

static bool is_icmp(int token)
{
	return token == TOK_ICMP || token == TOK_ICMP4 || token == TOK_ICMP6;
}

/* A code alone means nothing: each type has its own. */
static void report_code(struct parser *parser, const struct token *code, const char *protocol)
{
	struct diag *diag = diag_report(parser->diags, CODE_SYNTAX, code->span, "a code needs a type before it");

	diag_help(parser->diags, diag, "each type has codes of its own, as in `%s destination-unreachable code 1`",
		  protocol);
}

/* A '{' of a body and not of a list: those can have a 'not' or a protocol in its place. */
static bool expects_body(const struct expected *expected, unsigned n)
{
	return expects(expected, n, '{') && !expects(expected, n, TOK_NOT) && !expects(expected, n, TOK_TCP);
}

void syntax_report(struct parser *parser, const struct expected *expected, unsigned n)
{
	const struct token *token = &parser->last, *before = &parser->before;
	const struct keyword *keyword = keyword_of_token(token->kind);
	bool at_line = before->span.source && token_begins_line(token, before);
	struct span end = { before->span.source, before->span.end, before->span.end };
	bool is_statement = keyword && keyword->kinds & KEYWORD_STATEMENT;
	struct diags *diags = parser->diags;
	const char *near, *list, *cure;
	struct diag *diag;

	parser->recovering = true;
	if (is_noise(parser))
		return;
	if (is_over_limit(diags)) {
		diag_report(diags, CODE_SYNTAX, token->span, "counted only");
		return;
	}
	cure = cure_of(parser, token, expected, n);
	near = near_keyword(token, expected, n);
	if (near && !cure) {
		report_unknown(parser, token, near);
		return;
	}
	if (n == 1 && expected[0].token == '=' && before->span.source && before->name.text && parser->in_packet) {
		report_key(parser, before);
		return;
	}
	if (token->kind == TOK_CODE && is_icmp(before->kind)) {
		report_code(parser, token, before->name.text);
		return;
	}
	if (expects(expected, n, ';') && (!token->kind || token->kind == '}' || at_line)) {
		diag_report(diags, CODE_MISSING_SEMICOLON, end, "';' is missing at the end of the statement");
		return;
	}
	if (expects_body(expected, n) && at_line && token->kind && token->kind != ';' && token->kind != '}') {
		diag_report(diags, CODE_SYNTAX, end, "'{' is missing");
		parser->missing_body = true;
		return;
	}
	if (keyword && !(keyword->kinds & KEYWORD_WEAK) && expects(expected, n, TOK_IDENT)) {
		diag = diag_report(diags, CODE_RESERVED_WORD, token->span, "'%s' is a word of the language, not a name",
				   keyword->word);
		diag_help(diags, diag, "expected here: %s", list_expected(parser, expected, n, false));
		return;
	}
	if (is_statement && count_kind(expected, n, KEYWORD_START) > 0) {
		diag = diag_report(diags, CODE_SYNTAX, token->span, "'%s' does not belong here", keyword->word);
		diag_help(diags, diag, "expected here: %s", list_expected(parser, expected, n, true));
		return;
	}
	list = list_expected(parser, expected, n, false);
	if (!token->kind) {
		diag_report(diags, CODE_SYNTAX, token->span, "the text ends here, expected %s", list);
		return;
	}
	diag = diag_report(diags, CODE_SYNTAX, token->span, "unexpected %s, expected %s", describe(parser, token), list);
	if (cure)
		diag_help(diags, diag, "%s", cure);
}
