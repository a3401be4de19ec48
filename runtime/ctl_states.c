/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl states: the connections, counted or one by one. */
#include "ctl.h"
#include "memory.h"
#include "printable.h"
#include "set_element.h"
#include "set_parts.h"
#include "snapshot.h"
#include "state_count.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_query(unsigned int protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* The two ends as the originator sees them. */
static json_t *state_json(const struct sentry_flow_key *key, __u64 word, __u64 now)
{
	bool reversed = SENTRY_STATE_FLAGS(word) & SENTRY_STATE_HIGH;
	unsigned int version = key->ip_version & ~SENTRY_HIGH_REQUESTS;
	char low[ELEMENT_TEXT], high[ELEMENT_TEXT], protocol[16];
	__u64 left = SENTRY_STATE_EXPIRES(word) - now;
	json_t *json;

	address_format(version, key->low_hi, key->low_lo, low);
	address_format(version, key->high_hi, key->high_lo, high);
	protocol_format(key->protocol, protocol, sizeof(protocol));
	json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:I}", "protocol", protocol, "source", reversed ? high : low,
			 "dest", reversed ? low : high, "stage", stage_words[SENTRY_STATE_STAGE(word) % N_STAGES], "replied",
			 (int)(SENTRY_STATE_FLAGS(word) & SENTRY_STATE_REPLIED), "expires_ms",
			 (json_int_t)(left / 1000000));
	if (is_query(key->protocol)) {
		bool high_requests = key->ip_version & SENTRY_HIGH_REQUESTS;

		json_object_set_new(json, "icmp_id", json_integer(high_requests ? key->high_port : key->low_port));
		json_object_set_new(json, "icmp_type",
				    json_integer((high_requests ? key->low_port : key->high_port) >> 8));
	} else if (key->low_port || key->high_port) {
		json_object_set_new(json, "source_port", json_integer(reversed ? key->high_port : key->low_port));
		json_object_set_new(json, "dest_port", json_integer(reversed ? key->low_port : key->high_port));
	}
	if (key->vlan != SENTRY_NO_VLAN)
		json_object_set_new(json, "vlan", json_integer(key->vlan));
	return json;
}

static void put_address(uint8_t *bytes, unsigned int version, __u64 hi, __u64 lo)
{
	const __u64 words[2] = { version == 4 ? lo << 32 : hi, version == 4 ? 0 : lo };

	for (size_t i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(words[i / 8] >> (56 - 8 * (i % 8)));
}

/* The same for the filter. */
static bool is_wanted(const struct ctl *ctl, const struct sentry_flow_key *key, __u64 word)
{
	bool reversed = SENTRY_STATE_FLAGS(word) & SENTRY_STATE_HIGH;
	unsigned int version = key->ip_version & ~SENTRY_HIGH_REQUESTS;
	struct item item;

	item_clear(&item, ITEM_FLOW);
	item.ends = (struct item_ends){ .ip_version = (uint8_t)version, .protocol = key->protocol, .vlan = ITEM_NO_VLAN,
					.source_port = reversed ? key->high_port : key->low_port,
					.dest_port = reversed ? key->low_port : key->high_port };
	put_address(reversed ? item.ends.dest : item.ends.source, version, key->low_hi, key->low_lo);
	put_address(reversed ? item.ends.source : item.ends.dest, version, key->high_hi, key->high_lo);
	return packet_filter_takes(&ctl->filter, &item);
}

struct listing {
	const struct ctl *ctl;
	json_t *list;
};

static void list_state(void *context, const struct sentry_flow_key *key, __u64 word, __u64 now)
{
	const struct listing *listing = context;

	if (is_wanted(listing->ctl, key, word))
		json_array_append_new(listing->list, state_json(key, word, now));
}

static int by_text(const json_t *left, const json_t *right, const char *key)
{
	return strcmp(member_text(left, key), member_text(right, key));
}

/* Those that live longest first: of one kind, those that were seen last. */
static int by_expiry(const void *left, const void *right)
{
	const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
	long long first = member_number(a, "expires_ms"), second = member_number(b, "expires_ms");
	int order = (first < second) - (first > second);

	if (!order)
		order = by_text(a, b, "protocol");
	if (!order)
		order = by_text(a, b, "source");
	return order ? order : by_text(a, b, "dest");
}

/* The table has no order of its own. */
static json_t *sorted(const struct ctl *ctl, json_t *list)
{
	size_t n = json_array_size(list), most = ctl->has_most && ctl->most && ctl->most < n ? ctl->most : n;
	json_t **items = allocate(n + 1, sizeof(json_t *)), *result = json_array();

	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(list, i);
	qsort(items, n, sizeof(json_t *), by_expiry);
	for (size_t i = 0; i < most; i++)
		json_array_append(result, items[i]);
	free(items);
	json_decref(list);
	return result;
}

static json_t *totals_json(const struct state_count *tally)
{
	json_t *totals = json_array();

	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		json_t *by_stage = json_object();
		char name[16];

		for (size_t i = 0; i < N_STAGES; i++) {
			if (tally->counts[protocol][i])
				json_object_set_new(by_stage, stage_words[i],
						    json_integer((json_int_t)tally->counts[protocol][i]));
		}
		if (json_object_size(by_stage))
			json_array_append_new(totals, json_pack("{s:s, s:O}", "protocol",
								protocol_format(protocol, name, sizeof(name)), "stages",
								by_stage));
		json_decref(by_stage);
	}
	return totals;
}

