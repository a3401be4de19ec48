/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "record.h"

#include "memory.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "packet-sentry/generation/v1"
#define MAP_NAME "sentry_manifest"

static json_t *attachment_json(const struct attachment *item)
{
	json_t *json = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "interface", item->interface, "ifindex",
				 (json_int_t)item->hook.ifindex, "hook", means_words[item->hook.means], "direction",
				 direction_words[item->hook.direction], "block", item->block, "program", item->program);

	if (item->made_qdisc)
		json_object_set_new(json, "made_qdisc", json_true());
	return json;
}

char *record_text(const struct plan *plan, const struct manifest *manifest, unsigned int generation,
		  const char *applied_at, const char *message)
{
	json_t *list = json_array(), *root;
	char *text;

	/* An interface name may be any bytes, JSON is UTF-8: an attachment that cannot be written down is not made. */
	for (size_t i = 0; i < plan->n; i++) {
		if (json_array_append_new(list, attachment_json(&plan->items[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	root = json_pack("{s:s, s:I, s:s, s:s, s:o, s:O}", "schema", SCHEMA, "generation", (json_int_t)generation,
			 "applied_at", applied_at, "message", message ? message : "", "attachments", list, "manifest",
			 manifest->json);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

static bool read_attachment(struct attachment *item, const json_t *json)
{
	const char *interface = json_string_value(json_object_get(json, "interface"));
	const char *hook = json_string_value(json_object_get(json, "hook"));
	const char *direction = json_string_value(json_object_get(json, "direction"));
	json_int_t ifindex = json_integer_value(json_object_get(json, "ifindex"));
	int means, way;

	item->block = json_string_value(json_object_get(json, "block"));
	item->program = json_string_value(json_object_get(json, "program"));
	if (!interface || !hook || !direction || !item->block || !item->program || ifindex <= 0 || ifindex > INT_MAX)
		return false;
	means = word_index(means_words, hook);
	way = word_index(direction_words, direction);
	if (means < 0 || way < 0)
		return false;
	strncpy(item->interface, interface, sizeof(item->interface) - 1);
	item->hook = (struct hook){ (enum means)means, (enum direction)way, (unsigned int)ifindex };
	item->made_qdisc = json_is_true(json_object_get(json, "made_qdisc"));
	return true;
}

static bool read_attachments(struct record *record, const json_t *list)
{
	size_t n = json_array_size(list);

	record->items = allocate(n, sizeof(*record->items));
	for (size_t i = 0; i < n; i++) {
		if (!read_attachment(&record->items[record->n++], json_array_get(list, i)))
			return false;
	}
	return n > 0;
}

bool record_parse(struct record *record, const char *text, size_t size, struct failure *why)
{
	json_error_t error;
	const char *schema;

	*record = (struct record){ 0 };
	record->root = json_loadb(text, size, 0, &error);
	if (!record->root)
		return failure_set(why, EXIT_ENVIRONMENT, "the record of the generation is not JSON: %s", error.text);
	schema = json_string_value(json_object_get(record->root, "schema"));
	record->generation = (unsigned int)json_integer_value(json_object_get(record->root, "generation"));
	record->applied_at = json_string_value(json_object_get(record->root, "applied_at"));
	record->message = json_string_value(json_object_get(record->root, "message"));
	if (!schema || strcmp(schema, SCHEMA) != 0 || !record->applied_at || !record->message ||
	    !read_attachments(record, json_object_get(record->root, "attachments")))
		failure_set(why, EXIT_ENVIRONMENT,
			    "the record of the generation was written by another version of this program; "
			    "sentry-apply --remove takes it away all the same");
	else if (manifest_read(&record->manifest, json_object_get(record->root, "manifest"), why))
		return true;
	record_free(record);
	return false;
}

void record_free(struct record *record)
{
	manifest_free(&record->manifest);
	free(record->items);
	json_decref(record->root);
	*record = (struct record){ 0 };
}

bool record_pin(const char *text, const struct path *path, struct failure *why)
{
	__u32 size = (__u32)strlen(text), zero = 0;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, MAP_NAME, sizeof(zero), size, 1, NULL);
	bool ok = fd >= 0 && bpf_map_update_elem(fd, &zero, text, BPF_ANY) == 0 && bpf_map_freeze(fd) == 0 &&
		  bpf_obj_pin(fd, path->text) == 0;

	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "cannot pin %s: %s", path->text, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

__u32 record_map_id(const struct path *path)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);
	int fd = bpf_obj_get(path->text);

	if (fd < 0)
		return 0;
	bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	return info.id;
}

bool record_read(struct record *record, const struct path *path, struct failure *why)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info), zero = 0;
	int fd = bpf_obj_get(path->text);
	char *text = NULL;
	bool ok = false;

	*record = (struct record){ 0 };
	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0) {
		text = allocate(1, info.value_size);
		ok = bpf_map_lookup_elem(fd, &zero, text) == 0;
	}
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "cannot read %s: %s", path->text, strerror(errno));
	else
		ok = record_parse(record, text, info.value_size, why);
	if (fd >= 0)
		close(fd);
	free(text);
	return ok;
}
