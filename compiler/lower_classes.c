/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which of a block's rules are found by tables: those that decide, and ask only the packet itself. One that waits
 * for a rate, samples without deciding, or asks what is kept between packets is asked on its own, but only where it
 * stands before what the tables found.
 */
#include "lower.h"

#include "cost.h"
#include "kinds.h"
#include "budget.h"
#include "rangeset.h"
#include "reduce.h"
#include "side.h"
#include "tuples.h"

#include <string.h>

/* So many rules that ask connections or sets are still asked one after another, whatever that takes. */
#define MOST_GUARDED 48u

/* Of such a rule, asked on its own; and of asking each packet for its connection, or for a set. */
#define COST_GUARDED 0.9
#define COST_STATE 130.0
#define COST_MEMBER 10.0

/*
 * A block with fewer rules is asked rule by rule, and then the verifier's log speaks of them, unless that takes as many
 * nanoseconds: long lists are what tables are good at.
 */
#define FEWEST_RULES 8u
#define WORTH_TABLES 20.0

/* Of leaving a ladder: where is for the branch predictor to guess, and wrong for packets that differ. */
#define COST_LEAVING 8.0

/* Of a search in a table of ranges, for each halving. */
#define COST_HALVING 2.0

/* What is left of a look-up beside a ladder: rules are tested while it waits for what it reads. */
#define COST_BESIDE 0.5

#define ALL_STATES ((1u << N_STATES) - 1)

enum share {
	SHARE_NONE,
	SHARE_DECIDING, /* all that decide */
	SHARE_LISTS,    /* of these, the ones that name long lists of addresses */
};

struct classes_input {
	struct lowering *lowering;
	const struct block *block;
	enum share share;           /* of the rules, which are looked up */
	bool eager;                 /* connections and sets are fields like any other */
	double ns;                  /* of looking those up, and asking the others */
	struct classify_input input;
	size_t sources_room, terms_room;
};

static bool decides(const struct rule *rule)
{
	return rule->action != ACTION_SAMPLE && rule->action != ACTION_RATE_LIMIT;
}

/* Asks something that is kept between packets. */
static bool asks_tables(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_terms; i++)
		for (size_t k = 0; k < rule->terms[i].n; k++)
			if (rule->terms[i].preds[k].kind == PRED_STATE || rule->terms[i].preds[k].kind == PRED_MEMBER)
				return true;
	return false;
}

static uint32_t source_number(struct classes_input *in, struct class_source source)
{
	struct class_source *slot;

	for (size_t i = 0; i < in->input.n_sources; i++) {
		const struct class_source *other = &in->input.sources[i];

		if (other->kind == source.kind && other->field == source.field && other->set == source.set)
			return (uint32_t)i;
	}
	slot = arena_push(in->lowering->arena, &in->input.sources, &in->input.n_sources, &in->sources_room, sizeof(*slot));
	*slot = source;
	return (uint32_t)in->input.n_sources - 1;
}

/* The values of eight bits that have `bits` of `mask`. */
static const struct rangeset *values_of_bits(struct arena *arena, uint32_t bits, uint32_t mask)
{
	struct range_bag bag = { 0 };

	for (uint32_t value = 0; value < 256; value++)
		if ((value & mask) == bits)
			range_bag_add(arena, &bag, value, value);
	return rangeset_from_bag(arena, &bag);
}

static const struct rangeset *values_of_states(struct arena *arena, uint32_t states)
{
	struct range_bag bag = { 0 };

	for (uint32_t state = 0; state < N_STATES; state++)
		if (states & 1u << state)
			range_bag_add(arena, &bag, state, state);
	return rangeset_from_bag(arena, &bag);
}

