/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Frames built from descriptions: what a reader finds in them, and every checksum over again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"

#include <string.h>

static const struct packet_spec tcp4 = {
	.family = FAMILY_V4,
	.proto = 6,
	.src = 0xc0a80a05,
	.dst = 0xcb007107,
	.has_ports = true,
	.sport = 40000,
	.dport = 443,
	.tcp_flags = 0x12,
	.ttl = 64,
};

static const struct packet_spec udp6 = {
	.family = FAMILY_V6,
	.proto = 17,
	.src = (u128)0x20010db8 << 96 | 0x1234,
	.dst = (u128)0xfd00 << 112 | 0xffff,
	.has_ports = true,
	.sport = 53,
	.dport = 5353,
	.ttl = 64,
};

static struct arena *arena_of(void **state)
{
	return *state;
}

static unsigned u16_at(const struct frame *frame, unsigned at)
{
	return (unsigned)frame->data[at] << 8 | frame->data[at + 1];
}

/* The checksum of RFC 1071 over data that carries its checksum is 0. */
static unsigned checksum(const uint8_t *data, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* With the pseudo-header of the packet at `ip`. */
static unsigned transport_checksum(const struct frame *frame, unsigned ip, unsigned at, unsigned proto)
{
	bool v6 = frame->data[ip] >> 4 == 6;
	unsigned end = ip + (v6 ? 40 + u16_at(frame, ip + 4) : u16_at(frame, ip + 2));
	const uint8_t *addresses = frame->data + ip + (v6 ? 8 : 12);
	uint32_t sum = proto + (end - at);

	for (unsigned i = 0; i < (v6 ? 32u : 8u); i += 2)
		sum += (uint32_t)addresses[i] << 8 | addresses[i + 1];
	return checksum(frame->data + at, end - at, sum);
}

static struct model_packet parse(const struct frame *frame)
{
	struct model_packet packet;

	model_parse(frame, &packet);
	return packet;
}

static void tcp_over_ipv4(void **state)
{
	struct frame frame = frame_build(arena_of(state), &tcp4);
	struct model_packet packet = parse(&frame);

	assert_int_equal(frame.size, 54);
	assert_int_equal(frame.wire_size, 54);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.family, FAMILY_V4);
	assert_true(packet.value[FIELD_SRC] == tcp4.src && packet.value[FIELD_DST] == tcp4.dst);
	assert_int_equal(packet.value[FIELD_SPORT], 40000);
	assert_int_equal(packet.value[FIELD_DPORT], 443);
	assert_int_equal(packet.value[FIELD_FLAGS], 0x12);
	assert_int_equal(packet.value[FIELD_TTL], 64);
	assert_int_equal(packet.value[FIELD_LENGTH], 40);
	assert_false(packet.has[FIELD_VLAN]);
	assert_int_equal(checksum(frame.data + 14, 20, 0), 0);
	assert_int_equal(transport_checksum(&frame, 14, 34, 6), 0);
	/* Both addresses are locally administered and no groups. */
	assert_int_equal(frame.data[0] & 3, 2);
	assert_int_equal(frame.data[6] & 3, 2);
}

static void udp_over_ipv6(void **state)
{
	struct frame frame = frame_build(arena_of(state), &udp6);
	struct model_packet packet = parse(&frame);

	assert_int_equal(frame.size, 14 + 40 + 8 + 16);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.family, FAMILY_V6);
	assert_true(packet.value[FIELD_SRC] == udp6.src && packet.value[FIELD_DST] == udp6.dst);
	assert_int_equal(packet.value[FIELD_SPORT], 53);
	assert_int_equal(packet.value[FIELD_DPORT], 5353);
	assert_int_equal(u16_at(&frame, 58), 24);
	assert_int_equal(transport_checksum(&frame, 14, 54, 17), 0);
	assert_int_not_equal(u16_at(&frame, 60), 0);
}

