/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * All packets of one IP version. The values of a field fall into cuts for which the
 * same clauses hold. Each protocol and fragment is taken with each cut of each field in
 * turn; since a packet matches where all its fields do, packets that agree so far
 * can be counted together, and only how many they are is kept.
 */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

struct cuts {
	size_t n, room;
	struct class *list; /* as classes: what holds, and how many values */
};

struct building {
	const struct subject *subject;
	int version;
	uint64_t present;                /* matches that have this IP version */
	uint64_t wants[N_FIELDS];
	struct cuts cuts[N_FIELDS];
};

static uint64_t key_hash(const struct class *key)
{
	struct random random = { key->holds };

	random.state ^= random_next(&random) + key->fixed[SRC];
	random.state ^= random_next(&random) + key->fixed[DST];
	return random_next(&random);
}

static bool key_equal(const struct class *a, const struct class *b)
{
	return a->holds == b->holds && a->fixed[SRC] == b->fixed[SRC] && a->fixed[DST] == b->fixed[DST];
}

static void rehash(struct classes *classes)
{
	size_t slots;

	classes->room = classes->room ? classes->room * 2 : 64;
	slots = classes->room * 2;
	classes->list = realloc(classes->list, classes->room * sizeof(*classes->list));
	free(classes->table);
	classes->table = calloc(slots, sizeof(*classes->table));
	if (!classes->list || !classes->table)
		abort();
	for (size_t i = 0; i < classes->n; i++) {
		size_t slot = key_hash(&classes->list[i]) & (slots - 1);

		while (classes->table[slot])
			slot = (slot + 1) & (slots - 1);
		classes->table[slot] = i + 1;
	}
}

bool classes_add(struct classes *classes, const struct class *class)
{
	size_t slots, slot;

	if (classes->n == classes->room)
		rehash(classes);
	slots = classes->room * 2;
	for (slot = key_hash(class) & (slots - 1); classes->table[slot]; slot = (slot + 1) & (slots - 1)) {
		struct class *found = &classes->list[classes->table[slot] - 1];

		if (key_equal(found, class)) {
			found->weight = big_add(found->weight, class->weight);
			return false;
		}
	}
	classes->list[classes->n++] = *class;
	classes->table[slot] = classes->n;
	return true;
}

void classes_free(struct classes *classes)
{
	free(classes->list);
	free(classes->table);
	memset(classes, 0, sizeof(*classes));
}

/* What holds for one value of a field. */
static struct class judge(const struct building *building, enum field field, u128 value)
{
	const struct subject *subject = building->subject;
	struct class cut = { 0 };

	for (unsigned i = 0; i < subject->n; i++) {
		const struct match *match = subject->match[i];
		bool holds = field_holds(subject->policy[i], match, building->version, field, value);
		int side = field == F_SRC ? SRC : DST;

		if ((field == F_SRC || field == F_DST) && match->side[side].form >= ADDR_LIT_OR_SET) {
			cut.fixed[side] |= (uint64_t)holds << i;
			holds = true;
		}
		cut.holds |= (uint64_t)holds << i;
	}
	return cut;
}

static void cuts_add(struct cuts *cuts, const struct class *cut)
{
	for (size_t i = 0; i < cuts->n; i++)
		if (key_equal(&cuts->list[i], cut)) {
			cuts->list[i].weight = big_add(cuts->list[i].weight, cut->weight);
			return;
		}
	if (cuts->n == cuts->room) {
		cuts->room = cuts->room * 2 + 16;
		cuts->list = realloc(cuts->list, cuts->room * sizeof(*cuts->list));
		if (!cuts->list)
			abort();
	}
	cuts->list[cuts->n++] = *cut;
}

/* Where something can change: the first value of each range, and the one after. */
struct edges {
	size_t n, room;
	u128 *list;
};

static void edge(struct edges *edges, u128 value, u128 lo, u128 hi)
{
	if (value < lo || value > hi)
		return;
	if (edges->n == edges->room) {
		edges->room = edges->room * 2 + 64;
		edges->list = realloc(edges->list, edges->room * sizeof(*edges->list));
		if (!edges->list)
			abort();
	}
	edges->list[edges->n++] = value;
}

