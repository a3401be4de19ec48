/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The session, and sets made of sets. Each dimension has one variable per bit, most
 * significant first, in the order of the space.
 *
 * BuDDy cannot go on after an error (a table that could not grow is smaller than it
 * believes), and a single operation may run for hours. So both an error and the end of the
 * effort leave the operation by longjmp, to the one place that started it; after that the
 * session only waits to be closed.
 */
#include "packetset_session.h"

#include "breakdown.h"

#include <setjmp.h>
#include <string.h>

enum {
	FIRST_NODES = 10000, /* small, for small policies should not wait for memory to be cleared */
	FIRST_CACHE = 10000,
	CACHE_RATIO = 8,     /* nodes per entry of each of six caches */
	MAX_INCREASE = 4000000,
	/* With 20 bytes each and the caches about 800 MiB. BuDDy itself computes percentages in an int, up to 21 million. */
	MAX_NODES = 20000000,
};

struct session packetset_session;
static jmp_buf abandon;

/*
 * Results that operations in progress refer to, two for each variable and four: BuDDy's own, which its header does not
 * tell. As gcc compiles BuDDy 2.4, a place is taken before the result is there, and if the table is full in between,
 * whatever malloc gave is followed as a node.
 */
extern int *bddrefstack;

/* Books what was made since the last time. */
static bool account(void)
{
	struct session *session = &packetset_session;
	bddStat stat;

	bdd_stats(&stat);
	if (!effort_take(session->effort, (uint64_t)(stat.produced - session->booked)))
		session->failed = true;
	session->booked = stat.produced;
	return !session->failed;
}

/* Collections happen whenever the table is full: often enough to look at the clock, even within an operation. */
static void on_collection(int before, bddGbcStat *stat)
{
	if (!before && (!account() || !effort_left(packetset_session.effort)))
		longjmp(abandon, 1);
}

/* Without memory BuDDy is left in pieces, which bdd_done would free twice. */
static void on_error(int code)
{
	if (code == BDD_MEMORY)
		out_of_memory();
	longjmp(abandon, 1);
}

static packetset fail(void)
{
	packetset_session.failed = true;
	return 0;
}

/* What an operation made is kept until the session is closed. */
static packetset keep(BDD set)
{
	bdd_addref(set);
	return account() ? set : 0;
}

bool packetset_decided(void)
{
	return packetset_session.open && !packetset_session.failed && !packetset_session.effort->spent;
}

packetset packetset_none(void)
{
	return 0;
}

packetset packetset_all(void)
{
	return packetset_session.all;
}

void packetset_release(packetset set)
{
	if (packetset_decided())
		bdd_delref(set);
}

static packetset apply(packetset a, packetset b, int operator)
{
	if (!packetset_decided())
		return 0;
	if (setjmp(abandon))
		return fail();
	return keep(bdd_apply(a, b, operator));
}

packetset packetset_or(packetset a, packetset b)
{
	return apply(a, b, bddop_or);
}

packetset packetset_and(packetset a, packetset b)
{
	return apply(a, b, bddop_and);
}

/* Unlike bddop_diff, which goes through all of `a`, this ends where `b` is decided. */
static BDD difference(BDD a, BDD b)
{
	return bdd_ite(b, bddfalse, a);
}

packetset packetset_minus(packetset a, packetset b)
{
	if (a == b || !packetset_decided())
		return 0;
	if (setjmp(abandon))
		return fail();
	return keep(difference(a, b));
}

packetset packetset_simplify(packetset set)
{
	if (!packetset_decided())
		return 0;
	if (setjmp(abandon))
		return fail();
	return keep(bdd_simplify(set, packetset_session.all));
}

packetset packetset_fields(packetset set)
{
	const struct session *session = &packetset_session;
	int *variables, n = 0;

	if (!packetset_decided())
		return 0;
	variables = ARENA_ARRAY(&packetset_session.arena, int, session->first[session->space->n]);
	for (size_t d = 0; d < session->space->n; d++)
		for (unsigned v = session->first[d]; v < session->first[d + 1]; v++)
			if (session->space->dimensions[d].kind != DIMENSION_FIELD)
				variables[n++] = (int)v;
	if (setjmp(abandon))
		return fail();
	return keep(bdd_exist(set, keep(bdd_makeset(variables, n))));
}

