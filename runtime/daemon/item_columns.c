/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "item_columns.h"

#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

const struct column item_columns[N_COLUMN_FIELDS] = {
	[FIELD_TIME] = { "time", COLUMN_TIME, false, false },
	[FIELD_HOST] = { "host", COLUMN_TEXT, false, true },
	[FIELD_RUN] = { "run", COLUMN_U32, false, false },
	[FIELD_SEQUENCE] = { "sequence", COLUMN_U64, false, false },
	[FIELD_GENERATION] = { "generation", COLUMN_U32, false, false },
	[FIELD_POLICY] = { "policy", COLUMN_TEXT, false, true },
	[FIELD_BLOCK] = { "block", COLUMN_TEXT, false, true },
	[FIELD_RULE] = { "rule", COLUMN_TEXT, false, true },
	[FIELD_LINE] = { "rule_line", COLUMN_U32, true, false },
	[FIELD_VERDICT] = { "verdict", COLUMN_TEXT, false, true },
	[FIELD_DIRECTION] = { "direction", COLUMN_TEXT, false, true },
	[FIELD_INTERFACE] = { "interface", COLUMN_TEXT, false, true },
	[FIELD_HOOK] = { "hook", COLUMN_TEXT, false, true },
	[FIELD_KIND] = { "kind", COLUMN_TEXT, false, true },
	[FIELD_DETECTION] = { "detection", COLUMN_TEXT, false, true },
	[FIELD_SOURCE_IP] = { "source_ip", COLUMN_ADDRESS, true, false },
	[FIELD_SOURCE_PORT] = { "source_port", COLUMN_U16, true, false },
	[FIELD_DEST_IP] = { "dest_ip", COLUMN_ADDRESS, true, false },
	[FIELD_DEST_PORT] = { "dest_port", COLUMN_U16, true, false },
	[FIELD_PROTOCOL] = { "protocol", COLUMN_TEXT, false, true },
	[FIELD_TCP_FLAGS] = { "tcp_flags", COLUMN_TEXT, false, false },
	[FIELD_ICMP_TYPE] = { "icmp_type", COLUMN_U8, true, false },
	[FIELD_ICMP_CODE] = { "icmp_code", COLUMN_U8, true, false },
	[FIELD_FRAGMENT] = { "fragment", COLUMN_TEXT, false, false },
	[FIELD_VLAN] = { "vlan", COLUMN_U16, true, false },
	[FIELD_SAMPLING] = { "sampling", COLUMN_U32, false, false },
	[FIELD_FRAME] = { "frame", COLUMN_BYTES, true, false },
	[FIELD_COMMUNITY_ID] = { "community_id", COLUMN_TEXT, false, false },
	[FIELD_PACKETS] = { "packets", COLUMN_U64, false, false },
	[FIELD_BYTES] = { "bytes", COLUMN_U64, false, false },
	[FIELD_PACKETS_TOTAL] = { "packets_total", COLUMN_U64, false, false },
	[FIELD_BYTES_TOTAL] = { "bytes_total", COLUMN_U64, false, false },
	[FIELD_FIRST_SEEN] = { "first_seen", COLUMN_TIME, false, false },
	[FIELD_LAST_SEEN] = { "last_seen", COLUMN_TIME, false, false },
	[FIELD_FLOW_END] = { "flow_end", COLUMN_TEXT, false, false },
	[FIELD_COUNTED_PROTOCOL] = { "protocol", COLUMN_TEXT, false, true },
	[FIELD_COUNTED_FLAGS] = { "tcp_flags", COLUMN_TEXT, false, true },
	[FIELD_ALERT] = { "alert", COLUMN_TEXT, false, true },
	[FIELD_SUBJECT] = { "subject", COLUMN_TEXT, false, false },
	[FIELD_SCORE] = { "score", COLUMN_DECIMAL, false, false },
	[FIELD_VALUE] = { "value", COLUMN_DECIMAL, false, false },
	[FIELD_EXPECTED] = { "expected", COLUMN_DECIMAL, false, false },
	[FIELD_MESSAGE] = { "message", COLUMN_TEXT, false, false },
	[FIELD_WHAT] = { "what", COLUMN_TEXT, false, true },
	[FIELD_LOST] = { "lost", COLUMN_U64, false, false },
};

const char *const item_table_names[N_ITEM_KINDS + 1] = {
	"events", "flows", "rules", "traffic", "flags", "alerts", "lost", NULL,
};

