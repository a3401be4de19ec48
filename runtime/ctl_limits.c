/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl limits: how full the tables of rate-limits are, and whose buckets are the fullest. */
#include "ctl.h"
#include "map_walk.h"
#include "memory.h"
#include "printable.h"
#include "set_element.h"
#include "set_parts.h"
#include "snapshot.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOP 5

/* How much of its allowance a key has used: time until its bucket is empty, or bits of its sketch. */
struct used {
	__u64 amount;
	char key[sizeof(struct sentry_flow_key)];
};

struct tally {
	__u64 now;
	bool distinct;
	__u32 key_size;
	size_t n;
	struct used top[TOP]; /* the most used first; 0: none */
};

static __u64 amount_of(const struct tally *tally, const void *value)
{
	__u64 tat;

	if (tally->distinct)
		return ((const struct sentry_sketch *)value)->bits;
	tat = ((const struct sentry_bucket *)value)->tat / 16;
	return tat > tally->now ? tat - tally->now : 0;
}

static void take(void *context, const void *key, const void *value)
{
	struct tally *tally = context;
	struct used used = { .amount = amount_of(tally, value) };
	size_t place = TOP;

	tally->n++;
	while (place > 0 && used.amount > tally->top[place - 1].amount)
		place--;
	if (place == TOP)
		return;
	memcpy(used.key, key, tally->key_size);
	memmove(&tally->top[place + 1], &tally->top[place], (TOP - 1 - place) * sizeof(tally->top[0]));
	tally->top[place] = used;
}

static void end_text(char *out, size_t size, unsigned int version, __u64 hi, __u64 lo, unsigned int port)
{
	char address[ELEMENT_TEXT];

	address_format(version, hi, lo, address);
	if (port)
		snprintf(out, size, version == 4 ? "%s:%u" : "[%s]:%u", address, port);
	else
		snprintf(out, size, "%s", address);
}

static void key_text(char *out, size_t size, const struct tally *tally, const char *bytes)
{
	if (tally->key_size == sizeof(struct sentry_end_key)) {
		struct sentry_end_key key;

		memcpy(&key, bytes, sizeof(key));
		end_text(out, size, key.ip_version, key.hi, key.lo, key.port);
	} else if (tally->key_size == sizeof(struct sentry_flow_key)) {
		char low[ELEMENT_TEXT], high[ELEMENT_TEXT], protocol[16];
		struct sentry_flow_key key;
		unsigned int version;

		memcpy(&key, bytes, sizeof(key));
		version = key.ip_version & ~SENTRY_HIGH_REQUESTS;
		end_text(low, sizeof(low), version, key.low_hi, key.low_lo, key.low_port);
		end_text(high, sizeof(high), version, key.high_hi, key.high_lo, key.high_port);
		protocol_format(key.protocol, protocol, sizeof(protocol));
		snprintf(out, size, "%s%s%s - %s", key.protocol ? protocol : "", key.protocol ? " " : "", low, high);
	} else {
		snprintf(out, size, "all");
	}
}

static bool read_map(int map, struct tally *tally)
{
	struct bpf_map_info info;
	__u32 zero = 0;
	char *value;
	bool ok;

	if (!map_info(map, &info) || info.key_size > sizeof(tally->top[0].key) || info.value_size < sizeof(__u64)) {
		errno = EINVAL;
		return false;
	}
	tally->key_size = info.key_size;
	if (info.type != BPF_MAP_TYPE_ARRAY)
		return map_walk(map, take, tally);
	value = allocate(1, info.value_size);
	ok = bpf_map_lookup_elem(map, &zero, value) == 0;
	if (ok)
		take(tally, &zero, value);
	free(value);
	return ok;
}

/* Older objects say the rate in words, newer ones in numbers. */
static void rate_text(char *out, size_t size, const json_t *limit)
{
	long long period = member_number(limit, "period_ms"), burst = member_number(limit, "burst");
	const char *unit = member_text(limit, "unit");
	int used;

	if (*member_text(limit, "rate")) {
		snprintf(out, size, "%s", member_text(limit, "rate"));
		return;
	}
	used = snprintf(out, size, "%lld%s%s%s%s/%s", member_number(limit, "amount"),
			*member_text(limit, "distinct") ? " distinct " : "", member_text(limit, "distinct"),
			strcmp(unit, "packets") == 0 ? "" : " ", strcmp(unit, "packets") == 0 ? "" : unit,
			period == 1000 ? "s" : period == 60000 ? "m" : period == 3600000 ? "h" : "period");
	if (burst > 0 && used > 0 && (size_t)used < size)
		snprintf(out + used, size - (size_t)used, " burst %lld", burst);
}

