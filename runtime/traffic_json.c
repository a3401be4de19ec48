/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "traffic_json.h"
#include "interfaces.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

/* By number of the interface, what is not 0: {"2": {"counts": [[index, packets, bytes], …], "flags": [[index, packets], …]}}. */
static json_t *item_json(const struct traffic_interface *item)
{
	json_t *counts = json_array(), *flags = json_array();

	for (size_t i = 0; i < sizeof(item->counts) / sizeof(item->counts[0][0][0]); i++) {
		const struct count *count = &item->counts[0][0][0] + i;

		if (count->packets)
			json_array_append_new(counts, json_pack("[I, I, I]", (json_int_t)i, (json_int_t)count->packets,
								(json_int_t)count->bytes));
	}
	for (size_t i = 0; i < sizeof(item->flags) / sizeof(item->flags[0][0]); i++) {
		__u64 packets = (&item->flags[0][0])[i];

		if (packets)
			json_array_append_new(flags, json_pack("[I, I]", (json_int_t)i, (json_int_t)packets));
	}
	return json_pack("{s:o, s:o}", "counts", counts, "flags", flags);
}

json_t *traffic_json(const struct traffic *traffic)
{
	json_t *object = json_object();

	for (size_t i = 0; i < traffic->n; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%u", traffic->items[i].ifindex);
		json_object_set_new(object, key, item_json(&traffic->items[i]));
	}
	return object;
}

static __u64 number(const json_t *row, size_t column)
{
	return (__u64)json_integer_value(json_array_get(row, column));
}

static void add_item(struct traffic_interface *item, const json_t *json)
{
	const json_t *counts = json_object_get(json, "counts"), *flags = json_object_get(json, "flags");

	for (size_t i = 0; i < json_array_size(counts); i++) {
		const json_t *row = json_array_get(counts, i);
		struct count *count = &item->counts[0][0][0];

		if (number(row, 0) >= sizeof(item->counts) / sizeof(*count))
			continue;
		count += number(row, 0);
		count->packets += number(row, 1);
		count->bytes += number(row, 2);
	}
	for (size_t i = 0; i < json_array_size(flags); i++) {
		const json_t *row = json_array_get(flags, i);

		if (number(row, 0) < sizeof(item->flags) / sizeof(item->flags[0][0]))
			(&item->flags[0][0])[number(row, 0)] += number(row, 1);
	}
}

void traffic_add_json(struct traffic *traffic, json_t *object)
{
	const char *key;
	json_t *json;

	json_object_foreach(object, key, json)
		add_item(traffic_interface(traffic, (unsigned int)strtoul(key, NULL, 10)), json);
}

void traffic_forget(struct traffic *traffic)
{
	struct traffic kept = { 0 };
	char name[IF_NAMESIZE];

	for (size_t i = 0; i < traffic->n; i++) {
		const struct traffic_interface *item = &traffic->items[i];
		json_t *json = item_json(item);

		add_item(traffic_interface(&kept, interface_name(item->ifindex, name) ? item->ifindex : 0), json);
		json_decref(json);
	}
	traffic_free(traffic);
	*traffic = kept;
}