/* The predicate as a source and its values. False for one that is always true. */
static bool test_of_pred(struct classes_input *in, const struct pred *pred, struct class_test *test)
{
	struct arena *arena = in->lowering->arena;
	const struct field_info *info = &field_table[pred->field];

	switch (pred->kind) {
	case PRED_RANGES:
		/* Every IP packet has the fields of the network layer. */
		if (info->needs == FIELD_NEEDS_NET && rangeset_is_full(pred->ranges, info->bits))
			return false;
		*test = (struct class_test){ source_number(in, (struct class_source){ .field = pred->field }), pred->ranges };
		return true;
	case PRED_BITS:
		*test = (struct class_test){ source_number(in, (struct class_source){ .field = pred->field }),
					     values_of_bits(arena, pred->bits, pred->mask) };
		return true;
	case PRED_STATE:
		if (pred->states == ALL_STATES)
			return false;
		*test = (struct class_test){ source_number(in, (struct class_source){ .kind = SOURCE_STATE }),
					     values_of_states(arena, pred->states) };
		return true;
	case PRED_MEMBER:
		*test = (struct class_test){
			source_number(in, (struct class_source){ SOURCE_MEMBER, pred->field, pred->set }),
			rangeset_single(arena, !pred->negated, !pred->negated)
		};
		return true;
	}
	return false;
}

/* Keeps tests by rising source; two of one source are one. */
static void add_test(struct arena *arena, struct class_term *term, const struct class_test *test)
{
	size_t at = term->n_tests;

	for (size_t i = 0; i < term->n_tests; i++)
		if (term->tests[i].source == test->source) {
			term->tests[i].values = rangeset_intersect(arena, term->tests[i].values, test->values);
			return;
		}
	while (at && term->tests[at - 1].source > test->source) {
		term->tests[at] = term->tests[at - 1];
		at--;
	}
	term->tests[at] = *test;
	term->n_tests++;
}

static void add_term(struct classes_input *in, const struct rule *rule, const struct term *term)
{
	struct arena *arena = in->lowering->arena;
	struct class_term *out = arena_push(arena, &in->input.terms, &in->input.n_terms, &in->terms_room, sizeof(*out));

	out->answer = rule->id << 2 | rule->verdict;
	out->family = term->family;
	out->tests = ARENA_ARRAY(arena, struct class_test, term->n);
	for (size_t i = 0; i < term->n; i++) {
		const struct pred *pred = &term->preds[i];
		struct class_test test;

		if (pred->kind == PRED_RANGES && pred->field == FIELD_SRC)
			out->src = out->src ? rangeset_intersect(arena, out->src, pred->ranges) : pred->ranges;
		else if (pred->kind == PRED_RANGES && pred->field == FIELD_DST)
			out->dst = out->dst ? rangeset_intersect(arena, out->dst, pred->ranges) : pred->ranges;
		else if (test_of_pred(in, pred, &test))
			add_test(arena, out, &test);
	}
}

static bool names_list(const struct rule *rule)
{
	for (size_t t = 0; t < rule->n_terms; t++)
		for (size_t k = 0; k < rule->terms[t].n; k++) {
			const struct pred *pred = &rule->terms[t].preds[k];

			if (pred->kind == PRED_RANGES && (pred->field == FIELD_SRC || pred->field == FIELD_DST) &&
			    pred->ranges->n > INLINE_ADDRESSES)
				return true;
		}
	return false;
}

bool lower_is_plain(const struct rule *rule)
{
	return decides(rule) && !asks_tables(rule) && !rule->log && !rule->log_sample && !rule->detect && !rule->adds;
}

/* Does it tell lengths apart that share the last number of their table? No packet of a wire has one. */
static bool asks_beyond_table(const struct rule *rule)
{
	const u128 last = source_size(&(struct class_source){ .kind = SOURCE_FIELD, .field = FIELD_LENGTH }) - 1;

	for (size_t t = 0; t < rule->n_terms; t++)
		for (size_t k = 0; k < rule->terms[t].n; k++) {
			const struct pred *pred = &rule->terms[t].preds[k];

			if (pred->kind != PRED_RANGES || pred->field != FIELD_LENGTH)
				continue;
			for (size_t r = 0; r < pred->ranges->n; r++)
				if (pred->ranges->ranges[r].lo > last ||
				    (pred->ranges->ranges[r].hi >= last && pred->ranges->ranges[r].hi != UINT32_MAX))
					return true;
		}
	return false;
}

static bool is_classified(const struct classes_input *in, const struct rule *rule)
{
	if (in->share == SHARE_NONE || !decides(rule) || (asks_tables(rule) && !in->eager) || asks_beyond_table(rule))
		return false;
	return in->share == SHARE_DECIDING || names_list(rule);
}

