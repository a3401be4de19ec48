/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Captures as tcpdump and Wireshark read them: one section, blocks in the byte order of this machine
 * (draft-ietf-opsawg-pcapng). Interfaces get their block when the first of their packets comes, so that a reader can
 * follow while it is written.
 */
#ifndef SENTRY_PCAPNG_H
#define SENTRY_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct pcapng;

enum pcapng_direction {
	PCAPNG_UNKNOWN,
	PCAPNG_INBOUND,
	PCAPNG_OUTBOUND,
};

struct pcapng_packet {
	int64_t time_ns;          /* since 1970 */
	const char *interface;    /* its name; "" if it is not known */
	const uint8_t *frame;     /* from the Ethernet header */
	uint32_t captured;        /* bytes there are of it */
	uint32_t length;          /* bytes that were on the wire */
	enum pcapng_direction direction;
	const char *comment;      /* UTF-8; NULL or "": none */
};

/* Writes the section's header. `out` stays the caller's, who looks at its errors, too. */
struct pcapng *pcapng_begin(FILE *out, uint32_t snapshot_length);
void pcapng_write(struct pcapng *file, const struct pcapng_packet *packet);
void pcapng_end(struct pcapng *file);

#endif
