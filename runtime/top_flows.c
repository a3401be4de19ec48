/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "top_flows.h"

#include "flow_cache.h"
#include "item.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* What one flow adds to an address, or to a protocol. */
struct share {
	struct item_ends ends; /* the address is the source; of protocols: only the protocol */
	uint64_t packets, bytes, new_packets, new_bytes;
};

/* From the first member that tells flows apart to the last. */
static int by_ends(const void *left, const void *right)
{
	const struct sentry_flow *a = left, *b = right;
	int order = memcmp(a->source, b->source, offsetof(struct sentry_flow, packets) - offsetof(struct sentry_flow, source));

	return order ? order : (int)a->direction - (int)b->direction;
}

void top_flows_free(struct top_flows *flows)
{
	free(flows->flows);
	free(flows->before);
	*flows = (struct top_flows){ 0 };
}

bool top_flows_read(struct top_flows *flows, const struct generation *generation, struct failure *why)
{
	free(flows->before);
	flows->before = flows->flows;
	flows->n_before = flows->n;
	flows->flows = NULL;
	flows->n = 0;
	flows->on = false;
	for (size_t part = 0; part < generation->record.n_parts; part++) {
		struct sentry_flow *some;
		size_t n;

		why->code = 0;
		some = flows_read(generation, part, &n, why);
		if (!some && why->code)
			return false;
		flows->on |= some != NULL;
		for (size_t i = 0; some && i < n; i++) {
			flows->flows = grow(flows->flows, flows->n, sizeof(*flows->flows));
			flows->flows[flows->n++] = some[i];
		}
		free(some);
	}
	if (flows->n > 1)
		qsort(flows->flows, flows->n, sizeof(*flows->flows), by_ends);
	return true;
}

static int by_share(const void *left, const void *right)
{
	return memcmp(&((const struct share *)left)->ends, &((const struct share *)right)->ends, sizeof(struct item_ends));
}

static void set_ends(struct share *share, enum top_page page, const struct sentry_flow *flow)
{
	memset(&share->ends, 0, sizeof(share->ends));
	if (page == TOP_PROTOCOLS) {
		share->ends.protocol = flow->protocol;
		return;
	}
	share->ends.ip_version = flow->ip_version;
	memcpy(share->ends.source, page == TOP_SOURCES ? flow->source : flow->dest, flow->ip_version == 4 ? 4 : 16);
}

static struct share *shares_of(const struct top_flows *flows, enum top_page page)
{
	struct share *shares = allocate(flows->n + 1, sizeof(*shares));

	for (size_t i = 0; i < flows->n; i++) {
		const struct sentry_flow *flow = &flows->flows[i], *old = NULL;

		if (flows->n_before)
			old = bsearch(flow, flows->before, flows->n_before, sizeof(*flow), by_ends);
		/* It made room on some CPU, and began anew. */
		if (old && (old->packets > flow->packets || old->bytes > flow->bytes))
			old = NULL;
		set_ends(&shares[i], page, flow);
		shares[i].packets = flow->packets;
		shares[i].bytes = flow->bytes;
		shares[i].new_packets = flow->packets - (old ? old->packets : 0);
		shares[i].new_bytes = flow->bytes - (old ? old->bytes : 0);
	}
	if (flows->n)
		qsort(shares, flows->n, sizeof(*shares), by_share);
	return shares;
}

static void show(const struct top_flows *flows, struct top_view *view, enum top_page page)
{
	struct top_table *table = &view->tables[page];
	struct share *shares = shares_of(flows, page);
	double seconds = (double)view->interval_ns / 1e9;
	struct top_row *row = NULL;

	for (size_t i = 0; i < flows->n; i++) {
		const struct share *share = &shares[i];
		char address[ITEM_ADDRESS_SIZE], words[ITEM_WORDS_SIZE];

		if (!row || by_share(share, share - 1) != 0) {
			if (page == TOP_PROTOCOLS)
				item_protocol(share->ends.protocol, words);
			else
				item_address(&share->ends, share->ends.source, address);
			row = top_row_add(table, page == TOP_PROTOCOLS ? words : address, "", "");
		}
		row->packets += share->packets;
		row->bytes += share->bytes;
		row->entries++;
		if (seconds > 0) {
			row->packet_rate += (double)share->new_packets / seconds;
			row->byte_rate += (double)share->new_bytes / seconds;
		}
	}
	table->basis = "flows";
	free(shares);
}

void top_flows_show(struct top_flows *flows, struct top_view *view)
{
	if (!flows->on)
		return;
	show(flows, view, TOP_SOURCES);
	show(flows, view, TOP_DESTS);
	if (!*view->tables[TOP_PROTOCOLS].basis)
		show(flows, view, TOP_PROTOCOLS);
}
