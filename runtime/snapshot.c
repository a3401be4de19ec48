/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "snapshot.h"

#include "json.h"
#include "map_walk.h"
#include "maps.h"
#include "memory.h"
#include "printable.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef json_t *reader(const struct ctl *ctl, const struct generation *generation, size_t part, struct failure *why);

/* What `read` says of all parts; NULL with `why`. */
static json_t *read_parts(const struct ctl *ctl, const struct generation *generation, reader *read,
			  struct failure *why)
{
	const struct record *record = &generation->record;
	json_t *list = json_array();

	for (size_t part = 0; part < record->n_parts; part++) {
		json_t *body = read(ctl, generation, part, why), *item;

		if (!body) {
			json_decref(list);
			return NULL;
		}
		item = json_pack("{s:s}", "policy", record->parts[part].policy);
		json_object_update(item, body);
		json_decref(body);
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *document_of(const char *schema, const struct generation *generation, json_t *parts)
{
	json_t *document = json_pack("{s:s, s:s, s:I}", "schema", schema, "policy", generation->record.policies,
				     "generation", (json_int_t)generation->record.generation);

	if (json_array_size(parts) == 1)
		json_object_update(document, json_array_get(parts, 0));
	else
		json_object_set(document, "policies", parts);
	return document;
}

static void print_parts(const struct ctl *ctl, const json_t *parts,
			void (*print)(const struct ctl *ctl, const json_t *document))
{
	size_t n = json_array_size(parts);

	for (size_t i = 0; i < n; i++) {
		const json_t *part = json_array_get(parts, i);
		struct printable text;

		if (n > 1)
			printf("%spolicy %s:\n", i ? "\n" : "", printable(&text, member_text(part, "policy")));
		print(ctl, part);
	}
}

bool snapshot_print(const struct ctl *ctl, const char *schema, reader *read,
		    void (*print)(const struct ctl *ctl, const json_t *document), struct failure *why)
{
	json_t *document = NULL, *parts = NULL;

	for (int attempt = 0; attempt < 10 && !parts; attempt++) {
		struct generation generation;

		if (!generation_needed(&generation, &ctl->site, why))
			return false;
		parts = read_parts(ctl, &generation, read, why);
		if (parts)
			document = document_of(schema, &generation, parts);
		generation_close(&generation);
	}
	if (!parts)
		return false;
	if (ctl->format == CTL_JSON)
		json_print(json_incref(document));
	else
		print_parts(ctl, parts, print);
	json_decref(document);
	json_decref(parts);
	return true;
}

int snapshot_map(const struct generation *generation, size_t part, const char *name, struct failure *why)
{
	int map = generation_map(generation, part, name);

	if (map < 0)
		failure_set(why, EXIT_ENVIRONMENT, "cannot open map '%s': %s", name, strerror(errno));
	return map;
}

bool snapshot_count(const struct generation *generation, size_t part, long long index, struct sentry_table_count *sum)
{
	int map = index == NO_COUNT ? -1 : generation_map(generation, part, MAP_TABLE_COUNTS),
	    cpus = libbpf_num_possible_cpus();
	struct sentry_table_count *values;
	__u32 key = (__u32)index;
	struct bpf_map_info info;
	bool ok;

	*sum = (struct sentry_table_count){ 0 };
	if (map < 0)
		return false;
	/* The look-up writes one value per possible CPU, without asking how much room there is. */
	ok = cpus > 0 && map_info(map, &info) && info.type == BPF_MAP_TYPE_PERCPU_ARRAY &&
	     info.value_size == sizeof(*sum);
	values = allocate(cpus > 0 ? (size_t)cpus : 1, sizeof(*values));
	ok = ok && bpf_map_lookup_elem(map, &key, values) == 0;
	for (int cpu = 0; ok && cpu < cpus; cpu++) {
		sum->inserted += values[cpu].inserted;
		sum->failed += values[cpu].failed;
		sum->contended += values[cpu].contended;
	}
	free(values);
	close(map);
	return ok;
}

const char *member_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long member_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}
