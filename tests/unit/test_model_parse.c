/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* model_parse: each condition of the reading of a frame, from frames written down byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"

#include <stdlib.h>
#include <string.h>

#define ROOM 512

#define MACS 0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01

/* clang-format off */
/* 10.0.0.1:1000 > 10.0.0.2:22, syn; Ethernet 0, IPv4 14, TCP 34, end 54. */
static const uint8_t tcp4[] = {
	MACS, 0x08, 0x00,
	0x45, 0xb8, 0, 40, 0, 0, 0, 0, 63, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0x03, 0xe8, 0, 22, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0,
};
/* 10.0.0.1:1000 > 10.0.0.2:53; UDP 34, 4 bytes of payload, end 46. */
static const uint8_t udp4[] = {
	MACS, 0x08, 0x00,
	0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0x03, 0xe8, 0, 53, 0, 12, 0, 0, 'a', 'b', 'c', 'd',
};
/* Echo request; ICMP 34, end 42. */
static const uint8_t icmp4[] = {
	MACS, 0x08, 0x00,
	0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	8, 3, 0, 0, 0, 1, 0, 1,
};
/* SCTP 34, end 46. */
static const uint8_t sctp4[] = {
	MACS, 0x08, 0x00,
	0x45, 0, 0, 32, 0, 0, 0, 0, 64, 132, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0x03, 0xe8, 0x0b, 0x59, 0, 0, 0, 1, 0, 0, 0, 0,
};
/* GRE 34, end 38. */
static const uint8_t gre4[] = {
	MACS, 0x08, 0x00,
	0x45, 0, 0, 24, 0, 0, 0, 0, 64, 47, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0, 0, 0x08, 0x00,
};
/* ESP 34, end 42. */
static const uint8_t esp4[] = {
	MACS, 0x08, 0x00,
	0x45, 0, 0, 28, 0, 0, 0, 0, 64, 50, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0, 0, 1, 0, 0, 0, 0, 1,
};
/* fd00::1 to fd00::2, TCP 1000 > 22; IPv6 14, TCP 54, end 74. */
static const uint8_t tcp6[] = {
	MACS, 0x86, 0xdd,
	0x6b, 0x80, 0, 0, 0, 20, 6, 62,
	0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0x03, 0xe8, 0, 22, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x12, 0xff, 0xff, 0, 0, 0, 0,
};
/* Neighbour solicitation; ICMPv6 54, end 62. */
static const uint8_t icmp6[] = {
	MACS, 0x86, 0xdd,
	0x60, 0, 0, 0, 0, 8, 58, 255,
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	135, 0, 0, 0, 0, 0, 0, 0,
};
/* Hop-by-hop 54, destination 62 (16 bytes), AH 78 (12 bytes), fragment 90, UDP 98, end 106. */
static const uint8_t ext6[] = {
	MACS, 0x86, 0xdd,
	0x60, 0, 0, 0, 0, 52, 0, 64,
	0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	60, 0, 1, 4, 0, 0, 0, 0,
	51, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	44, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1,
	17, 0, 0, 0, 0, 0, 0, 7,
	0x03, 0xe8, 0, 53, 0, 8, 0, 0,
};
/* clang-format on */

#define FRAME(ARRAY) (ARRAY), sizeof(ARRAY)

struct edit {
	unsigned at; /* 0: no more edits */
	uint8_t value;
};

/* A frame made from one of the above by a few changes. */
struct parse_case {
	const char *name;
	const uint8_t *base;
	size_t size;
	struct edit edits[6];
	int grow;        /* bytes of zeros added at the end, or taken away */
	uint32_t wire;   /* length on the wire, if more than is there */
	const char *why; /* a part of the message; NULL: the packet is good */
	int proto;       /* of a good packet; -1: not IP */
	int fragment;
	uint32_t length; /* of a good packet; 0: not looked at */
};

