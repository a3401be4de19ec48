/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "flow_table.h"

#include "boot.h"
#include "event_format.h"
#include "fnv.h"
#include "interfaces.h"
#include "kept_file.h"
#include "memory.h"
#include "verdict.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAGIC "sentry flowtab 1"
#define N_NAMES 16384
#define NAME_SLOTS (2 * N_NAMES)
#define TCP_FIN 1
#define TCP_RST 4
#define LATEST_NS (INT64_MAX / 4) /* no machine runs for that long: sums with it stay numbers */
#define CLOSED_NS 2000000000LL /* after a FIN or RST, nothing for so long: it is over */

enum list {
	LIST_SEEN,  /* by when a packet came last */
	LIST_TOLD,  /* by when it was told of last */
	N_LISTS,
};

/* A number of 0 is none: cells are counted from 1. */
struct link {
	uint32_t before, behind;
};

struct cell {
	uint64_t used; /* 0: free */
	struct flow_key key;
	uint64_t packets, bytes;
	uint64_t told_packets, told_bytes;
	int64_t first_ns, last_ns, told_ns; /* CLOCK_MONOTONIC */
	uint32_t generation;
	uint32_t tcp_flags;
	uint32_t chain; /* the next of the same hash, or of the free ones; rebuilt on opening, as the links are */
	struct link links[N_LISTS];
	uint32_t reserved;
};

struct start {
	char magic[16];
	char boot[BOOT_TEXT];
	uint32_t cell_size, most;
};

/* The file. */
struct head {
	struct start start;
	uint32_t n_names, reserved;
	struct flow_name names[N_NAMES];
};

struct flow_table {
	struct flow_settings settings;
	void (*emit)(void *context, struct item *item);
	void *context;
	struct kept_file kept;
	struct head *head;     /* where it begins */
	struct cell *cells;    /* cells[0] is not used */
	size_t n;
	uint64_t pressed;
	uint32_t free_cells;
	uint32_t n_buckets;    /* a power of two */
	uint32_t *buckets;
	uint16_t *name_slots;  /* by hash; 0: none */
	struct link ends[N_LISTS]; /* behind: the first, the oldest; before: the last */
};

static void unlink_cell(struct flow_table *table, enum list list, uint32_t number)
{
	struct link *link = &table->cells[number].links[list], *ends = &table->ends[list];

	*(link->before ? &table->cells[link->before].links[list].behind : &ends->behind) = link->behind;
	*(link->behind ? &table->cells[link->behind].links[list].before : &ends->before) = link->before;
}

static void link_last(struct flow_table *table, enum list list, uint32_t number)
{
	struct link *link = &table->cells[number].links[list], *ends = &table->ends[list];

	*link = (struct link){ .before = ends->before };
	*(ends->before ? &table->cells[ends->before].links[list].behind : &ends->behind) = number;
	ends->before = number;
}

/* As FNV-1a, over the words of the key. */
static uint32_t *bucket_of(const struct flow_table *table, const struct flow_key *key)
{
	uint64_t hash = FNV_BASIS, word;

	_Static_assert(sizeof(*key) % sizeof(word) == 0, "struct flow_key is not whole words");
	for (size_t i = 0; i < sizeof(*key); i += sizeof(word)) {
		memcpy(&word, (const char *)key + i, sizeof(word));
		hash = (hash ^ word) * FNV_PRIME;
		hash ^= hash >> 32;
	}
	return &table->buckets[hash & (table->n_buckets - 1)];
}

static const char *word(uint8_t verdict)
{
	return verdict <= SENTRY_REJECT ? verdict_words[verdict] : "";
}

static void tell(struct flow_table *table, struct cell *cell, enum flow_end end)
{
	const struct flow_name *name = &table->head->names[cell->key.name < N_NAMES ? cell->key.name : 0];
	int64_t offset = event_clock_offset();
	char interface[IF_NAMESIZE];
	struct item item;

	if (cell->packets == cell->told_packets && cell->bytes == cell->told_bytes)
		return;
	item_clear(&item, ITEM_FLOW);
	item.ends = cell->key.ends;
	item.ends.tcp_flags = (uint8_t)cell->tcp_flags;
	item.generation = cell->generation;
	item.line = name->line;
	item.text[TEXT_POLICY] = name->policy;
	item.text[TEXT_BLOCK] = name->block;
	item.text[TEXT_RULE] = name->rule;
	item.text[TEXT_VERDICT] = word(name->verdict);
	item.text[TEXT_DIRECTION] = cell->key.egress ? "egress" : "ingress";
	item.text[TEXT_INTERFACE] = interface_name(cell->key.ifindex, interface) ? interface : "";
	item.packets = cell->packets - cell->told_packets;
	item.bytes = cell->bytes - cell->told_bytes;
	item.packets_total = cell->packets;
	item.bytes_total = cell->bytes;
	item.first_ns = cell->first_ns + offset;
	item.last_ns = cell->last_ns + offset;
	item.end = end;
	cell->told_packets = cell->packets;
	cell->told_bytes = cell->bytes;
	table->emit(table->context, &item);
}