/* Instructions that a range of addresses takes beyond a prefix: two comparisons, of IPv6 in halves. */
static const unsigned range_insns[N_FAMILIES] = { [FAMILY_V4] = 4, [FAMILY_V6] = 30 };

static double ranges_cost(enum family family, const struct pred *pred)
{
	unsigned length, n = 0;

	if ((pred->field != FIELD_SRC && pred->field != FIELD_DST) || pred->ranges->n > INLINE_ADDRESSES)
		return 0;
	for (size_t i = 0; i < pred->ranges->n; i++)
		n += !address_range_is_prefix(family, pred->ranges->ranges[i], &length);
	return n * range_insns[family] * COST_INSN;
}

/*
 * What asking a rule takes for a packet of one IP version: of terms of the other no more than that is seen. `alone`: no look-up
 * is waited for meanwhile, which would hide instructions.
 */
static double rule_cost(const struct rule *rule, enum family family, bool alone)
{
	double ns = asks_tables(rule) ? COST_GUARDED : COST_RULE;

	for (size_t t = 0; t < rule->n_terms; t++) {
		double ranges = 0;

		ns += t ? COST_RULE / 2 : 0;
		for (size_t k = 0; k < rule->terms[t].n; k++) {
			const struct pred *pred = &rule->terms[t].preds[k];
			double cost;

			if (pred->kind != PRED_RANGES || rule->terms[t].family != family)
				continue;
			cost = ranges_cost(family, pred);
			ranges = cost > ranges ? cost : ranges;
			if (pred->ranges->n <= INLINE_ADDRESSES)
				ns += (double)(pred->ranges->n - 1) * COST_RULE / 2;
			for (size_t left = pred->ranges->n; left > INLINE_ADDRESSES; left /= 2)
				ns += COST_HALVING;
		}
		/* Most packets fail at one of the two ends. */
		ns += alone ? ranges : 0;
	}
	return ns;
}

/* Instructions that a rule takes, and a range of addresses by IP version or of another field: as clang makes them of a ladder. */
#define RULE_INSNS 4u
#define NUMBER_INSNS 6u
static const unsigned address_insns[N_FAMILIES] = { [FAMILY_V4] = 14, [FAMILY_V6] = 33 };

static uint64_t pred_insns(const struct term *term, const struct pred *pred)
{
	bool address = pred->field == FIELD_SRC || pred->field == FIELD_DST;

	if (pred->kind != PRED_RANGES)
		return NUMBER_INSNS;
	/* Of more ranges a predicate is a search in a table. */
	return (pred->ranges->n < INLINE_ADDRESSES ? pred->ranges->n : INLINE_ADDRESSES) *
	       (address ? address_insns[term->family] : NUMBER_INSNS);
}

uint64_t lower_rule_insns(const struct rule *rule)
{
	uint64_t insns = RULE_INSNS;

	for (size_t t = 0; t < rule->n_terms; t++)
		for (size_t k = 0; k < rule->terms[t].n; k++)
			insns += pred_insns(&rule->terms[t], &rule->terms[t].preds[k]);
	return insns;
}

/* What asking rules takes, all or those that ask tables. */
static uint64_t ladder_insns(const struct block *block, bool all)
{
	uint64_t insns = 0;

	for (size_t i = 0; i < block->n_rules; i++)
		if (all || asks_tables(block->rules[i]))
			insns += lower_rule_insns(block->rules[i]);
	return insns;
}

/* What asking the rules that are not looked up takes, for packets of the IP version that takes longer. */
static double asked_cost(const struct classes_input *in)
{
	double most = 0, called;
	bool plain = true;
	uint64_t insns = 0;
	size_t asked = 0;

	for (size_t i = 0; i < in->block->n_rules; i++)
		if (!is_classified(in, in->block->rules[i])) {
			asked++;
			plain &= lower_is_plain(in->block->rules[i]);
			insns += lower_rule_insns(in->block->rules[i]);
		}
	called = program_in_entry(asked, plain, insns) ? 0 : COST_CALL;
	for (enum family family = 0; family < N_FAMILIES; family++) {
		double ns = called + (in->share == SHARE_DECIDING ? 0 : COST_LEAVING);

		for (size_t i = 0; i < in->block->n_rules; i++)
			ns += is_classified(in, in->block->rules[i]) ? 0 : rule_cost(in->block->rules[i], family, in->share == SHARE_NONE);
		most = ns > most ? ns : most;
	}
	return most;
}