/* Every protocol in both versions, with all checksums that there are. */
static void protocols(void **state)
{
	static const unsigned protos[] = { 1, 2, 6, 17, 47, 50, 58, 89, 132, 255 };

	for (unsigned v6 = 0; v6 < 2; v6++)
		for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
			struct packet_spec spec = v6 ? udp6 : tcp4;
			struct frame frame;
			struct model_packet packet;
			unsigned at = v6 ? 54 : 34;

			spec.proto = (uint8_t)protos[i];
			spec.icmp_type = 8;
			spec.icmp_code = 3;
			frame = frame_build(arena_of(state), &spec);
			packet = parse(&frame);
			assert_int_equal(packet.class, MODEL_IP);
			assert_int_equal(packet.value[FIELD_PROTO], protos[i]);
			if (protos[i] == 6 || protos[i] == 17 || (protos[i] == 58 && v6))
				assert_int_equal(transport_checksum(&frame, 14, at, protos[i]), 0);
			if (protos[i] == 1 && !v6)
				assert_int_equal(checksum(frame.data + at, frame.size - at, 0), 0);
			assert_int_equal(packet.has[FIELD_ICMP_TYPE], protos[i] == (v6 ? 58 : 1));
			if (packet.has[FIELD_ICMP_TYPE]) {
				assert_int_equal(packet.value[FIELD_ICMP_TYPE], 8);
				assert_int_equal(packet.value[FIELD_ICMP_CODE], 3);
			}
		}
}

/* Of 2^16 source ports one gives a checksum of 0, which UDP writes as 0xffff. */
static void udp_zero_checksum(void **state)
{
	struct packet_spec spec = tcp4;
	unsigned wrapped = 0;

	spec.proto = 17;
	for (unsigned port = 0; port < 65536; port++) {
		struct frame frame;

		spec.sport = (uint16_t)port;
		frame = frame_build(arena_of(state), &spec);
		assert_int_not_equal(u16_at(&frame, 40), 0);
		wrapped += u16_at(&frame, 40) == 0xffff;
	}
	assert_true(wrapped >= 1);
}

/* CRC32c bit by bit, from the highest coefficient down: not the way in which frame.c goes. */
static uint32_t crc32c(const uint8_t *data, size_t size)
{
	uint32_t crc = 0xffffffff, reflected = 0;

	for (size_t i = 0; i < size; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			uint32_t top = (crc >> 31) ^ (data[i] >> bit & 1);

			crc = crc << 1 ^ (top ? 0x1edc6f41 : 0);
		}
	for (unsigned bit = 0; bit < 32; bit++)
		reflected |= (crc >> bit & 1) << (31 - bit);
	return ~reflected;
}

static void sctp_checksum(void **state)
{
	struct packet_spec spec = tcp4;
	struct frame frame;
	uint8_t copy[100];
	uint32_t crc;

	/* The check value of every CRC catalogue. */
	assert_true(crc32c((const uint8_t *)"123456789", 9) == 0xe3069283);

	spec.proto = 132;
	for (unsigned length = 32; length < 100; length += 17) {
		spec.length = length;
		frame = frame_build(arena_of(state), &spec);
		memcpy(copy, frame.data + 34, length - 20);
		memset(copy + 8, 0, 4);
		crc = crc32c(copy, length - 20);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(frame.data[34 + 8 + i], crc >> 8 * i & 0xff);
	}
}

