/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What changes besides verdicts: names, logging, samples, elements added to sets, rates, sets, state. */
#include "diff.h"

#include "cover.h"
#include "print.h"

#include <inttypes.h>
#include <string.h>

/* Two samples that look different are asked this hard whether they are. */
#define SAMPLE_NODES 100000u

static const char *rate_text(struct arena *arena, const struct rate *rate)
{
	struct ast_rule rule = { .verdict = AST_RATE_LIMIT };
	struct text text = { .arena = arena };

	rule.rate.unit = rate->unit;
	rule.rate.amount = rate->amount;
	rule.rate.period_ns = rate->period_ns;
	rule.rate.has_burst = !rate->distinct;
	rule.rate.burst = rate->burst;
	rule.rate.distinct = (enum ast_distinct)rate->distinct;
	rule.rate.has_max = rate->keys && rate->max != RATE_MAX_KEYS;
	rule.rate.max = rate->max;
	rule.rate.keys = (struct ast_key *)rate->keys;
	print_action(&text, &rule);
	return text_line(&text);
}

static const char *set_text(struct arena *arena, const struct set *set)
{
	struct ast_set ast = { .n_types = set->n_types, .has_max = true, .max = set->max };
	struct text text = { .arena = arena };

	memcpy(ast.types, set->types, sizeof(ast.types));
	ast.has_timeout = set->timeout_ns != 0;
	ast.timeout_ns = set->timeout_ns;
	ast.from.text = set->from;
	print_set(&text, &ast);
	return text_line(&text);
}

/* "src to @abusers for 10m, dst to @seen"; NULL: none. */
static const char *adds_text(struct arena *arena, const struct rule *rule)
{
	struct text text = { .arena = arena };

	if (!rule->adds)
		return NULL;
	for (const struct add *add = rule->adds; add; add = add->next) {
		text_printf(&text, "%s%s to @%s", add == rule->adds ? "" : ", ", add->source ? "src" : "dst", add->set->name);
		if (add->timeout_ns) {
			text_put(&text, " for ");
			text_duration(&text, add->timeout_ns);
		}
	}
	return text_line(&text);
}

static const char *place(struct arena *arena, const struct rule *rule)
{
	struct decider decider = rule_decider(rule);

	return decider_text(arena, &decider);
}

/* "1/1000 of its packets"; NULL if it does not sample. */
static const char *sample_text(struct arena *arena, const struct rule *rule)
{
	uint32_t one_of = rule->action == ACTION_SAMPLE ? rule->sample : rule->log_sample;
	bool flow = rule->action == ACTION_SAMPLE ? rule->sample_flow : rule->log_sample_flow;

	return one_of ? arena_printf(arena, "1/%u of its %s", one_of, flow ? "flows" : "packets") : NULL;
}

static void compare_sampling(struct diff *diff, const struct rule *old, const struct rule *new, const char *name)
{
	const char *before = sample_text(diff->arena, old), *now = sample_text(diff->arena, new);

	if (now && !before)
		diff_add_effect(diff, "sample", new->name, "rule %s now samples %s", name, now);
	else if (before && !now)
		diff_add_effect(diff, "sample", new->name, "rule %s no longer samples; it sampled %s", name, before);
	else if (before && strcmp(before, now) != 0)
		diff_add_effect(diff, "sample", new->name, "rule %s samples %s, was %s", name, now, before);
}

static void compare_detections(struct diff *diff, const struct rule *old, const struct rule *new, const char *name)
{
	const char *before = old->detect, *now = new->detect;

	if (before && now && strcmp(before, now) != 0)
		diff_add_effect(diff, "detect", new->name, "rule %s detects %s, was %s", name, now, before);
	else if (now && !before)
		diff_add_effect(diff, "detect", new->name, "rule %s now detects %s", name, now);
	else if (before && !now)
		diff_add_effect(diff, "detect", new->name, "rule %s no longer detects %s", name, before);
}

static void compare_adds(struct diff *diff, const struct rule *old, const struct rule *new, const char *name)
{
	const char *before = adds_text(diff->arena, old), *now = adds_text(diff->arena, new);

	if (before && now && strcmp(before, now) != 0)
		diff_add_effect(diff, "add", new->name, "rule %s adds %s, was %s", name, now, before);
	else if (now && !before)
		diff_add_effect(diff, "add", new->name, "rule %s now adds %s", name, now);
	else if (before && !now)
		diff_add_effect(diff, "add", new->name, "rule %s no longer adds %s", name, before);
}

static void compare_rates(struct diff *diff, const struct rule *old, const struct rule *new, const char *name)
{
	bool before = old->action == ACTION_RATE_LIMIT, now = new->action == ACTION_RATE_LIMIT;

	if (before && now && !rates_equal(&old->rate, &new->rate))
		diff_add_effect(diff, "rate", new->name, "rule %s: %s, was %s", name, rate_text(diff->arena, &new->rate),
				rate_text(diff->arena, &old->rate));
	else if (now && !before)
		diff_add_effect(diff, "limit", new->name, "rule %s is now a %s", name, rate_text(diff->arena, &new->rate));
	else if (before && !now)
		diff_add_effect(diff, "limit", new->name, "rule %s is no longer a %s", name,
				rate_text(diff->arena, &old->rate));
}

