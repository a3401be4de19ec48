/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Frames as a host would send them, from the few words a person writes. All
 * payload is zero bytes, so a checksum over it is the checksum over the headers.
 */
#include "frame.h"

#include "ip_proto.h"

#include <string.h>

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_8021Q = 0x8100,
	ETHERTYPE_8021AD = 0x88a8,
};

enum {
	TCP_PSH = 8,
	TCP_ACK = 16,
	TCP_URG = 32,
};

#define ETHERNET_HEADER 14
#define DEFAULT_PAYLOAD 16
/* A later fragment follows a first one that filled an Ethernet frame. */
#define FIRST_FRAGMENT_BYTES 1480
/* What an ICMP error quotes of a packet behind its IP header (RFC 792). */
#define QUOTED_BYTES 8
/*
 * Ethernet, three tags, IPv6, eight extension headers, fragment header, TCP: 14 + 12 + 40 + 8 * 16 + 8 + 20; for an
 * error, the last is ICMP, and such headers without Ethernet again.
 */
#define HEADERS_MAX 448

/* The headers of a frame, in order. */
struct builder {
	uint8_t bytes[HEADERS_MAX];
	size_t size;
};

static void put8(struct builder *builder, unsigned value)
{
	builder->bytes[builder->size++] = (uint8_t)value;
}

static void put16(struct builder *builder, unsigned value)
{
	put8(builder, value >> 8);
	put8(builder, value);
}

static void put32(struct builder *builder, uint32_t value)
{
	put16(builder, value >> 16);
	put16(builder, value & 0xffff);
}

static void put_zeros(struct builder *builder, unsigned count)
{
	while (count--)
		put8(builder, 0);
}

static void put_address(struct builder *builder, enum family family, u128 address)
{
	for (int shift = (int)family_bits(family) - 8; shift >= 0; shift -= 8)
		put8(builder, (unsigned)(address >> shift) & 0xff);
}

static void set16(struct builder *builder, size_t at, unsigned value)
{
	builder->bytes[at] = (uint8_t)(value >> 8);
	builder->bytes[at + 1] = (uint8_t)value;
}

/* The Internet checksum's sum, not yet folded: a last odd byte is padded with zero. */
static uint64_t sum16(const uint8_t *bytes, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (unsigned)bytes[i] << 8 | bytes[i + 1];
	if (size % 2)
		sum += (unsigned)bytes[size - 1] << 8;
	return sum;
}

static unsigned checksum(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~(unsigned)sum & 0xffff;
}

static uint64_t sum_address(u128 address)
{
	uint64_t sum = 0;

	for (unsigned shift = 0; shift < 128; shift += 16)
		sum += (uint64_t)(address >> shift) & 0xffff;
	return sum;
}

static uint64_t sum_pseudo_header(const struct packet_spec *spec, uint64_t datagram)
{
	return sum_address(spec->src) + sum_address(spec->dst) + (datagram >> 16) + (datagram & 0xffff) + spec->proto;
}

static uint32_t crc32c_byte(uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int bit = 0; bit < 8; bit++)
		crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	return crc;
}

/* RFC 9260, appendix A: over the header, then over the zeros that follow. */
static uint32_t crc32c(const uint8_t *bytes, size_t size, uint64_t zeros)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < size; i++)
		crc = crc32c_byte(crc, bytes[i]);
	while (zeros--)
		crc = crc32c_byte(crc, 0);
	return ~crc;
}

static void put_link(struct builder *builder, const struct packet_spec *spec, unsigned ethertype)
{
	static const uint8_t destination[6] = { 0x02, 0, 0, 0, 0, 0x02 };
	static const uint8_t source[6] = { 0x02, 0, 0, 0, 0, 0x01 };

	for (int i = 0; i < 6; i++)
		put8(builder, destination[i]);
	for (int i = 0; i < 6; i++)
		put8(builder, source[i]);
	for (unsigned i = 0; i < spec->n_vlans; i++) {
		put16(builder, i == 0 && spec->n_vlans > 1 ? ETHERTYPE_8021AD : ETHERTYPE_8021Q);
		put16(builder, spec->vlans[i] & 0xfff);
	}
	put16(builder, ethertype);
}