/* `input` as it was: a set is there for each rule that names it, also where no such rule ever decides. */
static void note_fields(struct lowering *lowering, const struct classify_input *input,
			const struct classifier *classifier)
{
	for (size_t i = 0; i < input->n_sources; i++)
		if (input->sources[i].kind == SOURCE_MEMBER)
			lower_question(lowering, input->sources[i].set, input->sources[i].field);
	for (size_t i = 0; i < classifier->n_sources; i++)
		if (classifier->sources[i].kind == SOURCE_FIELD)
			lowering->block->fields |= 1u << classifier->sources[i].field;
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct class_side *side = classifier->sides[f];

		if ((side && side->ends[0].n_classes > 1) || tuples_ask_end(classifier, f, 0))
			lowering->block->fields |= 1u << FIELD_SRC;
		if ((side && side->ends[1].n_classes > 1) || tuples_ask_end(classifier, f, 1))
			lowering->block->fields |= 1u << FIELD_DST;
	}
}

static size_t count_guarded(const struct block *block)
{
	size_t n = 0;

	for (size_t i = 0; i < block->n_rules; i++)
		n += asks_tables(block->rules[i]);
	return n;
}

static bool is_question(const struct pred *pred)
{
	return pred->kind == PRED_STATE || pred->kind == PRED_MEMBER;
}

/* Numbers what the rules ask of tables: what a term asks that asks nothing else, of all packets then, or all. */
static void number_questions(struct classes_input *in, bool bare)
{
	for (size_t i = 0; i < in->block->n_rules; i++)
		for (size_t t = 0; t < in->block->rules[i]->n_terms; t++) {
			const struct term *term = &in->block->rules[i]->terms[t];
			bool others = false;

			for (size_t k = 0; k < term->n; k++)
				others |= !is_question(&term->preds[k]);
			for (size_t k = 0; k < term->n && !(bare && others); k++) {
				struct class_test test;

				if (is_question(&term->preds[k]))
					test_of_pred(in, &term->preds[k], &test);
			}
		}
}

/*
 * Are connections and sets fields like any other? Then each packet asks for all of them; else a rule that does is asked on
 * its own, which takes its time and some of the verifier's work.
 */
static bool is_eager(struct lowering *lowering, const struct block *block)
{
	struct classes_input questions = { .lowering = lowering, .block = block };
	size_t n_guarded = count_guarded(block), n_bare;
	double ns = 0;

	if (n_guarded <= MOST_GUARDED)
		return false;
	if (4 * budget_ladder_work(ladder_insns(block, false)) > budget_insns_limit(lowering->program->policy))
		return true;
	number_questions(&questions, true);
	n_bare = questions.input.n_sources;
	number_questions(&questions, false);
	for (size_t i = n_bare; i < questions.input.n_sources; i++)
		ns += questions.input.sources[i].kind == SOURCE_STATE ? COST_STATE : COST_MEMBER;
	return ns < (double)n_guarded * COST_GUARDED;
}

static void not_taken(struct classify_options *options, const char *why)
{
	for (size_t i = 0; i < options->n; i++)
		if (!options->options[i].why_not)
			options->options[i].why_not = why;
}

/* A ladder it is: what was kept of the classifiers is none, and says why. */
static bool keep_ladder(struct lowering *lowering, struct program_block *out, double ns, const char *why_no_tables)
{
	if (!out->options.n)
		classify_note(lowering->arena, &out->options, "crossed classes", 0, 0, why_no_tables);
	not_taken(&out->options, why_no_tables);
	classify_note(lowering->arena, &out->options, STRAIGHT_TESTS, ns, 0, NULL);
	out->ns = ns;
	return false;
}

/* The tables of the rules that are looked up; NULL: none, and why. */
static struct classifier *build_tables(struct classes_input *in, struct classify_options *options,
				       struct reduction *reduction, const char **why)
{
	struct lowering *lowering = in->lowering;
	uint64_t limit = budget_memory_limit(lowering->program->policy), taken = lowering->program->table_bytes;
	struct classify_budget budget = { limit > taken ? limit - taken : 0 };
	struct classify_input reduced = { 0 };
	struct classifier *classifier;

