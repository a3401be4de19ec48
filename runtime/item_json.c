/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "item_json.h"

#include "item_views.h"

#include <math.h>
#include <netinet/in.h>
#include <string.h>

const char *const item_schema_words[N_ITEM_SCHEMAS + 1] = { "native", "ecs", "ocsf", NULL };

/* All that write_native() may write. */
const char *const item_fields[] = {
	"schema", "timestamp", "kind", "detection", "policy", "generation", "block", "rule", "rule_line", "verdict",
	"direction", "interface", "hook", "source_ip", "source_port", "dest_ip", "dest_port", "protocol",
	"tcp_flags", "icmp_type", "icmp_code", "fragment", "packets", "bytes", "packets_total", "bytes_total",
	"first_seen", "last_seen", "end", "vlan", "sampling", "frame", "community_id", "alert", "subject", "score",
	"value", "expected", "message", "what", "lost", NULL,
};

static const char *const fragment_words[] = { "", "first", "later" };
static const char *const end_words[] = { "active-timeout", "idle-timeout", "end-of-flow", "forced", "lack-of-resources" };

/* Members of the object that is being written, less those that were not asked for. */
struct members {
	struct text_buffer *buffer;
	const char *const *fields; /* NULL: all */
	bool any;
};

static bool member(struct members *members, const char *name)
{
	if (members->fields) {
		const char *const *field = members->fields;

		while (*field && strcmp(*field, name) != 0)
			field++;
		if (!*field)
			return false;
	}
	text_bytes(members->buffer, members->any ? ",\"" : "\"", members->any ? 2 : 1);
	text_add(members->buffer, name);
	text_bytes(members->buffer, "\":", 2);
	members->any = true;
	return true;
}

static void text_member(struct members *members, const char *name, const char *text)
{
	if (*text && member(members, name))
		text_json(members->buffer, text);
}

/* Words that need no escape. */
static void word_member(struct members *members, const char *name, const char *word)
{
	if (!member(members, name))
		return;
	text_byte(members->buffer, '"');
	text_add(members->buffer, word);
	text_byte(members->buffer, '"');
}

static void number_member(struct members *members, const char *name, uint64_t number)
{
	if (member(members, name))
		text_unsigned(members->buffer, number);
}

static void decimal_member(struct members *members, const char *name, double number)
{
	if (member(members, name))
		text_decimal(members->buffer, number);
}

static void time_member(struct members *members, const char *name, int64_t time_ns)
{
	if (!member(members, name))
		return;
	text_byte(members->buffer, '"');
	text_time(members->buffer, time_ns);
	text_byte(members->buffer, '"');
}

static void write_ends(struct members *members, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	char words[ITEM_WORDS_SIZE], address[ITEM_ADDRESS_SIZE];

	if (!ends->ip_version)
		return;
	word_member(members, "source_ip", item_address(ends, ends->source, address));
	if (item_has_ports(ends))
		number_member(members, "source_port", ends->source_port);
	word_member(members, "dest_ip", item_address(ends, ends->dest, address));
	if (item_has_ports(ends))
		number_member(members, "dest_port", ends->dest_port);
	item_protocol(ends->protocol, words);
	word_member(members, "protocol", words);
	if (ends->protocol == IPPROTO_TCP && item_has_transport(ends)) {
		item_tcp_flags(ends->tcp_flags, words);
		word_member(members, "tcp_flags", ends->tcp_flags ? words : "");
	}
	if (item_has_icmp(ends)) {
		number_member(members, "icmp_type", ends->icmp_type);
		number_member(members, "icmp_code", ends->icmp_code);
	}
	if (ends->fragment && ends->fragment < sizeof(fragment_words) / sizeof(fragment_words[0]))
		word_member(members, "fragment", fragment_words[ends->fragment]);
}

static void write_tail(struct members *members, const struct item *item)
{
	char id[ITEM_COMMUNITY_ID_SIZE];

	if (item->ends.vlan != ITEM_NO_VLAN)
		number_member(members, "vlan", item->ends.vlan);
	if (strcmp(item->text[TEXT_NAME], "sample") == 0)
		number_member(members, "sampling", item->sampling);
	if (item->captured && member(members, "frame")) {
		text_byte(members->buffer, '"');
		text_hex(members->buffer, item->frame, item->captured);
		text_byte(members->buffer, '"');
	}
	if (item_community_id(item, id))
		word_member(members, "community_id", id);
}