/* "Who has 192.0.2.2? Tell 192.0.2.1" */
static void put_arp(struct builder *builder)
{
	put16(builder, 1);
	put16(builder, ETHERTYPE_IPV4);
	put8(builder, 6);
	put8(builder, 4);
	put16(builder, 1);
	put32(builder, 0x02000000);
	put16(builder, 0x0001);
	put32(builder, 0xc0000201);
	put_zeros(builder, 6);
	put32(builder, 0xc0000202);
}

static unsigned transport_header(const struct packet_spec *spec)
{
	if (spec->fragment == 2)
		return 0;
	switch (spec->proto) {
	case PROTO_TCP:
		return 20;
	case PROTO_UDP:
	case PROTO_ESP:
		return 8;
	case PROTO_ICMP:
		return spec->family == FAMILY_V4 ? 8 : 0;
	case PROTO_ICMPV6:
		return spec->family == FAMILY_V6 ? 8 : 0;
	case PROTO_SCTP:
		return 12;
	case PROTO_GRE:
		return 4;
	default:
		return 0;
	}
}

static unsigned quoted_size(const struct packet_spec *quoted);

static unsigned default_payload(const struct packet_spec *spec)
{
	if (spec->quoted)
		return quoted_size(spec->quoted);
	if (spec->proto != PROTO_TCP || spec->fragment == 2 || spec->tcp_flags & TCP_PSH)
		return DEFAULT_PAYLOAD;
	/* Fragments but the last are multiples of 8 bytes: the TCP header's 20 need 4 more. */
	return spec->fragment == 1 ? 4 : 0;
}

static unsigned extension_size(enum frame_ext ext)
{
	return ext == FRAME_EXT_AUTH ? 16 : 8;
}

static unsigned extension_proto(enum frame_ext ext)
{
	switch (ext) {
	case FRAME_EXT_HOP:
		return 0;
	case FRAME_EXT_ROUTING:
		return 43;
	case FRAME_EXT_DEST:
		return 60;
	default:
		return 51;
	}
}

static unsigned network_header(const struct packet_spec *spec)
{
	unsigned size;

	if (spec->family == FAMILY_V4)
		return 20 + spec->options;
	size = 40;
	for (unsigned i = 0; i < spec->n_exts; i++)
		size += extension_size(spec->exts[i]);
	return size + (spec->fragment ? 8 : 0);
}

static void put_ipv4(struct builder *builder, const struct packet_spec *spec, uint64_t length)
{
	size_t start = builder->size;
	unsigned fragment = 0;

	if (spec->fragment == 1)
		fragment = 0x2000;
	else if (spec->fragment == 2)
		fragment = FIRST_FRAGMENT_BYTES / 8;
	put8(builder, 0x40 | (5 + spec->options / 4));
	put8(builder, (unsigned)spec->dscp << 2);
	put16(builder, length > 65535 ? 0 : (unsigned)length);
	put16(builder, spec->fragment ? 1 : 0);
	put16(builder, fragment);
	put8(builder, spec->ttl);
	put8(builder, spec->proto);
	put16(builder, 0);
	put_address(builder, FAMILY_V4, spec->src);
	put_address(builder, FAMILY_V4, spec->dst);
	for (unsigned i = 0; i < spec->options; i++)
		put8(builder, i + 1 < spec->options); /* no-operation; the last ends the list */
	set16(builder, start + 10, checksum(sum16(builder->bytes + start, builder->size - start)));
}