/* The same rule, as `old` and as `new`. */
static void compare_rules(struct diff *diff, const struct rule *old, const struct rule *new)
{
	const char *name = place(diff->arena, new);

	if (strcmp(old->name, new->name) != 0)
		diff_add_effect(diff, "rename", new->name,
				"rule %s is now called %s: its counter%s new", place(diff->arena, old), name,
				old->action == ACTION_RATE_LIMIT ? " and its buckets are" : " is");
	if (old->log != new->log)
		diff_add_effect(diff, "log", new->name, "rule %s %s", name, new->log ? "now logs" : "no longer logs");
	compare_detections(diff, old, new, name);
	compare_sampling(diff, old, new, name);
	compare_adds(diff, old, new, name);
	compare_rates(diff, old, new, name);
}

/* What a rule does besides deciding, for one that comes or goes. */
static void report_single(struct diff *diff, const struct rule *rule, bool is_new)
{
	const char *name = place(diff->arena, rule), *fate = is_new ? "is new" : "is gone";
	const char *sample = sample_text(diff->arena, rule);

	if (rule->action == ACTION_RATE_LIMIT)
		diff_add_effect(diff, "limit", rule->name, "rule %s %s: %s", name, fate,
				rate_text(diff->arena, &rule->rate));
	if (rule->log)
		diff_add_effect(diff, "log", rule->name, "rule %s %s: it log%s", name, fate, is_new ? "s" : "ged");
	if (rule->detect)
		diff_add_effect(diff, "detect", rule->name, "rule %s %s: it detect%s %s", name, fate,
				is_new ? "s" : "ed", rule->detect);
	if (sample)
		diff_add_effect(diff, "sample", rule->name, "rule %s %s: it sample%s %s", name, fate, is_new ? "s" : "d",
				sample);
	if (rule->adds)
		diff_add_effect(diff, "add", rule->name, "rule %s %s: it add%s %s", name, fate, is_new ? "s" : "ed",
				adds_text(diff->arena, rule));
}

/* Is all that `a` matches matched by `b`? */
static bool entry_within(const struct space *space, const struct entry *a, const struct entry *b)
{
	struct effort effort;
	struct arena scratch;
	const struct cube **covers;
	struct cube hole;
	bool within = true;

	arena_init(&scratch);
	effort_init(&effort, 0, SAMPLE_NODES);
	covers = ARENA_ARRAY(&scratch, const struct cube *, b->n_cubes);
	for (size_t i = 0; i < b->n_cubes; i++)
		covers[i] = &b->cubes[i];
	for (size_t i = 0; i < a->n_cubes && within; i++)
		within = cover_search(&scratch, space, &a->cubes[i], covers, b->n_cubes, &effort, &hole, NULL) ==
			 COVER_ALL;
	arena_fini(&scratch);
	return within;
}

/* Samples decide nothing, so that the comparison of verdicts says nothing of them. */
static void compare_samples(struct block_pair *pair, size_t old, size_t new)
{
	const struct rule *from = pair->old->rules[old], *to = pair->new->rules[new];

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct space *space = pair->spaces[family];
		const struct entry *a = &pair->old_books[family]->entries[old];
		const struct entry *b = &pair->new_books[family]->entries[new];

		if (entries_equal(space, a, b) || (entry_within(space, a, b) && entry_within(space, b, a)))
			continue;
		diff_add_effect(pair->diff, "sample", to->name, "rule %s samples other packets: '%s', was '%s'",
				place(pair->diff->arena, to), to->text, from->text);
		return;
	}
}

static size_t number_by_name(const struct block *block, const char *name)
{
	for (size_t i = 0; i < block->n_rules; i++)
		if (!strcmp(block->rules[i]->name, name))
			return i;
	return NOT_ALIGNED;
}

/* By name, else, of two whose name is not in the other version, by meaning. counterparts[i] is a number in NEW. */
static size_t *find_counterparts(struct block_pair *pair)
{
	size_t *counterparts = ARENA_ARRAY(pair->diff->arena, size_t, pair->old->n_rules);
	struct alignment alignment;

	align_rules(pair->diff->arena, pair->old_books, pair->new_books, N_FAMILIES, &alignment);
	for (size_t i = 0; i < pair->old->n_rules; i++) {
		size_t partner = alignment.to_new[i];

		/* Mostly it is the partner: only others are searched for. */
		if (partner != NOT_ALIGNED && !strcmp(pair->new->rules[partner]->name, pair->old->rules[i]->name)) {
			counterparts[i] = partner;
			continue;
		}
		counterparts[i] = number_by_name(pair->new, pair->old->rules[i]->name);
		if (counterparts[i] == NOT_ALIGNED && partner != NOT_ALIGNED &&
		    number_by_name(pair->old, pair->new->rules[partner]->name) == NOT_ALIGNED)
			counterparts[i] = partner;
	}
	return counterparts;
}

