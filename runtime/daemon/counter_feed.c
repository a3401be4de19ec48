/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "counter_feed.h"

#include "counter_file.h"
#include "counters.h"
#include "fnv.h"
#include "hook.h"
#include "interfaces.h"
#include "memory.h"
#include "traffic.h"
#include "verdict.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct counter_feed {
	const struct site *site;
	struct telemetry *telemetry;
	struct outbox *outbox;
	const char *file;
	size_t n_slots;        /* of the hash table; a power of two */
	uint32_t *slots;       /* number of the counter + 1; 0: none */
	bool changed;          /* since the file was written */
};

/*
 * What makes a counter itself: of a rule policy, block and name; else the interface's number, direction, protocol or flags, verdict. Its
 * name is none of it: a number may get another, and keeps the last when the interface is gone.
 */
static const enum item_text identity[] = {
	TEXT_POLICY, TEXT_BLOCK, TEXT_RULE, TEXT_NAME,
};
#define N_IDENTITY (sizeof(identity) / sizeof(identity[0]))

#define NAME_OTHERS "(others)"
#define NAME_GONE "(gone)" /* and was never seen by its name */

/* Those of interfaces that are gone are forgotten when there are more counters. */
#define MANY_COUNTERS 16384

static uint64_t hash_of(const struct item *item, uint32_t ifindex)
{
	uint64_t hash = FNV_BASIS ^ (uint64_t)item->kind;

	for (size_t i = 0; i < N_IDENTITY; i++)
		hash = fnv_bytes(hash, item->text[identity[i]], strlen(item->text[identity[i]]) + 1);
	if (item->kind != ITEM_RULE) {
		hash = fnv_bytes(hash, item->text[TEXT_DIRECTION], 1);
		hash = fnv_bytes(hash, item->text[TEXT_VERDICT], 1);
		hash = fnv_bytes(hash, &ifindex, sizeof(ifindex));
	}
	return hash ^ hash >> 29;
}

static bool same(const struct tracked_counter *counter, const struct item *item, uint32_t ifindex)
{
	if (counter->kind != item->kind || counter->ifindex != ifindex)
		return false;
	for (size_t i = 0; i < N_IDENTITY; i++) {
		if (strcmp(counter->text[identity[i]], item->text[identity[i]]) != 0)
			return false;
	}
	return item->kind == ITEM_RULE || (strcmp(counter->text[TEXT_DIRECTION], item->text[TEXT_DIRECTION]) == 0 &&
					   strcmp(counter->text[TEXT_VERDICT], item->text[TEXT_VERDICT]) == 0);
}

static void free_texts(struct tracked_counter *counter)
{
	for (size_t i = 0; i < N_ITEM_TEXTS; i++)
		free(counter->text[i]);
}

static struct item as_item(const struct tracked_counter *counter)
{
	struct item item;

	item_clear(&item, counter->kind);
	for (size_t i = 0; i < N_ITEM_TEXTS; i++)
		item.text[i] = counter->text[i];
	return item;
}

static void index_counters(struct counter_feed *feed)
{
	struct telemetry *telemetry = feed->telemetry;

	free(feed->slots);
	feed->slots = allocate(feed->n_slots, sizeof(*feed->slots));
	for (size_t i = 0; i < telemetry->n_counters; i++) {
		struct item item = as_item(&telemetry->counters[i]);
		size_t at = hash_of(&item, telemetry->counters[i].ifindex) & (feed->n_slots - 1);

		while (feed->slots[at])
			at = (at + 1) & (feed->n_slots - 1);
		feed->slots[at] = (uint32_t)i + 1;
	}
}

static void set_texts(struct tracked_counter *counter, const struct item *item)
{
	for (size_t i = 0; i < N_ITEM_TEXTS; i++) {
		if (counter->text[i] && strcmp(counter->text[i], item->text[i]) == 0)
			continue;
		free(counter->text[i]);
		counter->text[i] = copy_text(item->text[i], strlen(item->text[i]));
	}
}

/* Of a rule, `ifindex` is 0. */
static struct tracked_counter *find(struct counter_feed *feed, const struct item *item, uint32_t ifindex)
{
	struct telemetry *telemetry = feed->telemetry;
	struct tracked_counter *counter;
	size_t at;