/* The body of an extension header, after its next-header byte. */
static void put_extension(struct builder *builder, enum frame_ext ext)
{
	switch (ext) {
	case FRAME_EXT_HOP:
	case FRAME_EXT_DEST:
		put8(builder, 0);
		put8(builder, 1); /* PadN, four bytes */
		put8(builder, 4);
		put_zeros(builder, 4);
		break;
	case FRAME_EXT_ROUTING:
		put8(builder, 0);
		put8(builder, 253); /* for experiments (RFC 4727), no segments left */
		put_zeros(builder, 5);
		break;
	case FRAME_EXT_AUTH:
		put8(builder, 2);
		put16(builder, 0);
		put32(builder, 0x100); /* security parameters index */
		put32(builder, 1);     /* sequence number */
		put32(builder, 0);     /* check value */
		break;
	}
}

static void put_ipv6(struct builder *builder, const struct packet_spec *spec, uint64_t length)
{
	unsigned transport = spec->fragment ? PROTO_FRAGMENT : spec->proto;
	uint64_t payload = length - 40;

	put32(builder, 0x60000000 | (uint32_t)spec->dscp << 22);
	put16(builder, payload > 65535 ? 0 : (unsigned)payload);
	put8(builder, spec->n_exts ? extension_proto(spec->exts[0]) : transport);
	put8(builder, spec->ttl);
	put_address(builder, FAMILY_V6, spec->src);
	put_address(builder, FAMILY_V6, spec->dst);
	for (unsigned i = 0; i < spec->n_exts; i++) {
		put8(builder, i + 1 < spec->n_exts ? extension_proto(spec->exts[i + 1]) : transport);
		put_extension(builder, spec->exts[i]);
	}
	if (spec->fragment) {
		put8(builder, spec->proto);
		put8(builder, 0);
		/* Units of 8 bytes in the upper 13 bits are bytes in all 16; the lowest is M. */
		put16(builder, spec->fragment == 1 ? 1 : FIRST_FRAGMENT_BYTES);
		put32(builder, 1);
	}
}

static void put_quoted(struct builder *builder, const struct packet_spec *quoted, uint64_t room);

/* `datagram` is the length of header and payload, of all fragments together. */
static void put_transport(struct builder *builder, const struct packet_spec *spec, uint64_t datagram)
{
	size_t start = builder->size;
	uint32_t crc;
	unsigned sum;

	switch (spec->proto) {
	case PROTO_TCP:
		put16(builder, spec->sport);
		put16(builder, spec->dport);
		put32(builder, 1);
		put32(builder, spec->tcp_flags & TCP_ACK ? 1 : 0);
		put8(builder, 5 << 4);
		put8(builder, spec->tcp_flags);
		put16(builder, 64240);
		put16(builder, 0);
		put16(builder, spec->tcp_flags & TCP_URG ? 1 : 0);
		set16(builder, start + 16,
		      checksum(sum16(builder->bytes + start, 20) + sum_pseudo_header(spec, datagram)));
		break;
	case PROTO_UDP:
		put16(builder, spec->sport);
		put16(builder, spec->dport);
		put16(builder, datagram > 65535 ? 0 : (unsigned)datagram);
		put16(builder, 0);
		sum = checksum(sum16(builder->bytes + start, 8) + sum_pseudo_header(spec, datagram));
		set16(builder, start + 6, sum ? sum : 0xffff); /* 0 would say that there is none */
		break;
	case PROTO_SCTP:
		put16(builder, spec->sport);
		put16(builder, spec->dport);
		put32(builder, 1); /* verification tag */
		put32(builder, 0);
		crc = crc32c(builder->bytes + start, 12, datagram - 12);
		for (unsigned i = 0; i < 4; i++) /* the one field on the wire with its lowest byte first */
			builder->bytes[start + 8 + i] = (uint8_t)(crc >> 8 * i);
		break;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		put8(builder, spec->icmp_type);
		put8(builder, spec->icmp_code);
		put16(builder, 0);
		put16(builder, spec->icmp_id); /* and a sequence number; messages but queries read both otherwise */
		put16(builder, 1);
		if (spec->quoted && datagram > 8)
			put_quoted(builder, spec->quoted, datagram - 8);
		set16(builder, start + 2,
		      checksum(sum16(builder->bytes + start, builder->size - start) +
			       (spec->family == FAMILY_V6 ? sum_pseudo_header(spec, datagram) : 0)));
		break;
	case PROTO_GRE:
		put16(builder, 0);
		put16(builder, ETHERTYPE_IPV4);
		break;
	case PROTO_ESP:
		put32(builder, 0x100);
		put32(builder, 1);
		break;
	}
}

