/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Tests that follow from others. A field of the transport header is there if the protocol has it and the packet is no
 * later fragment, so a test of such a field says that much of protocol and fragment, too.
 */
#include "reduce_parts.h"

#include "ip_proto.h"
#include "rangeset.h"

#define UNKNOWN UINT32_MAX
#define NEVER (UINT32_MAX - 1)

#define LAST_FRAGMENT 2u

static struct range ranges_with_ports[] = {
	{ PROTO_TCP, PROTO_TCP }, { PROTO_UDP, PROTO_UDP }, { PROTO_SCTP, PROTO_SCTP },
};
static struct range range_icmp = { PROTO_ICMP, PROTO_ICMP }, range_icmp6 = { PROTO_ICMPV6, PROTO_ICMPV6 };
static struct range range_with_header = { 0, 1 }; /* of FIELD_FRAGMENT: whole, first */

static const struct rangeset with_ports = { 3, ranges_with_ports, NULL }, tcp = { 1, ranges_with_ports, NULL };
static const struct rangeset icmp = { 1, &range_icmp, NULL }, icmp6 = { 1, &range_icmp6, NULL };
static const struct rangeset with_header = { 1, &range_with_header, NULL };

/* The tests of one term, worked on. */
struct tests {
	struct reducing *r;
	enum family family;
	size_t n;
	struct number_test *tests;
};

static const struct class_source *source_of(const struct tests *t, size_t test)
{
	return &t->r->input->sources[t->tests[test].source];
}

/* FIELD_NEEDS_NET for what every packet has. */
static enum field_needs needs_of(const struct tests *t, size_t test)
{
	const struct class_source *source = source_of(t, test);

	return source->kind == SOURCE_FIELD ? field_table[source->field].needs : FIELD_NEEDS_NET;
}

static u128 last_value(const struct class_source *source)
{
	if (source->kind == SOURCE_MEMBER)
		return 1;
	if (source->kind == SOURCE_STATE)
		return N_STATES - 1;
	return source->field == FIELD_FRAGMENT ? LAST_FRAGMENT : u128_ones(field_table[source->field].bits);
}

static bool is_full(const struct tests *t, size_t test)
{
	const struct rangeset *set = reduce_set(t->r, t->tests[test].set);

	return set->n && !set->ranges[0].lo && set->ranges[0].hi >= last_value(source_of(t, test));
}

static int find_field(const struct tests *t, enum field field)
{
	for (size_t i = 0; i < t->n; i++)
		if (source_of(t, i)->kind == SOURCE_FIELD && source_of(t, i)->field == field)
			return (int)i;
	return -1;
}

static const struct rangeset *protocols(enum family family, enum field_needs needs)
{
	if (needs == FIELD_NEEDS_ICMP)
		return family == FAMILY_V4 ? &icmp : &icmp6;
	return needs == FIELD_NEEDS_TCP ? &tcp : &with_ports;
}

static bool of_header(enum field_needs needs)
{
	return needs == FIELD_NEEDS_PORTS || needs == FIELD_NEEDS_TCP || needs == FIELD_NEEDS_ICMP;
}

/* The protocols that tests of the transport header leave; NULL: there is no such test. */
static const struct rangeset *implied_protocols(struct tests *t)
{
	const struct rangeset *implied = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct rangeset *set;

		if (!of_header(needs_of(t, i)))
			continue;
		set = protocols(t->family, needs_of(t, i));
		implied = implied ? rangeset_intersect(t->r->arena, implied, set) : set;
	}
	return implied;
}

static void drop(struct tests *t, size_t test)
{
	t->n--;
	for (size_t i = test; i < t->n; i++)
		t->tests[i] = t->tests[i + 1];
}

/* False: nothing is left. */
static bool narrow(struct tests *t, int test, const struct rangeset *set)
{
	if (test >= 0) {
		set = rangeset_intersect(t->r->arena, reduce_set(t->r, t->tests[test].set), set);
		t->tests[test].set = reduce_set_number(t->r, set);
	}
	return set->n;
}

static bool is_within(const struct tests *t, int test, const struct rangeset *outer)
{
	return test >= 0 && rangeset_is_within(reduce_set(t->r, t->tests[test].set), outer);
}

