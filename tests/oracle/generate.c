/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Random policies that the resolver takes, over a few values of each field so that rules
 * meet. A policy uses a random part of the language. Rules that would be refused as
 * impossible (ports of a later fragment, addresses of two IP versions) are not made.
 */
#include "oracle.h"

#include <string.h>

const char *const kind_names[] = { "mixed", "addresses", "ports", "icmp", "flags", "link", "sizes", "dynamic", NULL };

struct features features_choose(struct random *random, const char *kind, int version)
{
	unsigned versions = random_below(random, 3);
	struct features features = {
		.versions = { version != 6 && (version == 4 || versions != 1), version != 4 && (version == 6 || versions != 0) },
	};
	bool mixed = !strcmp(kind, "mixed");
	bool dynamic = !strcmp(kind, "dynamic"), sizes = !strcmp(kind, "sizes");

	features.ports = mixed ? random_chance(random, 60) : !strcmp(kind, "ports") || random_chance(random, 30);
	features.flags = !strcmp(kind, "flags") || (mixed && random_chance(random, 30));
	features.icmp = !strcmp(kind, "icmp") || (mixed && random_chance(random, 30));
	features.vlan = !strcmp(kind, "link") || (mixed && random_chance(random, 25));
	features.fragment = !strcmp(kind, "link") || (mixed && random_chance(random, 30)) ||
			    (sizes && random_chance(random, 60));
	features.length = sizes || (mixed && random_chance(random, 20));
	features.ttl = (sizes && random_chance(random, 50)) || (mixed && random_chance(random, 20));
	features.dscp = (sizes && random_chance(random, 50)) || (mixed && random_chance(random, 20));
	features.state = dynamic ? random_chance(random, 60) : mixed && random_chance(random, 20);
	features.sets = dynamic ? random_chance(random, 60) : mixed && random_chance(random, 20);
	features.limits = dynamic ? random_chance(random, 80) : mixed && random_chance(random, 20);
	features.samples = dynamic ? random_chance(random, 50) : random_chance(random, 20);
	features.nets = random_chance(random, 50);
	return features;
}

/* Addresses: four of each side. */
static u128 pool_start(int side, int version)
{
	if (version == V4)
		return side == SRC ? 0x0a000000 : 0x0a000100;
	return (u128)0x20010db800000000 << 64 | (side == SRC ? 0 : (u128)1 << 32);
}

static struct literal random_literal(struct random *random, int side, int version, bool net)
{
	u128 start = pool_start(side, version);
	unsigned a = random_below(random, 4), b = random_below(random, 4);
	struct literal literal = { .version = version, .prefix = -1 };
	int bits = version == V4 ? 32 : 128;

	switch (random_below(random, net ? 4 : 5)) {
	case 0:
		literal.prefix = bits - 2;
		literal.range = (struct range){ start, start + 3 };
		break;
	case 1:
		literal.prefix = bits - 1;
		literal.range = (struct range){ start + (a & 2), start + (a & 2) + 1 };
		break;
	case 2:
		literal.range = (struct range){ start + (a < b ? a : b), start + (a < b ? b : a) };
		break;
	case 4:
		/* Wide: reaches far beyond the four. */
		if (random_chance(random, 30)) {
			literal.prefix = version == V4 ? 8 : 32;
			literal.range.lo = start & ~(((u128)1 << (bits - literal.prefix)) - 1);
			literal.range.hi = literal.range.lo | (((u128)1 << (bits - literal.prefix)) - 1);
			break;
		}
		/* fallthrough */
	default:
		literal.range = (struct range){ start + a, start + a };
	}
	return literal;
}

static unsigned random_literals(struct random *random, int side, const bool versions[N_VERSIONS], bool net,
				struct literal *out)
{
	unsigned n = 0, more = random_below(random, 3);

