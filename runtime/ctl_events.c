/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl events: log and sample records, as JSON Lines, text, or a capture. */
#include "ctl_events.h"

#include "events.h"
#include "generation.h"
#include "item_text.h"
#include "json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

void event_writer_begin(struct event_writer *writer, const struct ctl *ctl)
{
	*writer = (struct event_writer){ .ctl = ctl, .format = { .schema = ctl->schema } };
	if (ctl->format == CTL_PCAPNG)
		writer->capture = pcapng_begin(stdout, ITEM_FRAME_BYTES);
}

/* Which rule said so is what a capture alone does not tell. */
static void write_frame(struct event_writer *writer, const struct item *item)
{
	const char *verdict = item->text[TEXT_VERDICT], *direction = item->text[TEXT_DIRECTION];
	struct pcapng_packet packet = {
		.time_ns = item->time_ns, .interface = item->text[TEXT_INTERFACE], .frame = item->frame, .captured = item->captured,
		.length = item->bytes < UINT32_MAX ? (uint32_t)item->bytes : UINT32_MAX,
	};

	if (!item->captured) {
		writer->without_frame++;
		return;
	}
	if (*direction)
		packet.direction = strcmp(direction, "egress") == 0 ? PCAPNG_OUTBOUND : PCAPNG_INBOUND;
	text_clear(&writer->buffer);
	text_print(&writer->buffer, "rule %s%s%s, %s, policy %s, generation %u, 1/%u", item->text[TEXT_RULE], *verdict ? ": " : "",
		   verdict, *direction ? direction : "?", item->text[TEXT_POLICY], item->generation, item->sampling);
	packet.comment = text_string(&writer->buffer);
	pcapng_write(writer->capture, &packet);
}

void event_writer_put(struct event_writer *writer, const struct item *item)
{
	switch (writer->ctl->format) {
	case CTL_PCAPNG:
		write_frame(writer, item);
		break;
	case CTL_TEXT:
		item_text(item, stdout);
		break;
	default:
		text_clear(&writer->buffer);
		item_json(&writer->buffer, item, &writer->format);
		text_byte(&writer->buffer, '\n');
		fwrite(writer->buffer.data, 1, writer->buffer.size, stdout);
	}
}

void event_writer_lost(const struct event_writer *writer, const char *what, const char *policy, unsigned int generation,
		       uint64_t lost)
{
	const struct ctl *ctl = writer->ctl;

	say("%llu %s of policy %s, generation %u, were lost: the ring buffer was full", (unsigned long long)lost, what, policy,
	    generation);
	if (ctl->format == CTL_DEFAULT || ctl->format == CTL_JSON)
		json_print_line(json_pack("{s:s, s:s, s:s, s:I, s:I}", "schema", EVENT_SCHEMA, "kind", "lost", "policy", policy,
					  "generation", (json_int_t)generation, "lost", (json_int_t)lost));
}

void event_writer_end(struct event_writer *writer)
{
	if (writer->without_frame)
		say("%llu records have no frame, and are not in the capture: only rules that `sample` keep one",
		    (unsigned long long)writer->without_frame);
	pcapng_end(writer->capture);
	text_free(&writer->buffer);
}

static void print_event(void *context, const struct event_view *view)
{
	struct event_writer *writer = context;
	struct item item;

	event_item(view, &item);
	if (!packet_filter_takes(&writer->ctl->filter, &item))
		return;
	event_writer_put(writer, &item);
}

static void print_lost(void *context, const struct event_loss *loss)
{
	event_writer_lost(context, "records", loss->record->parts[loss->part].policy, loss->record->generation, loss->lost);
}

static bool flush(void *context)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

/* A rule that the policy in force does not have would show nothing, for ever. */
static bool check_rule(const struct ctl *ctl, struct failure *why)
{
	struct generation generation;
	bool found = false;

	switch (generation_current(&generation, &ctl->site, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return true;
	case PRESENCE_FOUND:
		break;
	}
	for (size_t part = 0; part < generation.record.n_parts; part++) {
		const struct manifest *manifest = &generation.record.parts[part];

		for (size_t i = 0; i < manifest->n_rules; i++)
			found |= strcmp(manifest->rules[i].name, ctl->filter.rule) == 0;
	}
	if (!found)
		failure_set(why, EXIT_USAGE, "--rule %s: policy %s has no rule of that name", ctl->filter.rule,
		     generation.record.policies);
	generation_close(&generation);
	return found;
}

bool ctl_events(const struct ctl *ctl, struct failure *why)
{
	struct event_writer writer;
	const struct event_sink sink = { .context = &writer, .event = print_event, .lost = print_lost, .batch_end = flush };
	bool ok;

	if (ctl->filter.rule && !check_rule(ctl, why))
		return false;
	event_writer_begin(&writer, ctl);
	ok = ctl->follow ? events_follow(&ctl->site, &sink, why) : events_drain(&ctl->site, &sink, why);
	event_writer_end(&writer);
	return ok;
}