/* Do the other tests say that the field is there? */
static bool is_there(struct tests *t, size_t test)
{
	enum field_needs needs = needs_of(t, test);
	bool begins, same = false, ports = false;
	int proto = find_field(t, FIELD_PROTO), fragment = find_field(t, FIELD_FRAGMENT);

	if (needs == FIELD_NEEDS_NET)
		return true;
	if (!of_header(needs))
		return false;
	for (size_t i = 0; i < t->n; i++) {
		same |= i != test && needs_of(t, i) == needs;
		ports |= i != test && (needs_of(t, i) == FIELD_NEEDS_PORTS || needs_of(t, i) == FIELD_NEEDS_TCP);
	}
	if (same || (needs == FIELD_NEEDS_PORTS && ports))
		return true;
	begins = ports || is_within(t, fragment, &with_header);
	return begins && is_within(t, proto, protocols(t->family, needs));
}

static void drop_full(struct tests *t)
{
	for (size_t i = 0; i < t->n;)
		if (is_full(t, i) && is_there(t, i))
			drop(t, i);
		else
			i++;
}

/* False: no packet satisfies them. */
static bool simplify(struct tests *t)
{
	const struct rangeset *implied;

	for (size_t i = 0; i < t->n; i++)
		if (!reduce_set(t->r, t->tests[i].set)->n)
			return false;
	drop_full(t);
	implied = implied_protocols(t);
	if (implied) {
		if (!narrow(t, find_field(t, FIELD_PROTO), implied))
			return false;
		if (!narrow(t, find_field(t, FIELD_FRAGMENT), &with_header))
			return false;
		drop_full(t);
	}
	return true;
}

/* Of a condition: a copy to work on. */
static struct tests tests_of(struct reducing *r, enum family family, uint32_t condition)
{
	struct tests t = { .r = r, .family = family };
	const struct number_test *tests = reduce_tests(r, condition, &t.n);

	t.tests = ARENA_ARRAY(&r->scratch, struct number_test, t.n + 1);
	for (size_t i = 0; i < t.n; i++)
		t.tests[i] = tests[i];
	return t;
}

static uint32_t *unknown_numbers(struct reducing *r)
{
	uint32_t *numbers = ARENA_ARRAY(&r->scratch, uint32_t, N_FAMILIES * r->conditions.n + 1);

	for (size_t i = 0; i < N_FAMILIES * r->conditions.n; i++)
		numbers[i] = UNKNOWN;
	return numbers;
}

void reduce_tests_of_terms(struct reducing *r)
{
	/* Of each condition what it becomes: there are few, and many terms. */
	uint32_t *becomes = unknown_numbers(r);

	for (size_t i = 0; i < r->n; i++) {
		struct reduced *term = &r->terms[i];
		uint32_t *slot = &becomes[N_FAMILIES * term->condition + term->family];
		size_t n = r->conditions.items[term->condition].n / 2;

		if (*slot == UNKNOWN) {
			struct tests t = tests_of(r, term->family, term->condition);

			*slot = simplify(&t) ? reduce_condition_number(r, t.tests, t.n) : NEVER;
		}
		if (*slot == NEVER) {
			term->gone = true;
			r->reduction->impossible++;
			continue;
		}
		term->condition = *slot;
		r->reduction->tests += n - r->conditions.items[*slot].n / 2;
	}
	reduce_compact(r);
}

/* Do tests of the transport header say all that this one, of protocol or fragment, says? */
static bool is_implied(struct tests *t, int test)
{
	const struct rangeset *implied = implied_protocols(t);
	const struct rangeset *set = reduce_set(t->r, t->tests[test].set);

	if (implied && source_of(t, (size_t)test)->field == FIELD_FRAGMENT)
		implied = &with_header;
	return implied && rangeset_is_within(implied, set);
}

/*
 * Only where nobody asks the source any more: while some term does, the test costs nothing, and without it conditions
 * are told apart in more ways than packets can be.
 */
static void drop_implied_source(struct reducing *r, enum field field)
{
	uint32_t *becomes = unknown_numbers(r);
	size_t dropped = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct reduced *term = &r->terms[i];
		uint32_t *slot = &becomes[N_FAMILIES * term->condition + term->family];
		struct tests t;
		int test;

		if (*slot != UNKNOWN)
			continue;
		t = tests_of(r, term->family, term->condition);
		test = find_field(&t, field);
		if (test >= 0) {
			if (!is_implied(&t, test))
				return;
			drop(&t, (size_t)test);
		}
		*slot = reduce_condition_number(r, t.tests, t.n);
	}
	for (size_t i = 0; i < r->n; i++) {
		uint32_t before = r->terms[i].condition, after = becomes[N_FAMILIES * before + r->terms[i].family];

		dropped += before != after;
		r->terms[i].condition = after;
	}
	r->reduction->tests += dropped;
}

void reduce_implied_sources(struct reducing *r)
{
	drop_implied_source(r, FIELD_PROTO);
	drop_implied_source(r, FIELD_FRAGMENT);
}