	for (int version = 0; version < N_VERSIONS; version++)
		if (versions[version])
			out[n++] = random_literal(random, side, version, net);
	for (unsigned i = 0; i < more && n < N_LITERALS; i++) {
		int version = versions[V4] && (!versions[V6] || random_chance(random, 50)) ? V4 : V6;

		out[n++] = random_literal(random, side, version, net);
	}
	return n;
}

static void random_address(struct random *random, const struct features *features, const bool versions[N_VERSIONS],
			   int side, struct address *address)
{
	static const enum form with_sets[] = { ADDR_SET, ADDR_NOT_SET, ADDR_LIT_AND_SET, ADDR_LIT_AND_NOT_SET,
					       ADDR_LIT_OR_SET, ADDR_LIT_OR_NOT_SET };
	static const enum form with_nets[] = { ADDR_NET, ADDR_NOT_NET, ADDR_NET_AND_NOT_LIT };

	address->n = random_literals(random, side, versions, false, address->literals);
	address->set = random_below(random, N_SETS);
	address->net = random_below(random, N_NETS);
	if (features->sets && random_chance(random, 40))
		address->form = with_sets[random_below(random, 6)];
	else if (features->nets && random_chance(random, 40))
		address->form = with_nets[random_below(random, 3)];
	else
		address->form = random_chance(random, 75) ? ADDR_LIT : ADDR_NOT_LIT;
}

static void random_values(struct random *random, struct values *values, const unsigned *pool, unsigned n_pool)
{
	values->used = true;
	values->negated = random_chance(random, 25);
	values->n = 1 + random_below(random, 3);
	for (unsigned i = 0; i < values->n; i++) {
		unsigned a = pool[random_below(random, n_pool)], b = pool[random_below(random, n_pool)];

		if (random_chance(random, 60))
			b = a;
		values->ranges[i] = (struct range){ a < b ? a : b, a < b ? b : a };
	}
}

#define POOL(values, ...)                                                                                              \
	do {                                                                                                           \
		static const unsigned pool[] = { __VA_ARGS__ };                                                        \
		random_values(random, values, pool, sizeof(pool) / sizeof(pool[0]));                                   \
	} while (0)

static void random_flags(struct random *random, struct match *match)
{
	static const uint8_t bits[] = { 1, 2, 4, 16 };

	match->has_flags = true;
	while (!match->flags_mask)
		for (unsigned i = 0; i < 4; i++)
			if (random_chance(random, 40))
				match->flags_mask |= bits[i];
	match->flags_set = match->flags_mask & (uint8_t)random_next(random);
}

static void one_proto(struct match *match, unsigned proto)
{
	match->values[F_PROTO] = (struct values){ .used = true, .n = 1, .ranges = { { proto, proto } } };
}

static void random_ports(struct random *random, struct match *match)
{
	static const unsigned protos[] = { 6, 17, 6, 17, 132 };

	if (random_chance(random, 75))
		one_proto(match, protos[random_below(random, 5)]);
	if (random_chance(random, 70))
		POOL(&match->values[F_DPORT], 20, 21, 22, 23);
	if (!match->values[F_DPORT].used || random_chance(random, 30))
		POOL(&match->values[F_SPORT], 1000, 1001, 1002, 1003);
}

static void random_icmp(struct random *random, const bool versions[N_VERSIONS], struct match *match)
{
	bool both = versions[V4] && versions[V6];

	match->icmp = ICMP_BOTH;
	if (!both && random_chance(random, 50))
		match->icmp = versions[V4] ? ICMP_4 : ICMP_6;
	if (random_chance(random, 20))
		return;
	if (match->icmp == ICMP_BOTH) {
		match->icmp_word = 1 + random_below(random, 2);
	} else if (match->icmp == ICMP_4) {
		POOL(&match->values[F_TYPE], 0, 3, 8, 11);
	} else {
		POOL(&match->values[F_TYPE], 1, 3, 128, 129);
	}
	if (random_chance(random, 50))
		POOL(&match->values[F_CODE], 0, 1, 2);
}

