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

/* What makes a counter itself: of a rule policy, block and name; else interface, direction, protocol or flags, verdict. */
static const enum item_text identity[] = {
	TEXT_POLICY, TEXT_BLOCK, TEXT_RULE, TEXT_INTERFACE, TEXT_NAME,
};
#define N_IDENTITY (sizeof(identity) / sizeof(identity[0]))

static uint64_t hash_of(const struct item *item)
{
	uint64_t hash = FNV_BASIS ^ (uint64_t)item->kind;

	for (size_t i = 0; i < N_IDENTITY; i++)
		hash = fnv_bytes(hash, item->text[identity[i]], strlen(item->text[identity[i]]) + 1);
	if (item->kind != ITEM_RULE) {
		hash = fnv_bytes(hash, item->text[TEXT_DIRECTION], 1);
		hash = fnv_bytes(hash, item->text[TEXT_VERDICT], 1);
	}
	return hash ^ hash >> 29;
}

static bool same(const struct tracked_counter *counter, const struct item *item)
{
	if (counter->kind != item->kind)
		return false;
	for (size_t i = 0; i < N_IDENTITY; i++) {
		if (strcmp(counter->text[identity[i]], item->text[identity[i]]) != 0)
			return false;
	}
	return item->kind == ITEM_RULE || (strcmp(counter->text[TEXT_DIRECTION], item->text[TEXT_DIRECTION]) == 0 &&
					   strcmp(counter->text[TEXT_VERDICT], item->text[TEXT_VERDICT]) == 0);
}

static struct item as_item(const struct tracked_counter *counter)
{
	struct item item;

	item_clear(&item, counter->kind);
	for (size_t i = 0; i < N_ITEM_TEXTS; i++)
		item.text[i] = counter->text[i];
	return item;
}

static void widen(struct counter_feed *feed)
{
	struct telemetry *telemetry = feed->telemetry;

	feed->n_slots = feed->n_slots ? 2 * feed->n_slots : 256;
	free(feed->slots);
	feed->slots = allocate(feed->n_slots, sizeof(*feed->slots));
	for (size_t i = 0; i < telemetry->n_counters; i++) {
		struct item item = as_item(&telemetry->counters[i]);
		size_t at = hash_of(&item) & (feed->n_slots - 1);

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

static struct tracked_counter *find(struct counter_feed *feed, const struct item *item)
{
	struct telemetry *telemetry = feed->telemetry;
	struct tracked_counter *counter;
	size_t at;

	if (2 * (telemetry->n_counters + 1) > feed->n_slots)
		widen(feed);
	at = hash_of(item) & (feed->n_slots - 1);
	while (feed->slots[at]) {
		counter = &telemetry->counters[feed->slots[at] - 1];
		if (same(counter, item))
			return counter;
		at = (at + 1) & (feed->n_slots - 1);
	}
	telemetry->counters = grow(telemetry->counters, telemetry->n_counters, sizeof(*telemetry->counters));
	counter = &telemetry->counters[telemetry->n_counters++];
	*counter = (struct tracked_counter){ .kind = item->kind };
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

/* A counter as it is in the kernel now. What it is less than before, it began anew. */
static void take(struct counter_feed *feed, struct item *item, const struct count *count)
{
	struct tracked_counter *counter = find(feed, item);
	bool anew = count->packets < counter->packets || count->bytes < counter->bytes;

	counter->present = true;
	if (counter->generation != item->generation || counter->line != item->line) {
		set_texts(counter, item);
		counter->generation = item->generation;
		counter->line = item->line;
	}
	item->packets = count->packets - (anew ? 0 : counter->packets);
	item->bytes = count->bytes - (anew ? 0 : counter->bytes);
	if (!is_worth_telling(counter, item))
		return;
	item->packets_total = counter->packets = count->packets;
	item->bytes_total = counter->bytes = count->bytes;
	feed->changed = true;
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
		take(feed, &item, &counts[i]);
	}
}

static void take_interface(struct counter_feed *feed, const struct traffic_interface *interface)
{
	char name[IF_NAMESIZE] = "(others)";
	struct item item;

	if (interface->ifindex && !interface_name(interface->ifindex, name))
		strcpy(name, "(gone)");
	for (unsigned int direction = 0; direction < SENTRY_DIRECTIONS; direction++) {
		for (unsigned int class = 0; class < SENTRY_CLASSES; class++) {
			for (unsigned int verdict = 0; verdict < SENTRY_VERDICTS; verdict++) {
				if (!interface->counts[direction][class][verdict].packets)
					continue;
				item_clear(&item, ITEM_TRAFFIC);
				item.text[TEXT_INTERFACE] = name;
				item.text[TEXT_DIRECTION] = direction_words[direction];
				item.text[TEXT_NAME] = traffic_class_words[class];
				item.text[TEXT_VERDICT] = verdict_words[verdict];
				take(feed, &item, &interface->counts[direction][class][verdict]);
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
			item.text[TEXT_INTERFACE] = name;
			item.text[TEXT_DIRECTION] = direction_words[direction];
			item.text[TEXT_NAME] = flags;
			take(feed, &item, &count);
		}
	}
}

static bool take_traffic(struct counter_feed *feed, struct failure *why)
{
	struct traffic traffic;

	if (!traffic_read(feed->site, &traffic, why))
		return false;
	for (size_t i = 0; traffic.on && i < traffic.n; i++)
		take_interface(feed, &traffic.items[i]);
	traffic_free(&traffic);
	return true;
}

static void mark_absent(struct telemetry *telemetry)
{
	for (size_t i = 0; i < telemetry->n_counters; i++)
		telemetry->counters[i].present = false;
}

bool counter_feed_read(struct counter_feed *feed, struct failure *why)
{
	struct telemetry *telemetry = feed->telemetry;
	struct generation generation;
	struct counters counters;
	struct timespec now;
	bool ok;

	if (!generation_current_identity(feed->site)) {
		mark_absent(telemetry);
		return true;
	}
	if (!counters_current(feed->site, &generation, &counters, why))
		return false;
	mark_absent(telemetry);
	for (size_t part = 0; part < counters.n_parts; part++)
		take_rules(feed, &generation, part, counters.parts[part]);
	counters_free(&counters);
	generation_close(&generation);
	ok = take_traffic(feed, why);
	clock_gettime(CLOCK_MONOTONIC, &now);
	telemetry->last_read_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	if (feed->file && feed->changed) {
		counter_file_write(feed->file, telemetry);
		feed->changed = false;
	}
	return ok;
}

static void take_back(void *context, const struct item *item, uint64_t packets, uint64_t bytes)
{
	struct tracked_counter *counter = find(context, item);

	counter->packets = packets;
	counter->bytes = bytes;
}

struct counter_feed *counter_feed_new(const struct site *site, struct telemetry *telemetry, struct outbox *outbox,
				      const char *file)
{
	struct counter_feed *feed = allocate(1, sizeof(*feed));

	*feed = (struct counter_feed){ .site = site, .telemetry = telemetry, .outbox = outbox, .file = file };
	if (file)
		counter_file_read(file, take_back, feed);
	return feed;
}

void counter_feed_free(struct counter_feed *feed)
{
	struct telemetry *telemetry = feed->telemetry;

	for (size_t i = 0; i < telemetry->n_counters; i++) {
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			free(telemetry->counters[i].text[j]);
	}
	free(telemetry->counters);
	telemetry->counters = NULL;
	telemetry->n_counters = 0;
	free(feed->slots);
	free(feed);
}
