/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "flow_feed.h"

#include "flow_reader.h"
#include "memory.h"
#include "verdict.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UNNAMED UINT32_MAX

/* One part of a generation. */
struct source {
	struct source *next;
	struct flow_feed *feed;
	struct flow_reader *reader;
	__u32 identity;
	uint32_t generation;
	const struct manifest *manifest; /* of the generation, which stays until its end is told; NULL: it is out of force */
	struct path record;  /* of the generation: pinned as long as it may come back */
	size_t part;
	uint32_t *names;     /* of each slot, in the table; UNNAMED: no flow of it was seen yet */
	char *file;          /* NULL: none */
	bool failing;        /* said */
};

struct flow_feed {
	const char *directory;
	struct telemetry *telemetry;
	struct outbox *outbox;
	struct flow_table *table;
	struct source *sources;
};

static void emit(void *context, struct item *item)
{
	struct flow_feed *feed = context;

	outbox_add(feed->outbox, item);
}

struct flow_feed *flow_feed_new(const char *directory, const struct flow_settings *settings, struct telemetry *telemetry,
				struct outbox *outbox)
{
	struct flow_feed *feed = allocate(1, sizeof(*feed));
	char *file;

	*feed = (struct flow_feed){ .directory = directory, .telemetry = telemetry, .outbox = outbox };
	file = feed->directory ? format_text("%s/flows.table", feed->directory) : NULL;
	feed->table = flow_table_open(file, settings, emit, feed);
	if (!feed->table && file) {
		say("%s: %s; flows do not survive a restart", file, strerror(errno));
		feed->table = flow_table_open(NULL, settings, emit, feed);
	}
	if (!feed->table)
		say("no memory for %u flows: there are none", settings->most);
	free(file);
	return feed;
}

static uint32_t name_of(struct source *source, uint32_t slot)
{
	const struct manifest_rule *rule = &source->manifest->rules[slot];
	struct flow_name name = { .line = rule->line > 0 ? (uint32_t)rule->line : 0 };
	int verdict = word_index(verdict_words, rule->verdict);

	snprintf(name.policy, sizeof(name.policy), "%s", source->manifest->policy);
	snprintf(name.block, sizeof(name.block), "%s", rule->block);
	snprintf(name.rule, sizeof(name.rule), "%s", rule->name);
	name.verdict = (uint8_t)(verdict < 0 ? 3 : verdict);
	return flow_table_name(source->feed->table, &name);
}

static void take(void *context, const struct flow_delta *delta)
{
	struct source *source = context;
	const struct sentry_flow *flow = delta->flow;
	bool icmp = flow->protocol == IPPROTO_ICMP || flow->protocol == IPPROTO_ICMPV6;
	struct flow_key key;
	struct flow_change change = {
		.packets = delta->packets, .bytes = delta->bytes, .first_ns = (int64_t)flow->first_ns,
		.last_ns = (int64_t)flow->last_ns, .tcp_flags = flow->tcp_flags, .generation = source->generation,
	};

	/* Compared as bytes. */
	memset(&key, 0, sizeof(key));
	memcpy(key.ends.source, flow->source, sizeof(key.ends.source));
	memcpy(key.ends.dest, flow->dest, sizeof(key.ends.dest));
	if (icmp) {
		key.ends.icmp_type = (uint8_t)(ntohs(flow->dest_port) >> 8);
		key.ends.icmp_code = (uint8_t)ntohs(flow->dest_port);
	} else {
		key.ends.source_port = ntohs(flow->source_port);
		key.ends.dest_port = ntohs(flow->dest_port);
	}
	key.ends.vlan = flow->vlan == SENTRY_NO_VLAN ? ITEM_NO_VLAN : flow->vlan;
	key.ends.ip_version = flow->ip_version;
	key.ends.protocol = flow->protocol;
	key.ifindex = flow->ifindex;
	if (flow->slot < source->manifest->n_rules) {
		if (source->names[flow->slot] == UNNAMED)
			source->names[flow->slot] = name_of(source, flow->slot);
		key.name = source->names[flow->slot];
	}
	key.egress = flow->direction == SENTRY_EGRESS;
	flow_table_add(source->feed->table, &key, &change);
}

static void lose(void *context, const struct sentry_flow_loss *loss)
{
	struct source *source = context;
	struct telemetry *telemetry = source->feed->telemetry;
	struct item item;

	if (!loss->records && !loss->packets)
		return;
	telemetry->flow_records_lost += loss->records;
	telemetry->flow_packets_lost += loss->packets;
	telemetry->flow_bytes_lost += loss->bytes;
	item_clear(&item, ITEM_LOST);
	item.generation = source->generation;
	item.text[TEXT_NAME] = "flows";
	item.packets = loss->packets;
	item.bytes = loss->bytes;
	outbox_add(source->feed->outbox, &item);
}