static void vlan_tags(void **state)
{
	struct packet_spec spec = tcp4;
	struct model_packet packet;
	struct frame frame;

	spec.n_vlans = 1;
	spec.vlans[0] = 10;
	spec.vlans[1] = 20;
	spec.vlans[2] = 30;
	frame = frame_build(arena_of(state), &spec);
	packet = parse(&frame);
	assert_int_equal(frame.size, 58);
	assert_int_equal(u16_at(&frame, 12), 0x8100);
	assert_int_equal(packet.value[FIELD_VLAN], 10);
	assert_int_equal(packet.value[FIELD_DPORT], 443);

	spec.n_vlans = 2;
	frame = frame_build(arena_of(state), &spec);
	packet = parse(&frame);
	assert_int_equal(u16_at(&frame, 12), 0x88a8);
	assert_int_equal(u16_at(&frame, 16), 0x8100);
	assert_int_equal(u16_at(&frame, 18), 20);
	assert_int_equal(packet.value[FIELD_VLAN], 10);
	assert_int_equal(packet.value[FIELD_DPORT], 443);

	spec.n_vlans = 3;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(parse(&frame).class, MODEL_MALFORMED);
}

static void arp(void **state)
{
	struct packet_spec spec = { .arp = true };
	struct frame frame = frame_build(arena_of(state), &spec);

	assert_int_equal(frame.size, 42);
	assert_int_equal(u16_at(&frame, 12), 0x0806);
	assert_int_equal(parse(&frame).class, MODEL_NON_IP);
	spec.n_vlans = 1;
	spec.vlans[0] = 7;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(frame.size, 46);
	assert_int_equal(parse(&frame).class, MODEL_NON_IP);
	assert_int_equal(parse(&frame).value[FIELD_VLAN], 7);
}

static void fragments(void **state)
{
	for (unsigned v6 = 0; v6 < 2; v6++)
		for (unsigned tcp = 0; tcp < 2; tcp++) {
			struct packet_spec spec = v6 ? udp6 : tcp4;
			struct model_packet packet;
			struct frame frame;

			spec.proto = tcp ? 6 : 17;
			spec.fragment = 1;
			frame = frame_build(arena_of(state), &spec);
			packet = parse(&frame);
			assert_int_equal(packet.class, MODEL_IP);
			assert_int_equal(packet.value[FIELD_FRAGMENT], 1);
			assert_true(packet.has[FIELD_DPORT]);
			/* Only the last fragment of a packet is no multiple of 8 bytes. */
			assert_int_equal(((unsigned)packet.value[FIELD_LENGTH] - (v6 ? 48 : 20)) % 8, 0);

			spec.fragment = 2;
			frame = frame_build(arena_of(state), &spec);
			packet = parse(&frame);
			assert_int_equal(packet.class, MODEL_IP);
			assert_int_equal(packet.value[FIELD_FRAGMENT], 2);
			assert_int_equal(packet.value[FIELD_PROTO], tcp ? 6 : 17);
			assert_false(packet.has[FIELD_DPORT]);
			if (v6)
				assert_int_equal(u16_at(&frame, 56) >> 3, 185);
			else
				assert_int_equal(u16_at(&frame, 20) & 0x1fff, 185);
			if (!v6)
				assert_int_equal(checksum(frame.data + 14, 20, 0), 0);
		}
}

static void extension_headers(void **state)
{
	struct packet_spec spec = udp6;
	struct model_packet packet;
	uint32_t sum = 17 + 24;
	struct frame frame;

	spec.n_exts = 4;
	spec.exts[0] = FRAME_EXT_HOP;
	spec.exts[1] = FRAME_EXT_ROUTING;
	spec.exts[2] = FRAME_EXT_DEST;
	spec.exts[3] = FRAME_EXT_AUTH;
	spec.fragment = 1;
	frame = frame_build(arena_of(state), &spec);
	packet = parse(&frame);
	assert_int_equal(packet.class, MODEL_IP);
	assert_int_equal(packet.value[FIELD_PROTO], 17);
	assert_int_equal(packet.value[FIELD_FRAGMENT], 1);
	assert_int_equal(packet.value[FIELD_DPORT], 5353);
	assert_int_equal(packet.value[FIELD_LENGTH], 40 + 8 + 8 + 8 + 16 + 8 + 8 + 16);

	/* Headers do not spoil the checksum, which is of the datagram. */
	spec.fragment = 0;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(parse(&frame).value[FIELD_DPORT], 5353);
	for (unsigned i = 22; i < 54; i += 2)
		sum += u16_at(&frame, i);
	assert_int_equal(checksum(frame.data + 94, 24, sum), 0);

	/* In this order it is malformed, and built all the same. */
	spec.exts[0] = FRAME_EXT_DEST;
	spec.exts[1] = FRAME_EXT_HOP;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(parse(&frame).class, MODEL_MALFORMED);
}