static void random_transport(struct random *random, const struct features *features, const bool versions[N_VERSIONS],
			     struct match *match)
{
	static const unsigned with_headers[] = { 6, 17, 132, 47, 50, 1, 58 };
	unsigned roll = random_below(random, 100);

	if (features->length && random_chance(random, 40)) {
		one_proto(match, with_headers[random_below(random, 7)]);
		return;
	}
	if (features->icmp && roll < 40) {
		random_icmp(random, versions, match);
	} else if (features->flags && roll < 70) {
		if (random_chance(random, 80))
			one_proto(match, 6);
		random_flags(random, match);
		if (features->ports && random_chance(random, 40))
			POOL(&match->values[F_DPORT], 20, 21, 22, 23);
	} else if (features->ports && roll < 85) {
		random_ports(random, match);
	} else if (roll < 95 && random_chance(random, 60)) {
		POOL(&match->values[F_PROTO], 6, 17, 6, 17, 1, 58, 132, 44, 0, 47, 50, 51);
	}
}

static bool has_transport_clause(const struct match *match)
{
	return match->values[F_SPORT].used || match->values[F_DPORT].used || match->has_flags || match->icmp_word ||
	       match->values[F_TYPE].used || match->values[F_CODE].used;
}

void generate_match(struct random *random, const struct features *features, struct policy *policy,
		    struct match *match)
{
	bool versions[N_VERSIONS] = { features->versions[V4], features->versions[V6] };

	memset(match, 0, sizeof(*match));
	match->fragment = -1;
	if (versions[V4] && versions[V6] && random_chance(random, 60))
		versions[random_below(random, 2)] = false;
	random_transport(random, features, versions, match);
	for (int side = 0; side < N_SIDES; side++)
		if (random_chance(random, 55))
			random_address(random, features, versions, side, &match->side[side]);
	if (features->vlan && random_chance(random, 35))
		POOL(&match->values[F_VLAN], 0, 1, 2);
	if (features->length && random_chance(random, 45))
		POOL(&match->values[F_LENGTH], 19, 20, 23, 24, 27, 28, 31, 32, 39, 40, 41, 43, 44, 47, 48, 51, 52, 55, 56, 59, 60,
		     67, 68, 1500, 65535, 65575);
	if (features->ttl && random_chance(random, 35))
		POOL(&match->values[F_TTL], 1, 2, 64, 254);
	if (features->dscp && random_chance(random, 35))
		POOL(&match->values[F_DSCP], 1, 8, 46);
	if (features->fragment && random_chance(random, 40))
		match->fragment = has_transport_clause(match) || random_chance(random, 40) ? FIRST : LATER;
	if (features->state && random_chance(random, 40))
		match->states = 1 + random_below(random, 14);
	if (versions[V4] != versions[V6] && features->versions[V4] && features->versions[V6])
		match->ip = versions[V4] ? 4 : 6;
	/* Where addresses say it already, mostly leave the word out. */
	if (match->ip && match_version(policy, match, V4) && match_version(policy, match, V6) &&
	    random_chance(random, 30))
		match->ip = 0;
	/* A net without all its addresses is nothing, which would be refused. */
	if (!match_version(policy, match, V4) && !match_version(policy, match, V6))
		match->side[SRC].form = match->side[DST].form = ADDR_ANY;
}

static unsigned count_limits(const struct policy *policy)
{
	unsigned n = 0;

	for (unsigned b = 0; b < policy->n_blocks; b++)
		for (unsigned i = 0; i < policy->blocks[b].n; i++)
			n += policy->blocks[b].rules[i].action == RATE_LIMIT;
	return n;
}

static enum verdict random_verdict(struct random *random)
{
	unsigned roll = random_below(random, 10);

	return roll < 5 ? ALLOW : roll < 9 ? DENY : REJECT;
}

