/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The templates, built for this host: reading of frames, and the predicates of rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"
#include "hexframe.h"

#define SENTRY_NATIVE
#define SENTRY_SLOTS 4
#define SENTRY_WITH_EVENTS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpointer-arith"
#include "../../bpf-templates/sentry.h"
#pragma GCC diagnostic pop

#define ALL 0x1fff

struct parse_case {
	const char *name;
	const char *hex;
	uint32_t wire;      /* 0: as much as is written down */
	const char *expect; /* "malformed", "non-ip", or the fields */
};

/* What a TCP packet of the table reads as, without what is written after it. */
#define FIELDS4(proto, length, fragment) \
	"ip4 proto " proto " from 0a000001 to 0a000002 dscp 10 ttl 64 length " length " fragment " fragment
#define FIELDS6(proto, length, fragment)                                                             \
	"ip6 proto " proto " from 20010db8000000000000000000000001 to 20010db8000000000000000000000002" \
	" dscp 10 ttl 64 length " length " fragment " fragment

static const struct parse_case cases[] = {
	/* the link */
	{ "nothing", "", 0, "malformed" },
	{ "half an Ethernet header", "020000000001 02", 0, "malformed" },
	{ "an Ethernet header and nothing else", ETH("0806"), 0, "non-ip" },
	{ "ARP", ETH("0806") "[28]", 0, "non-ip" },
	{ "LLC: the length in place of a type", ETH("0026") "[38]", 0, "non-ip" },
	{ "a tag", ETH("8100") VLAN("e00a", "0800") IPV4("0014", "0000", "63"), 0,
	  FIELDS4("99", "20", "0") " vlan 10" },
	{ "802.1ad", ETH("88a8") VLAN("000b", "0800") IPV4("0014", "0000", "63"), 0,
	  FIELDS4("99", "20", "0") " vlan 11" },
	{ "two tags: the outer counts", ETH("88a8") VLAN("000b", "8100") VLAN("000c", "86dd") IPV6("0000", "3b"), 0,
	  FIELDS6("59", "40", "0") " vlan 11" },
	{ "three tags",
	  ETH("88a8") VLAN("0001", "8100") VLAN("0002", "8100") VLAN("0003", "0800") IPV4("0014", "0000", "63"), 0,
	  "malformed" },
	{ "VLAN 0", ETH("8100") VLAN("0000", "0806") "[28]", 0, "non-ip" },
	{ "a tag cut off", ETH("8100") "0001 08", 0, "malformed" },
	{ "the second tag cut off", ETH("8100") VLAN("0001", "88a8") "0002", 0, "malformed" },

	/* IPv4 */
	{ "IPv4 and nothing there", ETH("0800"), 0, "malformed" },
	{ "IPv4 header cut off", ETH("0800") "45 00 0014 0001 0000 40 63 0000 0a000001 0a0000", 60, "malformed" },
	{ "IPv4 of version 6", ETH("0800") "65 28 0014 0001 0000 40 63 0000 0a000001 0a000002", 0, "malformed" },
	{ "IPv4 header of 4 words", ETH("0800") "44 28 0014 0001 0000 40 63 0000 0a000001 0a000002", 0, "malformed" },
	{ "IPv4 shorter than its header", ETH("0800") IPV4("0013", "0000", "63") "[26]", 0, "malformed" },
	{ "IPv4 longer than the frame", ETH("0800") IPV4("0015", "0000", "63"), 0, "malformed" },
	{ "IPv4 longer than what was captured", ETH("0800") IPV4("0100", "0000", "63"), 270,
	  FIELDS4("99", "256", "0") },
	{ "IPv4 longer than what was sent", ETH("0800") IPV4("0101", "0000", "63"), 270, "malformed" },
	{ "IPv4 options", ETH("0800") "46 28 0018 0001 0000 40 63 0000 0a000001 0a000002 01010101", 0,
	  FIELDS4("99", "24", "0") },
	{ "IPv4 options cut off", ETH("0800") "46 28 0018 0001 0000 40 63 0000 0a000001 0a000002 0101", 100,
	  "malformed" },
	{ "IPv4 options, 10 words, then TCP",
	  ETH("0800") "4f 28 0050 0001 0000 40 06 0000 0a000001 0a000002 [40]" TCP("50", "02"), 0,
	  FIELDS4("6", "80", "0") " port 1000>80 flags 02" },
	{ "length 0", ETH("0800") IPV4("0000", "0000", "63") "[40]", 0, "malformed" },
	{ "length 0 of a frame of 65,535 bytes of IP", ETH("0800") IPV4("0000", "0000", "63"), 14 + 65535,
	  "malformed" },
	{ "length 0 of a larger one", ETH("0800") IPV4("0000", "0000", "63"), 14 + 65536, FIELDS4("99", "65536", "0") },
	{ "AH in IPv4 is just a protocol", ETH("0800") IPV4("0014", "0000", "33"), 0, FIELDS4("51", "20", "0") },

	/* fragments of IPv4 */
	{ "first fragment", ETH("0800") IPV4("0028", "2000", "06") TCP("50", "10"), 0,
	  FIELDS4("6", "40", "1") " port 1000>80 flags 10" },
	{ "do not fragment", ETH("0800") IPV4("0014", "4000", "63"), 0, FIELDS4("99", "20", "0") },
	{ "later fragment", ETH("0800") IPV4("0028", "2002", "06") TCP("50", "10"), 0, FIELDS4("6", "40", "2") },
	{ "last fragment, 1 byte", ETH("0800") IPV4("0015", "0010", "11") "aa", 0, FIELDS4("17", "21", "2") },
	{ "TCP fragment at offset 8 bytes", ETH("0800") IPV4("0028", "0001", "06") TCP("50", "10"), 0, "malformed" },
	{ "UDP fragment at offset 8 bytes", ETH("0800") IPV4("001c", "0001", "11") UDP("0008"), 0,
	  FIELDS4("17", "28", "2") },
	{ "tiny first fragment", ETH("0800") IPV4("001c", "2000", "06") "03e8 0050 00000000", 0, "malformed" },
	{ "first fragment of a longer datagram", ETH("0800") IPV4("001c", "2000", "11") UDP("0100"), 0,
	  FIELDS4("17", "28", "1") " port 1000>80" },

	/* transport */
	{ "TCP", ETH("0800") IPV4("0028", "0000", "06") TCP("50", "c2"), 0,
	  FIELDS4("6", "40", "0") " port 1000>80 flags c2" },
	{ "TCP with half its header in the padding", ETH("0800") IPV4("001e", "0000", "06") TCP("50", "02"), 0,
	  "malformed" },
	{ "TCP header cut off", ETH("0800") IPV4("0028", "0000", "06") "03e8 0050 00000001 00000002 50 02", 54,
	  "malformed" },
	{ "TCP data offset 4", ETH("0800") IPV4("0028", "0000", "06") TCP("40", "02"), 0, "malformed" },
	{ "TCP data offset past the packet", ETH("0800") IPV4("0028", "0000", "06") TCP("60", "02") "[6]", 0,
	  "malformed" },
	{ "TCP data offset past the packet by a byte", ETH("0800") IPV4("002b", "0000", "06") TCP("60", "02") "[6]", 0,
	  "malformed" },
	{ "TCP options not captured", ETH("0800") IPV4("0050", "0000", "06") TCP("f0", "02"), 94,
	  FIELDS4("6", "80", "0") " port 1000>80 flags 02" },
	{ "UDP", ETH("0800") IPV4("001c", "0000", "11") UDP("0008"), 0, FIELDS4("17", "28", "0") " port 1000>80" },
	{ "UDP of less than its header", ETH("0800") IPV4("001c", "0000", "11") UDP("0007"), 0, "malformed" },
	{ "UDP of length 0", ETH("0800") IPV4("001c", "0000", "11") UDP("0000"), 0, "malformed" },
	{ "UDP longer than the packet", ETH("0800") IPV4("001c", "0000", "11") UDP("0009") "aa", 0, "malformed" },
	{ "UDP shorter than the packet", ETH("0800") IPV4("0020", "0000", "11") UDP("0009") "[4]", 0,
	  FIELDS4("17", "32", "0") " port 1000>80" },
	{ "UDP header cut off", ETH("0800") IPV4("001c", "0000", "11") "03e8 0050 0008", 42, "malformed" },
	{ "UDP in 7 bytes", ETH("0800") IPV4("001b", "0000", "11") UDP("0008"), 0, "malformed" },
	{ "SCTP", ETH("0800") IPV4("0020", "0000", "84") SCTP, 0, FIELDS4("132", "32", "0") " port 1000>80" },
	{ "SCTP in 11 bytes", ETH("0800") IPV4("001f", "0000", "84") SCTP, 0, "malformed" },
	{ "SCTP cut off", ETH("0800") IPV4("0020", "0000", "84") "03e8 0050 00000001 000000", 46, "malformed" },
	{ "ICMP", ETH("0800") IPV4("001c", "0000", "01") ICMP("08", "03"), 0, FIELDS4("1", "28", "0") " icmp 8/3" },
	{ "ICMP in 7 bytes", ETH("0800") IPV4("001b", "0000", "01") ICMP("08", "00"), 0, "malformed" },
	{ "ICMP cut off", ETH("0800") IPV4("001c", "0000", "01") "08 00 0000", 42, "malformed" },
	{ "ICMPv6 in IPv4", ETH("0800") IPV4("0014", "0000", "3a"), 0, FIELDS4("58", "20", "0") },
	{ "GRE", ETH("0800") IPV4("0018", "0000", "2f") "00000800", 0, FIELDS4("47", "24", "0") },
	{ "GRE in 3 bytes", ETH("0800") IPV4("0017", "0000", "2f") "00000800", 0, "malformed" },
	{ "GRE cut off", ETH("0800") IPV4("0018", "0000", "2f") "0000", 38, "malformed" },
	{ "ESP", ETH("0800") IPV4("001c", "0000", "32") "[8]", 0, FIELDS4("50", "28", "0") },
	{ "ESP in 7 bytes", ETH("0800") IPV4("001b", "0000", "32") "[8]", 0, "malformed" },
	{ "ESP cut off", ETH("0800") IPV4("001c", "0000", "32") "[7]", 42, "malformed" },
	{ "padding is no part of the packet", ETH("0800") IPV4("001c", "0000", "11") UDP("0008") "[18]", 0,
	  FIELDS4("17", "28", "0") " port 1000>80" },

	/* IPv6 */
	{ "IPv6 header cut off", ETH("86dd") "6000 0000 0000 3b 40 [31]", 54, "malformed" },
	{ "IPv6 of version 4", ETH("86dd") "4000 0000 0000 3b 40 [32]", 0, "malformed" },
	{ "IPv6 longer than the frame", ETH("86dd") IPV6("0001", "3b"), 0, "malformed" },
	{ "IPv6, highest DSCP and ECN", ETH("86dd") "6ff0 0000 0000 3b 01 [32]", 0,
	  "ip6 proto 59 from 00000000000000000000000000000000 to 00000000000000000000000000000000 dscp 63 ttl 1 length "
	  "40 fragment 0" },
	{ "IPv6, no next header", ETH("86dd") IPV6("0004", "3b") "[4]", 0, FIELDS6("59", "44", "0") },
	{ "IPv6 TCP", ETH("86dd") IPV6("0014", "06") TCP("50", "12"), 0,
	  FIELDS6("6", "60", "0") " port 1000>80 flags 12" },
	{ "IPv6 of payload 0 with padding", ETH("86dd") IPV6("0000", "06") TCP("50", "12"), 0, "malformed" },
	{ "jumbo, barely", ETH("86dd") IPV6("0000", "11") UDP("0000"), 14 + 65576,
	  FIELDS6("17", "65576", "0") " port 1000>80" },
	{ "no jumbo, barely", ETH("86dd") IPV6("0000", "11") UDP("0000"), 14 + 65575, "malformed" },
	{ "ICMPv6", ETH("86dd") IPV6("0008", "3a") ICMP("80", "00"), 0, FIELDS6("58", "48", "0") " icmp 128/0" },
	{ "ICMP in IPv6", ETH("86dd") IPV6("0008", "01") ICMP("08", "00"), 0, FIELDS6("1", "48", "0") },
	{ "hop-by-hop, destination, routing, then UDP",
	  ETH("86dd") IPV6("0028", "00") "3c00 [6]"
					 "2b01 [14]"
					 "1100 [6]" UDP("0008"),
	  0, FIELDS6("17", "80", "0") " port 1000>80" },
	{ "mobility, HIP, shim6, then GRE",
	  ETH("86dd") IPV6("001c", "87") "8b00 [6]"
					 "8c00 [6]"
					 "2f00 [6]"
					 "[4]",
	  0, FIELDS6("47", "68", "0") },
	{ "AH counts in words of four", ETH("86dd") IPV6("0018", "33") "1102 [14]" UDP("0008"), 0,
	  FIELDS6("17", "64", "0") " port 1000>80" },
	{ "hop-by-hop second",
	  ETH("86dd") IPV6("0018", "3c") "0000 [6]"
					 "1100 [6]" UDP("0008"),
	  0, "malformed" },
	{ "hop-by-hop twice",
	  ETH("86dd") IPV6("0018", "00") "0000 [6]"
					 "1100 [6]" UDP("0008"),
	  0, "malformed" },
	{ "extension past the packet", ETH("86dd") IPV6("0008", "3c") "1101 [6]" UDP("0008"), 0, "malformed" },
	{ "extension of less than 8 bytes", ETH("86dd") IPV6("0007", "3c") "1100 [6]", 0, "malformed" },
	{ "extension cut off", ETH("86dd") IPV6("0020", "3c") "1102 [10]", 86, "malformed" },
	{ "extension cut off at once", ETH("86dd") IPV6("0020", "3c") "11", 86, "malformed" },
	{ "eight extensions",
	  ETH("86dd") IPV6("0048", "3c") "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "1100[6]" UDP("0008"),
	  0, FIELDS6("17", "112", "0") " port 1000>80" },
	{ "nine extensions",
	  ETH("86dd") IPV6("0050", "3c") "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "3c00[6]"
					 "1100[6]" UDP("0008"),
	  0, "malformed" },
	{ "IPv6 first fragment", ETH("86dd") IPV6("0010", "2c") "11 00 0001 00000001" UDP("0100"), 0,
	  FIELDS6("17", "56", "1") " port 1000>80" },
	{ "IPv6 atomic fragment", ETH("86dd") IPV6("0010", "2c") "11 00 0000 00000001" UDP("0008"), 0,
	  FIELDS6("17", "56", "0") " port 1000>80" },
	{ "IPv6 atomic fragment, UDP too long", ETH("86dd") IPV6("0010", "2c") "11 00 0000 00000001" UDP("0009"), 0,
	  "malformed" },
	{ "IPv6 later fragment", ETH("86dd") IPV6("0010", "2c") "06 00 0010 00000001 [8]", 0, FIELDS6("6", "56", "2") },
	{ "IPv6 later fragment of an extension", ETH("86dd") IPV6("0010", "2c") "3c 00 0009 00000001 [8]", 0,
	  FIELDS6("60", "56", "2") },
	{ "IPv6 TCP fragment at offset 8 bytes", ETH("86dd") IPV6("0010", "2c") "06 00 0008 00000001 [8]", 0,
	  "malformed" },
	{ "two fragment headers",
	  ETH("86dd") IPV6("0018", "2c") "2c 00 0000 00000001"
					 "11 00 0000 00000001" UDP("0008"),
	  0, "malformed" },
	{ "tiny IPv6 first fragment", ETH("86dd") IPV6("0010", "2c") "06 00 0001 00000001 [8]", 0, "malformed" },
	{ "ESP ends the walk",
	  ETH("86dd") IPV6("0010", "3c") "3200 [6]"
					 "[8]",
	  0, FIELDS6("50", "56", "0") },
};