/* The most headers that a description can have fit into the builder. */
static void most_headers(void **state)
{
	struct packet_spec spec = udp6;
	struct frame frame;

	spec.proto = 6;
	spec.n_vlans = 3;
	spec.n_exts = FRAME_EXTS;
	for (unsigned i = 0; i < FRAME_EXTS; i++)
		spec.exts[i] = FRAME_EXT_AUTH;
	spec.fragment = 1;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(frame.size, 14 + 12 + 40 + 8 * 16 + 8 + 20 + 4);
	spec.n_vlans = 0;
	spec.fragment = 0;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(parse(&frame).class, MODEL_IP);
	assert_int_equal(parse(&frame).value[FIELD_DPORT], 5353);
}

static void icmp_identifier(void **state)
{
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct packet_spec spec = v6 ? udp6 : tcp4;
		unsigned at = v6 ? 54 : 34;
		struct frame frame;

		spec.proto = v6 ? 58 : 1;
		spec.icmp_type = v6 ? 128 : 8;
		frame = frame_build(arena_of(state), &spec);
		assert_int_equal(u16_at(&frame, at + 4), 0);
		spec.icmp_id = 0xabcd;
		frame = frame_build(arena_of(state), &spec);
		assert_int_equal(u16_at(&frame, at + 4), 0xabcd);
		if (v6)
			assert_int_equal(transport_checksum(&frame, 14, at, 58), 0);
		else
			assert_int_equal(checksum(frame.data + at, frame.size - at, 0), 0);
	}
}

/* Behind the 8 bytes of the error: the IP header as it was, and the first 8 bytes that followed it. */
static void quoted_packets(void **state)
{
	static const unsigned protos[] = { 1, 6, 17, 47, 50, 58, 89, 132 };

	for (unsigned v6 = 0; v6 < 2; v6++)
		for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
			struct packet_spec quoted = v6 ? udp6 : tcp4, spec = v6 ? udp6 : tcp4;
			unsigned at = v6 ? 54 : 34, header = v6 ? 40 : 28;
			struct frame frame, alone;

			quoted.proto = (uint8_t)protos[i];
			quoted.icmp_type = 8;
			quoted.icmp_id = 7;
			quoted.options = v6 ? 0 : 8;
			spec.proto = v6 ? 58 : 1;
			spec.icmp_type = 3;
			spec.quoted = &quoted;
			alone = frame_build(arena_of(state), &quoted);
			frame = frame_build(arena_of(state), &spec);
			assert_int_equal(frame.size, at + 8 + header + 8);
			assert_memory_equal(frame.data + at + 8, alone.data + 14, header + 8);
			assert_int_equal(parse(&frame).class, MODEL_IP);
			assert_int_equal(parse(&frame).value[FIELD_ICMP_TYPE], 3);
			if (v6)
				assert_int_equal(transport_checksum(&frame, 14, at, 58), 0);
			else
				assert_int_equal(checksum(frame.data + at, frame.size - at, 0), 0);
		}
}