/* About every third rule is much like an earlier one, so that there is something to find. */
static const struct rule *resemble(struct random *random, const struct policy *policy, const struct block *block,
				   struct match *match)
{
	const struct rule *model;

	if (!block->n || !random_chance(random, 35))
		return NULL;
	model = &block->rules[random_below(random, block->n)];
	*match = model->match;
	switch (random_below(random, 5)) {
	case 0: match->side[SRC].form = ADDR_ANY; break;
	case 1: match->side[DST].form = ADDR_ANY; break;
	case 2: memset(&match->values[F_SPORT], 0, sizeof(match->values[F_SPORT])); break;
	case 3: match->states = 0; break;
	default: break;
	}
	return model;
}

/* Rules that it may cross without a finding. Written where they come before it: see write.c. */
static uint64_t random_overrides(struct random *random, const struct policy *policy)
{
	uint64_t ids = 0;

	for (unsigned id = 0; id < policy->next_id; id++)
		ids |= (uint64_t)random_chance(random, 50) << id;
	return ids;
}

void generate_rule(struct random *random, const struct features *features, struct policy *policy, struct rule *rule)
{
	memset(rule, 0, sizeof(*rule));
	generate_match(random, features, policy, &rule->match);
	resemble(random, policy, &policy->blocks[random_below(random, policy->n_blocks)], &rule->match);
	if (random_chance(random, 6))
		rule->overrides = random_overrides(random, policy);
	rule->id = policy->next_id++;
	rule->verdict = random_verdict(random);
	if (features->limits && random_chance(random, 35) && count_limits(policy) < 3)
		rule->action = RATE_LIMIT;
	else if (features->samples && random_chance(random, 15))
		rule->action = SAMPLE;
	rule->log = random_chance(random, 8);
	rule->log_sample = rule->action != SAMPLE && random_chance(random, 4);
	rule->count = random_chance(random, 4);
	rule->add = features->sets && rule->action != SAMPLE && random_chance(random, 8);
	rule->add_set = random_below(random, N_SETS);
}

static void generate_assertion(struct random *random, const struct features *features, struct policy *policy,
			       unsigned number)
{
	struct assertion *assertion = &policy->asserts[number];
	const struct block *block;
	const struct rule *model;

	assertion->id = number;
	assertion->block = random_below(random, policy->n_blocks);
	assertion->under_limits = random_chance(random, 30);
	block = &policy->blocks[assertion->block];
	generate_match(random, features, policy, &assertion->match);
	model = resemble(random, policy, block, &assertion->match);
	/* What has a chance to hold. */
	assertion->verdict = model && random_chance(random, 80) ? model->verdict :
			     random_chance(random, 60)		? block->fallback :
								  random_verdict(random);
}

void generate_policy(struct random *random, const struct features *features, struct policy *policy)
{
	policy->n_blocks = random_chance(random, 20) ? 2 : 1;
	policy->strict = random_chance(random, 10);
	for (int side = 0; side < N_SIDES; side++)
		for (unsigned i = 0; i < N_NETS; i++)
			policy->nets[side][i].n = random_literals(random, side, features->versions, true,
								  policy->nets[side][i].literals);
	for (unsigned b = 0; b < policy->n_blocks; b++) {
		struct block *block = &policy->blocks[b];
		unsigned n = 1 + random_below(random, 8);

		block->egress = b == 1;
		block->fallback = random_chance(random, 60) ? DENY : random_chance(random, 85) ? ALLOW : REJECT;
		for (unsigned i = 0; i < n; i++) {
			struct rule rule;

			generate_rule(random, features, policy, &rule);
			block->rules[block->n++] = rule;
		}
	}
	policy->n_asserts = random_below(random, MAX_ASSERTS + 1);
	for (unsigned i = 0; i < policy->n_asserts; i++)
		generate_assertion(random, features, policy, i);
}
