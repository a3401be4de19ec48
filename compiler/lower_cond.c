/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The terms of a rule (an OR of ANDs, IPv4 and IPv6 apart) as one condition that
 * tests as little as it can: terms that differ only in the IP version or in one
 * number are one, what all terms ask is asked once, cheap tests come first.
 *
 * Legal because the tests have no side effects, and because a test of a field
 * that the packet does not have is false: an OR of two tests of one field is the
 * test of the union. Only the tests of addresses rely on another one, that of the
 * IP version, which sorts before everything else.
 */
#include "lower.h"

#include "rangeset.h"

#include <string.h>

/* Merging compares every pair of terms; rules with more terms than this go without. */
#define MERGE_TERMS 512u

struct literal {
	enum cond_kind kind;
	enum family family;
	enum field field;
	const struct rangeset *ranges;
	uint32_t bits, mask;
	const struct set *set;
	bool negated;
	struct span span;
};

/* All four states: no condition. */
#define ALL_STATES ((1u << N_STATES) - 1)

/* A term on its way; n == 0 is true. */
struct product {
	size_t n;
	struct literal *literals;
};

static bool is_address(enum field field)
{
	return field_table[field].type == FIELD_TYPE_ADDR;
}

static bool same_literal(const struct literal *a, const struct literal *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == COND_FAMILY)
		return a->family == b->family;
	if (a->kind == COND_STATE)
		return a->bits == b->bits;
	if (a->field != b->field)
		return false;
	if (a->kind == COND_MEMBER)
		return a->set == b->set && a->negated == b->negated;
	if (a->kind == COND_BITS)
		return a->bits == b->bits && a->mask == b->mask;
	return (!is_address(a->field) || a->family == b->family) && rangeset_equal(a->ranges, b->ranges);
}

/* Every IP packet has the fields of the network layer, so all of their values is no condition. */
static bool always_true(const struct literal *literal)
{
	const struct field_info *info = &field_table[literal->field];
	unsigned bits;

	if (literal->kind == COND_STATE)
		return literal->bits == ALL_STATES;
	bits = is_address(literal->field) ? family_bits(literal->family) : info->bits;

	/* A fragment's kind has three values, of the four that fit. */
	if (literal->field == FIELD_FRAGMENT)
		return literal->kind == COND_RANGES && literal->ranges->n == 1 && literal->ranges->ranges[0].lo == 0 &&
		       literal->ranges->ranges[0].hi >= 2;
	return literal->kind == COND_RANGES && info->needs == FIELD_NEEDS_NET && rangeset_is_full(literal->ranges, bits);
}

static enum cond_kind literal_kind(const struct pred *pred)
{
	switch (pred->kind) {
	case PRED_BITS:
		return COND_BITS;
	case PRED_STATE:
		return COND_STATE;
	case PRED_MEMBER:
		return COND_MEMBER;
	default:
		return COND_RANGES;
	}
}

static struct product product_of_term(struct arena *arena, const struct rule *rule, const struct term *term, bool *never)
{
	struct product product = { 0, ARENA_ARRAY(arena, struct literal, term->n + 1) };

	*never = false;
	/* No span of its own: the version follows from the other clauses as often as from `ip4`. */
	product.literals[product.n++] = (struct literal){ .kind = COND_FAMILY, .family = term->family };
	for (size_t i = 0; i < term->n; i++) {
		const struct pred *pred = &term->preds[i];
		struct literal literal = {
			.kind = literal_kind(pred),
			.family = term->family,
			.field = pred->field,
			.ranges = pred->ranges,
			.bits = pred->kind == PRED_STATE ? pred->states : pred->bits,
			.mask = pred->mask,
			.set = pred->set,
			.negated = pred->negated,
			.span = pred->span.source ? pred->span : rule->span,
		};

		if ((literal.kind == COND_RANGES && !literal.ranges->n) || (literal.kind == COND_STATE && !literal.bits))
			*never = true;
		else if (!always_true(&literal))
			product.literals[product.n++] = literal;
	}
	return product;
}

static void remove_literal(struct product *product, size_t at)
{
	memmove(&product->literals[at], &product->literals[at + 1],
		(product->n - at - 1) * sizeof(*product->literals));
	product->n--;
}

