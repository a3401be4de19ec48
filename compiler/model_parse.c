/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The reference reading of a frame. Slow and plain on purpose: the fast readers
 * in bpf-templates are judged against it, so it shares nothing with them and
 * takes no short cut that would have to be argued for.
 *
 * Two limits hold for every header: the bytes that were captured, and the length
 * that the packet claims for itself. Padding after the IP packet is in the first
 * but not in the second; a cut capture is in the second but not in the first.
 */
#include "engine.h"

#include <string.h>

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_8021Q = 0x8100,
	ETHERTYPE_8021AD = 0x88a8,
};

enum {
	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_AH = 51,
	PROTO_ICMPV6 = 58,
	PROTO_DESTINATION = 60,
	PROTO_SCTP = 132,
	PROTO_MOBILITY = 135,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140,
};

enum {
	WHOLE,
	FIRST_FRAGMENT,
	LATER_FRAGMENT,
};

#define MAX_VLANS 2
#define MAX_EXTENSIONS 8

/* A frame being read. Offsets count from the first byte of the frame. */
struct reader {
	const struct frame *frame;
	struct model_packet *packet;
	uint64_t captured; /* end of what we have */
	uint64_t wire;     /* end of the frame as it was sent */
	uint64_t ip_end;   /* end of the IP packet by its own account */
	uint64_t at;       /* the next header */
	unsigned proto;    /* what the next header is */
	unsigned fragment;
	bool jumbo;        /* IPv6 payload length 0 that means "more than 65535" */
};

static unsigned byte_at(const struct reader *reader, uint64_t offset)
{
	return reader->frame->data[offset];
}

static unsigned u16_at(const struct reader *reader, uint64_t offset)
{
	return byte_at(reader, offset) << 8 | byte_at(reader, offset + 1);
}

static u128 big_endian(const struct reader *reader, uint64_t offset, unsigned bytes)
{
	u128 value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | byte_at(reader, offset + i);
	return value;
}

static bool is_captured(const struct reader *reader, uint64_t bytes)
{
	return reader->at + bytes <= reader->captured;
}

static bool is_inside_packet(const struct reader *reader, uint64_t bytes)
{
	return reader->at + bytes <= reader->ip_end;
}

static void set_field(struct reader *reader, enum field field, u128 value)
{
	reader->packet->has[field] = true;
	reader->packet->value[field] = value;
}

/* Whatever was read of the IP packet is not to be relied on; the VLAN tag is. */
static void malformed(struct reader *reader, const char *why)
{
	for (unsigned field = 0; field < N_FIELDS; field++)
		if (field != FIELD_VLAN)
			reader->packet->has[field] = false;
	reader->packet->class = MODEL_MALFORMED;
	reader->packet->why = why;
}

static void read_tcp(struct reader *reader)
{
	unsigned header;

	if (!is_inside_packet(reader, 20))
		return malformed(reader, "the TCP header does not fit into the IP packet");
	if (!is_captured(reader, 20))
		return malformed(reader, "the frame ends inside the TCP header");
	header = (byte_at(reader, reader->at + 12) >> 4) * 4;
	if (header < 20)
		return malformed(reader, "the TCP data offset is less than 5 words");
	if (!is_inside_packet(reader, header))
		return malformed(reader, "the TCP options do not fit into the IP packet");
	set_field(reader, FIELD_SPORT, u16_at(reader, reader->at));
	set_field(reader, FIELD_DPORT, u16_at(reader, reader->at + 2));
	set_field(reader, FIELD_FLAGS, byte_at(reader, reader->at + 13));
}

static void read_udp(struct reader *reader)
{
	unsigned length;

	if (!is_inside_packet(reader, 8))
		return malformed(reader, "the UDP header does not fit into the IP packet");
	if (!is_captured(reader, 8))
		return malformed(reader, "the frame ends inside the UDP header");
	length = u16_at(reader, reader->at + 4);
	if (length < 8 && !(length == 0 && reader->jumbo))
		return malformed(reader, "the UDP length is less than the UDP header's 8 bytes");
	/* The first fragment of a datagram tells the length of the whole. */
	if (reader->fragment == WHOLE && !is_inside_packet(reader, length))
		return malformed(reader, "the UDP length is more than the IP packet holds");
	set_field(reader, FIELD_SPORT, u16_at(reader, reader->at));
	set_field(reader, FIELD_DPORT, u16_at(reader, reader->at + 2));
}

