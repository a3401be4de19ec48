/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The findings of `sentryc check` against what was counted out. */
#include "oracle.h"

#include <stdarg.h>
#include <string.h>

enum { NOTES_MAX = 8 }; /* so many related rules are listed */

struct check {
	struct policy *policy;
	enum flip flip;
	struct answers answers;
	struct tally *tally;
	struct verdict_text *why;
	uint64_t dead, redundant, crossing, failed, empty; /* what was found, by bit */
};

static bool differs(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool differs(struct check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(check->why->text, sizeof(check->why->text), format, args);
	va_end(args);
	return false;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const struct rule *rule_at(const struct policy *policy, json_int_t line, const struct block **block)
{
	for (unsigned b = 0; b < policy->n_blocks; b++)
		for (unsigned i = 0; i < policy->blocks[b].n; i++)
			if (policy->blocks[b].rules[i].line == line) {
				*block = &policy->blocks[b];
				return &policy->blocks[b].rules[i];
			}
	return NULL;
}

static const struct assertion *assertion_at(const struct policy *policy, json_int_t line)
{
	for (unsigned i = 0; i < policy->n_asserts; i++)
		if (policy->asserts[i].line == line)
			return &policy->asserts[i];
	return NULL;
}

static uint64_t packet_matches(const struct policy *policy, const struct packet *packet, const struct world *world)
{
	uint64_t matches = 0;

	for (unsigned b = 0; b < policy->n_blocks; b++)
		for (unsigned i = 0; i < policy->blocks[b].n; i++) {
			const struct rule *rule = &policy->blocks[b].rules[i];

			matches |= (uint64_t)match_holds(policy, &rule->match, packet, world) << rule->bit;
		}
	for (unsigned i = 0; i < policy->n_asserts; i++)
		matches |= (uint64_t)match_holds(policy, &policy->asserts[i].match, packet, world)
			   << policy->asserts[i].bit;
	return matches;
}

static bool read_witness(struct check *check, const json_t *finding, struct world *world, uint64_t *matches)
{
	struct packet packet;

	if (!witness_read(check->policy, text_of(finding, "witness"), text_of(finding, "when"), &packet, world))
		return differs(check, "witness '%s' when '%s' cannot be read", text_of(finding, "witness"),
			       text_of(finding, "when"));
	if (!packet_possible(&packet))
		return differs(check, "witness '%s' is no possible packet", text_of(finding, "witness"));
	check->tally->witnesses++;
	*matches = packet_matches(check->policy, &packet, world);
	/* The packet read field by field, and the classes: two ways that must lead to the same. */
	for (unsigned i = 0; i < MAX_BITS; i++)
		if (*matches >> i & 1 && *matches & ~check->answers.meets[i])
			return differs(check, "the oracle contradicts itself about witness '%s'",
				       text_of(finding, "witness"));
	return true;
}

static bool check_failed(struct check *check, const json_t *finding, const struct assertion *assertion)
{
	const struct block *block = &check->policy->blocks[assertion->block];
	struct world world;
	uint64_t matches;

	check->failed |= 1ull << assertion->bit;
	if (!read_witness(check, finding, &world, &matches))
		return false;
	if (!(matches >> assertion->bit & 1))
		return differs(check, "assert a%u: its witness '%s' is not what it describes", assertion->id,
			       text_of(finding, "witness"));
	if (assertion->under_limits && world.exceeded)
		return differs(check, "assert a%u: its witness exceeds a rate", assertion->id);
	if (block_walk(block, matches, world.exceeded, NULL).verdict == assertion->verdict)
		return differs(check, "assert a%u: its witness '%s' when '%s' gets the right verdict", assertion->id,
			       text_of(finding, "witness"), text_of(finding, "when"));
	return true;
}

static uint64_t related_bits(const struct block *block, const json_t *finding)
{
	const json_t *related = json_object_get(finding, "related");
	uint64_t bits = 0;

	for (size_t i = 0; i < json_array_size(related); i++) {
		const char *name = text_of(json_array_get(related, i), "rule");
		char text[16];

		for (unsigned j = 0; name && j < block->n; j++)
			if (!strcmp(rule_name(&block->rules[j], text), name))
				bits |= 1ull << block->rules[j].bit;
	}
	return bits;
}

static bool check_crossing(struct check *check, const json_t *finding, const struct block *block,
			   const struct rule *rule)
{
	uint64_t expected = rule_crosses(&check->answers, block, rule), found = related_bits(block, finding), matches;
	int n = __builtin_popcountll(expected);
	const char *severity = text_of(finding, "severity");
	const struct rule *decider;
	struct world world;

	check->crossing |= 1ull << rule->bit;
	if (found & ~expected || __builtin_popcountll(found) != (n < NOTES_MAX ? n : NOTES_MAX))
		return differs(check, "rule r%u crosses rules (by bit) %#llx, not %#llx", rule->id,
			       (unsigned long long)expected, (unsigned long long)found);
	if (!severity || strcmp(severity, check->policy->strict ? "error" : "note"))
		return differs(check, "rule r%u: crossing is of severity %s", rule->id, severity);
	if (!text_of(finding, "witness"))
		return true;
	if (!read_witness(check, finding, &world, &matches))
		return false;
	decider = block_walk(block, matches, world.exceeded, NULL).rule;
	if (!(matches >> rule->bit & 1) || !decider || !(expected >> decider->bit & 1))
		return differs(check, "rule r%u: witness '%s' when '%s' is not of both rules, or not decided by the first",
			       rule->id, text_of(finding, "witness"), text_of(finding, "when"));
	return true;
}

static bool check_finding(struct check *check, const json_t *finding)
{
	const char *code = text_of(finding, "code");
	json_int_t line = json_integer_value(json_object_get(finding, "line"));
	const struct assertion *assertion = assertion_at(check->policy, line);
	const struct block *block = NULL;
	const struct rule *rule = rule_at(check->policy, line, &block);

	if (!code)
		return differs(check, "a finding without a code");
	if (!strncmp(code, "E05", 3)) /* what this release cannot compile yet is no matter here */
		return true;
	if (!strcmp(code, "E0405") && assertion)
		return check_failed(check, finding, assertion);
	if (!strcmp(code, "E0408") && assertion)
		check->empty |= 1ull << assertion->bit;
	else if (!strcmp(code, "E0401") && rule)
		check->dead |= 1ull << rule->bit;
	else if (!strcmp(code, "E0402") && rule)
		check->redundant |= 1ull << rule->bit;
	else if (!strcmp(code, "E0403") && rule)
		return check_crossing(check, finding, block, rule);
	else
		return differs(check, "unexpected %s in line %d: %s", code, (int)line, text_of(finding, "message"));
	return true;
}

static bool same(struct check *check, const char *name, unsigned id, const char *what, bool expected, bool found)
{
	if (expected == found)
		return true;
	return differs(check, "%s%u: %s, but sentryc says %s", name, id, expected ? what : "no finding of this kind",
		       found ? what : "nothing of it");
}

static bool check_rule(struct check *check, const struct block *block, const struct rule *rule)
{
	struct tally *tally = check->tally;
	bool first = rule == &check->policy->blocks[0].rules[0];
	bool dead = rule_is_dead(&check->answers, rule) != (first && check->flip == FLIP_DEAD);
	bool redundant = rule_is_redundant(&check->answers, rule) != (first && check->flip == FLIP_REDUNDANT);
	bool crosses = !!rule_crosses(&check->answers, block, rule) != (first && check->flip == FLIP_CROSS);

	tally->dead += dead;
	tally->redundant += redundant;
	tally->crossing += crosses;
	return same(check, "rule r", rule->id, "dead", dead, check->dead >> rule->bit & 1) &&
	       same(check, "rule r", rule->id, "redundant", redundant, check->redundant >> rule->bit & 1) &&
	       same(check, "rule r", rule->id, "crossing", crosses, check->crossing >> rule->bit & 1);
}

static bool check_assertion(struct check *check, const struct assertion *assertion)
{
	struct tally *tally = check->tally;
	uint64_t bit = 1ull << assertion->bit;
	bool empty = !(check->answers.matched & bit);
	bool failed = !!(check->answers.failed & bit) != (!assertion->id && check->flip == FLIP_ASSERT);

	tally->asserts++;
	tally->empty += empty;
	tally->failed += failed;
	return same(check, "assert a", assertion->id, "about no packet", empty, !!(check->empty & bit)) &&
	       same(check, "assert a", assertion->id, "failed", failed, !!(check->failed & bit));
}

bool compare_check(struct policy *policy, const char *file, const json_t *findings, enum flip flip,
		   struct tally *tally, struct verdict_text *why)
{
	struct check check = { .policy = policy, .flip = flip, .tally = tally, .why = why };

	expect_answers(policy, &check.answers);
	tally->policies++;
	tally->points += check.answers.points;
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);
		const char *name = text_of(finding, "file");

		if (!name)
			return differs(&check, "a finding without a file: %s", text_of(finding, "message"));
		if (!strcmp(name, file) && !check_finding(&check, finding))
			return false;
	}
	for (unsigned b = 0; b < policy->n_blocks; b++)
		for (unsigned i = 0; i < policy->blocks[b].n; i++)
			if (!check_rule(&check, &policy->blocks[b], &policy->blocks[b].rules[i]))
				return false;
	for (unsigned i = 0; i < policy->n_asserts; i++)
		if (!check_assertion(&check, &policy->asserts[i]))
			return false;
	return true;
}