/* The index of the literal in the product, or its n. */
static size_t find_literal(const struct product *product, const struct literal *literal)
{
	size_t i;

	for (i = 0; i < product->n; i++)
		if (same_literal(&product->literals[i], literal))
			break;
	return i;
}

/*
 * Makes `a` stand for both if the two differ in nothing, only in the IP version,
 * or only in the values of one number. Terms of two versions that ask for an
 * address differ in that as well.
 */
static bool merge(struct arena *arena, struct product *a, const struct product *b)
{
	size_t different = a->n;

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct literal *x = &a->literals[i], *y = &b->literals[i];

		if (same_literal(x, y))
			continue;
		if (different != a->n || x->kind != y->kind || x->kind == COND_BITS || x->kind == COND_MEMBER)
			return false;
		if (x->kind == COND_RANGES && (x->field != y->field || is_address(x->field)))
			return false;
		different = i;
	}
	if (different == a->n)
		return true;
	if (a->literals[different].kind == COND_FAMILY) {
		remove_literal(a, different);
	} else if (a->literals[different].kind == COND_STATE) {
		a->literals[different].bits |= b->literals[different].bits;
		if (always_true(&a->literals[different]))
			remove_literal(a, different);
	} else {
		a->literals[different].ranges =
			rangeset_union(arena, a->literals[different].ranges, b->literals[different].ranges);
		if (always_true(&a->literals[different]))
			remove_literal(a, different);
	}
	return true;
}

static size_t merge_all(struct arena *arena, struct product *products, size_t n)
{
	bool changed = n <= MERGE_TERMS;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < n; i++) {
			for (size_t j = i + 1; j < n;) {
				if (merge(arena, &products[i], &products[j])) {
					memmove(&products[j], &products[j + 1], (n - j - 1) * sizeof(*products));
					n--;
					changed = true;
				} else {
					j++;
				}
			}
		}
	}
	return n;
}

static const struct table *table_of(struct lowering *lowering, const struct rule *rule, const struct literal *literal)
{
	struct program *program = lowering->program;
	/* Numbers are kept as IPv4 addresses are: 32 bits. */
	bool numbers = !is_address(literal->field);
	enum family family = numbers ? FAMILY_V4 : literal->family;
	const char *suffix = "", *prefix;
	struct table *table, **slot;

	for (size_t i = 0; i < program->n_tables; i++)
		if (program->tables[i]->family == family && program->tables[i]->numbers == numbers &&
		    rangeset_equal(program->tables[i]->ranges, literal->ranges))
			return program->tables[i];

	table = ARENA_NEW(lowering->arena, struct table);
	table->family = family;
	table->numbers = numbers;
	table->ranges = literal->ranges;
	table->rule = rule;
	table->id = (uint32_t)program->n_tables;
	if (!numbers)
		suffix = family == FAMILY_V4 ? "_v4" : "_v6";
	if (literal->ranges->name) {
		prefix = numbers ? "port_" : "net_";
		table->ident = ident_new(&lowering->idents, prefix, literal->ranges->name, suffix);
	} else {
		char *name = arena_printf(lowering->arena, "%s_%s", rule->name, field_table[literal->field].word);

		table->ident = ident_new(&lowering->idents, "rule_", name, suffix);
	}
	slot = arena_push(lowering->arena, &program->tables, &program->n_tables, &lowering->tables_room, sizeof(*slot));
	*slot = table;
	program->table_bytes += program_table_bytes(table);
	return table;
}

/* TCP flags as values, which is how a complement comes out: any of these, all eight bits compared. */
static struct cond *flags_cond(struct lowering *lowering, const struct literal *literal, struct cond *cond)
{
	size_t room = 0;

	cond->kind = COND_OR;
	for (size_t i = 0; i < literal->ranges->n; i++) {
		for (u128 value = literal->ranges->ranges[i].lo; value <= literal->ranges->ranges[i].hi; value++) {
			struct cond *bits = ARENA_NEW(lowering->arena, struct cond);
			struct cond **item;

			*bits = (struct cond){ .kind = COND_BITS, .span = literal->span, .field = literal->field,
					       .bits = (uint32_t)value, .mask = 0xff };
			item = arena_push(lowering->arena, &cond->items, &cond->n, &room, sizeof(*item));
			*item = bits;
		}
	}
	return cond;
}