static void read_sctp(struct reader *reader)
{
	if (!is_inside_packet(reader, 12))
		return malformed(reader, "the SCTP header does not fit into the IP packet");
	if (!is_captured(reader, 12))
		return malformed(reader, "the frame ends inside the SCTP header");
	set_field(reader, FIELD_SPORT, u16_at(reader, reader->at));
	set_field(reader, FIELD_DPORT, u16_at(reader, reader->at + 2));
}

static bool is_extension(unsigned proto)
{
	switch (proto) {
	case PROTO_HOP_BY_HOP:
	case PROTO_ROUTING:
	case PROTO_FRAGMENT:
	case PROTO_AH:
	case PROTO_DESTINATION:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		return true;
	default:
		return false;
	}
}

/* The first eight bytes behind a quoted IP header. */
static void read_quoted_transport(const struct reader *reader, uint64_t at, struct model_quoted *quoted)
{
	bool icmp = quoted->proto == (reader->packet->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6);

	if (quoted->proto == PROTO_TCP || quoted->proto == PROTO_UDP || quoted->proto == PROTO_SCTP) {
		quoted->sport = (uint16_t)u16_at(reader, at);
		quoted->dport = (uint16_t)u16_at(reader, at + 2);
	} else if (icmp) {
		quoted->icmp_type = (uint8_t)byte_at(reader, at);
		quoted->icmp_id = (uint16_t)u16_at(reader, at + 4);
	}
}

/* What lies behind the eight bytes of an ICMP message, if it is an error: the packet that caused it. */
static void read_quoted(struct reader *reader)
{
	struct model_quoted *quoted = &reader->packet->quoted;
	uint64_t at = reader->at + 8, header = 40;
	bool v4 = reader->packet->family == FAMILY_V4;

	if (at + (v4 ? 20 : 40) > reader->captured || at + (v4 ? 20 : 40) > reader->ip_end)
		return;
	if (byte_at(reader, at) >> 4 != (v4 ? 4u : 6u))
		return;
	if (v4) {
		header = (byte_at(reader, at) & 15) * 4;
		if (header < 20 || (u16_at(reader, at + 6) & 0x1fff))
			return;
	}
	if (at + header + 8 > reader->captured || at + header + 8 > reader->ip_end)
		return;
	quoted->src = big_endian(reader, at + (v4 ? 12 : 8), v4 ? 4 : 16);
	quoted->dst = big_endian(reader, at + (v4 ? 16 : 24), v4 ? 4 : 16);
	quoted->proto = byte_at(reader, at + (v4 ? 9 : 6));
	if (!v4 && is_extension(quoted->proto))
		return;
	read_quoted_transport(reader, at + header, quoted);
	quoted->there = true;
}

static void read_icmp(struct reader *reader)
{
	if (!is_inside_packet(reader, 8))
		return malformed(reader, "the ICMP header does not fit into the IP packet");
	if (!is_captured(reader, 8))
		return malformed(reader, "the frame ends inside the ICMP header");
	set_field(reader, FIELD_ICMP_TYPE, byte_at(reader, reader->at));
	set_field(reader, FIELD_ICMP_CODE, byte_at(reader, reader->at + 1));
	reader->packet->icmp_id = (uint16_t)u16_at(reader, reader->at + 4);
	read_quoted(reader);
}

static void read_gre(struct reader *reader)
{
	if (!is_inside_packet(reader, 4))
		return malformed(reader, "the GRE header does not fit into the IP packet");
	if (!is_captured(reader, 4))
		return malformed(reader, "the frame ends inside the GRE header");
}

static void read_esp(struct reader *reader)
{
	if (!is_inside_packet(reader, 8))
		return malformed(reader, "the ESP header does not fit into the IP packet");
	if (!is_captured(reader, 8))
		return malformed(reader, "the frame ends inside the ESP header");
}

