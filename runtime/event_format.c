/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "event_format.h"

#include "item_json.h"
#include "item_text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#define NANOSECONDS 1000000000LL

/* A log record is the head of a sample. */
bool event_read(struct event_view *view, struct sentry_sample *sample, const void *data, size_t size)
{
	*sample = (struct sentry_sample){ .captured = 0 };
	if (size < sizeof(sample->event))
		return false;
	memcpy(sample, data, size < sizeof(*sample) ? size : sizeof(*sample));
	view->event = &sample->event;
	view->frame = sample->data;
	view->captured = sample->captured < sizeof(sample->data) ? sample->captured : sizeof(sample->data);
	return true;
}

int64_t event_clock_offset(void)
{
	struct timespec real, monotonic;

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_REALTIME, &real);
	return (real.tv_sec - monotonic.tv_sec) * NANOSECONDS + real.tv_nsec - monotonic.tv_nsec;
}

void event_timestamp(int64_t nanoseconds, char text[static TIMESTAMP_SIZE])
{
	int64_t fraction = nanoseconds % NANOSECONDS;
	time_t seconds = (time_t)(nanoseconds / NANOSECONDS);
	struct tm utc;
	size_t length;

	if (fraction < 0) {
		fraction += NANOSECONDS;
		seconds--;
	}
	gmtime_r(&seconds, &utc);
	length = strftime(text, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + length, TIMESTAMP_SIZE - length, ".%09" PRId64 "Z", fraction);
}

const struct manifest_rule *event_rule(const struct event_view *view)
{
	const struct manifest *manifest = &view->record->parts[view->part];

	return view->event->slot < manifest->n_rules ? &manifest->rules[view->event->slot] : NULL;
}

static const char *hook_word(const struct event_view *view, const struct manifest_rule *rule)
{
	for (size_t i = 0; rule && i < view->record->n; i++) {
		const struct attachment *item = &view->record->items[i];

		if (item->part == view->part && item->hook.ifindex == view->event->ifindex &&
		    strcmp(item->block, rule->block) == 0)
			return means_words[item->hook.means];
	}
	return NULL;
}

static const char *direction_word(const struct event_view *view, const struct manifest_rule *rule)
{
	const struct manifest_block *block = rule ? manifest_block(&view->record->parts[view->part], rule->block) : NULL;

	return block ? direction_words[block->direction] : NULL;
}

/* The kernel knows only records and samples; what a record means is for the rule to say. */
const char *event_kind(const struct event_view *view)
{
	const struct manifest_rule *rule = event_rule(view);

	if (view->event->kind == SENTRY_EVENT_SAMPLE)
		return "sample";
	if (*event_detection(view))
		return "detect";
	return rule && strcmp(rule->action, "rate-limit") == 0 ? "limit" : "log";
}

const char *event_detection(const struct event_view *view)
{
	const struct manifest_rule *rule = event_rule(view);

	return rule && rule->detect && view->event->kind != SENTRY_EVENT_SAMPLE ? rule->detect : "";
}

/* Whatever a record says: numbers without a sign may overflow. */
static int64_t event_time(const struct event_view *view)
{
	return (int64_t)(view->event->time_ns + (uint64_t)view->clock_offset);
}

static void set_ends(struct item_ends *ends, const struct sentry_event *event)
{
	*ends = (struct item_ends){ .vlan = event->vlan == SENTRY_NO_VLAN ? ITEM_NO_VLAN : event->vlan };
	if (event->ip_version != 4 && event->ip_version != 6)
		return;
	ends->ip_version = event->ip_version;
	memcpy(ends->source, event->source, event->ip_version == 4 ? 4 : 16);
	memcpy(ends->dest, event->dest, event->ip_version == 4 ? 4 : 16);
	ends->source_port = ntohs(event->source_port);
	ends->dest_port = ntohs(event->dest_port);
	ends->protocol = event->protocol;
	ends->tcp_flags = event->tcp_flags;
	ends->icmp_type = event->icmp_type;
	ends->icmp_code = event->icmp_code;
	ends->fragment = event->fragment;
}

void event_item(const struct event_view *view, struct item *item)
{
	const struct sentry_event *event = view->event;
	const struct manifest_rule *rule = event_rule(view);
	const char *direction = direction_word(view, rule), *hook = hook_word(view, rule);

	item_clear(item, ITEM_EVENT);
	item->time_ns = event_time(view);
	item->generation = view->record->generation;
	item->text[TEXT_POLICY] = view->record->parts[view->part].policy;
	item->text[TEXT_NAME] = event_kind(view);
	item->text[TEXT_SUBJECT] = event_detection(view);
	if (rule) {
		item->text[TEXT_BLOCK] = rule->block;
		item->text[TEXT_RULE] = rule->name;
		item->text[TEXT_VERDICT] = rule->verdict;
		item->line = rule->line > 0 ? (uint32_t)rule->line : 0;
	}
	if (direction)
		item->text[TEXT_DIRECTION] = direction;
	if (hook)
		item->text[TEXT_HOOK] = hook;
	if (view->interface)
		item->text[TEXT_INTERFACE] = view->interface;
	set_ends(&item->ends, event);
	item->packets = 1;
	item->bytes = event->bytes;
	item->sampling = event->sampling;
	item->captured = view->captured < ITEM_FRAME_BYTES ? view->captured : ITEM_FRAME_BYTES;
	item->frame = item->captured ? view->frame : NULL;
}

json_t *event_json(const struct event_view *view)
{
	struct text_buffer text = { 0 };
	struct item item;
	json_t *json;

	event_item(view, &item);
	item_json(&text, &item, NULL);
	json = json_loadb(text.data, text.size, 0, NULL);
	text_free(&text);
	return json;
}

void event_text(const struct event_view *view, FILE *out)
{
	struct item item;

	event_item(view, &item);
	item_text(&item, out);
}
