/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "traffic.h"

#include "ledger.h"
#include "map_walk.h"
#include "maps.h"
#include "memory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const traffic_class_words[SENTRY_CLASSES] = {
	[SENTRY_CLASS_OTHER] = "other", [SENTRY_CLASS_NON_IP] = "non-ip", [SENTRY_CLASS_MALFORMED] = "malformed",
	[SENTRY_CLASS_TCP] = "tcp", [SENTRY_CLASS_UDP] = "udp", [SENTRY_CLASS_ICMP] = "icmp",
	[SENTRY_CLASS_ICMP6] = "icmp6", [SENTRY_CLASS_IGMP] = "igmp", [SENTRY_CLASS_SCTP] = "sctp",
	[SENTRY_CLASS_GRE] = "gre", [SENTRY_CLASS_ESP] = "esp", [SENTRY_CLASS_AH] = "ah",
	[SENTRY_CLASS_IPIP] = "ipip", [SENTRY_CLASS_IP6IP] = "ip6ip", [SENTRY_CLASS_OSPF] = "ospf",
	[SENTRY_CLASS_VRRP] = "vrrp",
};

const char *traffic_flags(unsigned int pattern, char text[static 32])
{
	static const char *const words[] = { "fin", "syn", "rst", "psh", "ack", "urg" };
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (pattern >> i & 1)
			length += (size_t)snprintf(text + length, 32 - length, "%s%s", length ? "," : "", words[i]);
	}
	return length ? text : "none";
}

struct traffic_interface *traffic_interface(struct traffic *traffic, unsigned int ifindex)
{
	size_t at = 0;

	while (at < traffic->n && traffic->items[at].ifindex < ifindex)
		at++;
	if (at < traffic->n && traffic->items[at].ifindex == ifindex)
		return &traffic->items[at];
	traffic->items = grow(traffic->items, traffic->n, sizeof(*traffic->items));
	memmove(&traffic->items[at + 1], &traffic->items[at], (traffic->n++ - at) * sizeof(*traffic->items));
	traffic->items[at] = (struct traffic_interface){ .ifindex = ifindex };
	return &traffic->items[at];
}

static void add_value(struct traffic_interface *item, const struct sentry_traffic *value)
{
	struct count *counts = &item->counts[0][0][0];
	const struct sentry_counter *more = &value->counts[0][0][0];
	__u64 *flags = &item->flags[0][0];

	for (size_t i = 0; i < sizeof(item->counts) / sizeof(*counts); i++) {
		counts[i].packets += more[i].packets;
		counts[i].bytes += more[i].bytes;
	}
	for (size_t i = 0; i < sizeof(item->flags) / sizeof(*flags); i++)
		flags[i] += (&value->flags[0][0])[i];
}

static bool is_traffic(int map)
{
	struct bpf_map_info info;

	return map_info(map, &info) && info.type == BPF_MAP_TYPE_PERCPU_ARRAY &&
	       info.value_size == sizeof(struct sentry_traffic) && info.max_entries == SENTRY_TRAFFIC_ENTRIES;
}

static bool add_map(struct traffic *traffic, int map)
{
	int cpus = libbpf_num_possible_cpus();
	struct sentry_traffic *values;
	bool ok = true;

	if (cpus <= 0 || !is_traffic(map)) {
		errno = EINVAL;
		return false;
	}
	values = allocate((size_t)cpus, sizeof(*values));
	for (__u32 i = 0; ok && i < SENTRY_TRAFFIC_ENTRIES; i++) {
		ok = bpf_map_lookup_elem(map, &i, values) == 0;
		for (int cpu = 0; ok && cpu < cpus; cpu++) {
			bool others = i == SENTRY_TRAFFIC_INTERFACES;

			/* An owner that is not yet to be seen: what was counted is neither. */
			if (others || values[cpu].owner)
				add_value(traffic_interface(traffic, others ? 0 : (unsigned int)values[cpu].owner), &values[cpu]);
		}
	}
	free(values);
	return ok;
}

bool traffic_add_part(struct traffic *traffic, const struct generation *generation, size_t part, struct failure *why)
{
	bool ok;
	int map;

	if (!generation->record.parts[part].account.traffic)
		return true;
	map = generation_map(generation, part, MAP_TRAFFIC);
	ok = map >= 0 && add_map(traffic, map);
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "cannot read what was counted of traffic: %s", strerror(errno));
	if (map >= 0)
		close(map);
	return ok;
}

static bool add_generation(void *context, const struct generation *generation, struct failure *why)
{
	for (size_t part = 0; part < generation->record.n_parts; part++) {
		if (!traffic_add_part(context, generation, part, why))
			return false;
	}
	return true;
}

/* False, with why->code 0, if something changed meanwhile. */
static bool read_totals(struct traffic *traffic, const struct generation *current, const struct site *site,
			struct failure *why)
{
	struct ledger ledger;
	bool ok;

	if (!ledger_read(&ledger, site))
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read the counters: %s", strerror(errno));
	for (size_t part = 0; part < current->record.n_parts; part++)
		traffic->on |= current->record.parts[part].account.traffic;
	ok = ledger_others(&ledger, site, current, add_generation, traffic, why) && ledger_id(site) == ledger.id;
	if (ok)
		ledger_traffic(&ledger, traffic);
	else
		traffic_free(traffic);
	ledger_free(&ledger);
	return ok;
}

bool traffic_read(const struct site *site, struct traffic *traffic, struct failure *why)
{
	*traffic = (struct traffic){ 0 };
	/* As with counters: a generation may be collected meanwhile, then all over again. */
	for (int attempt = 0; attempt < 50; attempt++) {
		struct generation current;
		bool ok;

		if (!generation_needed(&current, site, why))
			return false;
		failure_set(why, EXIT_ENVIRONMENT, "cannot read the counters: policies are swapped all the time");
		ok = read_totals(traffic, &current, site, why);
		generation_close(&current);
		if (ok)
			return true;
		usleep(2000);
	}
	return false;
}

void traffic_free(struct traffic *traffic)
{
	free(traffic->items);
	*traffic = (struct traffic){ 0 };
}