/* RFC 1858: an offset of 8 bytes would overwrite the flags of the first fragment. */
static bool overwrites_tcp_flags(unsigned proto, unsigned offset)
{
	return proto == PROTO_TCP && offset == 1;
}

static void read_transport(struct reader *reader)
{
	set_field(reader, FIELD_PROTO, reader->proto);
	set_field(reader, FIELD_FRAGMENT, reader->fragment);
	if (reader->fragment == LATER_FRAGMENT)
		return;
	switch (reader->proto) {
	case PROTO_TCP:
		return read_tcp(reader);
	case PROTO_UDP:
		return read_udp(reader);
	case PROTO_SCTP:
		return read_sctp(reader);
	case PROTO_ICMP:
		/* ICMP inside IPv6 is no message of anybody's, and ICMPv6 inside IPv4 neither. */
		if (reader->packet->family == FAMILY_V4)
			read_icmp(reader);
		return;
	case PROTO_ICMPV6:
		if (reader->packet->family == FAMILY_V6)
			read_icmp(reader);
		return;
	case PROTO_GRE:
		return read_gre(reader);
	case PROTO_ESP:
		return read_esp(reader);
	}
}

static void read_ipv4(struct reader *reader)
{
	uint64_t on_wire = reader->wire - reader->at;
	uint64_t header, length;
	unsigned offset;

	reader->packet->family = FAMILY_V4;
	if (!is_captured(reader, 20))
		return malformed(reader, "the frame ends inside the IPv4 header");
	if (byte_at(reader, reader->at) >> 4 != 4)
		return malformed(reader, "the Ethernet type says IPv4, the version field does not");
	header = (byte_at(reader, reader->at) & 15) * 4;
	if (header < 20)
		return malformed(reader, "the IPv4 header length is less than 5 words");
	if (!is_captured(reader, header))
		return malformed(reader, "the frame ends inside the IPv4 options");
	length = u16_at(reader, reader->at + 2);
	if (length == 0 && on_wire > 65535)
		length = on_wire;
	if (length < header)
		return malformed(reader, "the IPv4 total length is less than the header's");
	if (length > on_wire)
		return malformed(reader, "the IPv4 total length is more than the frame holds");
	reader->ip_end = reader->at + length;

	set_field(reader, FIELD_SRC, big_endian(reader, reader->at + 12, 4));
	set_field(reader, FIELD_DST, big_endian(reader, reader->at + 16, 4));
	set_field(reader, FIELD_DSCP, byte_at(reader, reader->at + 1) >> 2);
	set_field(reader, FIELD_TTL, byte_at(reader, reader->at + 8));
	set_field(reader, FIELD_LENGTH, length);

	reader->proto = byte_at(reader, reader->at + 9);
	offset = u16_at(reader, reader->at + 6) & 0x1fff;
	if (offset != 0) {
		reader->fragment = LATER_FRAGMENT;
		if (overwrites_tcp_flags(reader->proto, offset))
			return malformed(reader, "a TCP fragment at offset 8 would overwrite the flags (RFC 1858)");
	} else if (u16_at(reader, reader->at + 6) & 0x2000) {
		reader->fragment = FIRST_FRAGMENT;
	}
	reader->at += header;
	read_transport(reader);
}

