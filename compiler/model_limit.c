/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rates, sketches and samples of flows by the formulas of docs/state.md, in numbers wide enough not to think about it. */
#include "model_tables.h"

#include <math.h>
#include <string.h>

#define TICKS 16 /* of a bucket in a nanosecond */

/* No padding: it is a key. */
struct key {
	struct model_ends ends; /* of rates by source and destination: source low, destination high */
	uint64_t family, proto;
};

struct sketch {
	uint64_t begun;
	unsigned n;
	unsigned char bits[8 * RATE_MAX_DISTINCT]; /* one byte each */
};

bool model_limit_new(struct model_tables *tables, const struct rule *rule)
{
	size_t size = rule->rate.distinct ? sizeof(struct sketch) : sizeof(uint64_t);

	tables->limits[rule->id] = table_new(sizeof(struct key), size, rule->rate.max, true);
	return tables->limits[rule->id] != NULL;
}

static u128 cut(const struct ast_key *key, enum family family, u128 address)
{
	unsigned bits = family_bits(family), length = family == FAMILY_V4 ? key->prefix4 : key->prefix6;

	return length ? address >> (bits - length) << (bits - length) : 0;
}

static void make_key(const struct rate *rate, const struct model_packet *packet, struct key *key)
{
	memset(key, 0, sizeof(*key));
	if (!rate->keys)
		return;
	key->family = packet->family;
	for (const struct ast_key *part = rate->keys; part; part = part->next) {
		switch (part->kind) {
		case AST_KEY_SRC:
			key->ends.low.address = cut(part, packet->family, packet->value[FIELD_SRC]);
			break;
		case AST_KEY_DST:
			key->ends.high.address = cut(part, packet->family, packet->value[FIELD_DST]);
			break;
		case AST_KEY_PORT:
			key->ends.high.port = packet->has[FIELD_DPORT] ? (uint64_t)packet->value[FIELD_DPORT] : 0;
			break;
		case AST_KEY_FLOW:
			break;
		}
	}
	for (const struct ast_key *part = rate->keys; part; part = part->next) {
		if (part->kind != AST_KEY_FLOW)
			continue;
		/* Whatever else is named is part of the flow. */
		model_ends_of(packet, &key->ends);
		key->proto = (uint64_t)packet->value[FIELD_PROTO];
	}
}

static uint64_t hash(uint64_t seed, const uint64_t *words, size_t n)
{
	uint64_t x = seed;

	for (size_t i = 0; i < n; i++) {
		x = (x ^ words[i]) * 0x9e3779b97f4a7c15;
		x ^= x >> 32;
	}
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccd;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53;
	return x ^ x >> 33;
}

static uint64_t hash_of_value(enum distinct distinct, const struct model_packet *packet)
{
	u128 address = packet->value[distinct == DISTINCT_SRC ? FIELD_SRC : FIELD_DST];
	uint64_t port = packet->has[FIELD_DPORT] ? (uint64_t)packet->value[FIELD_DPORT] : 0;

	if (distinct == DISTINCT_PORT)
		return hash(0, &port, 1);
	return hash(0, (uint64_t[]){ (uint64_t)(address >> 64), (uint64_t)address }, 2);
}

static bool sketch_exceeds(const struct rate *rate, struct sketch *sketch, const struct model_packet *packet, uint64_t now)
{
	unsigned m = 64, bit;
	long limit;

	while (m < 8 * rate->amount)
		m *= 2;
	limit = lround(m * (1 - pow(1 - 1.0 / m, (double)rate->amount)));
	if (limit < 1)
		limit = 1;
	if (!sketch->begun || now >= sketch->begun + rate->period_ns) {
		memset(sketch, 0, sizeof(*sketch));
		sketch->begun = now;
	}
	bit = (unsigned)(hash_of_value(rate->distinct, packet) % m);
	if (sketch->bits[bit])
		return false;
	if (sketch->n >= limit)
		return true;
	sketch->bits[bit] = 1;
	sketch->n++;
	return false;
}

static bool bucket_exceeds(const struct rate *rate, uint64_t *tat, const struct model_packet *packet, uint64_t now)
{
	u128 period = (u128)rate->period_ns * TICKS, t = (u128)now * TICKS, cost, tolerance, x;

	if (rate->unit == AST_RATE_PACKETS) {
		cost = (period + rate->amount / 2) / rate->amount;
		tolerance = cost * rate->burst;
	} else {
		if (rate->unit == AST_RATE_BITS)
			period *= 8;
		cost = packet->value[FIELD_LENGTH] * period / rate->amount;
		tolerance = rate->burst * period / rate->amount;
	}
	x = (*tat > t ? *tat : t) + cost;
	if (x - t > tolerance)
		return true;
	*tat = (uint64_t)x;
	return false;
}

bool model_limit_exceeds(struct model_tables *tables, const struct rule *rule, const struct model_packet *packet, uint64_t now)
{
	struct table *table = tables->limits[rule->id];
	static const struct sketch fresh;
	struct key key;
	void *value;

	make_key(&rule->rate, packet, &key);
	value = table_find(table, &key);
	if (!value)
		value = table_insert(table, &key, &fresh, NULL);
	/* Without memory for a key, it counts as exceeding: as it does where a table of the kernel has no room. */
	if (!value)
		return true;
	return rule->rate.distinct ? sketch_exceeds(&rule->rate, value, packet, now) :
				     bucket_exceeds(&rule->rate, value, packet, now);
}

bool model_flow_sampled(const struct policy *policy, const struct model_packet *packet, uint32_t one_of)
{
	struct model_ends ends;
	uint64_t words[7];

	model_ends_of(packet, &ends);
	words[0] = (uint64_t)packet->value[FIELD_PROTO] + 256u * (packet->family == FAMILY_V4 ? 4 : 6);
	words[1] = (uint64_t)(ends.low.address >> 64);
	words[2] = (uint64_t)ends.low.address;
	words[3] = ends.low.port;
	words[4] = (uint64_t)(ends.high.address >> 64);
	words[5] = (uint64_t)ends.high.address;
	words[6] = ends.high.port;
	return hash(policy->seed, words, 7) >> 32 < 0x100000000u / one_of;
}
