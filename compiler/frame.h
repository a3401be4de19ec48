/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Ethernet frames: made from a packet as tests and command lines write it, and
 * handed to the engines.
 */
#ifndef SENTRY_FRAME_H
#define SENTRY_FRAME_H

#include "address.h"
#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer frames are cut to this many bytes in every engine alike: what BPF_PROG_TEST_RUN takes for any hook. */
#define FRAME_MAX 3072u

struct frame {
	const uint8_t *data;
	uint32_t size;      /* bytes at `data`, at most FRAME_MAX */
	uint32_t wire_size; /* length on the wire, at least `size` */
	uint64_t time_ns;   /* since 1970, 0 if unknown */
};

enum frame_ext {
	FRAME_EXT_HOP,      /* IPv6 hop-by-hop options */
	FRAME_EXT_ROUTING,
	FRAME_EXT_DEST,
	FRAME_EXT_AUTH,
};

#define FRAME_EXTS 8

/* A packet as a person describes it. Host byte order. */
struct packet_spec {
	bool arp;               /* not IP at all; only vlans count */
	enum family family;
	uint8_t proto;
	u128 src, dst;
	bool has_ports;
	uint16_t sport, dport;
	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_id;       /* of a query or its reply */
	const struct packet_spec *quoted; /* in an ICMP error: IP header and 8 bytes; NULL: zeros, as any payload */
	uint8_t ttl;            /* 64 unless written */
	uint8_t dscp;
	unsigned n_vlans;       /* 0 to 3, outermost first */
	uint16_t vlans[3];
	uint8_t fragment;       /* 0 whole, 1 first, 2 later */
	unsigned n_exts;        /* IPv6 extension headers, in order */
	enum frame_ext exts[FRAME_EXTS];
	unsigned options;       /* bytes of IPv4 options, a multiple of 4 up to 40 */
	uint32_t length;        /* of the IP packet; 0: headers, and 16 bytes of payload but for tcp without psh */
	uint32_t truncate;      /* the frame ends after that many bytes, on the wire too; 0: all */
};

/* The frame, with right checksums, in arena memory. Locally administered MAC addresses. */
struct frame frame_build(struct arena *arena, const struct packet_spec *spec);

/* What a frame looks like to a person: "tcp 10.0.0.1:5 > 10.0.0.2:22 syn vlan=10"; arena memory. */
char *packet_spec_text(struct arena *arena, const struct packet_spec *spec);

#endif