/* How many of the ranges begin below `value`. */
static size_t beginning_below(const struct range *ranges, size_t n, u128 value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges[middle].lo < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Of the numbers [base, base + 2^bits), of which `variable` is the highest bit, those in the
 * ranges, each followed by `tail`. All ranges meet these numbers. From the bottom up, each node is
 * made once: a list of 500,000 ranges takes no operation on sets.
 */
static BDD build_ranges(const struct range *ranges, size_t n, u128 base, unsigned bits, unsigned variable, BDD tail)
{
	BDD low, high, node;
	size_t below, above;
	u128 middle;

	if (!n)
		return 0;
	if (ranges[0].lo <= base && ranges[0].hi >= base + u128_ones(bits))
		return tail;
	middle = base + ((u128)1 << (bits - 1));
	below = beginning_below(ranges, n, middle);
	above = below && ranges[below - 1].hi >= middle ? below - 1 : below;
	low = bdd_addref(build_ranges(ranges, below, base, bits - 1, variable + 1, tail));
	high = bdd_addref(build_ranges(ranges + above, n - above, middle, bits - 1, variable + 1, tail));
	node = low == high ? low : bdd_ite(bdd_ithvar((int)variable), high, low);
	bdd_delref(low);
	bdd_delref(high);
	return node;
}

/* From the last dimension to the first: each set is built on top of what is there. */
static BDD build_product(const struct space *space, const struct cube *cube)
{
	BDD product = bddtrue;

	for (size_t d = space->n; d-- > 0;) {
		const struct dimension *dimension = &space->dimensions[d];
		struct range full = { .lo = 0, .hi = dimension->max };
		const struct rangeset *set = cube->sets[d];
		BDD tail = product;

		if (set && set->ranges[set->n - 1].hi > dimension->max)
			set = rangeset_intersect(&packetset_session.arena, set,
						 space_full(&packetset_session.arena, space, d));
		product = bdd_addref(build_ranges(set ? set->ranges : &full, set ? set->n : 1, 0, dimension->bits,
						  packetset_session.first[d], tail));
		bdd_delref(tail);
	}
	bdd_delref(product);
	return product;
}

packetset packetset_cube(const struct cube *cube)
{
	const struct session *session = &packetset_session;
	BDD product, possible;

	if (!packetset_decided())
		return 0;
	for (size_t d = 0; d < session->space->n; d++)
		if (cube->sets[d] && cube->sets[d]->name)
			packetset_remember(&session->space->dimensions[d], cube->sets[d]);
	if (setjmp(abandon))
		return fail();
	product = bdd_addref(build_product(session->space, cube));
	possible = difference(product, session->impossible);
	bdd_delref(product);
	return keep(possible);
}

static void build_all(void)
{
	struct session *session = &packetset_session;
	struct cube any = cube_any(&session->arena, session->space);
	packetset impossible = 0;

	for (size_t i = 0; i < session->space->n_impossible; i++)
		impossible = packetset_or(impossible, packetset_cube(&session->space->impossible[i]));
	session->impossible = impossible;
	session->all = packetset_cube(&any);
}

/* False: the effort is spent with that. */
static bool make_variables(void)
{
	struct session *session = &packetset_session;
	uint64_t limit = session->effort->max_nodes < MAX_NODES ? session->effort->max_nodes : MAX_NODES;
	bddStat stat;

	if (setjmp(abandon))
		return false;
	bdd_error_hook(on_error);
	bdd_gbc_hook(NULL);
	bdd_setvarnum((int)session->first[session->space->n]);
	memset(bddrefstack, 0, (2 * (size_t)session->first[session->space->n] + 4) * sizeof(*bddrefstack));
	bdd_setcacheratio(CACHE_RATIO);
	bdd_setmaxincrease(MAX_INCREASE);
	/* BuDDy refuses a limit below what it has; then the effort is spent soon. */
	if (limit > (uint64_t)bdd_getallocnum())
		bdd_setmaxnodenum((int)limit);
	bdd_stats(&stat);
	session->booked = stat.produced;
	bdd_gbc_hook(on_collection);
	return true;
}

bool packetset_open(const struct space *space, struct effort *effort)
{
	struct session *session = &packetset_session;
	struct breakdown breakdown;
	unsigned variables = 0;
	bool good;

	memset(session, 0, sizeof(*session));
	session->space = space;
	session->effort = effort;
	arena_init(&session->arena);
	session->first = ARENA_ARRAY(&session->arena, unsigned, space->n + 1);
	for (size_t d = 0; d < space->n; d++) {
		session->first[d] = variables;
		variables += space->dimensions[d].bits;
	}
	session->first[space->n] = variables;
	/* In the middle of either BuDDy trusts that there is memory, or frees what it has freed before. */
	breakdown_guard(&breakdown, "libbdd, which proves,");
	if (bdd_init(FIRST_NODES, FIRST_CACHE) < 0)
		out_of_memory();
	session->open = true;
	good = make_variables();
	breakdown_unguard(&breakdown);
	if (!good) {
		packetset_close();
		return false;
	}
	build_all();
	return true;
}

void packetset_close(void)
{
	if (!packetset_session.open)
		return;
	bdd_done();
	arena_fini(&packetset_session.arena);
	memset(&packetset_session, 0, sizeof(packetset_session));
}

static size_t slot_of(const struct node_table *table, int node)
{
	size_t slot = (size_t)((uint32_t)node * 2654435761u) & (table->room - 1);

	while (table->nodes[slot] && table->nodes[slot] != node)
		slot = (slot + 1) & (table->room - 1);
	return slot;
}

/* Kept at most half full; the room is a power of two. */
static void node_table_grow(struct arena *arena, struct node_table *table)
{
	struct node_table larger = { .n = table->n, .room = table->room ? 2 * table->room : 64 };

	larger.nodes = ARENA_ARRAY(arena, int, larger.room);
	larger.values = ARENA_ARRAY(arena, size_t, larger.room);
	for (size_t i = 0; i < table->room; i++) {
		size_t slot;

		if (!table->nodes[i])
			continue;
		slot = slot_of(&larger, table->nodes[i]);
		larger.nodes[slot] = table->nodes[i];
		larger.values[slot] = table->values[i];
	}
	*table = larger;
}

size_t *node_table_at(struct arena *arena, struct node_table *table, int node, bool *added)
{
	size_t slot;

	if (2 * table->n >= table->room)
		node_table_grow(arena, table);
	slot = slot_of(table, node);
	*added = !table->nodes[slot];
	if (*added) {
		table->nodes[slot] = node;
		table->n++;
	}
	return &table->values[slot];
}
