/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "ipfix_message.h"

#include "ipfix_fields.h"
#include "memory.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 10
#define HEADER 16
#define SET_HEADER 4
#define TEMPLATE_SET 2
#define OPTIONS_TEMPLATE_SET 3
#define ENTERPRISE_BIT 0x8000
#define RECORD_MOST 1100 /* with all names cut, and a frame */

void ipfix_message_init(struct ipfix_message *message, const struct ipfix_settings *settings)
{
	*message = (struct ipfix_message){ .settings = settings };
	message->data = allocate(1, settings->size + RECORD_MOST);
	ipfix_message_begin(message);
}

void ipfix_message_fini(struct ipfix_message *message)
{
	free(message->data);
}

void ipfix_message_begin(struct ipfix_message *message)
{
	message->size = HEADER;
	message->set = 0;
	message->records = 0;
	message->items = 0;
}

bool ipfix_message_empty(const struct ipfix_message *message)
{
	return message->size == HEADER;
}

static void put(struct ipfix_message *message, uint64_t value, size_t bytes)
{
	for (size_t i = bytes; i > 0; i--)
		message->data[message->size++] = (uint8_t)(value >> (8 * (i - 1)));
}

static void put_bytes(struct ipfix_message *message, const void *bytes, size_t size)
{
	if (size) /* what is empty may be NULL */
		memcpy(message->data + message->size, bytes, size);
	message->size += size;
}

/* The length of a set stands at its begin: it is known when the next one begins. */
static void close_set(struct ipfix_message *message)
{
	size_t length = message->size - message->set;

	if (!message->set)
		return;
	message->data[message->set + 2] = (uint8_t)(length >> 8);
	message->data[message->set + 3] = (uint8_t)length;
	message->set = 0;
}

static void open_set(struct ipfix_message *message, uint16_t id)
{
	if (message->set && message->set_template == id)
		return;
	close_set(message);
	message->set = message->size;
	message->set_template = id;
	put(message, id, 2);
	put(message, 0, 2);
}