/* --- reading ------------------------------------------------------------- */

struct text {
	char text[512];
	size_t used;
};

__attribute__((format(printf, 2, 3)))
static void add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text->used += (size_t)vsnprintf(text->text + text->used, sizeof(text->text) - text->used, format, args);
	va_end(args);
	assert_true(text->used < sizeof(text->text));
}

static void describe_template(struct text *text, int class, const struct packet *pkt)
{
	const union packet_address *src = &pkt->src, *dst = &pkt->dst;

	if (class != PACKET_IP) {
		add(text,
		    class == PACKET_NON_IP    ? "non-ip" :
		    class == PACKET_MALFORMED ? "malformed" :
						"class %d",
		    class);
		return;
	}
	add(text, "ip%u proto %u", pkt->version, pkt->proto);
	if (pkt->version == 4)
		add(text, " from %08x to %08x", src->v4, dst->v4);
	else
		add(text, " from %016llx%016llx to %016llx%016llx", src->v6.hi, src->v6.lo, dst->v6.hi, dst->v6.lo);
	add(text, " dscp %u ttl %u length %u fragment %u", pkt->dscp, pkt->ttl, pkt->length, pkt->fragment);
	if (pkt->vlan != PACKET_NO_VLAN)
		add(text, " vlan %u", pkt->vlan);
	if (pkt->dport != PACKET_NO_PORT)
		add(text, " port %u>%u", pkt->sport, pkt->dport);
	if (pkt->tcp_flags != PACKET_NO_FLAGS)
		add(text, " flags %02x", pkt->tcp_flags);
	if (pkt->icmp_type != PACKET_NO_ICMP)
		add(text, " icmp %u/%u", pkt->icmp_type, pkt->icmp_code);
}