/* A length that leaves no room for the whole quote cuts it; the checksum is over what is there. */
static void cut_quotes(void **state)
{
	struct packet_spec spec = tcp4;
	struct frame whole, frame;

	spec.proto = 1;
	spec.icmp_type = 11;
	spec.quoted = &tcp4;
	whole = frame_build(arena_of(state), &spec);
	assert_int_equal(whole.size, 34 + 8 + 28);
	for (spec.length = 20; spec.length < 80; spec.length++) {
		unsigned quote = spec.length < 28 ? 0 : spec.length - 28;

		frame = frame_build(arena_of(state), &spec);
		assert_int_equal(frame.size, 14 + spec.length);
		assert_memory_equal(frame.data + 42, whole.data + 42, quote < 28 ? quote : 28);
		for (unsigned i = 28; i < quote; i++)
			assert_int_equal(frame.data[42 + i], 0);
		if (spec.length >= 28)
			assert_int_equal(checksum(frame.data + 34, spec.length - 20, 0), 0);
	}
}

/* Both packets with the most headers that they can have. */
static void longest_quote(void **state)
{
	struct packet_spec quoted = udp6, spec;
	struct frame frame;

	quoted.proto = 6;
	quoted.n_exts = FRAME_EXTS;
	for (unsigned i = 0; i < FRAME_EXTS; i++)
		quoted.exts[i] = FRAME_EXT_AUTH;
	quoted.fragment = 1;
	spec = quoted;
	spec.n_vlans = 3;
	spec.proto = 58;
	spec.icmp_type = 1;
	spec.quoted = &quoted;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(frame.size, 14 + 12 + 40 + 8 * 16 + 8 + 8 + 40 + 8 * 16 + 8 + 8);
}

static void options(void **state)
{
	struct packet_spec spec = tcp4;
	struct frame frame;

	for (spec.options = 0; spec.options <= 40; spec.options += 4) {
		frame = frame_build(arena_of(state), &spec);
		assert_int_equal(parse(&frame).class, MODEL_IP);
		assert_int_equal(parse(&frame).value[FIELD_DPORT], 443);
		assert_int_equal(parse(&frame).value[FIELD_LENGTH], 40 + spec.options);
		assert_int_equal(checksum(frame.data + 14, 20 + spec.options, 0), 0);
		assert_int_equal(transport_checksum(&frame, 14, 34 + spec.options, 6), 0);
	}
}

static void lengths(void **state)
{
	struct packet_spec spec = tcp4;
	struct model_packet packet;
	struct frame frame;

	spec.length = 1500;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(frame.size, 1514);
	assert_int_equal(parse(&frame).value[FIELD_LENGTH], 1500);
	assert_int_equal(transport_checksum(&frame, 14, 34, 6), 0);

	/* Cut to what engines take; the wire knows the rest. */
	spec.length = 9000;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(frame.size, FRAME_MAX);
	assert_int_equal(frame.wire_size, 9014);
	assert_int_equal(parse(&frame).value[FIELD_LENGTH], 9000);

	spec.length = 80000;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(u16_at(&frame, 16), 0);
	assert_int_equal(parse(&frame).value[FIELD_LENGTH], 80000);

	/* Too short for its headers: as described, and malformed. */
	spec.length = 39;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(frame.size, 53);
	packet = parse(&frame);
	assert_int_equal(packet.class, MODEL_MALFORMED);
	spec.length = 1;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(parse(&frame).class, MODEL_MALFORMED);

	spec = udp6;
	spec.length = 80000;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(u16_at(&frame, 18), 0);
	assert_int_equal(parse(&frame).class, MODEL_IP);
	assert_int_equal(parse(&frame).value[FIELD_LENGTH], 80000);
	spec.length = 1;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(parse(&frame).class, MODEL_MALFORMED);
}

static void truncated(void **state)
{
	struct packet_spec spec = tcp4;
	struct frame frame;

	for (spec.truncate = 1; spec.truncate < 54; spec.truncate++) {
		frame = frame_build(arena_of(state), &spec);
		assert_int_equal(frame.size, spec.truncate);
		assert_int_equal(frame.wire_size, spec.truncate);
		assert_int_equal(parse(&frame).class, MODEL_MALFORMED);
	}
	spec.truncate = 54;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(parse(&frame).class, MODEL_IP);
	spec.truncate = 1000;
	frame = frame_build(arena_of(state), &spec);
	assert_int_equal(frame.size, 54);
}