/* So much of a text as there is room for, without a part of a character. */
static size_t cut(const char *text, size_t most)
{
	size_t length = strlen(text);

	if (length > most) {
		length = most;
		while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	return length;
}

/* Of variable length (RFC 7011, 7). */
static void put_text(struct ipfix_message *message, const char *text, size_t most)
{
	size_t length = cut(text, most);

	put(message, length, 1);
	put_bytes(message, text, length);
}

static void put_selector(struct ipfix_message *message, const struct item *item)
{
	static const enum item_text parts[] = { TEXT_POLICY, TEXT_BLOCK, TEXT_RULE };
	char name[3 * (IPFIX_TEXT_MOST + 1)];
	size_t size = 0;

	for (size_t i = 0; i < 3; i++) {
		size_t length = cut(item->text[parts[i]], IPFIX_TEXT_MOST);

		memcpy(name + size, item->text[parts[i]], length);
		size += length;
		name[size++] = i < 2 ? '/' : '\0';
	}
	put_text(message, name, IPFIX_SELECTOR_MOST);
}

/* Announced in the message in which it is first met. */
static uint32_t interface_index(const struct ipfix_message *message, const char *name)
{
	const struct ipfix_interfaces *interfaces = &message->interfaces;

	for (size_t i = 0; i < interfaces->n; i++) {
		if (!strcmp(interfaces->known[i].name, name))
			return interfaces->known[i].index;
	}
	return 0;
}

static void put_interface(struct ipfix_message *message, const struct ipfix_interface *interface)
{
	if (!interface->index)
		return;
	open_set(message, IPFIX_OPTIONS_INTERFACE);
	put(message, interface->index, 4);
	put_text(message, interface->name, IPFIX_NAME);
	message->records++;
}

static void meet_interface(struct ipfix_message *message, const char *name)
{
	struct ipfix_interfaces *interfaces = &message->interfaces;
	struct ipfix_interface *met;

	for (size_t i = 0; i < interfaces->n; i++) {
		if (!strcmp(interfaces->known[i].name, name))
			return;
	}
	if (!*name || strlen(name) >= IPFIX_NAME || interfaces->n == IPFIX_INTERFACES)
		return;
	met = &interfaces->known[interfaces->n++];
	strcpy(met->name, name);
	met->index = if_nametoindex(name);
	put_interface(message, met);
}

/* A frame has 14 bytes before the IP header, and 4 more with a tag. */
static uint64_t ip_octets(const struct item *item)
{
	uint64_t headers = item->packets * (item->ends.vlan == ITEM_NO_VLAN ? 14 : 18);

	return item->bytes > headers ? item->bytes - headers : 0;
}

static unsigned int end_reason(enum flow_end end)
{
	static const uint8_t reasons[] = {
		[FLOW_END_ACTIVE] = 2, [FLOW_END_IDLE] = 1, [FLOW_END_CLOSED] = 3, [FLOW_END_FORCED] = 4, [FLOW_END_PRESSED] = 5,
	};

	return reasons[end];
}

/* Flow deleted, updated, denied; a packet that was let through has no event. */
static unsigned int firewall_event(const struct item *item)
{
	const char *verdict = item->text[TEXT_VERDICT];

	if (!strcmp(verdict, "deny") || !strcmp(verdict, "reject"))
		return 3;
	return item->kind != ITEM_FLOW ? 0 : item->end == FLOW_END_ACTIVE ? 5 : 2;
}

/* Forwarded; dropped by a list silently, and with an answer; unknown. */
static unsigned int forwarding_status(const struct item *item)
{
	const char *verdict = item->text[TEXT_VERDICT];

	return !strcmp(verdict, "allow") ? 64 : !strcmp(verdict, "deny") ? 130 : !strcmp(verdict, "reject") ? 129 : 0;
}

static void put_own(struct ipfix_message *message, const struct item *item, unsigned int id)
{
	switch ((enum ipfix_own)id) {
	case IPFIX_OWN_POLICY:
		put_text(message, item->text[TEXT_POLICY], IPFIX_TEXT_MOST);
		break;
	case IPFIX_OWN_BLOCK:
		put_text(message, item->text[TEXT_BLOCK], IPFIX_TEXT_MOST);
		break;
	case IPFIX_OWN_RULE:
		put_text(message, item->text[TEXT_RULE], IPFIX_TEXT_MOST);
		break;
	case IPFIX_OWN_VERDICT:
		put_text(message, item->text[TEXT_VERDICT], IPFIX_TEXT_MOST);
		break;
	case IPFIX_OWN_RECORD:
		put(message, item->sequence_high, 4);
		put(message, item->sequence, 8);
		break;
	}
}

static void put_field(struct ipfix_message *message, const struct item *item, const struct ipfix_field *field)
{
	const struct item_ends *ends = &item->ends;
	bool egress = !strcmp(item->text[TEXT_DIRECTION], "egress");
	uint64_t number = 0;
	double probability;

	switch (field->element) {
	case IE_sourceIPv4Address:
	case IE_sourceIPv6Address:
		put_bytes(message, ends->source, field->size);
		return;
	case IE_destinationIPv4Address:
	case IE_destinationIPv6Address:
		put_bytes(message, ends->dest, field->size);
		return;
	case IE_selectorName:
		put_selector(message, item);
		return;
	case IE_dataLinkFrameSection:
		put(message, item->captured, 1);
		put_bytes(message, item->frame, item->captured);
		return;
	case IE_samplingProbability:
		probability = 1.0 / (item->sampling ? item->sampling : 1);
		memcpy(&number, &probability, sizeof(number));
		break;
	case IE_sourceTransportPort:
		number = item_has_ports(ends) ? ends->source_port : 0;
		break;
	case IE_destinationTransportPort:
		number = item_has_ports(ends) ? ends->dest_port : 0;
		break;
	case IE_icmpTypeCodeIPv4:
	case IE_icmpTypeCodeIPv6:
		number = item_has_icmp(ends) ? (uint64_t)ends->icmp_type << 8 | ends->icmp_code : 0;
		break;
	case IE_protocolIdentifier:
		number = ends->protocol;
		break;
	case IE_tcpControlBits:
		number = ends->tcp_flags;
		break;
	case IE_ipVersion:
		number = ends->ip_version;
		break;
	case IE_vlanId:
		number = ends->vlan == ITEM_NO_VLAN ? 0 : ends->vlan & 0xfff;
		break;
	case IE_flowDirection:
		number = egress;
		break;
	case IE_ingressInterface:
		number = egress ? 0 : interface_index(message, item->text[TEXT_INTERFACE]);
		break;
	case IE_egressInterface:
		number = egress ? interface_index(message, item->text[TEXT_INTERFACE]) : 0;
		break;
	case IE_flowStartMilliseconds:
		number = (uint64_t)item->first_ns / 1000000;
		break;
	case IE_flowEndMilliseconds:
		number = (uint64_t)item->last_ns / 1000000;
		break;
	case IE_observationTimeNanoseconds: /* as NTP has it: seconds since 1900, and a fraction of 2^32 */
		number = (uint64_t)(item->time_ns / 1000000000 + 2208988800) << 32 |
			 ((uint64_t)(item->time_ns % 1000000000) << 32) / 1000000000;
		break;
	case IE_flowEndReason:
		number = end_reason(item->end);
		break;
	case IE_firewallEvent:
		number = firewall_event(item);
		break;
	case IE_forwardingStatus:
		number = forwarding_status(item);
		break;
	case IE_packetDeltaCount:
		number = item->packets;
		break;
	case IE_octetDeltaCount:
		number = message->settings->frames ? item->bytes : ip_octets(item);
		break;
	case IE_layer2OctetDeltaCount:
		number = item->bytes;
		break;
	case IE_dataLinkFrameSize:
		number = item->bytes > UINT16_MAX ? UINT16_MAX : item->bytes;
		break;
	default: /* those of options */
		break;
	}
	put(message, number, field->size);
}

static uint16_t template_of(const struct item *item)
{
	bool flow = item->kind == ITEM_FLOW;

	switch (item->ends.ip_version) {
	case 4:
		return flow ? IPFIX_FLOW_IPV4 : IPFIX_PACKET_IPV4;
	case 6:
		return flow ? IPFIX_FLOW_IPV6 : IPFIX_PACKET_IPV6;
	default:
		return IPFIX_PACKET_OTHER;
	}
}

bool ipfix_message_add(struct ipfix_message *message, const struct item *item)
{
	size_t size = message->size, set = message->set, n_interfaces = message->interfaces.n;
	uint16_t set_template = message->set_template;
	uint32_t records = message->records;
	const struct ipfix_template *template = ipfix_template(template_of(item));

	if (item->kind == ITEM_FLOW && template->id == IPFIX_PACKET_OTHER) {
		message->items++;
		return true;
	}
	meet_interface(message, item->text[TEXT_INTERFACE]);
	open_set(message, template->id);
	for (const struct ipfix_field *field = template->fields; field->element; field++)
		put_field(message, item, field);
	if (message->settings->enterprise) {
		for (const struct ipfix_field *field = ipfix_own_fields; field->element; field++)
			put_own(message, item, field->element);
	}
	if (message->size <= message->settings->size) {
		message->records++;
		message->items++;
		return true;
	}
	message->size = size;
	message->set = set;
	message->set_template = set_template;
	message->records = records;
	message->interfaces.n = n_interfaces;
	return false;
}

static void put_specifier(struct ipfix_message *message, const struct ipfix_field *field, uint32_t enterprise)
{
	put(message, field->element | (enterprise ? ENTERPRISE_BIT : 0), 2);
	put(message, field->size, 2);
	if (enterprise)
		put(message, enterprise, 4);
}

static void put_template(struct ipfix_message *message, const struct ipfix_template *template)
{
	uint32_t enterprise = template->scopes ? 0 : message->settings->enterprise;
	size_t n = 0;

	open_set(message, template->scopes ? OPTIONS_TEMPLATE_SET : TEMPLATE_SET);
	while (template->fields[n].element)
		n++;
	for (const struct ipfix_field *field = ipfix_own_fields; enterprise && field->element; field++)
		n++;
	put(message, template->id, 2);
	put(message, n, 2);
	if (template->scopes)
		put(message, template->scopes, 2);
	for (const struct ipfix_field *field = template->fields; field->element; field++)
		put_specifier(message, field, 0);
	for (const struct ipfix_field *field = ipfix_own_fields; enterprise && field->element; field++)
		put_specifier(message, field, enterprise);
}

void ipfix_message_templates(struct ipfix_message *message)
{
	for (const struct ipfix_template *template = ipfix_templates; template->id; template++) {
		if (template->id != IPFIX_OPTIONS_ELEMENT || message->settings->enterprise)
			put_template(message, template);
	}
	for (size_t i = 0; message->settings->enterprise && ipfix_own_fields[i].element; i++) {
		open_set(message, IPFIX_OPTIONS_ELEMENT);
		put(message, message->settings->enterprise, 4);
		put(message, ipfix_own_fields[i].element, 2);
		put(message, ipfix_own_types[i].type, 1);
		put(message, ipfix_own_types[i].semantics, 1);
		put_text(message, ipfix_own_types[i].name, IPFIX_TEXT_MOST);
		message->records++;
	}
	for (size_t i = 0; i < message->interfaces.n; i++) {
		struct ipfix_interface *interface = &message->interfaces.known[i];

		if (message->size + IPFIX_NAME + 16 > message->settings->size)
			break;
		interface->index = if_nametoindex(interface->name); /* it may have come, gone, or come again */
		put_interface(message, interface);
	}
}

void ipfix_message_end(struct ipfix_message *message, uint32_t time, uint32_t sequence)
{
	size_t size = message->size;

	close_set(message);
	message->size = 0;
	put(message, VERSION, 2);
	put(message, size, 2);
	put(message, time, 4);
	put(message, sequence, 4);
	put(message, message->settings->domain, 4);
	message->size = size;
}