static struct frame frame_finish(struct arena *arena, const struct packet_spec *spec, const struct builder *builder,
				 uint64_t wire_size)
{
	struct frame frame = { 0 };
	uint8_t *data;

	if (spec->truncate && wire_size > spec->truncate)
		wire_size = spec->truncate;
	if (wire_size > UINT32_MAX)
		wire_size = UINT32_MAX;
	frame.wire_size = (uint32_t)wire_size;
	frame.size = frame.wire_size < FRAME_MAX ? frame.wire_size : FRAME_MAX;
	data = arena_alloc(arena, frame.size);
	memcpy(data, builder->bytes, builder->size < frame.size ? builder->size : frame.size);
	frame.data = data;
	return frame;
}

/* The lengths that a packet's headers say, or that they have. */
struct lengths {
	uint64_t packet;    /* of the IP packet */
	uint64_t datagram;  /* of transport header and payload, of all fragments together */
	unsigned network, transport;
};

static struct lengths packet_lengths(const struct packet_spec *spec)
{
	struct lengths lengths = { .network = network_header(spec), .transport = transport_header(spec) };
	unsigned headers = lengths.network + lengths.transport;

	lengths.packet = spec->length ? spec->length : headers + default_payload(spec);
	/* A length too small for the headers cuts them off: that is what was asked for. */
	if (spec->family == FAMILY_V6 && lengths.packet < 40)
		lengths.packet = 40;
	lengths.datagram = lengths.packet >= headers ? lengths.packet - lengths.network : lengths.transport;
	if (spec->fragment == 1)
		lengths.datagram = FIRST_FRAGMENT_BYTES + DEFAULT_PAYLOAD;
	return lengths;
}

static void put_packet(struct builder *builder, const struct packet_spec *spec, const struct lengths *lengths)
{
	if (spec->family == FAMILY_V4)
		put_ipv4(builder, spec, lengths->packet);
	else
		put_ipv6(builder, spec, lengths->packet);
	if (lengths->transport)
		put_transport(builder, spec, lengths->datagram);
}

static unsigned quoted_size(const struct packet_spec *quoted)
{
	struct lengths lengths = packet_lengths(quoted);
	uint64_t most = lengths.network + QUOTED_BYTES;

	return (unsigned)(lengths.packet < most ? lengths.packet : most);
}

/* As much of the packet as an error repeats, and at most `room` bytes. */
static void put_quoted(struct builder *builder, const struct packet_spec *quoted, uint64_t room)
{
	struct lengths lengths = packet_lengths(quoted);
	unsigned size = quoted_size(quoted);
	struct builder packet = { .size = 0 };

	put_packet(&packet, quoted, &lengths);
	for (unsigned i = 0; i < size && i < room; i++)
		put8(builder, packet.bytes[i]);
}

struct frame frame_build(struct arena *arena, const struct packet_spec *spec)
{
	struct builder builder = { .size = 0 };
	struct lengths lengths;

	if (spec->arp) {
		put_link(&builder, spec, ETHERTYPE_ARP);
		put_arp(&builder);
		return frame_finish(arena, spec, &builder, builder.size);
	}
	lengths = packet_lengths(spec);
	put_link(&builder, spec, spec->family == FAMILY_V4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	put_packet(&builder, spec, &lengths);
	return frame_finish(arena, spec, &builder, ETHERNET_HEADER + 4 * (uint64_t)spec->n_vlans + lengths.packet);
}