static void describe_model(struct text *text, const struct model_packet *packet)
{
	const u128 *value = packet->value;

	if (packet->class != MODEL_IP) {
		add(text, packet->class == MODEL_NON_IP ? "non-ip" : "malformed");
		return;
	}
	add(text, "ip%u proto %u", packet->family == FAMILY_V4 ? 4 : 6, (unsigned)value[FIELD_PROTO]);
	if (packet->family == FAMILY_V4)
		add(text, " from %08x to %08x", (unsigned)value[FIELD_SRC], (unsigned)value[FIELD_DST]);
	else
		add(text, " from %016llx%016llx to %016llx%016llx", (unsigned long long)(value[FIELD_SRC] >> 64),
		    (unsigned long long)value[FIELD_SRC], (unsigned long long)(value[FIELD_DST] >> 64),
		    (unsigned long long)value[FIELD_DST]);
	add(text, " dscp %u ttl %u length %u fragment %u", (unsigned)value[FIELD_DSCP], (unsigned)value[FIELD_TTL],
	    (unsigned)value[FIELD_LENGTH], (unsigned)value[FIELD_FRAGMENT]);
	if (packet->has[FIELD_VLAN])
		add(text, " vlan %u", (unsigned)value[FIELD_VLAN]);
	if (packet->has[FIELD_DPORT])
		add(text, " port %u>%u", (unsigned)value[FIELD_SPORT], (unsigned)value[FIELD_DPORT]);
	if (packet->has[FIELD_FLAGS])
		add(text, " flags %02x", (unsigned)value[FIELD_FLAGS]);
	if (packet->has[FIELD_ICMP_TYPE])
		add(text, " icmp %u/%u", (unsigned)value[FIELD_ICMP_TYPE], (unsigned)value[FIELD_ICMP_CODE]);
}