	if (2 * (telemetry->n_counters + 1) > feed->n_slots) {
		feed->n_slots = feed->n_slots ? 2 * feed->n_slots : 256;
		index_counters(feed);
	}
	at = hash_of(item, ifindex) & (feed->n_slots - 1);
	while (feed->slots[at]) {
		counter = &telemetry->counters[feed->slots[at] - 1];
		if (same(counter, item, ifindex))
			return counter;
		at = (at + 1) & (feed->n_slots - 1);
	}
	telemetry->counters = grow(telemetry->counters, telemetry->n_counters, sizeof(*telemetry->counters));
	counter = &telemetry->counters[telemetry->n_counters++];
	*counter = (struct tracked_counter){ .kind = item->kind, .ifindex = ifindex };
	set_texts(counter, item);
	feed->slots[at] = (uint32_t)telemetry->n_counters;
	return counter;
}

/*
 * What did not grow is not told of, but for rules once an hour: that a rule is there and meets nothing is worth knowing, and
 * nobody else can tell it from one that is not there.
 */
static bool is_worth_telling(struct tracked_counter *counter, const struct item *item)
{
	int64_t hour = time(NULL) / 3600;

	if (!item->packets && !item->bytes && (item->kind != ITEM_RULE || counter->told_hour == hour))
		return false;
	counter->told_hour = hour;
	return true;
}

/* The counter of the others that is like this one. */
static struct tracked_counter *others_of(struct counter_feed *feed, const struct item *item)
{
	struct item other = *item;

	other.text[TEXT_INTERFACE] = NAME_OTHERS;
	return find(feed, &other, 0);
}

/* What an interface has less than before was moved to the others: a generation that counted it was collected after it was gone. */
static void follow_move(struct counter_feed *feed, const struct item *item, uint32_t ifindex, const struct count *count)
{
	struct tracked_counter *counter = find(feed, item, ifindex), *others;
	int64_t packets = (int64_t)(counter->packets - count->packets) + counter->moved_packets;
	int64_t bytes = (int64_t)(counter->bytes - count->bytes) + counter->moved_bytes;

	if (packets <= 0 && bytes <= 0)
		return;
	counter->moved_packets -= packets;
	counter->moved_bytes -= bytes;
	others = others_of(feed, item);
	others->moved_packets += packets;
	others->moved_bytes += bytes;
	feed->changed = true;
}

/* A counter as it is in the kernel now. What it is less than before, it began anew. */
static void take(struct counter_feed *feed, struct item *item, uint32_t ifindex, const struct count *count)
{
	struct tracked_counter *counter;
	uint64_t packets, bytes;
	bool anew;

	if (ifindex)
		follow_move(feed, item, ifindex, count);
	counter = find(feed, item, ifindex);
	packets = count->packets - (uint64_t)counter->moved_packets;
	bytes = count->bytes - (uint64_t)counter->moved_bytes;
	anew = (int64_t)(packets - counter->packets) < 0 || (int64_t)(bytes - counter->bytes) < 0;
	if (anew) {
		counter->moved_packets = counter->moved_bytes = 0;
		packets = count->packets;
		bytes = count->bytes;
	}
	counter->present = true;
	counter->gone = false;
	if (counter->generation != item->generation || counter->line != item->line ||
	    strcmp(counter->text[TEXT_INTERFACE], item->text[TEXT_INTERFACE]) != 0) {
		set_texts(counter, item);
		counter->generation = item->generation;
		counter->line = item->line;
	}
	item->packets = packets - (anew ? 0 : counter->packets);
	item->bytes = bytes - (anew ? 0 : counter->bytes);
	feed->changed |= packets != counter->packets || bytes != counter->bytes;
	item->packets_total = counter->packets = packets;
	item->bytes_total = counter->bytes = bytes;
	if (is_worth_telling(counter, item))
		outbox_add(feed->outbox, item);
}