static void check_text(void **state, struct packet_spec spec, const char *text)
{
	assert_string_equal(packet_spec_text(arena_of(state), &spec), text);
}

static void texts(void **state)
{
	struct packet_spec spec = tcp4;

	check_text(state, spec, "tcp 192.168.10.5:40000 > 203.0.113.7:443 syn,ack");
	spec.tcp_flags = 0;
	spec.n_vlans = 2;
	spec.vlans[0] = 10;
	spec.vlans[1] = 20;
	spec.dscp = 46;
	spec.ttl = 1;
	spec.options = 8;
	spec.length = 100;
	spec.truncate = 60;
	check_text(state, spec,
		   "tcp 192.168.10.5:40000 > 203.0.113.7:443 none vlan=10.20 ttl=1 dscp=46 options=8 length=100 "
		   "truncate=60");
	spec = tcp4;
	spec.fragment = 2;
	spec.has_ports = false;
	check_text(state, spec, "tcp 192.168.10.5 > 203.0.113.7 frag=later");

	spec = udp6;
	check_text(state, spec, "udp [2001:db8::1234]:53 > [fd00::ffff]:5353");
	spec.n_exts = 2;
	spec.exts[0] = FRAME_EXT_HOP;
	spec.exts[1] = FRAME_EXT_AUTH;
	spec.fragment = 1;
	check_text(state, spec, "udp [2001:db8::1234]:53 > [fd00::ffff]:5353 frag=first ext=hop,auth");

	spec = udp6;
	spec.has_ports = false;
	spec.proto = 58;
	spec.icmp_type = 128;
	check_text(state, spec, "icmp6 2001:db8::1234 > fd00::ffff echo-request");
	spec.icmp_type = 1;
	spec.icmp_code = 4;
	check_text(state, spec, "icmp6 2001:db8::1234 > fd00::ffff destination-unreachable code=4");
	spec.quoted = &udp6;
	check_text(state, spec,
		   "icmp6 2001:db8::1234 > fd00::ffff destination-unreachable code=4 quoting "
		   "udp [2001:db8::1234]:53 > [fd00::ffff]:5353");
	spec.quoted = NULL;
	spec.icmp_type = 129;
	spec.icmp_code = 0;
	spec.icmp_id = 77;
	check_text(state, spec, "icmp6 2001:db8::1234 > fd00::ffff echo-reply id=77");
	spec.icmp_id = 0;
	spec.icmp_code = 4;
	spec.icmp_type = 250;
	check_text(state, spec, "icmp6 2001:db8::1234 > fd00::ffff 250 code=4");
	spec.proto = 1;
	check_text(state, spec, "proto 1 2001:db8::1234 > fd00::ffff");
	spec.proto = 47;
	check_text(state, spec, "gre 2001:db8::1234 > fd00::ffff");
	spec.proto = 89;
	check_text(state, spec, "proto 89 2001:db8::1234 > fd00::ffff");

	spec = (struct packet_spec){ .arp = true, .n_vlans = 1, .vlans = { 5 } };
	check_text(state, spec, "arp vlan=5");
}

static int setup(void **state)
{
	static struct arena arena;

	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int teardown(void **state)
{
	arena_fini(*state);
	return 0;
}

#define TEST(FUNCTION) cmocka_unit_test_setup_teardown(FUNCTION, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tcp_over_ipv4),     TEST(udp_over_ipv6), TEST(protocols), TEST(udp_zero_checksum),
		TEST(sctp_checksum),     TEST(vlan_tags),     TEST(arp),       TEST(fragments),
		TEST(extension_headers), TEST(most_headers),  TEST(options),   TEST(lengths),
		TEST(truncated),         TEST(texts),         TEST(icmp_identifier), TEST(quoted_packets),
		TEST(cut_quotes),        TEST(longest_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