/* A frame in memory of exactly its size, so that a sanitizer sees every byte read too many. */
static struct native_frame frame_of(const uint8_t *data, uint32_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, data, size);
	return (struct native_frame){
		.head = (uintptr_t)copy,
		.data = (uintptr_t)copy,
		.data_end = (uintptr_t)copy + size,
		.tail = (uintptr_t)copy + size,
		.len = size,
		.ingress_ifindex = 3,
		.ifindex = 3,
	};
}

static void test_parse(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct parse_case *c = &cases[i];
		struct text xdp = { .used = 0 }, tc = { .used = 0 }, model = { .used = 0 };
		struct model_packet model_packet;
		struct native_frame context;
		struct packet pkt = {};
		uint8_t data[512];
		struct frame frame = { .data = data };

		frame.size = hex_bytes(c->hex, data, sizeof(data));
		frame.wire_size = c->wire ? c->wire : frame.size;
		context = frame_of(data, frame.size);
		sentry_trace[0] = (struct sentry_trace){ .wire_size = frame.wire_size };

		describe_template(&xdp, xdp_parse(&context, &pkt, ALL), &pkt);
		assert_int_equal(pkt.bytes, frame.wire_size);
		assert_int_equal(pkt.ifindex, 3);
		memset(&pkt, 0xff, sizeof(pkt)); /* nothing may be left over */
		describe_template(&tc, tc_parse(&context, &pkt, ALL), &pkt);
		assert_int_equal(pkt.bytes, frame.wire_size);
		model_parse(&frame, &model_packet);
		describe_model(&model, &model_packet);
		free((void *)(uintptr_t)context.head);

		if (strcmp(xdp.text, c->expect) || strcmp(tc.text, c->expect) || strcmp(model.text, c->expect))
			fail_msg("%s\n  expected %s\n  xdp      %s\n  tc       %s\n  model    %s", c->name, c->expect,
				 xdp.text, tc.text, model.text);
	}
}