static void read_source(struct source *source)
{
	const struct flow_sink sink = { .context = source, .delta = take, .lost = lose };
	struct failure why = { 0 };

	if (flow_reader_poll(source->reader, &sink, &why))
		source->failing = false;
	else if (!source->failing) {
		source->failing = true;
		say("flows: %s", why.text);
	}
}

static void close_source(struct source *source)
{
	flow_reader_close(source->reader);
	if (source->file)
		unlink(source->file);
	free(source->file);
	free(source->names);
	free(source);
}

/*
 * A generation that is out of force may come back, by a rollback or because nobody confirmed what came after it, and then counts on
 * in the same maps. What was told of it is kept until it is gone for good.
 */
static void close_gone(struct flow_feed *feed)
{
	for (struct source **at = &feed->sources; *at;) {
		struct source *source = *at;

		if (source->manifest || record_map_id(&source->record) == source->identity) {
			at = &source->next;
			continue;
		}
		*at = source->next;
		close_source(source);
	}
}

static struct source *find_source(const struct flow_feed *feed, __u32 identity, size_t part)
{
	struct source *source = feed->sources;

	while (source && (source->identity != identity || source->part != part))
		source = source->next;
	return source;
}

void flow_feed_begin(struct flow_feed *feed, const struct generation *generation)
{
	__u32 identity = generation_identity(generation);

	close_gone(feed);
	for (size_t part = 0; feed->table && part < generation->record.n_parts; part++) {
		struct source *source = find_source(feed, identity, part);
		struct failure why = { 0 };

		if (source) {
			source->manifest = &generation->record.parts[part];
			continue;
		}
		source = allocate(1, sizeof(*source));
		*source = (struct source){
			.next = feed->sources, .feed = feed, .identity = identity, .part = part,
			.generation = generation->record.generation,
		};
		path_format(&source->record, "%s/manifest", generation->path.text);
		source->file = feed->directory ? format_text("%s/flows-%u-%zu", feed->directory, identity, part) : NULL;
		source->reader = flow_reader_open(generation, part, source->file, &why);
		if (!source->reader) {
			if (why.code)
				say("flows: %s", why.text);
			free(source->file);
			free(source);
			continue;
		}
		source->manifest = &generation->record.parts[part];
		source->names = allocate(source->manifest->n_rules, sizeof(*source->names));
		memset(source->names, 0xff, source->manifest->n_rules * sizeof(*source->names));
		feed->sources = source;
	}
}

static bool is_of_source(const struct flow_feed *feed, const char *name)
{
	for (const struct source *source = feed->sources; source; source = source->next) {
		if (source->file && strcmp(strrchr(source->file, '/') + 1, name) == 0)
			return true;
	}
	return false;
}

void flow_feed_settle(struct flow_feed *feed)
{
	DIR *directory = feed->directory ? opendir(feed->directory) : NULL;
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		unsigned int identity;
		int length = 0;
		size_t part;

		if (sscanf(entry->d_name, "flows-%u-%zu%n", &identity, &part, &length) == 2 && !entry->d_name[length] &&
		    !is_of_source(feed, entry->d_name))
			unlinkat(dirfd(directory), entry->d_name, 0);
	}
	if (directory)
		closedir(directory);
}

void flow_feed_end(struct flow_feed *feed, const struct generation *generation)
{
	__u32 identity = generation_identity(generation);
	uint32_t number = generation->record.generation;

	for (struct source *source = feed->sources; source; source = source->next) {
		/* Of a generation that is gone, the identity is not known any more. */
		if (!source->manifest || (identity ? source->identity != identity : source->generation != number))
			continue;
		read_source(source);
		source->manifest = NULL;
	}
	close_gone(feed);
}

void flow_feed_read(struct flow_feed *feed)
{
	struct timespec now;

	if (!feed->table)
		return;
	for (struct source *source = feed->sources; source; source = source->next) {
		if (source->manifest)
			read_source(source);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	flow_table_tick(feed->table, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	feed->telemetry->flows_active = flow_table_size(feed->table);
	feed->telemetry->flows_forced = flow_table_pressed(feed->table);
}

/* The generation in force goes on, others may come back: the files of their sources stay. */
void flow_feed_free(struct flow_feed *feed)
{
	while (feed->sources) {
		struct source *source = feed->sources;

		feed->sources = source->next;
		if (source->manifest)
			read_source(source);
		flow_reader_close(source->reader);
		free(source->file);
		free(source->names);
		free(source);
	}
	flow_table_close(feed->table, true);
	free(feed);
}