#define IDENTITY FIELD_TIME, FIELD_HOST, FIELD_RUN, FIELD_SEQUENCE, FIELD_GENERATION
#define DECISION FIELD_POLICY, FIELD_BLOCK, FIELD_RULE, FIELD_LINE, FIELD_VERDICT
#define PLACE FIELD_DIRECTION, FIELD_INTERFACE, FIELD_HOOK
#define ENDS                                                                                                           \
	FIELD_SOURCE_IP, FIELD_SOURCE_PORT, FIELD_DEST_IP, FIELD_DEST_PORT, FIELD_PROTOCOL, FIELD_TCP_FLAGS,           \
		FIELD_ICMP_TYPE, FIELD_ICMP_CODE, FIELD_FRAGMENT, FIELD_VLAN, FIELD_COMMUNITY_ID
#define COUNTED FIELD_PACKETS, FIELD_BYTES, FIELD_PACKETS_TOTAL, FIELD_BYTES_TOTAL

static const enum column_field events[] = {
	IDENTITY, DECISION, PLACE, FIELD_KIND, FIELD_DETECTION, ENDS, FIELD_BYTES, FIELD_SAMPLING, FIELD_FRAME,
	N_COLUMN_FIELDS,
};
static const enum column_field flows[] = {
	IDENTITY, DECISION, PLACE, ENDS, COUNTED, FIELD_FIRST_SEEN, FIELD_LAST_SEEN, FIELD_FLOW_END, N_COLUMN_FIELDS,
};
static const enum column_field rules[] = { IDENTITY, DECISION, PLACE, COUNTED, N_COLUMN_FIELDS };
static const enum column_field traffic[] = {
	IDENTITY, PLACE, FIELD_COUNTED_PROTOCOL, FIELD_VERDICT, COUNTED, N_COLUMN_FIELDS,
};
static const enum column_field flags[] = { IDENTITY, PLACE, FIELD_COUNTED_FLAGS, COUNTED, N_COLUMN_FIELDS };
static const enum column_field alerts[] = {
	IDENTITY, DECISION, PLACE, FIELD_ALERT, FIELD_SUBJECT, FIELD_SCORE, FIELD_VALUE, FIELD_EXPECTED, FIELD_MESSAGE,
	ENDS, N_COLUMN_FIELDS,
};
static const enum column_field lost[] = {
	IDENTITY, FIELD_POLICY, FIELD_INTERFACE, FIELD_WHAT, FIELD_LOST, FIELD_BYTES, N_COLUMN_FIELDS,
};

static const enum column_field *const tables[N_ITEM_KINDS] = {
	[ITEM_EVENT] = events, [ITEM_FLOW] = flows,   [ITEM_RULE] = rules, [ITEM_TRAFFIC] = traffic,
	[ITEM_FLAGS] = flags,  [ITEM_ALERT] = alerts, [ITEM_LOST] = lost,
};

const enum column_field *item_table_columns(enum item_kind kind)
{
	return tables[kind];
}

const char *item_host_read(struct config_map *map)
{
	char *host = config_allocate(map->document, HOST_NAME_MAX + 1);

	if (gethostname(host, HOST_NAME_MAX) != 0 || !*host)
		strcpy(host, "localhost");
	return config_text(map, "host", host);
}

/* Which member of an item a field of a plain type is. */
static const char *text_of(const struct item *item, enum column_field field)
{
	static const char *const fragments[] = { "", "first", "later" };
	/* The words of flowEndReason, as IANA has them and item_json.c. */
	static const char *const ends[] = {
		[FLOW_END_ACTIVE] = "active-timeout", [FLOW_END_IDLE] = "idle-timeout", [FLOW_END_CLOSED] = "end-of-flow",
		[FLOW_END_FORCED] = "forced",	      [FLOW_END_PRESSED] = "lack-of-resources",
	};

	switch (field) {
	case FIELD_POLICY:
		return item->text[TEXT_POLICY];
	case FIELD_BLOCK:
		return item->text[TEXT_BLOCK];
	case FIELD_RULE:
		return item->text[TEXT_RULE];
	case FIELD_VERDICT:
		return item->text[TEXT_VERDICT];
	case FIELD_DIRECTION:
		return item->text[TEXT_DIRECTION];
	case FIELD_INTERFACE:
		return item->text[TEXT_INTERFACE];
	case FIELD_HOOK:
		return item->text[TEXT_HOOK];
	case FIELD_KIND:
	case FIELD_COUNTED_PROTOCOL:
	case FIELD_COUNTED_FLAGS:
	case FIELD_ALERT:
	case FIELD_WHAT:
		return item->text[TEXT_NAME];
	case FIELD_DETECTION:
	case FIELD_SUBJECT:
		return item->text[TEXT_SUBJECT];
	case FIELD_MESSAGE:
		return item->text[TEXT_DETAIL];
	case FIELD_FRAGMENT:
		return item->ends.fragment < sizeof(fragments) / sizeof(fragments[0]) ? fragments[item->ends.fragment] : "";
	case FIELD_FLOW_END:
		return (size_t)item->end < sizeof(ends) / sizeof(ends[0]) ? ends[item->end] : "";
	default:
		return "";
	}
}