/* tc: the outermost tag is beside the frame. */
static void test_parse_tag_out_of_band(void **state)
{
	struct native_frame context;
	struct packet pkt;
	uint8_t data[128];
	uint32_t size;

	sentry_trace[0] = (struct sentry_trace){ .wire_size = 0 };
	size = hex_bytes(ETH("0800") IPV4("0014", "0000", "63"), data, sizeof(data));
	context = frame_of(data, size);
	context.vlan_present = 1;
	context.vlan_tci = 0xe00a;
	assert_int_equal(tc_parse(&context, &pkt, ALL), PACKET_IP);
	assert_int_equal(pkt.vlan, 10);
	assert_int_equal(pkt.bytes, size + 4); /* as it was on the wire */
	free((void *)(uintptr_t)context.head);

	size = hex_bytes(ETH("8100") VLAN("0014", "0800") IPV4("0014", "0000", "63"), data, sizeof(data));
	context = frame_of(data, size);
	context.vlan_present = 1;
	context.vlan_tci = 10;
	assert_int_equal(tc_parse(&context, &pkt, ALL), PACKET_IP);
	assert_int_equal(pkt.vlan, 10);
	free((void *)(uintptr_t)context.head);

	size = hex_bytes(ETH("8100") VLAN("0014", "8100") VLAN("0015", "0800") IPV4("0014", "0000", "63"), data,
			 sizeof(data));
	context = frame_of(data, size);
	context.vlan_present = 1;
	context.vlan_tci = 10;
	assert_int_equal(tc_parse(&context, &pkt, ALL), PACKET_MALFORMED);
	free((void *)(uintptr_t)context.head);
}

