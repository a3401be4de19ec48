/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How each packet is told of once. A poll looks at three things, in this order: how much was lost so far; all entries of
 * the cache; the ring buffer, up to where records have been begun by then. An entry that is seen to have become another
 * flow's has left its record before that, in the part of the ring buffer that is read then, or it was lost before that.
 *
 * What they say is then put together the other way round: records first, against what was told of the same use of the
 * entry, which has ended with them; then entries. Where an entry is another flow's and no record said that the one before
 * has ended, that one was lost. It was counted as lost with all its packets, so those that had been told of are taken off.
 */
#include "flow_reader.h"

#include "flow_cache.h"
#include "flow_told.h"
#include "map_walk.h"
#include "maps.h"
#include "memory.h"
#include "ring_reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long to wait for a record that is being written: that takes less than a microsecond, unless its CPU stands still. */
#define BUSY_TRIES 100
#define BUSY_NS 1000000

struct seen {
	__u32 number;
	struct sentry_flow_entry entry;
};

struct flow_reader {
	struct flow_cache cache;
	struct ring_reader ring;
	struct flow_file file;
	int ends, losses;
	struct seen *seen; /* room for all; entries that have changed since they were told of */
	size_t n_seen;
	bool changing;     /* some entry was becoming another's */
};

struct poll {
	struct flow_reader *reader;
	const struct flow_sink *sink;
	struct flow_copy *work;
	struct sentry_flow_loss losses;
};

static bool read_losses(int map, struct sentry_flow_loss *sum, struct failure *why)
{
	int cpus = libbpf_num_possible_cpus();
	struct sentry_flow_loss *values;
	__u32 zero = 0;
	bool ok;

	*sum = (struct sentry_flow_loss){ 0 };
	if (cpus <= 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot count the CPUs");
	values = allocate((size_t)cpus, sizeof(*values));
	ok = bpf_map_lookup_elem(map, &zero, values) == 0;
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "cannot read what was lost of flows: %s", strerror(errno));
	for (int cpu = 0; ok && cpu < cpus; cpu++) {
		sum->records += values[cpu].records;
		sum->packets += values[cpu].packets;
		sum->bytes += values[cpu].bytes;
	}
	free(values);
	return ok;
}

static void look_at_entries(struct flow_reader *reader, const struct flow_copy *work)
{
	struct sentry_flow_entry entry;

	reader->n_seen = 0;
	reader->changing = false;
	for (size_t i = 0; i < reader->cache.n; i++) {
		const struct flow_told *told = &work->told[i];
		enum flow_presence presence = flow_cache_copy(&reader->cache, i, &entry);

		reader->changing |= presence == FLOW_CHANGING;
		if (presence != FLOW_WHOLE || (told->version == entry.hot.version_a && told->packets == entry.hot.packets &&
					       told->bytes == entry.hot.bytes))
			continue;
		reader->seen[reader->n_seen++] = (struct seen){ (__u32)i, entry };
	}
}

/* The use of the entry that was told of has gone by without a record. */
static void was_lost(struct flow_copy *work, const struct flow_told *told)
{
	work->missed.packets += told->packets;
	work->missed.bytes += told->bytes;
}

static void tell(struct poll *poll, const struct sentry_flow_entry *entry, __u32 number, bool ended)
{
	struct flow_told *told = &poll->work->told[number], before = { 0 };
	struct sentry_flow flow;
	struct flow_delta delta = { .flow = &flow, .ended = ended };

	if (told->version == entry->hot.version_a)
		before = *told;
	else if (told->version && !told->ended)
		was_lost(poll->work, told);
	*told = (struct flow_told){ entry->hot.version_a, ended, entry->hot.packets, entry->hot.bytes };
	delta.packets = entry->hot.packets - before.packets;
	delta.bytes = entry->hot.bytes - before.bytes;
	if (!delta.packets && !delta.bytes && !ended)
		return;
	flow_of_entry(entry, &flow);
	poll->sink->delta(poll->sink->context, &delta);
}

/* All records up to `end`. False if one of them is still being written. */
static bool tell_ends(struct poll *poll, __u64 end)
{
	const struct timespec pause = { .tv_nsec = BUSY_NS };
	struct ring_reader *ring = &poll->reader->ring;
	const struct sentry_flow_end *record;
	unsigned int tries = 0;
	size_t size;
	bool busy;

	for (;;) {
		record = ring_reader_next(ring, end, &size, &busy);
		if (!record && !busy)
			return true;
		if (!record && ++tries > BUSY_TRIES)
			return false;
		if (!record)
			nanosleep(&pause, NULL);
		else if (size >= sizeof(*record) && record->number < poll->reader->cache.n)
			tell(poll, &record->entry, record->number, true);
	}
}