static uint64_t number_of(const struct item *item, enum column_field field)
{
	switch (field) {
	case FIELD_RUN:
		return item->sequence_high;
	case FIELD_SEQUENCE:
		return item->sequence;
	case FIELD_GENERATION:
		return item->generation;
	case FIELD_LINE:
		return item->line;
	case FIELD_SOURCE_PORT:
		return item->ends.source_port;
	case FIELD_DEST_PORT:
		return item->ends.dest_port;
	case FIELD_ICMP_TYPE:
		return item->ends.icmp_type;
	case FIELD_ICMP_CODE:
		return item->ends.icmp_code;
	case FIELD_VLAN:
		return item->ends.vlan;
	case FIELD_SAMPLING:
		return item->sampling;
	case FIELD_PACKETS:
	case FIELD_LOST:
		return item->packets;
	case FIELD_BYTES:
		return item->bytes;
	case FIELD_PACKETS_TOTAL:
		return item->packets_total;
	case FIELD_BYTES_TOTAL:
		return item->bytes_total;
	default:
		return 0;
	}
}

static bool has_number(const struct item *item, enum column_field field)
{
	switch (field) {
	case FIELD_LINE:
		return item->line != 0;
	case FIELD_SOURCE_PORT:
	case FIELD_DEST_PORT:
		return item_has_ports(&item->ends);
	case FIELD_ICMP_TYPE:
	case FIELD_ICMP_CODE:
		return item_has_icmp(&item->ends);
	case FIELD_VLAN:
		return item->ends.vlan != ITEM_NO_VLAN;
	default:
		return true;
	}
}

/* Texts that are made of numbers stand in the value itself. */
static const char *made_text(struct column_value *value, const struct item *item, enum column_field field)
{
	_Static_assert(ITEM_WORDS_SIZE >= ITEM_COMMUNITY_ID_SIZE, "no room for a Community ID");

	value->room[0] = '\0';
	switch (field) {
	case FIELD_PROTOCOL:
		if (item->ends.ip_version)
			item_protocol(item->ends.protocol, value->room);
		return value->room;
	case FIELD_TCP_FLAGS:
		if (item->ends.protocol == IPPROTO_TCP && item_has_transport(&item->ends) && item->ends.tcp_flags)
			item_tcp_flags(item->ends.tcp_flags, value->room);
		return value->room;
	case FIELD_COMMUNITY_ID:
		if (!item_community_id(item, value->room))
			value->room[0] = '\0';
		return value->room;
	default:
		return text_of(item, field);
	}
}

static double decimal_of(const struct item *item, enum column_field field)
{
	return field == FIELD_SCORE ? item->score : field == FIELD_VALUE ? item->value : item->expected;
}

void item_column_value(struct column_value *value, const struct item *item, enum column_field field)
{
	value->present = true;
	switch (item_columns[field].type) {
	case COLUMN_TIME:
		value->time_ns = field == FIELD_FIRST_SEEN  ? item->first_ns
				 : field == FIELD_LAST_SEEN ? item->last_ns
							    : item->time_ns;
		break;
	case COLUMN_TEXT:
		value->text = made_text(value, item, field);
		break;
	case COLUMN_ADDRESS:
		value->present = item->ends.ip_version == 4 || item->ends.ip_version == 6;
		value->ip_version = item->ends.ip_version;
		value->bytes = field == FIELD_SOURCE_IP ? item->ends.source : item->ends.dest;
		value->size = item->ends.ip_version == 4 ? 4 : 16;
		break;
	case COLUMN_DECIMAL:
		value->decimal = decimal_of(item, field);
		break;
	case COLUMN_BYTES:
		value->present = item->captured != 0;
		value->bytes = item->frame;
		value->size = item->captured < ITEM_FRAME_BYTES ? item->captured : ITEM_FRAME_BYTES;
		break;
	default:
		value->present = has_number(item, field);
		value->number = number_of(item, field);
	}
}
