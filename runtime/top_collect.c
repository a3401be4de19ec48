/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "top_collect.h"

#include "counters.h"
#include "map_walk.h"
#include "memory.h"
#include "set_element.h"
#include "set_parts.h"
#include "state_count.h"
#include "time_point.h"
#include "top_flows.h"
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct top_collector {
	const struct site *site;
	const char *db;
	struct top_view views[2]; /* now, and before */
	unsigned int current;
	uint64_t monotonic[2];
	struct top_flows flows;
};

struct top_collector *top_collector_new(const struct site *site, const char *db)
{
	struct top_collector *collector = allocate(1, sizeof(*collector));

	collector->site = site;
	collector->db = db;
	for (size_t i = 0; i < 2; i++)
		collector->views[i].policy = copy_text("", 0);
	return collector;
}

void top_collector_free(struct top_collector *collector)
{
	if (!collector)
		return;
	top_view_free(&collector->views[0]);
	top_view_free(&collector->views[1]);
	top_flows_free(&collector->flows);
	free(collector);
}

static void add_rules(struct top_table *table, const struct record *record, const struct counters *counters)
{
	for (size_t part = 0; part < counters->n_parts; part++) {
		const struct manifest *manifest = &record->parts[part];

		for (size_t i = 0; i < manifest->n_rules; i++) {
			const struct manifest_rule *rule = &manifest->rules[i];
			char group[512];
			struct top_row *row;

			snprintf(group, sizeof(group), "%s/%s", manifest->policy, rule->block);
			row = top_row_add(table, rule->name, group, rule->verdict);
			row->packets = counters->parts[part][i].packets;
			row->bytes = counters->parts[part][i].bytes;
		}
	}
	table->basis = "counters";
}

static void add_part_states(struct top_table *table, const struct state_count *count)
{
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		for (size_t stage = 0; stage < N_STAGES; stage++) {
			char name[16];

			if (count->counts[protocol][stage])
				top_row_find(table, protocol_format(protocol, name, sizeof(name)), stage_words[stage])->entries +=
					count->counts[protocol][stage];
		}
	}
}

static bool add_states(struct top_table *table, const struct generation *generation, struct failure *why)
{
	size_t live = 0, most = 0;

	for (size_t part = 0; part < generation->record.n_parts; part++) {
		struct state_count count;

		if (!state_count(&count, generation, part, NULL, NULL, why))
			return false;
		if (!count.tracked)
			continue;
		table->basis = "states";
		add_part_states(table, &count);
		live += count.present - count.expired;
		most += generation->record.parts[part].states.max;
	}
	if (*table->basis)
		snprintf(table->note, sizeof(table->note), "%zu connections of at most %zu", live, most);
	else
		snprintf(table->note, sizeof(table->note), "the policy in force asks for no state");
	return true;
}

static bool add_traffic(struct top_table *table, const struct site *site, struct failure *why)
{
	struct traffic traffic;

	if (!traffic_read(site, &traffic, why))
		return false;
	for (size_t class = 0; traffic.on && class < SENTRY_CLASSES; class++) {
		struct count sum = { 0 };

		for (size_t i = 0; i < traffic.n; i++) {
			for (size_t at = 0; at < (size_t)SENTRY_DIRECTIONS * SENTRY_VERDICTS; at++) {
				const struct count *count =
					&traffic.items[i].counts[at / SENTRY_VERDICTS][class][at % SENTRY_VERDICTS];

				sum.packets += count->packets;
				sum.bytes += count->bytes;
			}
		}
		if (sum.packets) {
			struct top_row *row = top_row_add(table, traffic_class_words[class], "", "");

			row->packets = sum.packets;
			row->bytes = sum.bytes;
		}
	}
	if (traffic.on)
		table->basis = "traffic";
	traffic_free(&traffic);
	return true;
}

/* 1: done; 0: the generation went meanwhile, or there is none; -1 with `why`. */
static int read_kernel(struct top_collector *collector, struct top_view *view, struct failure *why)
{
	struct generation generation;
	struct counters counters;
	bool ok;

	switch (generation_current(&generation, collector->site, why)) {
	case PRESENCE_FAILED:
		return -1;
	case PRESENCE_NONE:
		return 0;
	case PRESENCE_FOUND:
		generation_close(&generation);
		break;
	}
	if (!counters_current(collector->site, &generation, &counters, why))
		return -1;
	free(view->policy);
	view->policy = copy_text(generation.record.policies, strlen(generation.record.policies));
	view->generation = generation.record.generation;
	add_rules(&view->tables[TOP_RULES], &generation.record, &counters);
	counters_free(&counters);
	ok = add_states(&view->tables[TOP_STATES], &generation, why) &&
	     top_flows_read(&collector->flows, &generation, why) &&
	     add_traffic(&view->tables[TOP_PROTOCOLS], collector->site, why);
	generation_close(&generation);
	return ok ? 1 : 0;
}

static void clear(struct top_view *view)
{
	top_view_free(view);
	view->policy = copy_text("", 0);
	for (size_t i = 0; i < N_TOP_PAGES; i++)
		view->tables[i].basis = "";
}

struct top_view *top_collect(struct top_collector *collector, struct failure *why)
{
	unsigned int now = !collector->current, before = collector->current;
	struct top_view *view = &collector->views[now];
	int result = 0;

	/* A generation that is replaced while it is read is read again: the next. */
	for (int attempt = 0; attempt < 10 && result == 0; attempt++) {
		clear(view);
		why->code = 0;
		result = read_kernel(collector, view, why);
		if (result == 0 && !why->code)
			break;
	}
	if (why->code && result != 1)
		return NULL;
	why->code = 0;
	collector->current = now;
	collector->monotonic[now] = monotonic_ns();
	view->time_ns = time_point_now();
	view->interval_ns = collector->monotonic[before] ? collector->monotonic[now] - collector->monotonic[before] : 0;
	top_rates(&view->tables[TOP_RULES], &collector->views[before].tables[TOP_RULES], view->interval_ns);
	if (result == 1)
		top_flows_show(&collector->flows, view);
	/* As traffic; what is made of flows has its rates. */
	if (strcmp(view->tables[TOP_PROTOCOLS].basis, "traffic") == 0)
		top_rates(&view->tables[TOP_PROTOCOLS], &collector->views[before].tables[TOP_PROTOCOLS], view->interval_ns);
	if (result == 1)
		top_collect_recent(view, collector->db);
	return view;
}