static void forget(struct flow_table *table, uint32_t number)
{
	struct cell *cell = &table->cells[number];
	uint32_t *at = bucket_of(table, &cell->key);

	while (*at != number)
		at = &table->cells[*at].chain;
	*at = cell->chain;
	for (int list = 0; list < N_LISTS; list++)
		unlink_cell(table, list, number);
	cell->used = 0;
	cell->chain = table->free_cells;
	table->free_cells = number;
	table->n--;
}

static struct cell *find(struct flow_table *table, const struct flow_key *key)
{
	uint32_t number = *bucket_of(table, key);

	while (number && memcmp(&table->cells[number].key, key, sizeof(*key)) != 0)
		number = table->cells[number].chain;
	return number ? &table->cells[number] : NULL;
}

static void enter(struct flow_table *table, uint32_t number)
{
	uint32_t *bucket = bucket_of(table, &table->cells[number].key);

	table->cells[number].chain = *bucket;
	*bucket = number;
	table->n++;
}

static struct cell *make(struct flow_table *table, const struct flow_key *key, const struct flow_change *change)
{
	struct cell *cell;
	uint32_t number;

	if (!table->free_cells) {
		number = table->ends[LIST_SEEN].behind;
		tell(table, &table->cells[number], FLOW_END_PRESSED);
		forget(table, number);
		table->pressed++;
	}
	number = table->free_cells;
	cell = &table->cells[number];
	table->free_cells = cell->chain;
	*cell = (struct cell){ .key = *key, .first_ns = change->first_ns, .last_ns = change->first_ns,
			       .told_ns = change->last_ns };
	enter(table, number);
	for (int list = 0; list < N_LISTS; list++)
		link_last(table, list, number);
	cell->used = 1;
	return cell;
}

void flow_table_add(struct flow_table *table, const struct flow_key *key, const struct flow_change *change)
{
	struct cell *cell = find(table, key);
	uint32_t number;

	if (!cell)
		cell = make(table, key, change);
	number = (uint32_t)(cell - table->cells);
	cell->packets += change->packets;
	cell->bytes += change->bytes;
	cell->tcp_flags |= change->tcp_flags;
	cell->generation = change->generation;
	if (change->first_ns < cell->first_ns)
		cell->first_ns = change->first_ns;
	if (change->last_ns > cell->last_ns)
		cell->last_ns = change->last_ns;
	unlink_cell(table, LIST_SEEN, number);
	link_last(table, LIST_SEEN, number);
}

/* The lists are in order of when things were heard of, which may differ a little from when they happened: what is late waits. */
void flow_table_tick(struct flow_table *table, int64_t now_ns)
{
	uint32_t number, behind;

	for (number = table->ends[LIST_SEEN].behind; number; number = behind) {
		struct cell *cell = &table->cells[number];
		bool closed = cell->key.ends.protocol == IPPROTO_TCP && cell->tcp_flags & (TCP_FIN | TCP_RST);
		int64_t quiet = now_ns - cell->last_ns;

		behind = cell->links[LIST_SEEN].behind;
		if (quiet < CLOSED_NS && quiet < table->settings.idle_ns)
			break;
		if (!closed && quiet < table->settings.idle_ns)
			continue;
		tell(table, cell, closed ? FLOW_END_CLOSED : FLOW_END_IDLE);
		forget(table, number);
	}
	for (number = table->ends[LIST_TOLD].behind; number; number = behind) {
		struct cell *cell = &table->cells[number];

		behind = cell->links[LIST_TOLD].behind;
		if (now_ns - cell->told_ns < table->settings.active_ns)
			break;
		tell(table, cell, FLOW_END_ACTIVE);
		cell->told_ns = now_ns;
		unlink_cell(table, LIST_TOLD, number);
		link_last(table, LIST_TOLD, number);
	}
}

static bool same_name(const struct flow_name *a, const struct flow_name *b)
{
	return strcmp(a->rule, b->rule) == 0 && strcmp(a->policy, b->policy) == 0 && strcmp(a->block, b->block) == 0 &&
	       a->verdict == b->verdict;
}