static json_t *read_states(const struct ctl *ctl, const struct generation *generation, size_t part,
			   struct failure *why)
{
	const struct manifest_states *states = &generation->record.parts[part].states;
	struct sentry_table_count count;
	struct state_count tally;
	json_t *document, *list = ctl->list ? json_array() : NULL;
	struct listing listing = { ctl, list };

	if (!state_count(&tally, generation, part, list ? list_state : NULL, &listing, why)) {
		json_decref(list);
		return NULL;
	}
	if (!tally.tracked) {
		json_decref(list);
		return json_pack("{s:b}", "tracked", 0);
	}
	document = json_pack("{s:b, s:I, s:I, s:I, s:o}", "tracked", 1, "max", (json_int_t)states->max, "connections",
			     (json_int_t)(tally.present - tally.expired), "expired", (json_int_t)tally.expired,
			     "totals", totals_json(&tally));
	if (snapshot_count(generation, part, states->count, &count)) {
		json_object_set_new(document, "inserted", json_integer((json_int_t)count.inserted));
		json_object_set_new(document, "evicted", json_integer(count.inserted > tally.present
			? (json_int_t)(count.inserted - tally.present) : 0));
		json_object_set_new(document, "failed", json_integer((json_int_t)count.failed));
	}
	if (list)
		json_object_set_new(document, "list", sorted(ctl, list));
	return document;
}

static void print_end(const json_t *item, const char *address, const char *port)
{
	const char *text = member_text(item, address);

	if (!json_object_get(item, port))
		printf(" %s", text);
	else
		printf(strchr(text, ':') ? " [%s]:%lld" : " %s:%lld", text, member_number(item, port));
}

static void print_list(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		char time[64];

		fputs(member_text(item, "protocol"), stdout);
		print_end(item, "source", "source_port");
		fputs(" >", stdout);
		print_end(item, "dest", "dest_port");
		if (json_object_get(item, "icmp_type"))
			printf(" type %lld id %lld", member_number(item, "icmp_type"), member_number(item, "icmp_id"));
		if (json_object_get(item, "vlan"))
			printf(" vlan %lld", member_number(item, "vlan"));
		printf(" %s%s expires in %s\n", member_text(item, "stage"),
		       json_is_true(json_object_get(item, "replied")) ? "" : " (no reply)",
		       duration_format((__u64)member_number(item, "expires_ms") * 1000000, time, sizeof(time)));
	}
}

static void print_states(const struct ctl *ctl, const json_t *document)
{
	const json_t *totals = json_object_get(document, "totals");

	if (!json_is_true(json_object_get(document, "tracked"))) {
		puts("the policy in force asks for no state: connections are not tracked");
		return;
	}
	if (ctl->list) {
		print_list(json_object_get(document, "list"));
		return;
	}
	printf("%lld connections of at most %lld, and %lld that have expired\n", member_number(document, "connections"),
	       member_number(document, "max"), member_number(document, "expired"));
	if (json_object_get(document, "inserted"))
		printf("%lld made since the table began, %lld had to make room, %lld could not be made\n",
		       member_number(document, "inserted"), member_number(document, "evicted"),
		       member_number(document, "failed"));
	for (size_t i = 0; i < json_array_size(totals); i++) {
		const json_t *item = json_array_get(totals, i), *by_stage = json_object_get(item, "stages");

		printf("  %-8s", member_text(item, "protocol"));
		for (size_t j = 0; j < N_STAGES; j++) {
			if (json_object_get(by_stage, stage_words[j]))
				printf("  %s %lld", stage_words[j], member_number(by_stage, stage_words[j]));
		}
		putchar('\n');
	}
}

bool ctl_states(const struct ctl *ctl, struct failure *why)
{
	return snapshot_print(ctl, "packet-sentry/states/v1", read_states, print_states, why);
}
