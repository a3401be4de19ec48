/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "snapshot.h"

#include "json.h"
#include "map_walk.h"
#include "maps.h"
#include "memory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *head(const char *schema, const struct generation *generation)
{
	return json_pack("{s:s, s:s, s:I}", "schema", schema, "policy", generation->record.manifest.policy,
			 "generation", (json_int_t)generation->record.generation);
}

bool snapshot_print(const struct ctl *ctl, const char *schema,
		    json_t *(*read)(const struct ctl *ctl, const struct generation *generation, struct failure *why),
		    void (*print)(const struct ctl *ctl, const json_t *document), struct failure *why)
{
	json_t *document = NULL, *body = NULL;

	for (int attempt = 0; attempt < 10 && !body; attempt++) {
		struct generation generation;

		switch (generation_current(&generation, &ctl->site, why)) {
		case PRESENCE_FAILED:
			return false;
		case PRESENCE_NONE:
			return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
		case PRESENCE_FOUND:
			break;
		}
		body = read(ctl, &generation, why);
		if (body)
			document = head(schema, &generation);
		generation_close(&generation);
	}
	if (!body)
		return false;
	json_object_update(document, body);
	json_decref(body);
	if (ctl->format == CTL_JSON) {
		json_print(document);
	} else {
		print(ctl, document);
		json_decref(document);
	}
	return true;
}

int snapshot_map(const struct generation *generation, const char *name, struct failure *why)
{
	int map = generation_map(generation, name);

	if (map < 0)
		failure_set(why, EXIT_ENVIRONMENT, "cannot open map '%s': %s", name, strerror(errno));
	return map;
}

bool snapshot_count(const struct generation *generation, long long index, struct sentry_table_count *sum)
{
	int map = index == NO_COUNT ? -1 : generation_map(generation, MAP_TABLE_COUNTS),
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