static void take_rules(struct counter_feed *feed, const struct generation *generation, size_t part,
		       const struct count *counts)
{
	const struct manifest *manifest = &generation->record.parts[part];
	const struct manifest_block *block = NULL;

	for (size_t i = 0; i < manifest->n_rules; i++) {
		const struct manifest_rule *rule = &manifest->rules[i];
		struct item item;

		if (!block || strcmp(block->name, rule->block) != 0)
			block = manifest_block(manifest, rule->block);
		item_clear(&item, ITEM_RULE);
		item.generation = generation->record.generation;
		item.line = rule->line > 0 ? (uint32_t)rule->line : 0;
		item.text[TEXT_POLICY] = manifest->policy;
		item.text[TEXT_BLOCK] = rule->block;
		item.text[TEXT_RULE] = rule->name;
		item.text[TEXT_VERDICT] = rule->verdict;
		item.text[TEXT_DIRECTION] = block ? direction_words[block->direction] : "";
		take(feed, &item, 0, &counts[i]);
	}
}

/* The name of one that is gone is what it was. */
static void name_interface(struct counter_feed *feed, struct item *item, uint32_t ifindex, const char *name)
{
	item->text[TEXT_INTERFACE] = *name ? name : NAME_GONE;
	if (!*name)
		item->text[TEXT_INTERFACE] = find(feed, item, ifindex)->text[TEXT_INTERFACE];
}

static void take_interface(struct counter_feed *feed, const struct traffic_interface *interface)
{
	char name[IF_NAMESIZE] = NAME_OTHERS;
	struct item item;

	if (interface->ifindex && !interface_name(interface->ifindex, name))
		*name = '\0';
	for (unsigned int direction = 0; direction < SENTRY_DIRECTIONS; direction++) {
		for (unsigned int class = 0; class < SENTRY_CLASSES; class++) {
			for (unsigned int verdict = 0; verdict < SENTRY_VERDICTS; verdict++) {
				if (!interface->counts[direction][class][verdict].packets)
					continue;
				item_clear(&item, ITEM_TRAFFIC);
				item.text[TEXT_DIRECTION] = direction_words[direction];
				item.text[TEXT_NAME] = traffic_class_words[class];
				item.text[TEXT_VERDICT] = verdict_words[verdict];
				name_interface(feed, &item, interface->ifindex, name);
				take(feed, &item, interface->ifindex, &interface->counts[direction][class][verdict]);
			}
		}
		for (unsigned int pattern = 0; pattern < SENTRY_FLAG_PATTERNS; pattern++) {
			struct count count = { .packets = interface->flags[direction][pattern] };
			char flags[ITEM_WORDS_SIZE];

			if (!count.packets)
				continue;
			/* The bits of a pattern are those of the header. */
			item_tcp_flags((uint8_t)pattern, flags);
			item_clear(&item, ITEM_FLAGS);
			item.text[TEXT_DIRECTION] = direction_words[direction];
			item.text[TEXT_NAME] = flags;
			name_interface(feed, &item, interface->ifindex, name);
			take(feed, &item, interface->ifindex, &count);
		}
	}
}

static bool is_counted(const struct traffic *traffic, uint32_t ifindex)
{
	for (size_t i = 0; i < traffic->n; i++) {
		if (traffic->items[i].ifindex == ifindex)
			return true;
	}
	return false;
}

/* Interfaces of which nothing is left where they were. */
static void follow_gone(struct counter_feed *feed, const struct traffic *traffic)
{
	static const struct count nothing;

	for (size_t i = 0; i < feed->telemetry->n_counters; i++) {
		struct tracked_counter *counter = &feed->telemetry->counters[i];
		struct item item = as_item(counter);

		if (counter->kind == ITEM_RULE || counter->gone || !counter->ifindex || is_counted(traffic, counter->ifindex))
			continue;
		counter->gone = true;
		follow_move(feed, &item, counter->ifindex, &nothing);
	}
}

static void forget_gone(struct counter_feed *feed)
{
	struct telemetry *telemetry = feed->telemetry;
	size_t kept = 0;

	if (telemetry->n_counters <= MANY_COUNTERS)
		return;
	for (size_t i = 0; i < telemetry->n_counters; i++) {
		struct tracked_counter *counter = &telemetry->counters[i];

		if (!counter->gone)
			telemetry->counters[kept++] = *counter;
		else
			free_texts(counter);
	}
	telemetry->n_counters = kept;
	index_counters(feed);
}

