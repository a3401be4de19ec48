/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl flows: what the flow caches of the policy in force have, those with most bytes first. */
#include "ctl_events.h"
#include "event_format.h"
#include "flow_cache.h"
#include "flow_format.h"
#include "generation.h"
#include "interfaces.h"
#include "item_text.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

/* As text; JSON is for programs, and has all unless told otherwise. */
#define MOST 20

struct listed {
	struct sentry_flow flow;
	size_t part;
};

struct listing {
	size_t n;
	struct listed *items;
	bool on; /* some part keeps flows */
};

static const char *interface_of(const struct record *record, unsigned int ifindex, char name[static IF_NAMESIZE])
{
	const char *former = NULL;

	for (size_t i = 0; i < record->n; i++) {
		if (record->items[i].hook.ifindex == ifindex)
			former = record->items[i].interface;
	}
	return interface_present(ifindex, former, name);
}

static bool wanted(const struct ctl *ctl, const struct record *record, size_t part, const struct sentry_flow *flow)
{
	char name[IF_NAMESIZE];
	const struct flow_view view = { .flow = flow, .record = record, .part = part,
					.interface = interface_of(record, flow->ifindex, name) };
	struct item item;

	flow_item(&view, &item);
	return packet_filter_takes(&ctl->filter, &item);
}

static bool read_all(const struct ctl *ctl, struct listing *listing, const struct generation *generation, struct failure *why)
{
	for (size_t part = 0; part < generation->record.n_parts; part++) {
		struct sentry_flow *flows;
		size_t n;

		why->code = 0;
		flows = flows_read(generation, part, &n, why);
		if (!flows && why->code)
			return false;
		if (!flows)
			continue;
		listing->on = true;
		for (size_t i = 0; i < n; i++) {
			if (!wanted(ctl, &generation->record, part, &flows[i]))
				continue;
			listing->items = grow(listing->items, listing->n, sizeof(*listing->items));
			listing->items[listing->n++] = (struct listed){ flows[i], part };
		}
		free(flows);
	}
	return true;
}

/* Those of one part are sorted already; of several the order among equals does not matter. */
static int by_bytes(const void *left, const void *right)
{
	const struct listed *a = left, *b = right;

	return (a->flow.bytes < b->flow.bytes) - (a->flow.bytes > b->flow.bytes);
}

static void print_flows(const struct ctl *ctl, const struct listing *listing, const struct record *record)
{
	size_t most = ctl->has_most ? ctl->most : ctl->format == CTL_JSON ? 0 : MOST;
	size_t n = most && most < listing->n ? most : listing->n;
	int64_t clock_offset = event_clock_offset();
	struct event_writer writer;
	char name[IF_NAMESIZE];

	event_writer_begin(&writer, ctl);
	writer.format.fields = flow_fields;
	if (ctl->format != CTL_JSON)
		flow_text_head(stdout);
	for (size_t i = 0; i < n; i++) {
		const struct listed *item = &listing->items[i];
		const struct flow_view view = {
			.flow = &item->flow, .record = record, .part = item->part,
			.interface = interface_of(record, item->flow.ifindex, name), .clock_offset = clock_offset,
		};
		struct item shown;

		flow_item(&view, &shown);
		if (ctl->format == CTL_JSON)
			event_writer_put(&writer, &shown);
		else
			item_flow_text(&shown, stdout);
	}
	event_writer_end(&writer);
	if (ctl->format != CTL_JSON && n < listing->n)
		printf("%zu of %zu flows; -n %zu shows all\n", n, listing->n, listing->n);
}

bool ctl_flows(const struct ctl *ctl, struct failure *why)
{
	struct listing listing = { 0 };
	struct generation generation;
	bool ok;

	if (!generation_needed(&generation, &ctl->site, why))
		return false;
	ok = read_all(ctl, &listing, &generation, why);
	if (ok && !listing.on)
		ok = failure_set(why, EXIT_ENVIRONMENT,
				 "the policy in force keeps no flows: `account { flows; }` in the policy, or --account flows, "
				 "lets it");
	if (ok && listing.n > 1)
		qsort(listing.items, listing.n, sizeof(*listing.items), by_bytes);
	if (ok)
		print_flows(ctl, &listing, &generation.record);
	free(listing.items);
	generation_close(&generation);
	return ok;
}