static void parse_bytes(const uint8_t *bytes, size_t size, uint32_t wire, struct model_packet *packet)
{
	/* Memory of exactly this size, so that a sanitizer sees every byte read too many. */
	uint8_t *copy = malloc(size ? size : 1);
	struct frame frame = { .data = copy, .size = (uint32_t)size, .wire_size = wire ? wire : (uint32_t)size };

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	model_parse(&frame, packet);
	free(copy);
}

static void parse_case(const struct parse_case *c, struct model_packet *packet)
{
	uint8_t bytes[ROOM] = { 0 };

	assert_true(c->size + 64 < ROOM);
	memcpy(bytes, c->base, c->size);
	for (unsigned i = 0; i < 6 && c->edits[i].at; i++)
		bytes[c->edits[i].at] = c->edits[i].value;
	parse_bytes(bytes, (size_t)((int)c->size + c->grow), c->wire, packet);
}

static void check_case(const struct parse_case *c)
{
	enum model_class class = c->proto < 0 ? MODEL_NON_IP : MODEL_IP;
	struct model_packet packet;

	parse_case(c, &packet);
	if (c->why) {
		if (packet.class != MODEL_MALFORMED || !strstr(packet.why, c->why))
			fail_msg("%s: class %d, %s; expected malformed, %s", c->name, packet.class,
				 packet.why ? packet.why : "no reason", c->why);
		for (unsigned field = 0; field < N_FIELDS; field++)
			assert_true(field == FIELD_VLAN || !packet.has[field]);
		return;
	}
	if (packet.class != class)
		fail_msg("%s: class %d, %s", c->name, packet.class, packet.why ? packet.why : "no reason");
	if (c->proto < 0) {
		assert_false(packet.has[FIELD_PROTO]);
		return;
	}
	if (packet.value[FIELD_PROTO] != (u128)c->proto || packet.value[FIELD_FRAGMENT] != (u128)c->fragment ||
	    (c->length && packet.value[FIELD_LENGTH] != c->length))
		fail_msg("%s: proto %d fragment %d length %u", c->name, (int)packet.value[FIELD_PROTO],
			 (int)packet.value[FIELD_FRAGMENT], (unsigned)packet.value[FIELD_LENGTH]);
}

static void check_cases(const struct parse_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_case(&cases[i]);
}

#define CHECK(CASES) check_cases((CASES), sizeof(CASES) / sizeof((CASES)[0]))

static void link_layer(void **state)
{
	static const struct parse_case cases[] = {
		{ "13 bytes", FRAME(tcp4), .grow = -41, .why = "shorter than an Ethernet header" },
		{ "nothing", FRAME(tcp4), .grow = -54, .why = "shorter than an Ethernet header" },
		{ "14 bytes of IPv4", FRAME(tcp4), .grow = -40, .why = "inside the IPv4 header" },
		{ "ARP", FRAME(tcp4), { { 13, 0x06 } }, .proto = -1 },
		{ "ARP of 14 bytes", FRAME(tcp4), { { 13, 0x06 } }, .grow = -40, .proto = -1 },
		{ "LLC", FRAME(tcp4), { { 12, 0x05 }, { 13, 0xff } }, .proto = -1 },
		{ "length of LLC that looks like a tag's second byte", FRAME(tcp4), { { 12, 0x00 } }, .proto = -1 },
		{ "MPLS", FRAME(tcp4), { { 12, 0x88 }, { 13, 0x47 } }, .proto = -1 },
		{ "QinQ 0x9100 is no tag of ours", FRAME(tcp4), { { 12, 0x91 } }, .proto = -1 },
		{ "version 6 in IPv4", FRAME(tcp4), { { 14, 0x65 } }, .why = "the version field does not" },
		{ "version 4 in IPv6", FRAME(tcp6), { { 14, 0x4b } }, .why = "the version field does not" },
	};

	CHECK(cases);
}

