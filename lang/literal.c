/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The values of tokens: names, numbers with their units, dates, strings. */
#include "build.h"
#include "grammar.h"
#include "keywords.h"
#include "utf8.h"

#include <inttypes.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The nearest name in the language's spelling: lower case, '-' for '_'. */
static char *normalise(struct parser *parser, const char *text, size_t length)
{
	char *name = arena_strndup(parser->arena, text, length);

	for (char *at = name; *at; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
		else if (*at == '_')
			*at = '-';
	}
	while (*name == '-')
		name++;
	return name;
}

int literal_word(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value)
{
	const struct keyword *keyword;
	struct diag *diag;
	char *name;

	name = normalise(parser, text, length);
	if (!*name) {
		diag_report(parser->diags, CODE_BAD_NAME, span, "%s is not a name", quoted(parser, text, length));
		return TOK_BAD;
	}
	/* A name all the same, so that what is behind it is not taken for broken, too. */
	if (length > NAME_MAX_LENGTH) {
		diag_report(parser->diags, CODE_BAD_NAME, span, "the name %s has %zu characters, more than %d",
			    quoted(parser, text, length), length, NAME_MAX_LENGTH);
		value->name = (struct ast_name){ .text = name, .span = span };
		return TOK_IDENT;
	}
	keyword = keyword_find(name, strlen(name));
	if (strlen(name) != length || memcmp(name, text, length)) {
		diag = diag_report(parser->diags, CODE_BAD_NAME, span, keyword ? "words are in lower case" :
				   "names are made of lower-case letters, digits and '-', and begin with a letter");
		diag_help(parser->diags, diag, "write '%s'", name);
	}
	value->name = (struct ast_name){ .text = name, .span = span };
	return keyword ? keyword->token : TOK_IDENT;
}

/* The digits at the beginning of `text`; *used is their length. */
static bool read_digits(const char *text, size_t length, size_t *used, uint64_t *number)
{
	size_t i;

	*number = 0;
	for (i = 0; i < length && (is_digit(text[i]) || text[i] == '_'); i++) {
		if (text[i] == '_')
			continue;
		if (__builtin_mul_overflow(*number, 10, number) || __builtin_add_overflow(*number, (uint64_t)(text[i] - '0'), number))
			return false;
	}
	*used = i;
	return true;
}

static bool well_separated(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '_' && (i + 1 == length || !is_digit(text[i + 1])))
			return false;
	return true;
}

struct unit {
	const char *word;
	uint64_t factor;
	enum ast_rate_unit unit; /* AST_RATE_PACKETS: a time, in nanoseconds */
};

static const struct unit units[] = {
	{ "ms", 1000000ull, AST_RATE_PACKETS },
	{ "s", 1000000000ull, AST_RATE_PACKETS },
	{ "m", 60 * 1000000000ull, AST_RATE_PACKETS },
	{ "h", 3600 * 1000000000ull, AST_RATE_PACKETS },
	{ "d", 86400 * 1000000000ull, AST_RATE_PACKETS },
	{ "bit", 1, AST_RATE_BITS },
	{ "kbit", 1000, AST_RATE_BITS },
	{ "mbit", 1000000, AST_RATE_BITS },
	{ "gbit", 1000000000, AST_RATE_BITS },
	{ "byte", 1, AST_RATE_BYTES },
	{ "kbyte", 1000, AST_RATE_BYTES },
	{ "mbyte", 1000000, AST_RATE_BYTES },
	{ "gbyte", 1000000000, AST_RATE_BYTES },
};

static const struct unit *find_unit(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].word) == length && !memcmp(units[i].word, word, length))
			return &units[i];
	return NULL;
}

/* A number that is wrong stands as 0, and the policy does not compile. */
static int wrong_number(union GRAMMAR_STYPE *value)
{
	value->number = 0;
	return TOK_NUMBER;
}

