/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "fan_out.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GRACE_MS 5000 /* to write what waits, when sentryd ends or a sink is taken out */
#define HURRY_MS 2000 /* and then, to give up a server that does not answer */

struct entry {
	struct worker *worker;
	const struct sink_settings *settings;
	bool leaving;
	bool handed_over; /* the worker that came after it frees it */
};

struct fan_out {
	struct telemetry *telemetry;
	size_t n;
	struct entry *entries;
	struct sink_state **states; /* of those that do not leave */
};

struct fan_out *fan_out_new(struct telemetry *telemetry)
{
	struct fan_out *fan_out = allocate(1, sizeof(*fan_out));

	fan_out->telemetry = telemetry;
	return fan_out;
}

/* Also one that leaves, if nobody comes after it yet: it still has the disk of that name. */
static struct entry *find(struct fan_out *fan_out, const char *name)
{
	for (size_t i = 0; i < fan_out->n; i++) {
		if (!fan_out->entries[i].handed_over && strcmp(fan_out->entries[i].settings->worker.name, name) == 0)
			return &fan_out->entries[i];
	}
	return NULL;
}

static void show(struct fan_out *fan_out)
{
	struct telemetry *telemetry = fan_out->telemetry;

	telemetry->n_sinks = 0;
	telemetry->sinks = NULL;
	free(fan_out->states);
	fan_out->states = allocate(fan_out->n, sizeof(*fan_out->states));
	for (size_t i = 0; i < fan_out->n; i++) {
		if (!fan_out->entries[i].leaving)
			fan_out->states[telemetry->n_sinks++] = worker_state(fan_out->entries[i].worker);
	}
	telemetry->sinks = fan_out->states;
}

static bool is_wanted(const struct settings *settings, const struct entry *entry)
{
	for (size_t i = 0; i < settings->n_sinks; i++) {
		if (strcmp(settings->sinks[i].worker.name, entry->settings->worker.name) == 0)
			return true;
	}
	return false;
}

void fan_out_configure(struct fan_out *fan_out, struct settings *settings)
{
	for (size_t i = 0; i < fan_out->n; i++) {
		struct entry *entry = &fan_out->entries[i];

		if (!entry->leaving && !is_wanted(settings, entry)) {
			worker_stop(entry->worker, GRACE_MS);
			entry->leaving = true;
		}
	}
	for (size_t i = 0; i < settings->n_sinks; i++) {
		struct sink_settings *sink = &settings->sinks[i];
		struct entry *before = find(fan_out, sink->worker.name);
		struct worker *old = NULL;

		if (before && !before->leaving && sink_settings_equal(before->settings, sink))
			continue;
		if (before) {
			/* It puts on disk what it cannot write, and its successor finds it there. */
			if (!before->leaving)
				worker_stop(before->worker, GRACE_MS);
			old = before->worker;
			before->leaving = before->handed_over = true;
		}
		sink->started = true;
		fan_out->entries = grow(fan_out->entries, fan_out->n, sizeof(*fan_out->entries));
		fan_out->entries[fan_out->n++] = (struct entry){
			.worker = worker_start(&sink->worker, old), .settings = sink,
		};
	}
	fan_out_tick(fan_out);
	show(fan_out);
}

void fan_out_deliver(void *context, struct block *block)
{
	struct fan_out *fan_out = context;

	for (size_t i = 0; i < fan_out->n; i++) {
		if (!fan_out->entries[i].leaving)
			worker_push(fan_out->entries[i].worker, block);
	}
}

void fan_out_tick(struct fan_out *fan_out)
{
	size_t kept = 0;

	for (size_t i = 0; i < fan_out->n; i++) {
		struct entry *entry = &fan_out->entries[i];

		if (entry->handed_over)
			continue;
		if (entry->leaving && worker_ended(entry->worker)) {
			worker_free(entry->worker);
			continue;
		}
		fan_out->entries[kept++] = *entry;
	}
	fan_out->n = kept;
}

static bool all_ended(const struct fan_out *fan_out)
{
	for (size_t i = 0; i < fan_out->n; i++) {
		if (!worker_ended(fan_out->entries[i].worker))
			return false;
	}
	return true;
}

void fan_out_free(struct fan_out *fan_out)
{
	fan_out_tick(fan_out);
	for (size_t i = 0; i < fan_out->n; i++)
		worker_stop(fan_out->entries[i].worker, GRACE_MS);
	for (unsigned int waited = 0; waited < GRACE_MS + HURRY_MS && !all_ended(fan_out); waited += 10)
		usleep(10000);
	for (size_t i = 0; i < fan_out->n; i++)
		worker_stop(fan_out->entries[i].worker, 0);
	for (size_t i = 0; i < fan_out->n; i++)
		worker_free(fan_out->entries[i].worker);
	fan_out->telemetry->n_sinks = 0;
	free(fan_out->states);
	free(fan_out->entries);
	free(fan_out);
}
