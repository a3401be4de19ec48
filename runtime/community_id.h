/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Community ID version 1: the flow identifier that Zeek, Suricata, Wireshark and
 * others print too, so that their records and ours meet. Both directions of a
 * flow have the same one. Specification: https://github.com/corelight/community-id-spec
 */
#ifndef SENTRY_COMMUNITY_ID_H
#define SENTRY_COMMUNITY_ID_H

#include <stdbool.h>
#include <stdint.h>

#define COMMUNITY_ID_SIZE 32 /* "1:", 28 characters of base64, NUL */

struct flow {
	unsigned int ip_version; /* 4 or 6 */
	uint8_t protocol;
	uint8_t source[16];      /* network byte order; IPv4 in the first four bytes */
	uint8_t dest[16];
	uint16_t source_port;    /* host order; of ICMP: the type */
	uint16_t dest_port;      /* of ICMP: the code */
};

/* `seed` is 0 unless all tools of a site agreed on another. */
void community_id(const struct flow *flow, uint16_t seed, char text[static COMMUNITY_ID_SIZE]);

#endif
