/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "community_id.h"

#include "sha1.h"

#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

struct pair {
	uint8_t request, answer;
};

/*
 * ICMP has no ports; a message type and the type that answers it take their
 * place. These are the pairs of the specification's reference program: type 10
 * (router solicitation) of ICMP is in it in one direction only.
 */
static const struct pair icmp4_pairs[] = {
	{ 8, 0 }, { 0, 8 }, { 13, 14 }, { 14, 13 }, { 15, 16 }, { 16, 15 }, { 10, 9 }, { 17, 18 }, { 18, 17 },
};
static const struct pair icmp6_pairs[] = {
	{ 128, 129 }, { 129, 128 }, { 133, 134 }, { 134, 133 }, { 135, 136 }, { 136, 135 },
	{ 130, 131 }, { 131, 130 }, { 139, 140 }, { 140, 139 }, { 144, 145 }, { 145, 144 },
};

/* Replaces the code by the answering type; false for messages that nothing answers: they have one direction. */
static bool icmp_ports(const struct pair *pairs, size_t n, uint16_t type, uint16_t *code)
{
	for (size_t i = 0; i < n; i++) {
		if (pairs[i].request == type) {
			*code = pairs[i].answer;
			return true;
		}
	}
	return false;
}

static bool has_ports(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_ICMPV6:
	case IPPROTO_SCTP:
		return true;
	default:
		return false;
	}
}

void community_id(const struct flow *flow, uint16_t seed, char text[static COMMUNITY_ID_SIZE])
{
	uint16_t source_port = flow->source_port, dest_port = flow->dest_port;
	const uint8_t *source = flow->source, *dest = flow->dest;
	size_t address = flow->ip_version == 4 ? 4 : 16, n = 0;
	bool both_ways = true;
	uint8_t message[2 + 16 + 16 + 2 + 4], digest[SHA1_SIZE];
	int order = memcmp(source, dest, address);

	if (!has_ports(flow->protocol))
		source_port = dest_port = 0;
	else if (flow->protocol == IPPROTO_ICMP)
		both_ways = icmp_ports(icmp4_pairs, sizeof(icmp4_pairs) / sizeof(icmp4_pairs[0]), source_port,
				       &dest_port);
	else if (flow->protocol == IPPROTO_ICMPV6)
		both_ways = icmp_ports(icmp6_pairs, sizeof(icmp6_pairs) / sizeof(icmp6_pairs[0]), source_port,
				       &dest_port);

	/* The lower end goes first, whoever sent the packet. */
	if (both_ways && (order > 0 || (order == 0 && source_port > dest_port))) {
		const uint8_t *swap = source;
		uint16_t swap_port = source_port;

		source = dest;
		dest = swap;
		source_port = dest_port;
		dest_port = swap_port;
	}

	message[n++] = (uint8_t)(seed >> 8);
	message[n++] = (uint8_t)seed;
	memcpy(message + n, source, address);
	n += address;
	memcpy(message + n, dest, address);
	n += address;
	message[n++] = flow->protocol;
	message[n++] = 0;
	if (has_ports(flow->protocol)) {
		message[n++] = (uint8_t)(source_port >> 8);
		message[n++] = (uint8_t)source_port;
		message[n++] = (uint8_t)(dest_port >> 8);
		message[n++] = (uint8_t)dest_port;
	}
	sha1(message, n, digest);
	memcpy(text, "1:", 2);
	sodium_bin2base64(text + 2, COMMUNITY_ID_SIZE - 2, digest, sizeof(digest), sodium_base64_VARIANT_ORIGINAL);
}
