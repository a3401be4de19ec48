/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What has no place in the schema is in `packet_sentry`, as the native form has it: nothing is lost. */
#include "item_views.h"

#include "item_json.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

static const struct {
	const char *kind;
	const char *category;
} kinds[N_ITEM_KINDS] = {
	[ITEM_EVENT] = { "event", "network" },	  [ITEM_FLOW] = { "event", "network" },
	[ITEM_RULE] = { "metric", "network" },	  [ITEM_TRAFFIC] = { "metric", "network" },
	[ITEM_FLAGS] = { "metric", "network" },	  [ITEM_ALERT] = { "alert", "intrusion_detection" },
	[ITEM_LOST] = { "pipeline_error", "network" },
};

static void add_text(struct text_buffer *buffer, const char *before, const char *text)
{
	text_add(buffer, before);
	text_json(buffer, text);
}

static bool has_packets(const struct item *item)
{
	return item->kind != ITEM_ALERT && item->kind != ITEM_LOST;
}

static void write_event(struct text_buffer *buffer, const struct item *item)
{
	const char *verdict = item->text[TEXT_VERDICT];
	bool detection = item->kind == ITEM_EVENT && strcmp(item->text[TEXT_NAME], "detect") == 0;
	bool allowed = strcmp(verdict, "allow") == 0;

	add_text(buffer, ",\"event\":{\"kind\":", detection ? "alert" : kinds[item->kind].kind);
	add_text(buffer, ",\"category\":[", kinds[item->kind].category);
	text_add(buffer, "],\"type\":[");
	if (item->kind == ITEM_EVENT || item->kind == ITEM_FLOW)
		text_add(buffer, *verdict ? allowed ? "\"connection\",\"allowed\"" : "\"connection\",\"denied\""
					  : "\"connection\"");
	else
		text_add(buffer, "\"info\"");
	text_add(buffer, "],\"module\":\"packet_sentry\"");
	add_text(buffer, ",\"dataset\":", "packet_sentry");
	buffer->size--;
	text_byte(buffer, '.');
	text_add(buffer, item_kind_words[item->kind]);
	text_byte(buffer, '"');
	if (*verdict)
		add_text(buffer, ",\"action\":", verdict);
	if (item->kind == ITEM_FLOW) {
		text_add(buffer, ",\"start\":\"");
		text_time(buffer, item->first_ns);
		text_add(buffer, "\",\"end\":\"");
		text_time(buffer, item->last_ns);
		text_byte(buffer, '"');
	}
	if (item->sequence) {
		text_add(buffer, ",\"sequence\":");
		text_unsigned(buffer, item->sequence);
	}
	if (item->kind == ITEM_ALERT)
		add_text(buffer, ",\"reason\":", item->text[TEXT_DETAIL]);
	text_byte(buffer, '}');
}

static void write_end(struct text_buffer *buffer, const char *name, const struct item *item, const uint8_t *address,
		      uint16_t port)
{
	char text[ITEM_ADDRESS_SIZE];

	text_print(buffer, ",\"%s\":{\"ip\":\"%s\"", name, item_address(&item->ends, address, text));
	if (item_has_ports(&item->ends)) {
		text_add(buffer, ",\"port\":");
		text_unsigned(buffer, port);
	}
	text_byte(buffer, '}');
}

static void write_network(struct text_buffer *buffer, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	char words[ITEM_WORDS_SIZE], id[ITEM_COMMUNITY_ID_SIZE];
	char separator = '{';

	if (!ends->ip_version && !has_packets(item) && !*item->text[TEXT_DIRECTION])
		return;
	text_add(buffer, ",\"network\":");
	if (has_packets(item)) {
		text_print(buffer, "{\"packets\":%llu,\"bytes\":%llu", (unsigned long long)item->packets,
			   (unsigned long long)item->bytes);
		separator = ',';
	}
	if (*item->text[TEXT_DIRECTION]) {
		text_byte(buffer, separator);
		add_text(buffer, "\"direction\":", item->text[TEXT_DIRECTION]);
		separator = ',';
	}
	if (ends->ip_version) {
		item_protocol(ends->protocol, words);
		for (char *at = words; *at; at++)
			*at = (char)tolower((unsigned char)*at);
		text_print(buffer, "%c\"type\":\"ipv%u\",\"iana_number\":\"%u\"", separator, ends->ip_version, ends->protocol);
		separator = ',';
		add_text(buffer, ",\"transport\":", strcmp(words, "icmpv6") == 0 ? "ipv6-icmp" : words);
		if (item_community_id(item, id))
			add_text(buffer, ",\"community_id\":", id);
		if (ends->vlan != ITEM_NO_VLAN)
			text_print(buffer, ",\"vlan\":{\"id\":\"%u\"}", ends->vlan);
	}
	text_add(buffer, separator == '{' ? "{}" : "}");
}

void item_ecs(struct text_buffer *buffer, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	const char *interface = item->text[TEXT_INTERFACE];
	bool egress = strcmp(item->text[TEXT_DIRECTION], "egress") == 0;

	text_add(buffer, "{\"@timestamp\":\"");
	text_time(buffer, item->time_ns);
	text_add(buffer, "\",\"ecs\":{\"version\":\"8.11.0\"}");
	write_event(buffer, item);
	if (ends->ip_version) {
		write_end(buffer, "source", item, ends->source, ends->source_port);
		write_end(buffer, "destination", item, ends->dest, ends->dest_port);
	}
	write_network(buffer, item);
	if (*item->text[TEXT_RULE]) {
		add_text(buffer, ",\"rule\":{\"name\":", item->text[TEXT_RULE]);
		add_text(buffer, ",\"ruleset\":", item->text[TEXT_POLICY]);
		text_print(buffer, ",\"version\":\"%u\"}", item->generation);
	}
	text_add(buffer, ",\"observer\":{\"type\":\"firewall\",\"product\":\"Packet Sentry\"");
	if (*interface) {
		text_print(buffer, ",\"%s\":{\"interface\":{\"name\":", egress ? "egress" : "ingress");
		text_json(buffer, interface);
		text_add(buffer, "}}");
	}
	if (item->kind == ITEM_ALERT)
		add_text(buffer, "},\"message\":", item->text[TEXT_DETAIL]);
	else
		text_byte(buffer, '}');
	text_add(buffer, ",\"packet_sentry\":");
	item_json(buffer, item, NULL);
	text_byte(buffer, '}');
}