static void write_event(struct members *members, const struct item *item)
{
	write_ends(members, item);
	number_member(members, "bytes", item->bytes);
	write_tail(members, item);
}

static void write_flow(struct members *members, const struct item *item)
{
	write_ends(members, item);
	number_member(members, "packets", item->packets);
	number_member(members, "bytes", item->bytes);
	number_member(members, "packets_total", item->packets_total);
	number_member(members, "bytes_total", item->bytes_total);
	time_member(members, "first_seen", item->first_ns);
	time_member(members, "last_seen", item->last_ns);
	word_member(members, "end", end_words[item->end]);
	write_tail(members, item);
}

static void write_counter(struct members *members, const struct item *item)
{
	if (item->kind == ITEM_TRAFFIC)
		text_member(members, "protocol", item->text[TEXT_NAME]);
	if (item->kind == ITEM_FLAGS)
		text_member(members, "tcp_flags", item->text[TEXT_NAME]);
	number_member(members, "packets", item->packets);
	number_member(members, "bytes", item->bytes);
	number_member(members, "packets_total", item->packets_total);
	number_member(members, "bytes_total", item->bytes_total);
}

static void write_alert(struct members *members, const struct item *item)
{
	text_member(members, "alert", item->text[TEXT_NAME]);
	text_member(members, "subject", item->text[TEXT_SUBJECT]);
	decimal_member(members, "score", item->score);
	decimal_member(members, "value", item->value);
	decimal_member(members, "expected", item->expected);
	text_member(members, "message", item->text[TEXT_DETAIL]);
	write_ends(members, item);
}

static void write_lost(struct members *members, const struct item *item)
{
	text_member(members, "what", item->text[TEXT_NAME]);
	number_member(members, "lost", item->packets);
	if (item->bytes)
		number_member(members, "bytes", item->bytes);
}

static const struct {
	const char *schema;
	void (*write)(struct members *members, const struct item *item);
} kinds[N_ITEM_KINDS] = {
	[ITEM_EVENT] = { ITEM_SCHEMA_PREFIX "event/v1", write_event },
	[ITEM_FLOW] = { ITEM_SCHEMA_PREFIX "flow/v1", write_flow },
	[ITEM_RULE] = { ITEM_SCHEMA_PREFIX "rule-counter/v1", write_counter },
	[ITEM_TRAFFIC] = { ITEM_SCHEMA_PREFIX "traffic-counter/v1", write_counter },
	[ITEM_FLAGS] = { ITEM_SCHEMA_PREFIX "flags-counter/v1", write_counter },
	[ITEM_ALERT] = { ITEM_SCHEMA_PREFIX "alert/v1", write_alert },
	[ITEM_LOST] = { ITEM_SCHEMA_PREFIX "event/v1", write_lost },
};

static void write_native(struct text_buffer *buffer, const struct item *item, const char *const *fields)
{
	struct members members = { .buffer = buffer, .fields = fields };

	text_byte(buffer, '{');
	word_member(&members, "schema", kinds[item->kind].schema);
	time_member(&members, "timestamp", item->time_ns);
	word_member(&members, "kind",
		    item->kind == ITEM_EVENT ? item->text[TEXT_NAME] : item_kind_words[item->kind]);
	if (item->kind == ITEM_EVENT)
		text_member(&members, "detection", item->text[TEXT_SUBJECT]);
	text_member(&members, "policy", item->text[TEXT_POLICY]);
	if (item->generation)
		number_member(&members, "generation", item->generation);
	text_member(&members, "block", item->text[TEXT_BLOCK]);
	text_member(&members, "rule", item->text[TEXT_RULE]);
	if (item->line)
		number_member(&members, "rule_line", item->line);
	text_member(&members, "verdict", item->text[TEXT_VERDICT]);
	text_member(&members, "direction", item->text[TEXT_DIRECTION]);
	text_member(&members, "interface", item->text[TEXT_INTERFACE]);
	text_member(&members, "hook", item->text[TEXT_HOOK]);
	kinds[item->kind].write(&members, item);
	text_byte(buffer, '}');
}

void item_json(struct text_buffer *buffer, const struct item *item, const struct item_format *format)
{
	switch (format ? format->schema : SCHEMA_NATIVE) {
	case SCHEMA_ECS:
		item_ecs(buffer, item);
		return;
	case SCHEMA_OCSF:
		item_ocsf(buffer, item);
		return;
	default:
		write_native(buffer, item, format ? format->fields : NULL);
	}
}