static void take_traffic(struct counter_feed *feed, const struct traffic *traffic)
{
	if (!traffic->on)
		return;
	follow_gone(feed, traffic);
	/* The others, 0, last: by then it is known what was moved to them. */
	for (size_t i = 0; i < traffic->n; i++) {
		if (traffic->items[i].ifindex)
			take_interface(feed, &traffic->items[i]);
	}
	if (traffic->n && !traffic->items[0].ifindex)
		take_interface(feed, &traffic->items[0]);
	forget_gone(feed);
}

static void mark_absent(struct telemetry *telemetry)
{
	for (size_t i = 0; i < telemetry->n_counters; i++)
		telemetry->counters[i].present = false;
}

/*
 * From when on the kernel counts: the directory that is made with the first policy, and goes with the last. 0: there is none. Numbers
 * of inodes there are given once.
 */
static uint64_t origin_of(const struct site *site)
{
	struct stat status;

	return stat(site->home.text, &status) == 0 ? status.st_ino : 0;
}

/* All counters begin at 0 again. */
static void begin_anew(struct counter_feed *feed, uint64_t origin)
{
	struct telemetry *telemetry = feed->telemetry;

	if (telemetry->counters_origin == origin)
		return;
	for (size_t i = 0; i < telemetry->n_counters; i++) {
		struct tracked_counter *counter = &telemetry->counters[i];

		counter->packets = counter->bytes = 0;
		counter->moved_packets = counter->moved_bytes = 0;
		counter->gone = false;
	}
	telemetry->counters_origin = origin;
	feed->changed = true;
}

static void take_all(struct counter_feed *feed, const struct generation *generation, const struct counters *counters,
		     const struct traffic *traffic)
{
	struct timespec now;

	mark_absent(feed->telemetry);
	for (size_t part = 0; part < counters->n_parts; part++)
		take_rules(feed, generation, part, counters->parts[part]);
	take_traffic(feed, traffic);
	clock_gettime(CLOCK_MONOTONIC, &now);
	feed->telemetry->last_read_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void keep(struct counter_feed *feed)
{
	if (feed->file && feed->changed)
		counter_file_write(feed->file, feed->telemetry);
	feed->changed = false;
}

bool counter_feed_read(struct counter_feed *feed, struct failure *why)
{
	struct generation generation;
	struct counters counters;
	struct traffic traffic;
	uint64_t origin = origin_of(feed->site);
	bool ok;

	if (!generation_current_identity(feed->site)) {
		mark_absent(feed->telemetry);
		return true;
	}
	if (!counters_current(feed->site, &generation, &counters, why))
		return false;
	ok = traffic_read(feed->site, &traffic, why);
	/* Removed and applied again meanwhile: whose numbers these are, nobody knows. The next time. */
	if (ok && origin_of(feed->site) == origin) {
		begin_anew(feed, origin);
		take_all(feed, &generation, &counters, &traffic);
		keep(feed);
	}
	if (ok)
		traffic_free(&traffic);
	counters_free(&counters);
	generation_close(&generation);
	return ok;
}

static void take_back(void *context, const struct tracked_counter *kept)
{
	struct item item = as_item(kept);
	struct tracked_counter *counter = find(context, &item, kept->ifindex);

	counter->packets = kept->packets;
	counter->bytes = kept->bytes;
	counter->moved_packets = kept->moved_packets;
	counter->moved_bytes = kept->moved_bytes;
}

struct counter_feed *counter_feed_new(const struct site *site, struct telemetry *telemetry, struct outbox *outbox,
				      const char *file)
{
	struct counter_feed *feed = allocate(1, sizeof(*feed));

	*feed = (struct counter_feed){ .site = site, .telemetry = telemetry, .outbox = outbox, .file = file };
	if (file)
		telemetry->counters_origin = counter_file_read(file, take_back, feed);
	return feed;
}

void counter_feed_free(struct counter_feed *feed)
{
	struct telemetry *telemetry = feed->telemetry;

	for (size_t i = 0; i < telemetry->n_counters; i++)
		free_texts(&telemetry->counters[i]);
	free(telemetry->counters);
	telemetry->counters = NULL;
	telemetry->n_counters = 0;
	free(feed->slots);
	free(feed);
}