/* Steps over one extension header. False if the packet turned out malformed. */
static bool read_extension(struct reader *reader, unsigned position, bool *seen_fragment)
{
	unsigned proto = reader->proto;
	uint64_t size;
	unsigned offset;

	if (position == MAX_EXTENSIONS) {
		malformed(reader, "more than 8 IPv6 extension headers");
		return false;
	}
	if (proto == PROTO_HOP_BY_HOP && position != 0) {
		malformed(reader, "an IPv6 hop-by-hop header that is not the first");
		return false;
	}
	/* The smallest extension header is 8 bytes. */
	size = 8;
	if (is_inside_packet(reader, size) && is_captured(reader, size)) {
		unsigned units = byte_at(reader, reader->at + 1);

		if (proto == PROTO_AH)
			size = (units + 2) * 4;
		else if (proto != PROTO_FRAGMENT)
			size = (units + 1) * 8;
	}
	if (!is_inside_packet(reader, size)) {
		malformed(reader, "an IPv6 extension header does not fit into the IP packet");
		return false;
	}
	if (!is_captured(reader, size)) {
		malformed(reader, "the frame ends inside an IPv6 extension header");
		return false;
	}

	reader->proto = byte_at(reader, reader->at);
	if (proto == PROTO_FRAGMENT) {
		if (*seen_fragment) {
			malformed(reader, "two IPv6 fragment headers");
			return false;
		}
		*seen_fragment = true;
		offset = u16_at(reader, reader->at + 2) >> 3;
		if (offset != 0) {
			reader->fragment = LATER_FRAGMENT;
			if (overwrites_tcp_flags(reader->proto, offset)) {
				malformed(reader, "a TCP fragment at offset 8 would overwrite the flags (RFC 1858)");
				return false;
			}
		} else if (u16_at(reader, reader->at + 2) & 1) {
			reader->fragment = FIRST_FRAGMENT;
		}
	}
	reader->at += size;
	return true;
}

static void read_ipv6(struct reader *reader)
{
	uint64_t on_wire = reader->wire - reader->at;
	bool seen_fragment = false;
	unsigned position = 0;
	uint64_t length;

	reader->packet->family = FAMILY_V6;
	if (!is_captured(reader, 40))
		return malformed(reader, "the frame ends inside the IPv6 header");
	if (byte_at(reader, reader->at) >> 4 != 6)
		return malformed(reader, "the Ethernet type says IPv6, the version field does not");
	length = 40 + u16_at(reader, reader->at + 4);
	if (length == 40 && on_wire > 65575) {
		reader->jumbo = true;
		length = on_wire;
	}
	if (length > on_wire)
		return malformed(reader, "the IPv6 payload length is more than the frame holds");
	reader->ip_end = reader->at + length;

	set_field(reader, FIELD_SRC, big_endian(reader, reader->at + 8, 16));
	set_field(reader, FIELD_DST, big_endian(reader, reader->at + 24, 16));
	set_field(reader, FIELD_DSCP, (u16_at(reader, reader->at) >> 4 & 0xff) >> 2);
	set_field(reader, FIELD_TTL, byte_at(reader, reader->at + 7));
	set_field(reader, FIELD_LENGTH, length);

	reader->proto = byte_at(reader, reader->at + 6);
	reader->at += 40;
	/* What follows the header of a later fragment is data, whatever it looks like. */
	while (reader->fragment != LATER_FRAGMENT && is_extension(reader->proto))
		if (!read_extension(reader, position++, &seen_fragment))
			return;
	read_transport(reader);
}

void model_parse(const struct frame *frame, struct model_packet *packet)
{
	struct reader reader = {
		.frame = frame,
		.packet = packet,
		.captured = frame->size,
		.wire = frame->wire_size > frame->size ? frame->wire_size : frame->size,
		.fragment = WHOLE,
	};
	unsigned vlans = 0;
	unsigned type;

	memset(packet, 0, sizeof(*packet));
	packet->class = MODEL_IP;

	if (!is_captured(&reader, 14))
		return malformed(&reader, "the frame is shorter than an Ethernet header");
	type = u16_at(&reader, 12);
	reader.at = 14;
	while (type == ETHERTYPE_8021Q || type == ETHERTYPE_8021AD) {
		if (vlans == MAX_VLANS)
			return malformed(&reader, "more than two VLAN tags");
		if (!is_captured(&reader, 4))
			return malformed(&reader, "the frame ends inside a VLAN tag");
		if (vlans == 0)
			set_field(&reader, FIELD_VLAN, u16_at(&reader, reader.at) & 0xfff);
		type = u16_at(&reader, reader.at + 2);
		reader.at += 4;
		vlans++;
	}

	switch (type) {
	case ETHERTYPE_IPV4:
		return read_ipv4(&reader);
	case ETHERTYPE_IPV6:
		return read_ipv6(&reader);
	default:
		packet->class = MODEL_NON_IP;
	}
}

/* struct model_packet holds its fields in arrays of 16. */
_Static_assert(N_FIELDS <= 16, "enlarge has[] and value[] of struct model_packet");