	for (size_t i = 0; i < in->block->n_rules; i++) {
		const struct rule *rule = in->block->rules[i];

		for (size_t t = 0; t < rule->n_terms && is_classified(in, rule); t++)
			add_term(in, rule, &rule->terms[t]);
	}
	if (in->input.n_terms)
		reduce_input(lowering->arena, &in->input, &reduced, reduction);
	*why = "no rule can be looked up";
	if (!reduced.n_terms)
		return NULL;
	*why = TABLES_EXPLODE;
	classifier = classify_build(lowering->arena, &reduced, &budget, options);
	if (classifier)
		in->ns = classifier->ns * (in->share == SHARE_LISTS ? COST_BESIDE : 1) + asked_cost(in);
	return classifier;
}

static void keep_tables(struct classes_input *in, struct classifier *classifier, struct program_block *out)
{
	struct lowering *lowering = in->lowering;
	const struct block *block = in->block;

	out->ns = in->ns;
	out->strategy = STRATEGY_CLASSES;
	out->classifier = classifier;
	out->classified = ARENA_ARRAY(lowering->arena, bool, block->n_rules);
	for (size_t i = 0; i < block->n_rules; i++)
		out->classified[i] = is_classified(in, block->rules[i]);
	out->tables_ident = ident_new(&lowering->idents, "classes_", out->ident, "");
	out->classify_ident = ident_new(&lowering->idents, "classify_", out->ident, "");
	lowering->program->table_bytes += classifier->bytes;
	note_fields(lowering, &in->input, classifier);
}

/* A few rules are asked faster than all their fields are looked up and crossed; not so a long list of addresses. */
static struct classifier *consider_lists(struct classes_input *in, double limit, struct program_block *out)
{
	struct reduction reduction = { 0 };
	struct classifier *classifier;
	const char *why;
	size_t asked = 0;

	for (size_t i = 0; i < in->block->n_rules; i++)
		asked += !is_classified(in, in->block->rules[i]);
	/* Where every rule names one, they are looked up all together already. */
	if (!asked || asked == in->block->n_rules || asked > MOST_GUARDED)
		return NULL;
	classifier = build_tables(in, NULL, &reduction, &why);
	if (!classifier)
		return NULL;
	if (in->ns >= limit) {
		classify_note(in->lowering->arena, &out->options, LONG_LISTS, in->ns, classifier->bytes, "no faster");
		return NULL;
	}
	not_taken(&out->options, "slower");
	classify_note(in->lowering->arena, &out->options, LONG_LISTS, in->ns, classifier->bytes, NULL);
	classifier->plan = LONG_LISTS;
	out->reduction = reduction;
	return classifier;
}

bool lower_classes(struct lowering *lowering, const struct block *block, struct program_block *out)
{
	bool eager = is_eager(lowering, block);
	struct classes_input none = { .lowering = lowering, .block = block };
	struct classes_input all = { .lowering = lowering, .block = block, .eager = eager, .share = SHARE_DECIDING };
	struct classes_input lists = { .lowering = lowering, .block = block, .eager = eager, .share = SHARE_LISTS };
	/* What the verifier would not get through is no way, whatever it takes. */
	bool fits = budget_ladder_work(ladder_insns(block, true)) <= budget_insns_limit(lowering->program->policy);
	double ladder = asked_cost(&none), least;
	struct classifier *classifier, *of_lists;
	const char *why;

	if (block->n_rules < FEWEST_RULES && ladder < WORTH_TABLES)
		return keep_ladder(lowering, out, ladder, "not worth a table");
	classifier = build_tables(&all, &out->options, &out->reduction, &why);
	least = classifier && (all.ns < ladder || !fits) ? all.ns : ladder;
	of_lists = consider_lists(&lists, least, out);
	if (!of_lists && (!classifier || (fits && all.ns >= ladder)))
		return keep_ladder(lowering, out, ladder, classifier ? "no faster" : why);
	classify_note(lowering->arena, &out->options, STRAIGHT_TESTS, ladder, 0, fits ? "slower" : "over the budget for the verifier's work");
	if (of_lists)
		keep_tables(&lists, of_lists, out);
	else
		keep_tables(&all, classifier, out);
	return true;
}