/* --- predicates ---------------------------------------------------------- */

static void test_match_numbers(void **state)
{
	struct packet pkt = { .version = 4, .proto = 6, .dport = 80, .sport = 65535, .vlan = 4095, .tcp_flags = 0x12,
			      .icmp_type = PACKET_NO_ICMP, .length = 0xffffffff };
	static const struct range4 ports[] = { { 0, 0 }, { 22, 22 }, { 80, 90 }, { 443, 443 }, { 65535, 65535 } };

	assert_true(match_ip4(&pkt) && !match_ip6(&pkt));
	assert_true(match_proto(&pkt, IPPROTO_TCP) && !match_proto(&pkt, IPPROTO_UDP));
	assert_true(match_dport_range(&pkt, 80, 80) && match_dport_range(&pkt, 0, 65535));
	assert_false(match_dport_range(&pkt, 0, 79) || match_dport_range(&pkt, 81, 65535));
	assert_true(match_sport_range(&pkt, 65535, 65535) && match_length_range(&pkt, 1500, 0xffffffff));
	assert_true(match_vlan(&pkt, 4095) && match_vlan_range(&pkt, 1, 4095));
	assert_true(match_dport_table(&pkt, ports, 5) && match_sport_table(&pkt, ports, 5));
	pkt.dport = 91;
	assert_false(match_dport_table(&pkt, ports, 5));

	assert_true(match_flags(&pkt, 0x12, 0x12) && match_flags(&pkt, 0x02, 0x02) && match_flags(&pkt, 0, 0x01));
	assert_false(match_flags(&pkt, 0x02, 0x12) || match_flags(&pkt, 0, 0xff));
	assert_true(match_flags(&pkt, 0, 0));
}