static struct cond *cond_of_literal(struct lowering *lowering, const struct rule *rule, const struct literal *literal)
{
	struct cond *cond = ARENA_NEW(lowering->arena, struct cond);

	cond->kind = literal->kind;
	cond->span = literal->span;
	cond->family = literal->family;
	if (literal->kind == COND_FAMILY)
		return cond;

	cond->bits = literal->bits;
	if (literal->kind == COND_STATE)
		return cond;
	cond->field = literal->field;
	if (literal->kind == COND_MEMBER) {
		cond->set = lower_question(lowering, literal->set, literal->field);
		cond->negated = literal->negated;
		return cond;
	}
	lowering->block->fields |= 1u << literal->field;
	cond->ranges = literal->ranges;
	cond->mask = literal->mask;
	if (literal->kind != COND_RANGES)
		return cond;
	if (literal->field == FIELD_FLAGS)
		return flags_cond(lowering, literal, cond);
	if (literal->ranges->n > (is_address(literal->field) ? INLINE_ADDRESSES : INLINE_NUMBERS)) {
		cond->kind = COND_TABLE;
		cond->table = table_of(lowering, rule, literal);
	}
	return cond;
}

/* What is tested first: the IP version (addresses rely on it), then what is cheap and rarely true. */
static unsigned rank(const struct cond *cond)
{
	static const unsigned field_ranks[N_FIELDS] = {
		[FIELD_PROTO] = 10, [FIELD_FRAGMENT] = 11, [FIELD_DPORT] = 12, [FIELD_SPORT] = 13, [FIELD_FLAGS] = 14,
		[FIELD_ICMP_TYPE] = 15, [FIELD_ICMP_CODE] = 16, [FIELD_VLAN] = 17, [FIELD_DSCP] = 18, [FIELD_TTL] = 19,
		[FIELD_LENGTH] = 20, [FIELD_SRC] = 30, [FIELD_DST] = 31,
	};
	unsigned worst = 0;

	switch (cond->kind) {
	case COND_TRUE:
	case COND_FAMILY:
		return 0;
	case COND_RANGES:
	case COND_BITS:
		return field_ranks[cond->field];
	case COND_TABLE:
		return 100 + field_ranks[cond->field];
	case COND_STATE:
		return 150;
	case COND_MEMBER:
		return 151;
	case COND_AND:
	case COND_OR:
		for (size_t i = 0; i < cond->n; i++)
			if (rank(cond->items[i]) > worst)
				worst = rank(cond->items[i]);
		return worst >= 100 ? 200 : 50;
	}
	return 0;
}

/* Adds an item to an AND or OR; an item of the same kind comes in as its own items. */
static void add_item(struct arena *arena, struct cond *cond, size_t *room, struct cond *item)
{
	struct cond **slot;

	if (item->kind == cond->kind) {
		for (size_t i = 0; i < item->n; i++)
			add_item(arena, cond, room, item->items[i]);
		return;
	}
	if (cond->kind == COND_AND && item->kind == COND_TRUE)
		return;
	slot = arena_push(arena, &cond->items, &cond->n, room, sizeof(*slot));
	*slot = item;
	cond->span = span_join(cond->span, item->span);
}

/* One item is no AND and no OR. An insertion sort: short, and stable, so that output is. */
static struct cond *finish(struct arena *arena, struct cond *cond)
{
	if (cond->n == 1)
		return cond->items[0];
	if (cond->kind == COND_OR)
		return cond;
	if (!cond->n) {
		cond->kind = COND_TRUE;
		return cond;
	}
	for (size_t i = 1; i < cond->n; i++) {
		struct cond *item = cond->items[i];
		size_t j;

		for (j = i; j && rank(cond->items[j - 1]) > rank(item); j--)
			cond->items[j] = cond->items[j - 1];
		cond->items[j] = item;
	}
	return cond;
}

