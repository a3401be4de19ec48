/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a replay prints: packets one by one, and the counts. */
#include "replay.h"

#include "json_out.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define TIME_TEXT 40
#define PROTO_TEXT 12

/* RFC 3339 in UTC: microseconds, or nanoseconds where there are any. */
static const char *time_text(uint64_t time_ns, char text[static TIME_TEXT])
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	unsigned nanoseconds = (unsigned)(time_ns % 1000000000);
	struct tm tm;
	size_t used;

	gmtime_r(&seconds, &tm);
	used = strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	if (nanoseconds % 1000)
		snprintf(text + used, TIME_TEXT - used, ".%09uZ", nanoseconds);
	else
		snprintf(text + used, TIME_TEXT - used, ".%06uZ", nanoseconds / 1000);
	return text;
}

static const char *proto_text(unsigned proto, char text[static PROTO_TEXT])
{
	switch (proto) {
	case 1:
		return "icmp";
	case 6:
		return "tcp";
	case 17:
		return "udp";
	case 47:
		return "gre";
	case 50:
		return "esp";
	case 58:
		return "icmp6";
	case 132:
		return "sctp";
	default:
		snprintf(text, PROTO_TEXT, "%u", proto);
		return text;
	}
}

static void print_packet_json(const struct replay *replay, const struct frame *frame, const struct model_packet *packet,
			      const struct decision *decision, const char *rule)
{
	char address[ADDRESS_TEXT], when[TIME_TEXT], proto[PROTO_TEXT];
	json_t *object = json_object();

	json_object_set_new(object, "n", json_integer((json_int_t)replay->packets));
	json_object_set_new(object, "ts", json_string(time_text(frame->time_ns, when)));
	json_object_set_new(object, "verdict", json_string(verdict_names[decision->verdict]));
	json_set_text(object, "rule", rule);
	if (packet->class == MODEL_IP) {
		json_set_text(object, "src", address_format(packet->family, packet->value[FIELD_SRC], address));
		json_set_text(object, "dst", address_format(packet->family, packet->value[FIELD_DST], address));
		json_set_text(object, "proto", proto_text((unsigned)packet->value[FIELD_PROTO], proto));
	}
	if (packet->has[FIELD_SPORT]) {
		json_object_set_new(object, "sport", json_integer((json_int_t)packet->value[FIELD_SPORT]));
		json_object_set_new(object, "dport", json_integer((json_int_t)packet->value[FIELD_DPORT]));
	}
	json_object_set_new(object, "log", json_boolean(decision->log));
	json_object_set_new(object, "sampled", json_boolean(decision->sampled));
	json_print_line(object);
	json_decref(object);
}

static void print_endpoint(const struct model_packet *packet, enum field address, enum field port)
{
	bool brackets = packet->family == FAMILY_V6 && packet->has[port];
	char text[ADDRESS_TEXT];

	printf("%s%s%s", brackets ? "[" : "", address_format(packet->family, packet->value[address], text),
	       brackets ? "]" : "");
	if (packet->has[port])
		printf(":%u", (unsigned)packet->value[port]);
}

static void print_packet_text(const struct replay *replay, const struct frame *frame, const struct model_packet *packet,
			      const struct decision *decision, const char *rule)
{
	char when[TIME_TEXT], proto[PROTO_TEXT];

	printf("%" PRIu64 " %s %s by %s", replay->packets, time_text(frame->time_ns, when),
	       verdict_names[decision->verdict], rule);
	if (packet->class == MODEL_IP) {
		printf(" %s ", proto_text((unsigned)packet->value[FIELD_PROTO], proto));
		print_endpoint(packet, FIELD_SRC, FIELD_SPORT);
		fputs(" > ", stdout);
		print_endpoint(packet, FIELD_DST, FIELD_DPORT);
	}
	printf("%s%s\n", decision->log ? " log" : "", decision->sampled ? " sampled" : "");
}

