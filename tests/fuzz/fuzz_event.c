/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any bytes as a record of the ring buffer, of a policy with two blocks. The first byte chooses the part of the
 * generation and whether the interface is known. JSON must say what the record says, and a line must be one line.
 */
#include "event_format.h"
#include "fuzz.h"

#include <string.h>

static struct manifest_block blocks[] = {
	{ "ingress", "in", DIRECTION_INGRESS, true, false, 0, NULL, false },
	{ "egress", "out", DIRECTION_EGRESS, false, false, 0, NULL, false },
};
static struct manifest_rule rules[] = {
	{ .name = "ssh\x1b", .block = "ingress", .verdict = "deny", .action = "deny", .line = 24 },
	{ .name = "watch", .block = "egress", .verdict = "", .action = "sample", .detect = "scan\x1b" },
};
static struct attachment items[] = {
	{ { MEANS_XDP, DIRECTION_INGRESS, 2 }, "eth0", 0, "in", "ingress" },
	{ { MEANS_TCX, DIRECTION_EGRESS, 2 }, "eth0", 1, "out", "egress" },
};
static struct manifest parts[] = {
	{ .policy = "edge", .n_blocks = 2, .blocks = blocks, .n_rules = 2, .rules = rules },
	{ .policy = "mgmt", .n_blocks = 2, .blocks = blocks, .n_rules = 1, .rules = &rules[1] },
};
static const struct record record = { .generation = 3, .n_parts = 2, .parts = parts, .n = 2, .items = items };

static json_int_t number_of(const json_t *json, const char *key)
{
	require(json_is_integer(json_object_get(json, key)));
	return json_integer_value(json_object_get(json, key));
}

static void check_json(const struct event_view *view)
{
	json_t *json = event_json(view), *frame = json_object_get(json, "frame");
	char *text = json_dumps(json, JSON_COMPACT);

	require(text && !strchr(text, '\n'));
	require(number_of(json, "bytes") == view->event->bytes && number_of(json, "generation") == 3);
	if (frame)
		require(strlen(json_string_value(frame)) == 2 * view->captured);
	require((json_object_get(json, "rule") != NULL) == (event_rule(view) != NULL));
	free(text);
	json_decref(json);
}

static void check_text(const struct event_view *view)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	require(out);
	event_text(view, out);
	fclose(out);
	require(size && strlen(text) == size && strchr(text, '\n') == text + size - 1);
	/* Whatever a rule is called, a terminal is not given orders. */
	for (size_t i = 0; i + 1 < size; i++)
		require((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_view view = { .record = &record, .clock_offset = 1769767200123456788LL };
	struct sentry_sample sample;

	if (!size)
		return 0;
	view.part = data[0] & 1;
	view.interface = data[0] & 2 ? "eth0" : NULL;
	if (!event_read(&view, &sample, data + 1, size - 1)) {
		require(size - 1 < sizeof(struct sentry_event));
		return 0;
	}
	require(view.captured <= sizeof(sample.data));
	check_json(&view);
	check_text(&view);
	return 0;
}
