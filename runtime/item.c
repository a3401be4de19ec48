/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "item.h"

#include "community_id.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum fragment {
	FRAGMENT_WHOLE,
	FRAGMENT_FIRST,
	FRAGMENT_LATER,
};

const char *const item_kind_words[N_ITEM_KINDS + 1] = {
	"event", "flow", "rule", "traffic", "flags", "alert", "lost", NULL,
};

void item_clear(struct item *item, enum item_kind kind)
{
	*item = (struct item){ .kind = kind, .sampling = 1 };
	item->ends.vlan = ITEM_NO_VLAN;
	for (size_t i = 0; i < N_ITEM_TEXTS; i++)
		item->text[i] = "";
}

bool item_has_transport(const struct item_ends *ends)
{
	return ends->ip_version != 0 && ends->fragment != FRAGMENT_LATER;
}

bool item_has_ports(const struct item_ends *ends)
{
	return item_has_transport(ends) &&
	       (ends->protocol == IPPROTO_TCP || ends->protocol == IPPROTO_UDP || ends->protocol == IPPROTO_SCTP);
}

bool item_has_icmp(const struct item_ends *ends)
{
	return item_has_transport(ends) && ends->protocol == (ends->ip_version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* A later fragment does not know its flow's ports, so the identifier would be another flow's. */
bool item_community_id(const struct item *item, char text[ITEM_COMMUNITY_ID_SIZE])
{
	const struct item_ends *ends = &item->ends;
	struct flow flow = { .ip_version = ends->ip_version, .protocol = ends->protocol };

	_Static_assert(ITEM_COMMUNITY_ID_SIZE >= COMMUNITY_ID_SIZE, "no room for a Community ID");
	if (!item_has_transport(ends) || (ends->ip_version != 4 && ends->ip_version != 6))
		return false;
	memcpy(flow.source, ends->source, sizeof(flow.source));
	memcpy(flow.dest, ends->dest, sizeof(flow.dest));
	if (item_has_ports(ends)) {
		flow.source_port = ends->source_port;
		flow.dest_port = ends->dest_port;
	} else if (item_has_icmp(ends)) {
		flow.source_port = ends->icmp_type;
		flow.dest_port = ends->icmp_code;
	}
	community_id(&flow, 0, text);
	return true;
}

void item_protocol(uint8_t protocol, char text[ITEM_WORDS_SIZE])
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{ IPPROTO_ICMP, "ICMP" }, { IPPROTO_IGMP, "IGMP" },	{ IPPROTO_TCP, "TCP" },
		{ IPPROTO_UDP, "UDP" },	  { IPPROTO_GRE, "GRE" },	{ IPPROTO_ESP, "ESP" },
		{ IPPROTO_AH, "AH" },	  { IPPROTO_ICMPV6, "ICMPv6" }, { IPPROTO_SCTP, "SCTP" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == protocol) {
			strcpy(text, names[i].name);
			return;
		}
	}
	snprintf(text, ITEM_WORDS_SIZE, "%u", protocol);
}

void item_tcp_flags(uint8_t flags, char text[ITEM_WORDS_SIZE])
{
	static const char *const names[8] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };
	char *at = text;

	for (unsigned int i = 0; i < 8; i++) {
		if (!(flags & 1u << i))
			continue;
		if (at != text)
			*at++ = ',';
		memcpy(at, names[i], 3);
		at += 3;
	}
	*at = '\0';
	if (at == text)
		strcpy(text, "none");
}

const char *item_address(const struct item_ends *ends, const uint8_t *bytes, char text[ITEM_ADDRESS_SIZE])
{
	if (ends->ip_version != 4)
		return inet_ntop(AF_INET6, bytes, text, ITEM_ADDRESS_SIZE);
	/* Most events have two of them: a tenth of the time of inet_ntop(). */
	char *at = text;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned int byte = bytes[i];

		if (byte >= 100)
			*at++ = (char)('0' + byte / 100);
		if (byte >= 10)
			*at++ = (char)('0' + byte / 10 % 10);
		*at++ = (char)('0' + byte % 10);
		*at++ = i < 3 ? '.' : '\0';
	}
	return text;
}