void diff_block_effects(struct block_pair *pair)
{
	size_t *counterparts = find_counterparts(pair);
	bool *known = ARENA_ARRAY(pair->diff->arena, bool, pair->new->n_rules);

	for (size_t i = 0; i < pair->old->n_rules; i++) {
		const struct rule *old = pair->old->rules[i], *new;

		if (counterparts[i] == NOT_ALIGNED) {
			report_single(pair->diff, old, false);
			continue;
		}
		known[counterparts[i]] = true;
		new = pair->new->rules[counterparts[i]];
		compare_rules(pair->diff, old, new);
		if (old->action == ACTION_SAMPLE && new->action == ACTION_SAMPLE)
			compare_samples(pair, i, counterparts[i]);
	}
	for (size_t i = 0; i < pair->new->n_rules; i++)
		if (!known[i])
			report_single(pair->diff, pair->new->rules[i], true);
}

static const struct set *set_by_name(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->n_sets; i++)
		if (!strcmp(policy->sets[i]->name, name))
			return policy->sets[i];
	return NULL;
}

static void compare_states(struct diff *diff)
{
	const struct states *old = &diff->old->states, *new = &diff->new->states;

	if (old->used != new->used)
		diff_add_effect(diff, "state", NULL, new->used ? "connections are now tracked: a rule asks for `state`" :
							       "connections are no longer tracked: no rule asks for `state`");
	if (!old->used || !new->used)
		return;
	if (old->loose != new->loose)
		diff_add_effect(diff, "state", NULL, new->loose ? "connections are now taken up in their middle: `loose`" :
								"connections are no longer taken up in their middle");
	if (old->max != new->max)
		diff_add_effect(diff, "state", NULL, "the table of connections has room for %" PRIu64 ", was %" PRIu64,
				new->max, old->max);
	for (size_t i = 0; i < N_STATE_TIMEOUTS; i++) {
		struct text was = { .arena = diff->arena }, is = { .arena = diff->arena };

		if (old->timeout_ns[i] == new->timeout_ns[i])
			continue;
		text_duration(&was, old->timeout_ns[i]);
		text_duration(&is, new->timeout_ns[i]);
		diff_add_effect(diff, "state", NULL, "connections: %s %s, was %s", state_timeout_words[i], text_line(&is),
				text_line(&was));
	}
}

static void compare_account(struct diff *diff)
{
	const struct account *old = &diff->old->account, *new = &diff->new->account;

	if (old->traffic != new->traffic)
		diff_add_effect(diff, "account", NULL, new->traffic ? "packets are now counted by interface, protocol and verdict" :
								      "packets are no longer counted by interface, protocol and verdict");
	if (!old->flows != !new->flows)
		diff_add_effect(diff, "account", NULL, new->flows ? "flows are now kept" : "flows are no longer kept");
	else if (old->flows != new->flows)
		diff_add_effect(diff, "account", NULL, "each CPU has room for %" PRIu64 " flows, was %" PRIu64, new->flows,
				old->flows);
}

void diff_policy_effects(struct diff *diff)
{
	struct arena *arena = diff->arena;

	for (size_t i = 0; i < diff->old->n_sets; i++) {
		const struct set *old = diff->old->sets[i], *new = set_by_name(diff->new, old->name);
		const char *was = set_text(arena, old), *is = new ? set_text(arena, new) : NULL;

		if (!new)
			diff_add_effect(diff, "set", NULL, "set %s is gone: it was %s", old->name, was);
		else if (strcmp(was, is) != 0)
			diff_add_effect(diff, "set", NULL, "set %s is %s, was %s", old->name, is, was);
	}
	for (size_t i = 0; i < diff->new->n_sets; i++)
		if (!set_by_name(diff->old, diff->new->sets[i]->name))
			diff_add_effect(diff, "set", NULL, "set %s is new: %s", diff->new->sets[i]->name,
					set_text(arena, diff->new->sets[i]));
	compare_states(diff);
	compare_account(diff);
	if (diff->old->on_failure_allow != diff->new->on_failure_allow)
		diff_add_effect(diff, "on-failure", NULL, "a packet that no generation can judge is now %s",
				diff->new->on_failure_allow ? "let through: `on-failure allow`, was dropped" :
							      "dropped: `on-failure deny`, was let through");
	if (diff->old->seed != diff->new->seed)
		diff_add_effect(diff, "sample", NULL, "seed %" PRIu64 ", was %" PRIu64 ": other flows are sampled", diff->new->seed,
				diff->old->seed);
}