/* What is not there matches nothing, not even "anything". */
static void test_match_absent(void **state)
{
	struct packet pkt = { .version = 6, .sport = PACKET_NO_PORT, .dport = PACKET_NO_PORT, .vlan = PACKET_NO_VLAN,
			      .tcp_flags = PACKET_NO_FLAGS, .icmp_type = PACKET_NO_ICMP, .icmp_code = PACKET_NO_ICMP };
	static const struct range4 all[] = { { 0, 65535 } };

	assert_false(match_sport_range(&pkt, 0, 65535) || match_dport_range(&pkt, 0, 65535) ||
		     match_vlan_range(&pkt, 0, 4095));
	assert_false(match_dport_table(&pkt, all, 1));
	assert_false(match_icmp_type_range(&pkt, 0, 255) || match_icmp_code_range(&pkt, 0, 255));
	for (uint32_t mask = 0; mask < 256; mask++)
		assert_false(match_flags(&pkt, 0, mask));
}

/* What the rules do not read is not stored: it stays absent or zero. */
static void test_demand(void **state)
{
	struct native_frame context;
	struct packet pkt = {};
	uint8_t data[64];
	uint32_t size = hex_bytes(ETH("0800") IPV4("0028", "0000", "06") TCP("50", "02"), data, sizeof(data));
	struct cursor cursor = { .wire = size, .vlan = PACKET_NO_VLAN };
	struct headers headers = {};

	context = frame_of(data, size);
	cursor.data = (void *)(uintptr_t)context.data;
	cursor.end = (void *)(uintptr_t)context.data_end;
	assert_int_equal(parse_network(&cursor, &headers, &pkt, PACKET_DPORT), PACKET_IP);
	assert_int_equal(parse_transport(&cursor, &headers, &pkt, PACKET_DPORT), PACKET_IP);
	assert_int_equal(pkt.dport, 80);
	assert_int_equal(pkt.sport, PACKET_NO_PORT);
	assert_int_equal(pkt.src.v4, 0);
	assert_int_equal(pkt.ttl, 0);
	assert_int_equal(pkt.tcp_flags, PACKET_NO_FLAGS);
	free((void *)(uintptr_t)context.head);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void test_match_addresses(void **state)
{
	struct packet pkt = { .version = 4, .src.v4 = IP4(10, 1, 2, 3), .dst.v4 = IP4(255, 255, 255, 255) };

	assert_true(match_src4(&pkt, IP4(10, 1, 2, 3)) && !match_src4(&pkt, IP4(10, 1, 2, 4)));
	for (uint32_t length = 0; length <= 32; length++) {
		assert_true(match_src4_prefix(&pkt, IP4(10, 1, 2, 3), length));
		if (length)
			assert_false(match_src4_prefix(&pkt, IP4(10, 1, 2, 3) ^ 1u << (32 - length), length));
	}
	assert_true(match_dst4_range(&pkt, IP4(255, 0, 0, 0), IP4(255, 255, 255, 255)));
	assert_true(match_dst4_prefix(&pkt, IP4(255, 255, 255, 255), 32));

	pkt.src.v6 = IP6(0x20010db8, 1, 2, 3);
	for (uint32_t length = 0; length <= 128; length++) {
		struct ip6 other = pkt.src.v6;

		assert_true(match_src6_prefix(&pkt, pkt.src.v6, length));
		if (!length)
			continue;
		if (length <= 64) {
			other.lo = ~other.lo;
			assert_true(match_src6_prefix(&pkt, other, length));
			other.hi ^= 1ull << (64 - length);
		} else {
			other.lo ^= 1ull << (128 - length);
		}
		assert_false(match_src6_prefix(&pkt, other, length));
	}
	assert_true(match_src6(&pkt, IP6(0x20010db8, 1, 2, 3)) && !match_src6(&pkt, IP6(0x20010db8, 1, 3, 3)));
}

/* The comparison without branches, against the compiler's own. */
static void test_ip6_order(void **state)
{
	static const uint64_t edges[] = { 0,         1, 2, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001,
					  UINT64_MAX };
	const size_t n = sizeof(edges) / sizeof(edges[0]);
	uint64_t seed = 88172645463325252ull;

	for (size_t i = 0; i < n * n * n * n + 100000; i++) {
		struct ip6 a = { edges[i % n], edges[i / n % n] },
			   b = { edges[i / n / n % n], edges[i / n / n / n % n] };

		if (i >= n * n * n * n) {
			a = (struct ip6){ next_random(&seed), next_random(&seed) };
			b = (struct ip6){ i % 3 ? next_random(&seed) : a.hi, next_random(&seed) };
		}
		assert_int_equal(ip6_below(a, b), ((u128)a.hi << 64 | a.lo) < ((u128)b.hi << 64 | b.lo));
	}
}

/* Tables of every small length, every value at and around each end. */
static void test_tables(void **state)
{
	struct range4 table4[40];
	struct range6 table6[40];

	for (uint32_t n = 1; n <= 40; n++) {
		for (uint32_t i = 0; i < n; i++) {
			table4[i] = (struct range4){ 10 * i + 3, 10 * i + 6 };
			table6[i] = (struct range6){ { i / 4, 10 * i + 3 }, { i / 4, 10 * i + 6 } };
		}
		for (uint32_t key = 0; key < 10 * n + 10; key++) {
			struct packet pkt = { .version = 4, .dst.v4 = key };
			bool inside = key % 10 >= 3 && key % 10 <= 6 && key / 10 < n;

			assert_int_equal(match_dst4_table(&pkt, table4, n), inside);
			pkt.dst.v6 = (struct ip6){ key / 40, key };
			assert_int_equal(match_dst6_table(&pkt, table6, n), inside);
			pkt.dst.v6 = (struct ip6){ key / 40 + 1, 0 };
			assert_false(match_dst6_table(&pkt, table6, n));
		}
	}
	table4[0] = (struct range4){ 0, 0xffffffff };
	for (uint64_t key = 0; key <= 0xffffffff; key += 0x1fffffff)
		assert_true(range4_search(table4, 1, (uint32_t)key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_tag_out_of_band),
		cmocka_unit_test(test_demand),
		cmocka_unit_test(test_match_numbers),
		cmocka_unit_test(test_match_absent),
		cmocka_unit_test(test_match_addresses),
		cmocka_unit_test(test_ip6_order),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
