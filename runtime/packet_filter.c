/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "packet_filter.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct packet_filter packet_filter_all = { .protocol = ANY_NUMBER, .port = ANY_NUMBER };

/* Digits only, and no more than `most`. */
static bool number(const char *text, unsigned long most, int *value)
{
	char *end;
	unsigned long parsed;

	if (!isdigit((unsigned char)text[0]) || strlen(text) > 5)
		return false;
	parsed = strtoul(text, &end, 10);
	*value = (int)parsed;
	return !*end && parsed <= most;
}

bool packet_filter_prefix(const char *text, struct address_prefix *prefix)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	int bits;

	*prefix = (struct address_prefix){ 0 };
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	prefix->size = strchr(address, ':') ? 16 : 4;
	bits = (int)prefix->size * 8;
	if (inet_pton(prefix->size == 4 ? AF_INET : AF_INET6, address, prefix->low) != 1 ||
	    (slash && !number(slash + 1, prefix->size * 8, &bits)))
		return false;
	memcpy(prefix->high, prefix->low, sizeof(prefix->high));
	for (unsigned int i = (unsigned int)bits; i < prefix->size * 8; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		if (prefix->low[i / 8] & bit)
			return false;
		prefix->high[i / 8] |= bit;
	}
	return true;
}

bool packet_filter_protocol(const char *text, int *protocol)
{
	char name[ITEM_WORDS_SIZE];

	if (number(text, 255, protocol))
		return true;
	for (*protocol = 0; *protocol < 256; (*protocol)++) {
		item_protocol((uint8_t)*protocol, name);
		if (strcasecmp(name, text) == 0)
			return true;
	}
	return false;
}

bool packet_filter_port(const char *text, int *port)
{
	return number(text, 65535, port);
}

static bool in_prefix(const struct address_prefix *prefix, unsigned int size, const uint8_t *address)
{
	return !prefix->size || (prefix->size == size && memcmp(address, prefix->low, size) >= 0 &&
				 memcmp(address, prefix->high, size) <= 0);
}

bool packet_filter_takes(const struct packet_filter *filter, const struct item *item)
{
	const struct item_ends *ends = &item->ends;
	unsigned int size = ends->ip_version == 4 ? 4 : ends->ip_version == 6 ? 16 : 0;

	return (!filter->rule || strcmp(filter->rule, item->text[TEXT_RULE]) == 0) &&
	       (!filter->verdict || strcmp(filter->verdict, item->text[TEXT_VERDICT]) == 0) &&
	       (!filter->interface || strcmp(filter->interface, item->text[TEXT_INTERFACE]) == 0) &&
	       in_prefix(&filter->source, size, ends->source) && in_prefix(&filter->dest, size, ends->dest) &&
	       (filter->protocol == ANY_NUMBER || (size && ends->protocol == filter->protocol)) &&
	       (filter->port == ANY_NUMBER ||
		(item_has_ports(ends) && (ends->source_port == filter->port || ends->dest_port == filter->port)));
}

bool packet_filter_wants_packets(const struct packet_filter *filter)
{
	return filter->source.size || filter->dest.size || filter->protocol != ANY_NUMBER || filter->port != ANY_NUMBER;
}
