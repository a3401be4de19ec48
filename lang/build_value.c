/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Constructors of flags, rates, amounts and text made of pieces. */
#include "build.h"
#include "spell.h"

#include <inttypes.h>
#include <string.h>

#define SECOND_NS 1000000000ull

struct flag_set build_flags(struct parser *parser, struct flag_set flags, struct ast_name name)
{
	struct spell spell;
	struct diag *diag;

	flags.span = span_join(flags.span, name.span);
	if (!strcmp(name.text, "none"))
		return flags;
	if (!strcmp(name.text, "all")) {
		flags.bits = 0xff;
		return flags;
	}
	spell_init(&spell, name.text);
	spell_offer(&spell, "none");
	spell_offer(&spell, "all");
	for (unsigned i = 0; i < AST_TCP_FLAGS; i++) {
		if (!strcmp(name.text, ast_tcp_flag_names[i])) {
			flags.bits |= (uint8_t)(1u << i);
			return flags;
		}
		spell_offer(&spell, ast_tcp_flag_names[i]);
	}
	diag = diag_report(parser->diags, CODE_BAD_FLAG, name.span, "'%s' is not a TCP flag", name.text);
	if (spell_best(&spell))
		diag_help(parser->diags, diag, "did you mean '%s'?", spell_best(&spell));
	else
		diag_help(parser->diags, diag, "the flags are fin syn rst psh ack urg ece cwr, and the words none and all");
	return flags;
}

struct ast_rate build_rate(struct parser *parser, struct quantity amount, struct ast_name period, struct span span)
{
	struct ast_rate rate = { .span = span, .unit = amount.unit, .amount = amount.amount, .period_ns = SECOND_NS };

	if (!strcmp(period.text, "m"))
		rate.period_ns = 60 * SECOND_NS;
	else if (!strcmp(period.text, "h"))
		rate.period_ns = 3600 * SECOND_NS;
	else if (strcmp(period.text, "s"))
		diag_report(parser->diags, CODE_MALFORMED_RATE, period.span,
			    "a rate is so much a second, minute or hour: /s, /m or /h, not /%s", period.text);
	return rate;
}

struct ast_rate build_burst(struct parser *parser, struct ast_rate rate, struct quantity burst, struct span span)
{
	if (rate.has_burst)
		diag_report(parser->diags, CODE_TWICE, span, "'burst' is given twice");
	if (burst.unit == AST_RATE_BITS)
		diag_report(parser->diags, CODE_MALFORMED_RATE, burst.span, "a burst is in bytes, not bits");
	else if (burst.unit == AST_RATE_BYTES && rate.unit == AST_RATE_PACKETS)
		diag_report(parser->diags, CODE_MALFORMED_RATE, burst.span, "this rate counts packets, so its burst does");
	rate.span = span_join(rate.span, span);
	rate.span = span_join(rate.span, burst.span);
	rate.has_burst = true;
	rate.burst = burst.amount;
	return rate;
}

struct ast_rate build_per(struct parser *parser, struct ast_rate rate, struct key_list keys, struct span span)
{
	if (rate.keys)
		diag_report(parser->diags, CODE_TWICE, span, "'per' is given twice");
	rate.span = span_join(rate.span, span_join(span, keys.last->span));
	rate.keys = keys.first;
	return rate;
}

struct ast_rate build_distinct(struct parser *parser, struct ast_rate rate, enum ast_distinct distinct, struct span span)
{
	if (rate.distinct)
		diag_report(parser->diags, CODE_TWICE, span, "'distinct' is given twice");
	rate.span = span_join(rate.span, span);
	rate.distinct = distinct;
	rate.distinct_span = span;
	return rate;
}

struct ast_rate build_rate_max(struct parser *parser, struct ast_rate rate, uint64_t max, struct span span)
{
	if (rate.has_max)
		diag_report(parser->diags, CODE_TWICE, span, "'max' is given twice");
	rate.span = span_join(rate.span, span);
	rate.has_max = true;
	rate.max = max;
	rate.max_span = span;
	return rate;
}

struct ast_key *build_key(struct parser *parser, enum ast_key_kind kind, struct span span)
{
	struct ast_key *key = ARENA_NEW(parser->arena, struct ast_key);

	*key = (struct ast_key){ .kind = kind, .span = span, .prefix4 = 32, .prefix6 = 128 };
	return key;
}

/* For one prefix given for IPv4, IPv6 goes by the network that a site gets. */
#define KEY_PREFIX6 56

struct ast_key *build_key_prefix(struct parser *parser, struct ast_key *key, uint64_t prefix4, struct span span4)
{
	if (prefix4 > 32)
		diag_report(parser->diags, CODE_MALFORMED_RATE, span4, "the first prefix length is that of IPv4, at most 32");
	else
		key->prefix4 = (unsigned)prefix4;
	key->has_prefix4 = true;
	key->prefix6 = KEY_PREFIX6;
	return key;
}

struct ast_key *build_key_prefix6(struct parser *parser, struct ast_key *key, uint64_t prefix6, struct span span6)
{
	if (prefix6 > 128)
		diag_report(parser->diags, CODE_MALFORMED_RATE, span6, "the second prefix length is that of IPv6, at most 128");
	else
		key->prefix6 = (unsigned)prefix6;
	key->has_prefix6 = true;
	return key;
}

struct key_list build_keys(struct key_list list, struct ast_key *key)
{
	if (list.last)
		list.last->next = key;
	else
		list.first = key;
	list.last = key;
	return list;
}

uint64_t build_ratio(struct parser *parser, uint64_t numerator, uint64_t denominator, struct span span)
{
	if (numerator != 1 || !denominator) {
		diag_report(parser->diags, CODE_MALFORMED_RATE, span, "a sample is one of so many: 1/N, with N at least 1");
		return 1;
	}
	return denominator;
}

uint64_t build_bytes(struct parser *parser, struct quantity amount)
{
	if (amount.unit == AST_RATE_BITS)
		diag_report(parser->diags, CODE_BAD_NUMBER, amount.span, "memory is counted in bytes, not bits");
	return amount.amount;
}

struct pieces build_piece(struct parser *parser, struct pieces before, const char *text, struct span span)
{
	struct piece *piece = ARENA_NEW(parser->arena, struct piece);

	piece->text = text;
	return build_join(before, (struct pieces){ .first = piece, .last = piece, .span = span });
}

struct pieces build_join(struct pieces a, struct pieces b)
{
	if (!a.first)
		return b;
	a.last->next = b.first;
	a.last = b.last;
	a.span = span_join(a.span, b.span);
	return a;
}

const char *build_joined(struct parser *parser, struct pieces pieces)
{
	size_t length = 0;
	char *text, *at;

	for (const struct piece *piece = pieces.first; piece; piece = piece->next)
		length += strlen(piece->text);
	text = at = arena_alloc(parser->arena, length + 1);
	for (const struct piece *piece = pieces.first; piece; piece = piece->next)
		at = stpcpy(at, piece->text);
	return text;
}

const char *build_quoted(struct parser *parser, const char *text)
{
	char *quoted_text = arena_array(parser->arena, strlen(text) + 2, 2), *at = quoted_text;

	*at++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*at++ = '\\';
		*at++ = *text;
	}
	*at = '"';
	return quoted_text;
}

const char *build_decimal(struct parser *parser, uint64_t number)
{
	return arena_printf(parser->arena, "%" PRIu64, number);
}