static void tell_entries(struct poll *poll)
{
	const struct flow_reader *reader = poll->reader;

	for (size_t i = 0; i < reader->n_seen; i++) {
		const struct seen *seen = &reader->seen[i];
		const struct flow_told *told = &poll->work->told[seen->number];

		/* A record has overtaken what was seen. */
		if (told->ended && (__s32)(seen->entry.hot.version_a - told->version) <= 0)
			continue;
		tell(poll, &seen->entry, seen->number, false);
	}
}

/* What is more than was told of; never less. */
static __u64 advance(__u64 *told, __u64 counted, __u64 missed)
{
	__u64 now = counted - missed, more;

	if ((__s64)(now - *told) <= 0)
		return 0;
	more = now - *told;
	*told = now;
	return more;
}

static void tell_losses(struct poll *poll)
{
	struct flow_copy *work = poll->work;
	struct sentry_flow_loss more = {
		.records = advance(&work->lost.records, poll->losses.records, 0),
		.packets = advance(&work->lost.packets, poll->losses.packets, work->missed.packets),
		.bytes = advance(&work->lost.bytes, poll->losses.bytes, work->missed.bytes),
	};

	if (more.records || more.packets || more.bytes)
		poll->sink->lost(poll->sink->context, &more);
}

bool flow_reader_poll(struct flow_reader *reader, const struct flow_sink *sink, struct failure *why)
{
	struct poll poll = { .reader = reader, .sink = sink };

	if (!read_losses(reader->losses, &poll.losses, why))
		return false;
	poll.work = flow_file_begin(&reader->file);
	/* Not where room was given back last: a reader may be killed after a poll counts, and before that. */
	reader->ring.position = poll.work->position;
	look_at_entries(reader, poll.work);
	if (tell_ends(&poll, ring_reader_end(&reader->ring))) {
		tell_entries(&poll);
		/* While an entry changes its flow may be lost, and counted so, and not known to be. */
		if (!reader->changing)
			tell_losses(&poll);
	}
	poll.work->position = reader->ring.position;
	if (sink->commit && !sink->commit(sink->context, flow_reader_sequence(reader) + 1))
		return true;
	flow_file_commit(&reader->file);
	ring_reader_release(&reader->ring);
	return true;
}

__u64 flow_reader_sequence(const struct flow_reader *reader)
{
	return flow_file_sequence(&reader->file);
}

int flow_reader_fd(const struct flow_reader *reader)
{
	return reader->ends;
}

static bool open_maps(struct flow_reader *reader, const struct generation *generation, size_t part, const char *path,
		      struct failure *why)
{
	int cache = generation_map(generation, part, MAP_FLOW_CACHE);
	struct bpf_map_info info;
	bool ok;

	reader->ends = generation_map(generation, part, MAP_FLOW_ENDS);
	reader->losses = generation_map(generation, part, MAP_FLOW_LOSSES);
	ok = cache >= 0 && reader->ends >= 0 && reader->losses >= 0 && map_info(cache, &info);
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "cannot open the flows: %s", strerror(errno));
	ok = ok && flow_cache_open(&reader->cache, cache, why) && ring_reader_open(&reader->ring, reader->ends, why) &&
	     flow_file_open(&reader->file, path, info.id, reader->cache.n, reader->ring.position, why);
	if (ok)
		reader->seen = allocate(reader->cache.n, sizeof(*reader->seen));
	if (cache >= 0)
		close(cache);
	return ok;
}

struct flow_reader *flow_reader_open(const struct generation *generation, size_t part, const char *file,
				     struct failure *why)
{
	struct flow_reader *reader;

	why->code = 0;
	if (!generation->record.parts[part].account.flows)
		return NULL;
	reader = allocate(1, sizeof(*reader));
	reader->ends = reader->losses = -1;
	if (!open_maps(reader, generation, part, file, why)) {
		flow_reader_close(reader);
		return NULL;
	}
	return reader;
}

void flow_reader_close(struct flow_reader *reader)
{
	if (!reader)
		return;
	flow_file_close(&reader->file);
	ring_reader_close(&reader->ring);
	flow_cache_close(&reader->cache);
	if (reader->ends >= 0)
		close(reader->ends);
	if (reader->losses >= 0)
		close(reader->losses);
	free(reader->seen);
	free(reader);
}