/* Puts tags between the addresses and the type. */
static void parse_tagged(const uint16_t *types, const uint16_t *tags, unsigned n, const uint8_t *base, size_t size,
			 int cut, struct model_packet *packet)
{
	uint8_t bytes[ROOM];
	size_t at = 12;

	memcpy(bytes, base, 12);
	for (unsigned i = 0; i < n; i++) {
		bytes[at++] = (uint8_t)(types[i] >> 8);
		bytes[at++] = (uint8_t)types[i];
		bytes[at++] = (uint8_t)(tags[i] >> 8);
		bytes[at++] = (uint8_t)tags[i];
	}
	memcpy(bytes + at, base + 12, size - 12);
	at += size - 12;
	parse_bytes(bytes, cut ? (size_t)cut : at, 0, packet);
}

static void vlans(void **state)
{
	/* Priority and drop bits are not part of the identifier. */
	const uint16_t tags[] = { 0xf00a, 0x0014, 0x001e };
	const uint16_t q[] = { 0x8100, 0x8100, 0x8100 };
	const uint16_t ad[] = { 0x88a8, 0x8100, 0x8100 };
	struct model_packet packet;

	parse_tagged(q, tags, 0, FRAME(tcp4), 0, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_false(packet.has[FIELD_VLAN]);

	parse_tagged(q, tags, 1, FRAME(tcp4), 0, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_true(packet.has[FIELD_VLAN]);
	assert_int_equal(packet.value[FIELD_VLAN], 10);
	assert_int_equal(packet.value[FIELD_DPORT], 22);

	parse_tagged(ad, tags, 1, FRAME(tcp6), 0, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.value[FIELD_VLAN], 10);

	parse_tagged(ad, tags, 2, FRAME(tcp6), 0, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.value[FIELD_VLAN], 10);
	assert_int_equal(packet.value[FIELD_DPORT], 22);

	parse_tagged(q, tags, 2, FRAME(udp4), 0, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.value[FIELD_DPORT], 53);

	parse_tagged(ad, tags, 3, FRAME(tcp4), 0, &packet);
	assert_int_equal(packet.class, MODEL_MALFORMED);
	assert_non_null(strstr(packet.why, "two VLAN tags"));
	assert_true(packet.has[FIELD_VLAN]);

	/* Cut inside the first and the second tag. */
	parse_tagged(q, tags, 1, FRAME(tcp4), 17, &packet);
	assert_int_equal(packet.class, MODEL_MALFORMED);
	assert_non_null(strstr(packet.why, "inside a VLAN tag"));
	assert_false(packet.has[FIELD_VLAN]);
	parse_tagged(q, tags, 2, FRAME(tcp4), 21, &packet);
	assert_int_equal(packet.class, MODEL_MALFORMED);
	assert_int_equal(packet.value[FIELD_VLAN], 10);
	parse_tagged(q, tags, 1, FRAME(tcp4), 18, &packet);
	assert_non_null(strstr(packet.why, "inside the IPv4 header"));
}

static void ipv4(void **state)
{
	static const struct parse_case cases[] = {
		{ "as it is", FRAME(tcp4), .proto = 6, .length = 40 },
		{ "padding", FRAME(tcp4), .grow = 6, .proto = 6, .length = 40 },
		{ "header cut", FRAME(tcp4), .grow = -21, .wire = 54, .why = "inside the IPv4 header" },
		{ "ihl 4", FRAME(tcp4), { { 14, 0x44 } }, .why = "less than 5 words" },
		{ "ihl 6 fits no TCP into 40 bytes", FRAME(tcp4), { { 14, 0x46 } }, .why = "TCP header does not fit" },
		{ "ihl 6",
		  FRAME(tcp4),
		  { { 14, 0x46 }, { 17, 44 }, { 50, 0x50 } },
		  .grow = 4,
		  .proto = 6,
		  .length = 44 },
		{ "options cut",
		  FRAME(tcp4),
		  { { 14, 0x4f }, { 17, 80 } },
		  .wire = 94,
		  .why = "inside the IPv4 options" },
		{ "total length 19", FRAME(tcp4), { { 17, 19 } }, .why = "less than the header" },
		{ "total length 20, protocol 99", FRAME(tcp4), { { 17, 20 }, { 23, 99 } }, .proto = 99, .length = 20 },
		{ "nothing but the header",
		  FRAME(tcp4),
		  { { 17, 20 }, { 23, 99 } },
		  .grow = -20,
		  .proto = 99,
		  .length = 20 },
		{ "total length 23 with ihl 6",
		  FRAME(tcp4),
		  { { 14, 0x46 }, { 17, 23 } },
		  .why = "less than the header" },
		{ "total length 0", FRAME(tcp4), { { 17, 0 } }, .why = "less than the header" },
		{ "total length 0, 65535 on the wire",
		  FRAME(tcp4),
		  { { 17, 0 } },
		  .wire = 14 + 65535,
		  .why = "less than the" },
		{ "big TCP", FRAME(tcp4), { { 17, 0 } }, .wire = 14 + 65536, .proto = 6, .length = 65536 },
		{ "total length 41 of 40", FRAME(tcp4), { { 17, 41 } }, .why = "more than the frame holds" },
		{ "total length 41, cut capture", FRAME(tcp4), { { 17, 41 } }, .wire = 55, .proto = 6, .length = 41 },
		{ "total length 42, cut capture",
		  FRAME(tcp4),
		  { { 17, 42 } },
		  .wire = 55,
		  .why = "more than the frame" },
		{ "AH is a protocol like others", FRAME(tcp4), { { 23, 51 } }, .proto = 51 },
		{ "hop-by-hop is a protocol like others", FRAME(tcp4), { { 23, 0 } }, .proto = 0 },
		{ "ICMPv6 has no fields and no header", FRAME(tcp4), { { 23, 58 }, { 17, 20 } }, .proto = 58 },
		{ "do not fragment", FRAME(tcp4), { { 20, 0x40 } }, .proto = 6 },
		{ "reserved flag", FRAME(tcp4), { { 20, 0x80 } }, .proto = 6 },
	};

	CHECK(cases);
}

static void ipv4_fragments(void **state)
{
	static const struct parse_case cases[] = {
		{ "first", FRAME(udp4), { { 20, 0x20 } }, .proto = 17, .fragment = 1 },
		{ "middle", FRAME(udp4), { { 20, 0x20 }, { 21, 2 } }, .proto = 17, .fragment = 2 },
		{ "last", FRAME(udp4), { { 21, 1 } }, .proto = 17, .fragment = 2 },
		{ "offset in the high bits", FRAME(udp4), { { 20, 0x10 } }, .proto = 17, .fragment = 2 },
		{ "last, empty", FRAME(udp4), { { 21, 1 }, { 17, 20 } }, .proto = 17, .fragment = 2 },
		{ "TCP at 1", FRAME(tcp4), { { 21, 1 } }, .why = "RFC 1858" },
		{ "TCP at 2", FRAME(tcp4), { { 21, 2 } }, .proto = 6, .fragment = 2 },
		{ "TCP at 1 + 256", FRAME(tcp4), { { 20, 1 }, { 21, 1 } }, .proto = 6, .fragment = 2 },
		{ "tiny first of TCP", FRAME(tcp4), { { 20, 0x20 }, { 17, 36 } }, .why = "TCP header does not fit" },
		{ "tiny first of UDP", FRAME(udp4), { { 20, 0x20 }, { 17, 24 } }, .why = "UDP header does not fit" },
		{ "first tells the length of the whole",
		  FRAME(udp4),
		  { { 20, 0x20 }, { 38, 5 } },
		  .proto = 17,
		  .fragment = 1 },
		{ "whole does not", FRAME(udp4), { { 38, 5 } }, .why = "UDP length is more" },
	};
	static const struct parse_case later = { "later", FRAME(udp4), { { 21, 4 } }, .proto = 17 };
	struct model_packet packet;

	CHECK(cases);
	parse_case(&later, &packet);
	assert_true(packet.has[FIELD_PROTO] && packet.has[FIELD_FRAGMENT] && packet.has[FIELD_SRC]);
	assert_false(packet.has[FIELD_SPORT] || packet.has[FIELD_DPORT] || packet.has[FIELD_FLAGS]);
}

static void transports(void **state)
{
	static const struct parse_case cases[] = {
		{ "TCP cut by its packet", FRAME(tcp4), { { 17, 39 } }, .why = "TCP header does not fit" },
		{ "TCP cut by its packet, padded",
		  FRAME(tcp4),
		  { { 17, 39 } },
		  .grow = 20,
		  .why = "TCP header does not fit" },
		{ "TCP cut by the capture", FRAME(tcp4), .grow = -1, .wire = 54, .why = "inside the TCP header" },
		{ "TCP cut on the wire", FRAME(tcp4), .grow = -1, .why = "more than the frame holds" },
		{ "TCP offset 4", FRAME(tcp4), { { 46, 0x40 } }, .why = "less than 5 words" },
		{ "TCP offset 6", FRAME(tcp4), { { 46, 0x60 } }, .why = "TCP options do not fit" },
		{ "TCP offset 6 in padding",
		  FRAME(tcp4),
		  { { 46, 0x60 } },
		  .grow = 4,
		  .why = "TCP options do not fit" },
		{ "TCP offset 6 with room", FRAME(tcp4), { { 46, 0x60 }, { 17, 44 } }, .grow = 4, .proto = 6 },
		{ "TCP options not captured", FRAME(tcp4), { { 46, 0x60 }, { 17, 44 } }, .wire = 58, .proto = 6 },
		{ "UDP as it is", FRAME(udp4), .proto = 17 },
		{ "UDP cut by its packet", FRAME(udp4), { { 17, 27 } }, .why = "UDP header does not fit" },
		{ "UDP cut by the capture", FRAME(udp4), .grow = -5, .wire = 46, .why = "inside the UDP header" },
		{ "UDP payload not captured", FRAME(udp4), .grow = -4, .wire = 46, .proto = 17 },
		{ "UDP length 7", FRAME(udp4), { { 39, 7 } }, .why = "less than the UDP header" },
		{ "UDP length 8", FRAME(udp4), { { 39, 8 } }, .proto = 17 },
		{ "UDP length 0", FRAME(udp4), { { 39, 0 } }, .why = "less than the UDP header" },
		{ "UDP length 13 of 12", FRAME(udp4), { { 39, 13 } }, .why = "UDP length is more" },
		{ "UDP length 13 in padding", FRAME(udp4), { { 39, 13 } }, .grow = 1, .why = "UDP length is more" },
		{ "ICMP as it is", FRAME(icmp4), .proto = 1 },
		{ "ICMP cut by its packet", FRAME(icmp4), { { 17, 27 } }, .why = "ICMP header does not fit" },
		{ "ICMP cut by the capture", FRAME(icmp4), .grow = -1, .wire = 42, .why = "inside the ICMP header" },
		{ "SCTP as it is", FRAME(sctp4), .proto = 132 },
		{ "SCTP cut by its packet", FRAME(sctp4), { { 17, 31 } }, .why = "SCTP header does not fit" },
		{ "SCTP cut by the capture", FRAME(sctp4), .grow = -1, .wire = 46, .why = "inside the SCTP header" },
		{ "GRE as it is", FRAME(gre4), .proto = 47 },
		{ "GRE cut by its packet", FRAME(gre4), { { 17, 23 } }, .why = "GRE header does not fit" },
		{ "GRE cut by the capture", FRAME(gre4), .grow = -1, .wire = 38, .why = "inside the GRE header" },
		{ "ESP as it is", FRAME(esp4), .proto = 50 },
		{ "ESP cut by its packet", FRAME(esp4), { { 17, 27 } }, .why = "ESP header does not fit" },
		{ "ESP cut by the capture", FRAME(esp4), .grow = -1, .wire = 42, .why = "inside the ESP header" },
		{ "TCP in IPv6 cut by its packet", FRAME(tcp6), { { 19, 19 } }, .why = "TCP header does not fit" },
		{ "ICMPv6 cut by its packet", FRAME(icmp6), { { 19, 7 } }, .why = "ICMP header does not fit" },
		{ "ICMP in IPv6 is a protocol like others", FRAME(icmp6), { { 20, 1 }, { 19, 4 } }, .proto = 1 },
	};

	CHECK(cases);
}

static void ipv6(void **state)
{
	static const struct parse_case cases[] = {
		{ "as it is", FRAME(tcp6), .proto = 6, .length = 60 },
		{ "padding", FRAME(tcp6), .grow = 3, .proto = 6, .length = 60 },
		{ "header cut", FRAME(tcp6), .grow = -21, .wire = 74, .why = "inside the IPv6 header" },
		{ "payload length 21 of 20", FRAME(tcp6), { { 19, 21 } }, .why = "more than the frame holds" },
		{ "payload length 21, cut capture", FRAME(tcp6), { { 19, 21 } }, .wire = 75, .proto = 6, .length = 61 },
		{ "payload length 0", FRAME(tcp6), { { 19, 0 } }, .why = "TCP header does not fit" },
		{ "payload length 0, no next header",
		  FRAME(tcp6),
		  { { 19, 0 }, { 20, 59 } },
		  .proto = 59,
		  .length = 40 },
		{ "nothing but the header",
		  FRAME(tcp6),
		  { { 19, 0 }, { 20, 59 } },
		  .grow = -20,
		  .proto = 59,
		  .length = 40 },
		{ "no next header", FRAME(tcp6), { { 20, 59 } }, .proto = 59 },
		{ "65575 on the wire",
		  FRAME(tcp6),
		  { { 19, 0 } },
		  .wire = 14 + 65575,
		  .why = "TCP header does not fit" },
		{ "big TCP", FRAME(tcp6), { { 19, 0 } }, .wire = 14 + 65576, .proto = 6, .length = 65576 },
		{ "jumbo UDP", FRAME(tcp6), { { 19, 0 }, { 20, 17 }, { 59, 0 } }, .wire = 14 + 65576, .proto = 17 },
		{ "UDP length 0", FRAME(tcp6), { { 20, 17 }, { 59, 0 } }, .why = "less than the UDP header" },
		{ "extensions", FRAME(ext6), .proto = 17, .length = 92 },
		{ "hop-by-hop too long", FRAME(ext6), { { 55, 7 } }, .why = "extension header does not fit" },
		{ "packet ends inside hop-by-hop", FRAME(ext6), { { 19, 7 } }, .why = "extension header does not fit" },
		{ "capture ends inside hop-by-hop", FRAME(ext6), .grow = -45, .wire = 106,
		  .why = "inside an IPv6 extension" },
		{ "capture ends inside destination", FRAME(ext6), .grow = -30, .wire = 106,
		  .why = "inside an IPv6 extension" },
		{ "capture ends after AH", FRAME(ext6), .grow = -16, .wire = 106, .why = "inside an IPv6 extension" },
		{ "capture ends after fragment", FRAME(ext6), .grow = -8, .wire = 106, .why = "inside the UDP header" },
		{ "AH too long", FRAME(ext6), { { 79, 8 } }, .why = "extension header does not fit" },
		{ "hop-by-hop twice", FRAME(ext6), { { 54, 0 } }, .why = "hop-by-hop header that is not the first" },
		{ "hop-by-hop after the fragment header", FRAME(ext6), { { 90, 0 } }, .why = "not the first" },
		{ "mobility", FRAME(ext6), { { 62, 135 }, { 79, 0 }, { 78, 59 } }, .proto = 59 },
		{ "HIP", FRAME(ext6), { { 62, 139 }, { 79, 0 }, { 78, 59 } }, .proto = 59 },
		{ "shim6", FRAME(ext6), { { 62, 140 }, { 79, 0 }, { 78, 59 } }, .proto = 59 },
		{ "routing", FRAME(ext6), { { 54, 43 } }, .proto = 17 },
		{ "ESP ends the walk", FRAME(ext6), { { 54, 50 } }, .proto = 50 },
	};

	CHECK(cases);
}

static void ipv6_fragments(void **state)
{
	static const struct parse_case cases[] = {
		{ "atomic", FRAME(ext6), .proto = 17, .fragment = 0 },
		{ "first", FRAME(ext6), { { 93, 1 } }, .proto = 17, .fragment = 1 },
		{ "first tells the length of the whole",
		  FRAME(ext6),
		  { { 93, 1 }, { 102, 5 } },
		  .proto = 17,
		  .fragment = 1 },
		{ "tiny first", FRAME(ext6), { { 93, 1 }, { 19, 51 } }, .why = "UDP header does not fit" },
		{ "later", FRAME(ext6), { { 93, 16 } }, .proto = 17, .fragment = 2 },
		{ "later, nothing left", FRAME(ext6), { { 93, 16 }, { 19, 44 } }, .proto = 17, .fragment = 2 },
		{ "reserved bits are no offset", FRAME(ext6), { { 93, 6 } }, .proto = 17, .fragment = 0 },
		{ "TCP at 1", FRAME(ext6), { { 93, 8 }, { 90, 6 } }, .why = "RFC 1858" },
		{ "TCP at 2", FRAME(ext6), { { 93, 16 }, { 90, 6 } }, .proto = 6, .fragment = 2 },
		{ "UDP at 1", FRAME(ext6), { { 93, 8 } }, .proto = 17, .fragment = 2 },
		{ "later, next header is an extension: the walk stops",
		  FRAME(ext6),
		  { { 93, 16 }, { 90, 60 } },
		  .proto = 60,
		  .fragment = 2 },
		{ "later, next header hop-by-hop", FRAME(ext6), { { 93, 16 }, { 90, 0 } }, .proto = 0, .fragment = 2 },
		{ "two fragment headers", FRAME(ext6), { { 90, 44 } }, .why = "two IPv6 fragment headers" },
		{ "no next header", FRAME(ext6), { { 90, 59 } }, .proto = 59 },
	};
	static const struct parse_case later = { "later", FRAME(ext6), { { 93, 16 } }, .proto = 17 };
	struct model_packet packet;

	CHECK(cases);
	parse_case(&later, &packet);
	assert_false(packet.has[FIELD_SPORT] || packet.has[FIELD_DPORT]);
}

/* n destination headers, then no next header. */
static void parse_extensions(unsigned n, struct model_packet *packet)
{
	uint8_t bytes[ROOM] = { 0 };

	memcpy(bytes, tcp6, 54);
	bytes[19] = (uint8_t)(n * 8);
	bytes[20] = n ? 60 : 59;
	for (unsigned i = 0; i < n; i++)
		bytes[54 + i * 8] = i + 1 < n ? 60 : 59;
	parse_bytes(bytes, 54 + n * 8, 0, packet);
}

static void ipv6_extension_limit(void **state)
{
	struct model_packet packet;

	parse_extensions(8, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.value[FIELD_PROTO], 59);
	parse_extensions(9, &packet);
	assert_int_equal(packet.class, MODEL_MALFORMED);
	assert_non_null(strstr(packet.why, "more than 8"));
}

static void check_field(const struct model_packet *packet, enum field field, u128 value)
{
	assert_true(packet->has[field]);
	assert_true(packet->value[field] == value);
}

static void fields_of_tcp4(void **state)
{
	struct model_packet packet;

	parse_bytes(FRAME(tcp4), 0, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.family, FAMILY_V4);
	assert_false(packet.has[FIELD_VLAN]);
	check_field(&packet, FIELD_PROTO, 6);
	check_field(&packet, FIELD_SRC, 0x0a000001);
	check_field(&packet, FIELD_DST, 0x0a000002);
	check_field(&packet, FIELD_DSCP, 46);
	check_field(&packet, FIELD_TTL, 63);
	check_field(&packet, FIELD_LENGTH, 40);
	check_field(&packet, FIELD_FRAGMENT, 0);
	check_field(&packet, FIELD_SPORT, 1000);
	check_field(&packet, FIELD_DPORT, 22);
	check_field(&packet, FIELD_FLAGS, 2);
	assert_false(packet.has[FIELD_ICMP_TYPE] || packet.has[FIELD_ICMP_CODE]);
}

static void fields_of_tcp6(void **state)
{
	struct model_packet packet;

	parse_bytes(FRAME(tcp6), 0, &packet);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.family, FAMILY_V6);
	check_field(&packet, FIELD_SRC, (u128)0xfd00 << 112 | 1);
	check_field(&packet, FIELD_DST, (u128)0xfd00 << 112 | 2);
	check_field(&packet, FIELD_DSCP, 46);
	check_field(&packet, FIELD_TTL, 62);
	check_field(&packet, FIELD_LENGTH, 60);
	check_field(&packet, FIELD_SPORT, 1000);
	check_field(&packet, FIELD_DPORT, 22);
	check_field(&packet, FIELD_FLAGS, 18);
}

static void fields_of_others(void **state)
{
	struct model_packet packet;

	parse_bytes(FRAME(icmp4), 0, &packet);
	check_field(&packet, FIELD_ICMP_TYPE, 8);
	check_field(&packet, FIELD_ICMP_CODE, 3);
	assert_false(packet.has[FIELD_SPORT] || packet.has[FIELD_FLAGS]);

	parse_bytes(FRAME(icmp6), 0, &packet);
	check_field(&packet, FIELD_ICMP_TYPE, 135);
	check_field(&packet, FIELD_ICMP_CODE, 0);

	parse_bytes(FRAME(sctp4), 0, &packet);
	check_field(&packet, FIELD_SPORT, 1000);
	check_field(&packet, FIELD_DPORT, 2905);
	assert_false(packet.has[FIELD_FLAGS]);

	parse_bytes(FRAME(udp4), 0, &packet);
	check_field(&packet, FIELD_SPORT, 1000);
	check_field(&packet, FIELD_DPORT, 53);

	parse_bytes(FRAME(gre4), 0, &packet);
	assert_false(packet.has[FIELD_SPORT] || packet.has[FIELD_ICMP_TYPE] || packet.has[FIELD_FLAGS]);
}

/* Every frame above, cut at every length: read without a byte too many, and never of two minds. */
static void every_cut(void **state)
{
	static const struct {
		const uint8_t *data;
		size_t size;
	} frames[] = { { FRAME(tcp4) }, { FRAME(udp4) },  { FRAME(icmp4) }, { FRAME(sctp4) }, { FRAME(gre4) },
		       { FRAME(esp4) }, { FRAME(icmp6) }, { FRAME(tcp6) },  { FRAME(ext6) } };
	struct model_packet packet;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		for (size_t size = 0; size < frames[i].size; size++) {
			/* On the wire too: the length field of the IP header no longer holds. */
			parse_bytes(frames[i].data, size, 0, &packet);
			assert_int_equal(packet.class, MODEL_MALFORMED);
			parse_bytes(frames[i].data, size, (uint32_t)frames[i].size, &packet);
			assert_int_not_equal(packet.class, MODEL_NON_IP);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_layer),
		cmocka_unit_test(vlans),
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv4_fragments),
		cmocka_unit_test(transports),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(ipv6_fragments),
		cmocka_unit_test(ipv6_extension_limit),
		cmocka_unit_test(fields_of_tcp4),
		cmocka_unit_test(fields_of_tcp6),
		cmocka_unit_test(fields_of_others),
		cmocka_unit_test(every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
