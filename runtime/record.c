/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "record.h"

#include "memory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "packet-sentry/generation/v2"
#define MAP_NAME "sentry_manifest"

static json_t *attachment_json(const struct attachment *item)
{
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:I}", "interface", item->interface, "ifindex",
			 (json_int_t)item->hook.ifindex, "hook", means_words[item->hook.means], "direction",
			 direction_words[item->hook.direction], "block", item->block, "program", item->program, "part",
			 (json_int_t)item->part);
}

/* "edge", or "edge and mgmt", as people say it. */
static char *policy_names(const struct manifest *const *parts, size_t n)
{
	size_t size = 1;
	char *text;

	for (size_t i = 0; i < n; i++)
		size += strlen(parts[i]->policy) + sizeof(" and ");
	text = allocate(1, size);
	for (size_t i = 0; i < n; i++) {
		strcat(text, i == 0 ? "" : i + 1 == n ? " and " : ", ");
		strcat(text, parts[i]->policy);
	}
	return text;
}

char *record_text(const struct record_head *head, const struct plan *plan, const struct manifest *const *parts,
		  size_t n_parts)
{
	json_t *list = json_array(), *manifests = json_array(), *probes = json_array(), *root;
	char *text, *policies = policy_names(parts, n_parts);
	bool ok = true;

	/* An interface name may be any bytes, JSON is UTF-8: an attachment that cannot be written down is not made. */
	for (size_t i = 0; i < plan->n; i++)
		ok = json_array_append_new(list, attachment_json(&plan->items[i])) == 0 && ok;
	for (size_t i = 0; i < n_parts; i++)
		json_array_append(manifests, parts[i]->json);
	for (size_t i = 0; head->probes && head->probes[i]; i++)
		ok = json_array_append_new(probes, json_string(head->probes[i])) == 0 && ok;
	root = json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "schema", SCHEMA, "generation",
			 (json_int_t)head->generation, "replaces", (json_int_t)head->replaces, "applied_at",
			 head->applied_at, "who", head->who ? head->who : "", "message",
			 head->message ? head->message : "", "policies", policies, "attachments", list, "probes", probes,
			 "manifests", manifests);
	free(policies);
	if (!root) {
		return NULL;
	}
	text = ok ? json_dumps(root, JSON_COMPACT) : NULL;
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
	item->part = (size_t)json_integer_value(json_object_get(json, "part"));
	return true;
}

static bool read_attachments(struct record *record, const json_t *list)
{
	size_t n = json_array_size(list);

	record->items = allocate(n, sizeof(*record->items));
	for (size_t i = 0; i < n; i++) {
		struct attachment *item = &record->items[record->n++];

		if (!read_attachment(item, json_array_get(list, i)) || item->part >= record->n_parts)
			return false;
	}
	return n > 0;
}

static bool read_head(struct record *record)
{
	const json_t *root = record->root, *probes = json_object_get(root, "probes");
	const char *schema = json_string_value(json_object_get(root, "schema"));

	record->generation = (unsigned int)json_integer_value(json_object_get(root, "generation"));
	record->replaces = (unsigned int)json_integer_value(json_object_get(root, "replaces"));
	record->applied_at = json_string_value(json_object_get(root, "applied_at"));
	record->who = json_string_value(json_object_get(root, "who"));
	record->message = json_string_value(json_object_get(root, "message"));
	record->policies = json_string_value(json_object_get(root, "policies"));
	record->probes = allocate(json_array_size(probes), sizeof(*record->probes));
	for (size_t i = 0; i < json_array_size(probes); i++) {
		const char *probe = json_string_value(json_array_get(probes, i));

		if (probe)
			record->probes[record->n_probes++] = probe;
	}
	return schema && strcmp(schema, SCHEMA) == 0 && record->applied_at && record->who && record->message &&
	       record->policies;
}

static bool read_parts(struct record *record, struct failure *why)
{
	const json_t *list = json_object_get(record->root, "manifests");
	size_t n = json_array_size(list);

	record->parts = allocate(n, sizeof(*record->parts));
	record->list = allocate(n, sizeof(*record->list));
	for (size_t i = 0; i < n; i++) {
		if (!manifest_read(&record->parts[i], json_array_get(list, i), why))
			return false;
		record->list[i] = &record->parts[i];
		record->n_parts++;
	}
	return true;
}

bool record_parse(struct record *record, const char *text, size_t size, struct failure *why)
{
	json_error_t error;

	*record = (struct record){ 0 };
	record->root = json_loadb(text, size, 0, &error);
	if (!record->root)
		return failure_set(why, EXIT_ENVIRONMENT, "the record of the generation is not JSON: %s", error.text);
	if (!read_head(record)) {
		failure_set(why, EXIT_ENVIRONMENT,
			    "the record of the generation was written by another version of this program; "
			    "sentry-apply --remove takes it away all the same");
	} else if (read_parts(record, why)) {
		if (record->n_parts && read_attachments(record, json_object_get(record->root, "attachments")))
			return true;
		failure_set(why, EXIT_ENVIRONMENT, "the record of the generation is damaged; sentry-apply --remove takes "
						   "it away all the same");
	}
	record_free(record);
	return false;
}

void record_free(struct record *record)
{
	for (size_t i = 0; i < record->n_parts; i++)
		manifest_free(&record->parts[i]);
	free(record->parts);
	free(record->list);
	free(record->probes);
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
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);
	int fd = bpf_obj_get_opts(path->text, &options);

	if (fd < 0)
		return 0;
	bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	return info.id;
}

char *text_map_read(const struct path *path, size_t *size)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info), zero = 0;
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);
	int fd = bpf_obj_get_opts(path->text, &options);
	char *text = NULL;

	if (fd < 0)
		return NULL;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0 && info.type == BPF_MAP_TYPE_ARRAY) {
		text = allocate(1, info.value_size);
		*size = info.value_size;
		if (bpf_map_lookup_elem(fd, &zero, text) != 0) {
			free(text);
			text = NULL;
		}
	}
	close(fd);
	return text;
}

bool record_read(struct record *record, const struct path *path, struct failure *why)
{
	size_t size = 0;
	char *text = text_map_read(path, &size);
	bool ok;

	*record = (struct record){ 0 };
	if (!text)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read %s: %s", path->text, strerror(errno));
	ok = record_parse(record, text, size, why);
	free(text);
	return ok;
}