static void edge_range(struct edges *edges, struct range range, u128 lo, u128 hi)
{
	edge(edges, range.lo, lo, hi);
	if (range.hi < hi)
		edge(edges, range.hi + 1, lo, hi);
}

static void edges_of(struct edges *edges, const struct building *building, enum field field, u128 lo, u128 hi)
{
	const struct subject *subject = building->subject;

	for (unsigned i = 0; i < subject->n; i++) {
		const struct match *match = subject->match[i];

		if (field == F_SRC || field == F_DST) {
			int side = field == F_SRC ? SRC : DST;
			const struct address *address = &match->side[side];
			const struct net *net = &subject->policy[i]->nets[side][address->net];

			for (unsigned j = 0; j < address->n; j++)
				if (address->literals[j].version == building->version)
					edge_range(edges, address->literals[j].range, lo, hi);
			for (unsigned j = 0; j < net->n; j++)
				if (net->literals[j].version == building->version)
					edge_range(edges, net->literals[j].range, lo, hi);
		} else {
			for (unsigned j = 0; j < match->values[field].n; j++)
				edge_range(edges, match->values[field].ranges[j], lo, hi);
		}
	}
}

static int by_value(const void *a, const void *b)
{
	u128 x = *(const u128 *)a, y = *(const u128 *)b;

	return x < y ? -1 : x > y;
}

static void cut_field(struct building *building, enum field field, u128 lo, u128 hi)
{
	struct cuts *cuts = &building->cuts[field];
	struct edges edges = { 0 };

	cuts->n = 0;
	if (hi - lo < 256) {
		for (u128 value = lo; value <= hi; value++)
			edge(&edges, value, lo, hi);
	} else {
		edge(&edges, lo, lo, hi);
		edges_of(&edges, building, field, lo, hi);
		qsort(edges.list, edges.n, sizeof(*edges.list), by_value);
	}
	for (size_t i = 0; i < edges.n; i++) {
		u128 last = hi;
		struct class cut;

		if (i + 1 < edges.n && edges.list[i + 1] == edges.list[i])
			continue;
		if (i + 1 < edges.n)
			last = edges.list[i + 1] - 1;
		cut = judge(building, field, edges.list[i]);
		cut.weight = big_add(big_from(last - edges.list[i]), big_from(1));
		cuts_add(cuts, &cut);
	}
	free(edges.list);
}

/* Fields that a packet may lack: then no match that asks for it holds, and the field is one value. */
static void cut_absent(struct building *building, enum field field)
{
	struct class cut = { .holds = ~building->wants[field], .weight = big_from(1) };

	cuts_add(&building->cuts[field], &cut);
}

static void cut_all(struct building *building)
{
	static const u128 highest[N_FIELDS] = {
		[F_SPORT] = 65535, [F_DPORT] = 65535, [F_FLAGS] = 255, [F_TYPE] = 255, [F_CODE] = 255,
		[F_VLAN] = 4095, [F_TTL] = 255, [F_DSCP] = 63,
	};

	for (enum field field = 0; field < N_FIELDS; field++) {
		if (field == F_SRC || field == F_DST)
			cut_field(building, field, 0, building->version == V4 ? 0xffffffff : ~(u128)0);
		else if (building->wants[field] && highest[field])
			cut_field(building, field, 0, highest[field]);
		if (field == F_VLAN && building->wants[field])
			cut_absent(building, field);
	}
}

static void fold(struct classes *into, const struct classes *so_far, const struct cuts *cuts)
{
	for (size_t i = 0; i < so_far->n; i++)
		for (size_t j = 0; j < cuts->n; j++) {
			const struct class *a = &so_far->list[i], *b = &cuts->list[j];
			struct class both = { .holds = a->holds & b->holds };

			for (int side = 0; side < N_SIDES; side++)
				both.fixed[side] = (a->fixed[side] | b->fixed[side]) & both.holds;
			both.weight = big_mul(a->weight, b->weight);
			classes_add(into, &both);
		}
}

