/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Policies built by hand, for tests of what comes after the resolver: a text that
 * spans refer to, blocks, rules, terms. Everything lives in the compile's arena.
 */
#ifndef HANDMADE_H
#define HANDMADE_H

#include "compile.h"
#include "rangeset.h"

#include <string.h>

struct handmade {
	struct compile compile;
	struct source *source;
	struct policy *policy;
};

static inline void handmade_open(struct handmade *h, const char *text)
{
	compile_init(&h->compile);
	h->source = source_from_text(&h->compile.sources, "edge.sp", text, strlen(text));
	h->policy = ARENA_NEW(&h->compile.arena, struct policy);
	h->policy->name = "edge";
	h->policy->span = (struct span){ h->source, 0, 6 };
	h->policy->blocks = ARENA_ARRAY(&h->compile.arena, struct block *, 16);
}

static inline void handmade_close(struct handmade *h)
{
	compile_fini(&h->compile);
}

/* From `words` to the next semicolon. */
static inline struct span handmade_span(struct handmade *h, const char *words)
{
	const char *found = strstr(h->source->text, words);
	const char *end = found ? strchr(found, ';') : NULL;
	struct span span = { h->source, 0, 0 };

	if (found)
		span.begin = (uint32_t)(found - h->source->text);
	if (end)
		span.end = (uint32_t)(end - h->source->text) + 1;
	return span;
}

static inline struct block *handmade_block(struct handmade *h, enum direction direction, enum hook_id hook, const char *role)
{
	struct block *block = ARENA_NEW(&h->compile.arena, struct block);
	struct interface *interface = ARENA_NEW(&h->compile.arena, struct interface);

	interface->role = role;
	interface->device = "eth0";
	block->name = direction == DIRECTION_INGRESS ? "ingress" : "egress";
	block->span = h->policy->span;
	block->direction = direction;
	block->hook = hook;
	block->interfaces = ARENA_ARRAY(&h->compile.arena, const struct interface *, 1);
	block->interfaces[block->n_interfaces++] = interface;
	block->rules = ARENA_ARRAY(&h->compile.arena, struct rule *, 4096);
	block->first_id = h->policy->n_slots;
	block->default_verdict = VERDICT_DENY;
	block->malformed = VERDICT_DENY;
	h->policy->n_slots += SLOT_RULES;
	h->policy->blocks[h->policy->n_blocks++] = block;
	return block;
}

static inline struct rule *handmade_rule(struct handmade *h, struct block *block, const char *name, enum verdict verdict)
{
	struct rule *rule = ARENA_NEW(&h->compile.arena, struct rule);

	rule->name = name;
	rule->span = handmade_span(h, arena_printf(&h->compile.arena, "%s ", name));
	rule->name_span = rule->span;
	rule->text = arena_printf(&h->compile.arena, "%s of a test", verdict_names[verdict]);
	rule->id = h->policy->n_slots++;
	rule->action = verdict == VERDICT_ALLOW ? ACTION_ALLOW : verdict == VERDICT_DENY ? ACTION_DENY : ACTION_REJECT;
	rule->verdict = verdict;
	rule->terms = ARENA_ARRAY(&h->compile.arena, struct term, 64);
	block->rules[block->n_rules++] = rule;
	return rule;
}

static inline struct term *handmade_term(struct handmade *h, struct rule *rule, enum family family)
{
	struct term *term = &rule->terms[rule->n_terms++];

	term->family = family;
	term->preds = ARENA_ARRAY(&h->compile.arena, struct pred, 16);
	return term;
}

static inline struct pred *handmade_ranges(struct term *term, enum field field, const struct rangeset *ranges)
{
	struct pred *pred = &term->preds[term->n++];

	pred->kind = PRED_RANGES;
	pred->field = field;
	pred->ranges = ranges;
	return pred;
}

static inline struct pred *handmade_range(struct handmade *h, struct term *term, enum field field, u128 lo, u128 hi)
{
	return handmade_ranges(term, field, rangeset_single(&h->compile.arena, lo, hi));
}

/* n ranges of two, four apart. */
static inline const struct rangeset *handmade_many(struct handmade *h, u128 first, size_t n, const char *name)
{
	struct range *ranges = ARENA_ARRAY(&h->compile.arena, struct range, n);

	for (size_t i = 0; i < n; i++)
		ranges[i] = (struct range){ first + 4 * i, first + 4 * i + 1 };
	return rangeset_named(&h->compile.arena, rangeset_normalise(&h->compile.arena, ranges, n), name);
}

static inline u128 handmade_v6(uint64_t hi, uint64_t lo)
{
	return (u128)hi << 64 | lo;
}

#endif
