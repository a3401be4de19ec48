/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What has no place in the schema is in `unmapped`, as the native form has it: nothing is lost. */
#include "item_views.h"

#include "item_json.h"

#include <string.h>

enum {
	CATEGORY_FINDINGS = 2,
	CATEGORY_NETWORK = 4,
	CLASS_DETECTION = 2004,
	CLASS_NETWORK = 4001,
	ACTIVITY_CREATE = 1,
	ACTIVITY_TRAFFIC = 6,
	SEVERITY_INFORMATIONAL = 1,
	SEVERITY_MEDIUM = 3,
	DIRECTION_INBOUND = 1,
	DIRECTION_OUTBOUND = 2,
	ALLOWED = 1, /* of action_id and disposition_id */
	BLOCKED = 2,
};

static void add_text(struct text_buffer *buffer, const char *before, const char *text)
{
	text_add(buffer, before);
	text_json(buffer, text);
}

static void write_end(struct text_buffer *buffer, const char *name, const struct item *item, const uint8_t *address,
		      uint16_t port)
{
	char text[ITEM_ADDRESS_SIZE];

	text_print(buffer, ",\"%s\":{\"ip\":\"%s\"", name, item_address(&item->ends, address, text));
	if (item_has_ports(&item->ends))
		text_print(buffer, ",\"port\":%u", port);
	text_byte(buffer, '}');
}

static void write_connection(struct text_buffer *buffer, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	bool egress = strcmp(item->text[TEXT_DIRECTION], "egress") == 0;
	char words[ITEM_WORDS_SIZE], id[ITEM_COMMUNITY_ID_SIZE];

	text_print(buffer, ",\"connection_info\":{\"direction_id\":%d",
		   !*item->text[TEXT_DIRECTION] ? 0 : egress ? DIRECTION_OUTBOUND : DIRECTION_INBOUND);
	if (ends->ip_version) {
		item_protocol(ends->protocol, words);
		text_print(buffer, ",\"protocol_num\":%u,\"protocol_ver_id\":%u", ends->protocol, ends->ip_version);
		add_text(buffer, ",\"protocol_name\":", words);
		if (item_has_ports(ends) && ends->tcp_flags)
			text_print(buffer, ",\"tcp_flags\":%u", ends->tcp_flags);
		if (item_community_id(item, id))
			add_text(buffer, ",\"community_uid\":", id);
	}
	text_byte(buffer, '}');
}

static void write_network(struct text_buffer *buffer, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	const char *verdict = item->text[TEXT_VERDICT];
	int disposition = strcmp(verdict, "allow") == 0 ? ALLOWED : BLOCKED;

	if (*verdict)
		text_print(buffer, ",\"action_id\":%d,\"disposition_id\":%d", disposition, disposition);
	if (ends->ip_version) {
		write_end(buffer, "src_endpoint", item, ends->source, ends->source_port);
		write_end(buffer, "dst_endpoint", item, ends->dest, ends->dest_port);
	}
	write_connection(buffer, item);
	text_print(buffer, ",\"traffic\":{\"packets\":%llu,\"bytes\":%llu}", (unsigned long long)item->packets,
		   (unsigned long long)item->bytes);
	if (item->kind == ITEM_FLOW)
		text_print(buffer, ",\"start_time\":%lld,\"end_time\":%lld", (long long)(item->first_ns / 1000000),
			   (long long)(item->last_ns / 1000000));
}

static void write_finding(struct text_buffer *buffer, const struct item *item)
{
	text_print(buffer, ",\"finding_info\":{\"uid\":\"%08x-%llu\"", item->sequence_high,
		   (unsigned long long)item->sequence);
	add_text(buffer, ",\"title\":", item->text[TEXT_NAME]);
	add_text(buffer, ",\"desc\":", item->text[TEXT_DETAIL]);
	text_byte(buffer, '}');
}

void item_ocsf(struct text_buffer *buffer, const struct item *item)
{
	bool finding = item->kind == ITEM_ALERT;
	int class = finding ? CLASS_DETECTION : CLASS_NETWORK, activity = finding ? ACTIVITY_CREATE : ACTIVITY_TRAFFIC;

	text_print(buffer, "{\"class_uid\":%d,\"category_uid\":%d,\"activity_id\":%d,\"type_uid\":%d,\"severity_id\":%d",
		   class, finding ? CATEGORY_FINDINGS : CATEGORY_NETWORK, activity, class * 100 + activity,
		   finding ? SEVERITY_MEDIUM : SEVERITY_INFORMATIONAL);
	text_add(buffer, ",\"time\":");
	text_signed(buffer, item->time_ns / 1000000);
	text_add(buffer, ",\"metadata\":{\"version\":\"1.1.0\",\"profiles\":[\"security_control\"],\"product\":{\"name\":"
			 "\"Packet Sentry\",\"vendor_name\":\"Packet Sentry\"}");
	if (item->sequence)
		text_print(buffer, ",\"sequence\":%llu", (unsigned long long)item->sequence);
	text_byte(buffer, '}');
	if (finding)
		write_finding(buffer, item);
	else
		write_network(buffer, item);
	if (*item->text[TEXT_RULE]) {
		add_text(buffer, ",\"firewall_rule\":{\"name\":", item->text[TEXT_RULE]);
		add_text(buffer, ",\"category\":", item->text[TEXT_POLICY]);
		text_byte(buffer, '}');
	}
	text_add(buffer, ",\"unmapped\":");
	item_json(buffer, item, NULL);
	text_byte(buffer, '}');
}
