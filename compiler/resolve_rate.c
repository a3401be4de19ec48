/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rates: that they mean something, and that the limiter's arithmetic holds them (docs/state.md). */
#include "resolver.h"

#include <inttypes.h>

/* A limiter counts in sixteenths of a nanosecond. */
#define TICKS_NS 16u
/* Of a tolerance, and of one packet: with the time of day added to it, it still fits into 64 bits. */
#define TICKS_MAX ((u128)1 << 62)
/* The longest IP packet: one of IPv6, whose header does not count in its length. */
#define PACKET_BYTES_MAX (40u + 65535u)

#define RATE_MAX_KEYS_LIMIT 0x4000000u

static const char *const distinct_words[] = {
	[DISTINCT_PORT] = "port",
	[DISTINCT_SRC] = "src",
	[DISTINCT_DST] = "dst",
};

static void check_key(struct resolver *r, const struct ast_key *keys, const struct ast_key *key)
{
	for (const struct ast_key *other = keys; other != key; other = other->next) {
		struct diag *diag;

		if (other->kind != key->kind)
			continue;
		diag = diag_report(r->diags, CODE_BAD_RATE, key->span, "this key is named twice");
		diag_note(r->diags, diag, other->span, "first named here");
	}
}

/* What comes in one second, so that a rate alone is a smooth one. */
static uint64_t default_burst(const struct ast_rate *rate)
{
	u128 burst = (u128)rate->amount * 1000000000u / rate->period_ns;

	if (rate->unit == AST_RATE_BITS)
		burst /= 8;
	if (burst > UINT64_MAX)
		return UINT64_MAX;
	return burst ? (uint64_t)burst : 1;
}

/* Does a packet with this key have one value of what is counted, whatever else it is? */
static bool key_fixes(const struct ast_key *key, enum distinct distinct)
{
	bool whole = key->prefix4 == family_bits(FAMILY_V4) && key->prefix6 == family_bits(FAMILY_V6);

	switch (key->kind) {
	case AST_KEY_SRC:
		return distinct == DISTINCT_SRC && whole;
	case AST_KEY_DST:
		return distinct == DISTINCT_DST && whole;
	case AST_KEY_PORT:
		return distinct == DISTINCT_PORT;
	case AST_KEY_FLOW:
		return true;
	}
	return false;
}

/* `distinct` counts values and not packets, in windows and not by a bucket. */
static void check_distinct(struct resolver *r, const struct ast_rate *ast, enum distinct distinct)
{
	const char *word = distinct_words[distinct];
	struct diag *diag;

	if (ast->unit != AST_RATE_PACKETS)
		diag_report(r->diags, CODE_BAD_RATE, ast->span,
			    "'distinct %s' counts values, so the rate is a plain number such as 20/m", word);
	else if (ast->amount > RATE_MAX_DISTINCT)
		diag_report(r->diags, CODE_BAD_RATE, ast->span, "'distinct' counts up to %u different values",
			    RATE_MAX_DISTINCT);
	if (ast->has_burst)
		diag_report(r->diags, CODE_BAD_RATE, ast->span,
			    "'distinct' has no burst: it counts in windows of the period");
	if (!ast->keys) {
		diag = diag_report(r->diags, CODE_BAD_RATE, ast->distinct_span,
				   "'distinct %s' needs a key whose values it counts", word);
		diag_help(r->diags, diag, "for example 'distinct %s per %s'", word,
			  distinct == DISTINCT_SRC ? "dst" : "src");
	}
	for (const struct ast_key *key = ast->keys; key; key = key->next)
		if (key_fixes(key, distinct))
			diag_report(r->diags, CODE_BAD_RATE, key->span,
				    "packets with this key in common have one %s: there is nothing to count", word);
}

static void check_max(struct resolver *r, const struct ast_rate *ast)
{
	if (!ast->has_max)
		return;
	if (!ast->keys)
		diag_report(r->diags, CODE_BAD_RATE, ast->max_span,
			    "'max' is how many keys there may be, and this rate has none: say 'per' what");
	else if (!ast->max || ast->max > RATE_MAX_KEYS_LIMIT)
		diag_report(r->diags, CODE_OUT_OF_RANGE, ast->max_span, "max %" PRIu64 " is out of range: 1 to %u",
			    ast->max, RATE_MAX_KEYS_LIMIT);
}

static void check_arithmetic(struct resolver *r, const struct ast_rate *ast, const struct rate *rate)
{
	u128 period = (u128)ast->period_ns * TICKS_NS * (ast->unit == AST_RATE_BITS ? 8 : 1);
	uint64_t most = rate->burst;
	struct diag *diag;

	if (ast->unit == AST_RATE_PACKETS && period < ast->amount) {
		diag = diag_report(r->diags, CODE_BAD_RATE, ast->span,
				   "more than one packet in a sixteenth of a nanosecond: no limiter is that fast");
		diag_help(r->diags, diag, "the highest rate is %" PRIu64 " packets in this period", (uint64_t)period);
		return;
	}
	if (ast->unit != AST_RATE_PACKETS && most < PACKET_BYTES_MAX)
		most = PACKET_BYTES_MAX;
	if ((u128)most * period / ast->amount < TICKS_MAX)
		return;
	if (most != rate->burst) {
		diag_report(r->diags, CODE_BAD_RATE, ast->span,
			    "this rate is too slow for the limiter: one packet could take years");
		return;
	}
	diag = diag_report(r->diags, CODE_BAD_RATE, ast->span,
			   "at this rate the burst takes years to come back, more than the limiter can count");
	diag_help(r->diags, diag, "the highest burst at this rate is %" PRIu64,
		  (uint64_t)((TICKS_MAX - 1) * ast->amount / period));
}

void resolve_rate(struct resolver *r, const struct ast_rate *ast, struct rate *rate)
{
	if (!ast->amount || !ast->period_ns) {
		diag_report(r->diags, CODE_BAD_RATE, ast->span, "a rate of nothing: that is deny, without a rate");
		return;
	}
	if (ast->has_burst && !ast->burst)
		diag_report(r->diags, CODE_BAD_RATE, ast->span, "with a burst of nothing no packet conforms");
	for (const struct ast_key *key = ast->keys; key; key = key->next)
		check_key(r, ast->keys, key);
	rate->unit = ast->unit;
	rate->amount = ast->amount;
	rate->period_ns = ast->period_ns;
	rate->keys = ast->keys;
	rate->distinct = (enum distinct)ast->distinct;
	rate->max = ast->has_max ? ast->max : ast->keys ? RATE_MAX_KEYS : 1;
	check_max(r, ast);
	if (ast->distinct) {
		check_distinct(r, ast, rate->distinct);
		return;
	}
	rate->burst = ast->has_burst ? ast->burst : default_burst(ast);
	check_arithmetic(r, ast, rate);
}