static json_t *limit_json(const struct generation *generation, size_t part, const struct manifest_limit *limit,
			  const struct tally *tally)
{
	struct sentry_table_count count;
	json_t *json, *top = json_array();
	char text[256];

	for (size_t i = 0; i < TOP && tally->top[i].amount; i++) {
		char key[2 * ELEMENT_TEXT + 32];

		key_text(key, sizeof(key), tally, tally->top[i].key);
		if (tally->distinct)
			json_array_append_new(top, json_pack("{s:s, s:I}", "key", key, "bits",
							     (json_int_t)tally->top[i].amount));
		else
			json_array_append_new(top, json_pack("{s:s, s:f}", "key", key, "empty_in_ms",
							     (double)tally->top[i].amount / 1e6));
	}
	rate_text(text, sizeof(text), limit->json);
	json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "rule", limit->rule, "kind", limit->kind, "rate", text,
			 "per", limit->keys, "keys", (json_int_t)tally->n, "max", (json_int_t)limit->max, "top", top);
	if (*limit->keys && snapshot_count(generation, part, limit->count, &count)) {
		json_object_set_new(json, "evicted", json_integer(count.inserted > tally->n
			? (json_int_t)(count.inserted - tally->n) : 0));
		json_object_set_new(json, "failed", json_integer((json_int_t)count.failed));
		json_object_set_new(json, "contended", json_integer((json_int_t)count.contended));
	}
	return json;
}

static json_t *read_limits(const struct ctl *ctl, const struct generation *generation, size_t part,
			   struct failure *why)
{
	const struct manifest *manifest = &generation->record.parts[part];
	json_t *list = json_array();

	for (size_t i = 0; i < manifest->n_limits; i++) {
		const struct manifest_limit *limit = &manifest->limits[i];
		struct tally tally = { .now = monotonic_ns(), .distinct = strcmp(limit->kind, "distinct") == 0 };
		int map = snapshot_map(generation, part, limit->map, why);
		bool ok = map >= 0 && read_map(map, &tally);

		if (map >= 0 && !ok)
			failure_set(why, EXIT_ENVIRONMENT, "the limit of rule %s cannot be read: %s", limit->rule,
				    strerror(errno));
		if (map >= 0)
			close(map);
		if (!ok) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, limit_json(generation, part, limit, &tally));
	}
	return json_pack("{s:o}", "limits", list);
}

static void print_limits(const struct ctl *ctl, const json_t *document)
{
	const json_t *list = json_object_get(document, "limits");
	struct printable text;

	if (!json_array_size(list))
		puts("the policy in force has no rate-limits");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *limit = json_array_get(list, i), *top = json_object_get(limit, "top");

		printf("%s: %s", printable(&text, member_text(limit, "rule")), member_text(limit, "rate"));
		if (*member_text(limit, "per"))
			printf(" per %s: %lld keys of at most %lld, %lld had to make room, %lld contended",
			       member_text(limit, "per"), member_number(limit, "keys"), member_number(limit, "max"),
			       member_number(limit, "evicted"), member_number(limit, "contended"));
		putchar('\n');
		for (size_t j = 0; j < json_array_size(top); j++) {
			const json_t *used = json_array_get(top, j);

			if (json_object_get(used, "bits"))
				printf("  %-40s %lld different\n", member_text(used, "key"),
				       member_number(used, "bits"));
			else
				printf("  %-40s empty in %.1f ms\n", member_text(used, "key"),
				       json_real_value(json_object_get(used, "empty_in_ms")));
		}
	}
}

bool ctl_limits(const struct ctl *ctl, struct failure *why)
{
	return snapshot_print(ctl, "packet-sentry/limits/v1", read_limits, print_limits, why);
}