/* The packets of some protocols that behave alike, in one kind of fragment. */
static void packets_of(struct building *building, const struct class *first, const struct packet *example,
		       struct classes *classes)
{
	struct classes so_far = { 0 };
	double points = 1;

	classes_add(&so_far, first);
	for (enum field field = 0; field < N_FIELDS; field++) {
		struct classes next = { 0 };
		struct cuts *cuts = &building->cuts[field];
		bool optional = field != F_SRC && field != F_DST;

		if (field == F_PROTO || field == F_FRAGMENT || (optional && !building->wants[field]))
			continue;
		if (field == F_LENGTH)
			cut_field(building, field,
				  least_length(building->version, (unsigned)example->value[F_PROTO],
					       (int)example->value[F_FRAGMENT]),
				  building->version == V4 ? 65535 : 65575);
		if (field != F_VLAN && !packet_has(example, field)) {
			for (size_t i = 0; i < so_far.n; i++) {
				struct class class = so_far.list[i];

				class.holds &= ~building->wants[field];
				class.fixed[SRC] &= class.holds;
				class.fixed[DST] &= class.holds;
				classes_add(&next, &class);
			}
		} else {
			fold(&next, &so_far, cuts);
			points *= (double)cuts->n;
		}
		classes_free(&so_far);
		so_far = next;
	}
	for (size_t i = 0; i < so_far.n; i++)
		classes_add(classes, &so_far.list[i]);
	classes->points += points;
	classes_free(&so_far);
}

/* What distinguishes protocols but for the clauses about them. */
static unsigned proto_nature(int version, unsigned proto)
{
	struct packet packet = { .version = version, .value = { [F_PROTO] = proto } };

	return least_length(version, proto, WHOLE) | (unsigned)has_ports(proto) << 8 |
	       (unsigned)packet_has(&packet, F_FLAGS) << 9 | (unsigned)packet_has(&packet, F_TYPE) << 10 |
	       (unsigned)is_extension(proto) << 11;
}

static void all_fragments(struct building *building, const struct class *first, unsigned proto,
			  struct classes *classes)
{
	for (int fragment = WHOLE; fragment <= LATER; fragment++) {
		struct packet example = { .version = building->version };
		struct class start = *first;

		if (building->version == V6 && fragment != LATER && is_extension(proto))
			continue;
		example.value[F_PROTO] = proto;
		example.value[F_FRAGMENT] = (u128)fragment;
		start.holds &= building->present & judge(building, F_FRAGMENT, (u128)fragment).holds;
		packets_of(building, &start, &example, classes);
	}
}

void classes_build(const struct subject *subject, int version, struct classes *classes)
{
	struct building building = { .subject = subject, .version = version };
	struct class groups[256];
	unsigned natures[256], example[256], n = 0;

	memset(classes, 0, sizeof(*classes));
	for (unsigned i = 0; i < subject->n; i++) {
		if (!match_version(subject->policy[i], subject->match[i], version))
			continue;
		building.present |= 1ull << i;
		for (enum field field = 0; field < N_FIELDS; field++)
			if (match_wants(subject->match[i], field))
				building.wants[field] |= 1ull << i;
	}
	cut_all(&building);
	for (unsigned proto = 0; proto < 256; proto++) {
		struct class class = judge(&building, F_PROTO, proto);
		unsigned nature = proto_nature(version, proto), g;

		class.weight = big_from(1);
		for (g = 0; g < n && !(key_equal(&groups[g], &class) && natures[g] == nature); g++)
			;
		if (g < n) {
			groups[g].weight = big_add(groups[g].weight, class.weight);
			continue;
		}
		groups[n] = class;
		natures[n] = nature;
		example[n++] = proto;
	}
	for (unsigned g = 0; g < n; g++)
		all_fragments(&building, &groups[g], example[g], classes);
	for (enum field field = 0; field < N_FIELDS; field++)
		free(building.cuts[field].list);
}