/* Where it is, or where it should be. */
static uint16_t *name_slot(const struct flow_table *table, const struct flow_name *name)
{
	const char *const texts[] = { name->policy, name->block, name->rule };
	uint32_t hash = 0x811c9dc5;

	for (size_t i = 0; i < 3; i++) {
		for (const char *at = texts[i]; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 0x01000193;
	}
	hash ^= hash >> 15;
	while (table->name_slots[hash % NAME_SLOTS] &&
	       !same_name(&table->head->names[table->name_slots[hash % NAME_SLOTS]], name))
		hash++;
	return &table->name_slots[hash % NAME_SLOTS];
}

uint32_t flow_table_name(struct flow_table *table, const struct flow_name *name)
{
	struct head *head = table->head;
	uint16_t *slot = name_slot(table, name);

	if (!*slot) {
		if (head->n_names == N_NAMES)
			return 0;
		head->names[head->n_names] = *name;
		*slot = (uint16_t)head->n_names++;
	}
	head->names[*slot].line = name->line;
	return *slot;
}

size_t flow_table_size(const struct flow_table *table)
{
	return table->n;
}

uint64_t flow_table_pressed(const struct flow_table *table)
{
	return table->pressed;
}

/* What a kill has left is whole; what somebody else wrote need not be. */
static bool is_whole(const struct flow_table *table, const struct cell *cell)
{
	return cell->used && cell->key.name < table->head->n_names && cell->told_packets <= cell->packets &&
	       cell->told_bytes <= cell->bytes && cell->first_ns >= 0 && cell->last_ns >= cell->first_ns &&
	       cell->last_ns < LATEST_NS && cell->told_ns >= 0 && cell->told_ns < LATEST_NS;
}

static void end_texts(struct flow_name *name)
{
	name->policy[FLOW_NAME_SIZE - 1] = name->block[FLOW_NAME_SIZE - 1] = name->rule[FLOW_NAME_SIZE - 1] = '\0';
}

static int by_seen(const void *a, const void *b, void *context)
{
	const struct cell *cells = context, *x = &cells[*(const uint32_t *)a], *y = &cells[*(const uint32_t *)b];

	return (x->last_ns > y->last_ns) - (x->last_ns < y->last_ns);
}

static int by_told(const void *a, const void *b, void *context)
{
	const struct cell *cells = context, *x = &cells[*(const uint32_t *)a], *y = &cells[*(const uint32_t *)b];

	return (x->told_ns > y->told_ns) - (x->told_ns < y->told_ns);
}

/* Chains and lists follow from the cells: who was seen, or told of, longest ago is the first of its list. */
static void rebuild(struct flow_table *table)
{
	static int (*const orders[N_LISTS])(const void *, const void *, void *) = {
		[LIST_SEEN] = by_seen, [LIST_TOLD] = by_told,
	};
	uint32_t *numbers = allocate(table->settings.most, sizeof(*numbers));

	for (uint32_t i = 1; i < table->head->n_names; i++) {
		end_texts(&table->head->names[i]);
		*name_slot(table, &table->head->names[i]) = (uint16_t)i;
	}
	end_texts(&table->head->names[0]);
	for (uint32_t i = table->settings.most; i > 0; i--) {
		struct cell *cell = &table->cells[i];

		if (is_whole(table, cell) && !find(table, &cell->key)) {
			numbers[table->n] = i;
			enter(table, i);
			continue;
		}
		cell->used = 0;
		cell->chain = table->free_cells;
		table->free_cells = i;
	}
	for (int list = 0; list < N_LISTS; list++) {
		qsort_r(numbers, table->n, sizeof(*numbers), orders[list], table->cells);
		for (size_t i = 0; i < table->n; i++)
			link_last(table, list, numbers[i]);
	}
	free(numbers);
}

struct flow_table *flow_table_open(const char *file, const struct flow_settings *settings,
				   void (*emit)(void *context, struct item *item), void *context)
{
	size_t bytes = sizeof(struct head) + ((size_t)settings->most + 1) * sizeof(struct cell);
	struct start wanted = { .magic = MAGIC, .cell_size = sizeof(struct cell), .most = settings->most };
	struct flow_table *table;
	struct kept_file kept;
	struct head *head;

	if (!kept_file_open(&kept, file, bytes, false))
		return NULL;
	head = kept.memory;
	table = allocate(1, sizeof(*table));
	*table = (struct flow_table){ .settings = *settings, .emit = emit, .context = context, .kept = kept, .head = head };
	table->cells = (struct cell *)(head + 1);
	for (table->n_buckets = 1024; table->n_buckets < settings->most; table->n_buckets *= 2)
		continue;
	table->buckets = allocate(table->n_buckets, sizeof(*table->buckets));
	table->name_slots = allocate(NAME_SLOTS, sizeof(*table->name_slots));
	boot_identity(wanted.boot);
	if (head->n_names < 1 || head->n_names > N_NAMES)
		head->start = (struct start){ 0 };
	if (!kept_file_holds(&table->kept, &wanted, sizeof(wanted))) {
		head->n_names = 1;
		head->names[0].verdict = 3;
		kept_file_begun(&table->kept, &wanted, sizeof(wanted));
	}
	rebuild(table);
	return table;
}

void flow_table_close(struct flow_table *table, bool tell_all)
{
	uint32_t number;

	if (!table)
		return;
	while (tell_all && (number = table->ends[LIST_SEEN].behind)) {
		tell(table, &table->cells[number], FLOW_END_FORCED);
		forget(table, number);
	}
	kept_file_close(&table->kept);
	free(table->buckets);
	free(table->name_slots);
	free(table);
}