void replay_print_packet(const struct replay *replay, const struct frame *frame, const struct decision *decision,
			 const char *rule)
{
	struct model_packet packet;

	model_parse(frame, &packet);
	if (replay->json)
		print_packet_json(replay, frame, &packet, decision, rule);
	else
		print_packet_text(replay, frame, &packet, decision, rule);
}

/* The rules in the order of the policy, then the pseudo-rules in the order in which a reader meets them. */
static size_t nth_slot(const struct replay_block *block, size_t n)
{
	static const size_t pseudo[SLOT_RULES] = { SLOT_DEFAULT, SLOT_NON_IP, SLOT_MALFORMED };
	size_t n_rules = block->n_slots - SLOT_RULES;

	return n < n_rules ? SLOT_RULES + n : pseudo[n - n_rules];
}

static json_t *counts_json(uint64_t packets, uint64_t bytes)
{
	json_t *object = json_object();

	json_object_set_new(object, "packets", json_integer((json_int_t)packets));
	json_object_set_new(object, "bytes", json_integer((json_int_t)bytes));
	return object;
}

static void print_summary_json(const struct replay *replay)
{
	json_t *document = json_document("packet-sentry/replay/v1");
	json_t *verdicts = json_object();
	json_t *rules = json_object();

	json_set_text(document, "engine", engine_names[replay->kind]);
	json_object_set_new(document, "packets", json_integer((json_int_t)replay->packets));
	for (unsigned i = 0; i < N_VERDICTS; i++)
		json_object_set_new(verdicts, verdict_names[i], json_integer((json_int_t)replay->verdict_packets[i]));
	json_object_set_new(document, "verdicts", verdicts);
	for (size_t i = 0; i < replay->block->n_slots; i++) {
		const struct replay_slot *slot = &replay->block->slots[nth_slot(replay->block, i)];

		json_object_set_new(rules, slot->name, counts_json(slot->packets, slot->bytes));
	}
	json_object_set_new(document, "rules", rules);
	json_print(document);
}

static int width(uint64_t number)
{
	return snprintf(NULL, 0, "%" PRIu64, number);
}

static int at_least(int width_so_far, size_t other)
{
	return (size_t)width_so_far < other ? (int)other : width_so_far;
}

static void print_summary_text(const struct replay *replay)
{
	const struct replay_block *block = replay->block;
	int names = 8, packets, bytes = 5;
	uint64_t all_bytes = 0;

	for (size_t i = 0; i < block->n_slots; i++) {
		names = at_least(names, strlen(block->slots[i].name));
		all_bytes += block->slots[i].bytes;
	}
	packets = at_least(7, (size_t)width(replay->packets));
	bytes = at_least(bytes, (size_t)width(all_bytes));

	printf("%" PRIu64 " packets through %s, engine %s\n\n", replay->packets, block->name,
	       engine_names[replay->kind]);
	printf("%-*s  %*s  %*s\n", names, "verdict", packets, "packets", bytes, "bytes");
	for (unsigned i = 0; i < N_VERDICTS; i++)
		printf("%-*s  %*" PRIu64 "  %*" PRIu64 "\n", names, verdict_names[i], packets,
		       replay->verdict_packets[i], bytes, replay->verdict_bytes[i]);
	printf("\n%-*s  %*s  %*s  source\n", names, "rule", packets, "packets", bytes, "bytes");
	for (size_t i = 0; i < block->n_slots; i++) {
		const struct replay_slot *slot = &block->slots[nth_slot(block, i)];

		printf("%-*s  %*" PRIu64 "  %*" PRIu64, names, slot->name, packets, slot->packets, bytes, slot->bytes);
		if (slot->file)
			printf("  %s:%u", slot->file, slot->line);
		putchar('\n');
	}
}

void replay_print_summary(const struct replay *replay)
{
	if (replay->json)
		print_summary_json(replay);
	else
		print_summary_text(replay);
}