struct factoring {
	struct lowering *lowering;
	const struct rule *rule;
};

static struct cond *factor(struct factoring *f, struct product *products, size_t n);

/* The literal that most of the products have (at least two), earliest first; NULL if none. */
static const struct literal *most_shared(const struct product *products, size_t n)
{
	const struct literal *best = NULL;
	size_t best_count = 1;

	if (n > MERGE_TERMS)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < products[i].n; k++) {
			const struct literal *literal = &products[i].literals[k];
			size_t count = 0;

			for (size_t j = i; j < n; j++)
				count += find_literal(&products[j], literal) < products[j].n;
			if (count > best_count) {
				best = literal;
				best_count = count;
			}
		}
	}
	return best;
}

/* An OR of the products, split by a literal that some of them share into those with it and those without. */
static struct cond *split(struct factoring *f, struct product *products, size_t n)
{
	struct arena *arena = f->lowering->arena;
	struct cond *cond = ARENA_NEW(arena, struct cond);
	struct literal family = { .kind = COND_FAMILY, .family = FAMILY_V4 };
	struct literal other = { .kind = COND_FAMILY, .family = FAMILY_V6 };
	const struct literal *by = NULL;
	struct product *with, *without;
	size_t n_with = 0, n_without = 0, room = 0, n_v4 = 0, n_v6 = 0;

	cond->kind = COND_OR;
	for (size_t i = 0; i < n; i++) {
		n_v4 += find_literal(&products[i], &family) < products[i].n;
		n_v6 += find_literal(&products[i], &other) < products[i].n;
	}
	if (n_v4 && n_v6)
		by = &family;
	else if (n_v6 && n_v6 < n)
		by = &other;
	else
		by = most_shared(products, n);

	if (!by) {
		for (size_t i = 0; i < n; i++)
			add_item(arena, cond, &room, factor(f, &products[i], 1));
		return finish(arena, cond);
	}
	with = ARENA_ARRAY(arena, struct product, n);
	without = ARENA_ARRAY(arena, struct product, n);
	for (size_t i = 0; i < n; i++) {
		if (find_literal(&products[i], by) < products[i].n)
			with[n_with++] = products[i];
		else
			without[n_without++] = products[i];
	}
	add_item(arena, cond, &room, factor(f, with, n_with));
	add_item(arena, cond, &room, factor(f, without, n_without));
	return finish(arena, cond);
}

static struct cond *factor(struct factoring *f, struct product *products, size_t n)
{
	struct arena *arena = f->lowering->arena;
	struct cond *cond = ARENA_NEW(arena, struct cond);
	size_t room = 0;

	cond->span = f->rule->span;
	cond->kind = n ? COND_TRUE : COND_OR;
	for (size_t i = 0; i < n; i++)
		if (!products[i].n)
			return cond;
	if (!n)
		return cond;

	cond->kind = COND_AND;
	cond->span = (struct span){ 0 };
	for (size_t k = 0; k < products[0].n;) {
		struct literal literal = products[0].literals[k];
		bool common = true;

		for (size_t i = 1; i < n && common; i++)
			common = find_literal(&products[i], &literal) < products[i].n;
		if (!common) {
			k++;
			continue;
		}
		for (size_t i = 0; i < n; i++)
			remove_literal(&products[i], find_literal(&products[i], &literal));
		add_item(arena, cond, &room, cond_of_literal(f->lowering, f->rule, &literal));
	}
	if (n > 1)
		add_item(arena, cond, &room, cond->n ? factor(f, products, n) : split(f, products, n));
	return finish(arena, cond);
}

struct cond *lower_rule_cond(struct lowering *lowering, const struct rule *rule)
{
	struct factoring f = { lowering, rule };
	struct product *products = ARENA_ARRAY(lowering->arena, struct product, rule->n_terms);
	size_t n = 0;

	for (size_t i = 0; i < rule->n_terms; i++) {
		bool never;
		struct product product = product_of_term(lowering->arena, rule, &rule->terms[i], &never);

		if (!never)
			products[n++] = product;
	}
	n = merge_all(lowering->arena, products, n);
	return factor(&f, products, n);
}