int literal_number(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value)
{
	const struct unit *unit;
	uint64_t number;
	size_t used;

	if (!read_digits(text, length, &used, &number)) {
		diag_report(parser->diags, CODE_BAD_NUMBER, span, "%s is too big: the greatest number is %" PRIu64,
			    quoted(parser, text, length), UINT64_MAX);
		return wrong_number(value);
	}
	if (!well_separated(text, used)) {
		diag_report(parser->diags, CODE_BAD_NUMBER, span, "'_' stands between two digits");
		return wrong_number(value);
	}
	if (used == length) {
		value->number = number;
		return TOK_NUMBER;
	}
	unit = find_unit(text + used, length - used);
	if (!unit) {
		struct diag *diag = diag_report(parser->diags, CODE_BAD_NUMBER, span, "%s is neither a number nor a name",
						quoted(parser, text, length));

		diag_help(parser->diags, diag, "units of time are ms s m h d, of amounts bit kbit mbit gbit byte kbyte mbyte gbyte; "
			  "a name begins with a letter");
		return TOK_BAD;
	}
	if (__builtin_mul_overflow(number, unit->factor, &number)) {
		diag_report(parser->diags, CODE_BAD_NUMBER, span, "%s is too big", quoted(parser, text, length));
		number = unit->factor;
	}
	if (unit->unit == AST_RATE_PACKETS) {
		value->number = number;
		return TOK_DURATION;
	}
	value->quantity = (struct quantity){ .amount = number, .unit = unit->unit, .span = span };
	return TOK_QUANTITY;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar from year 1 on. */
static uint64_t days_since_1970(uint64_t year, uint64_t month, uint64_t day)
{
	/* The year is taken to begin in March, so that the leap day ends it. */
	uint64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static unsigned days_of_month(uint64_t year, uint64_t month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

int literal_date(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value)
{
	uint64_t year, month, day;
	size_t used;

	value->number = 0;
	/* The lexer has seen that these are digits with two dashes. */
	if (length != strlen("2027-12-31") || text[4] != '-' || text[7] != '-') {
		diag_report(parser->diags, CODE_BAD_DATE, span, "dates are written YYYY-MM-DD");
		return TOK_DATE;
	}
	read_digits(text, 4, &used, &year);
	read_digits(text + 5, 2, &used, &month);
	read_digits(text + 8, 2, &used, &day);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) {
		diag_report(parser->diags, CODE_BAD_DATE, span, "there is no %.*s%s", (int)length, text,
			    year < 1970 ? ": dates begin with 1970" : " in the calendar");
		return TOK_DATE;
	}
	value->number = days_since_1970(year, month, day);
	return TOK_DATE;
}

int literal_string(struct parser *parser, const char *text, size_t length, struct span span, union GRAMMAR_STYPE *value)
{
	char *out;

	/* Without the quotes. */
	text++;
	length -= 2;
	value->name = (struct ast_name){ .text = "", .span = span };
	if (length > STRING_MAX_LENGTH) {
		diag_report(parser->diags, CODE_BAD_STRING, span, "this string has %zu bytes, more than %d", length,
			    STRING_MAX_LENGTH);
		return TOK_STRING;
	}
	out = arena_alloc(parser->arena, length + 1);
	value->name.text = out;
	for (size_t i = 0; i < length;) {
		size_t bytes = utf8_length(text + i, length - i);

		if (!bytes || (unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			struct span at = { span.source, span.begin + 1 + (uint32_t)i, span.begin + 2 + (uint32_t)i };

			diag_report(parser->diags, CODE_BAD_STRING, at, "byte 0x%02x in a string: strings are printable UTF-8 text",
				    (unsigned char)text[i]);
			return TOK_STRING;
		}
		if (text[i] == '\\') {
			struct span at = { span.source, span.begin + 1 + (uint32_t)i, span.begin + 3 + (uint32_t)i };

			if (text[++i] != '"' && text[i] != '\\') {
				diag_report(parser->diags, CODE_BAD_STRING, at,
					    "in a string '\\' stands only before '\"' and '\\'");
				return TOK_STRING;
			}
		}
		memcpy(out, text + i, bytes);
		out += bytes;
		i += bytes;
	}
	return TOK_STRING;
}
