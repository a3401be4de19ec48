/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The templates, built for this host: what follows from a decision. Counters, events, verdict codes, answers to
 * `reject`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hexframe.h"

#define SENTRY_NATIVE
#define SENTRY_SLOTS 4
#define SENTRY_WITH_EVENTS
#define SENTRY_WITH_SAMPLES
#define SENTRY_WITH_REJECT
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpointer-arith"
#include "../../bpf-templates/sentry.h"
#pragma GCC diagnostic pop

#define HEADROOM 256

/* A frame with room around it, and what came of it. */
struct run {
	uint8_t buffer[HEADROOM + 2048];
	struct native_frame context;
	int code;
};

enum hook { XDP, TC_INGRESS, TC_EGRESS, N_HOOKS_TESTED };

static void run_bytes(struct run *run, enum hook hook, const uint8_t *data, uint32_t size, uint32_t decided)
{
	struct packet pkt;

	memset(run, 0xee, sizeof(*run));
	memcpy(run->buffer + HEADROOM, data, size);
	run->context = (struct native_frame){
		.head = (uintptr_t)run->buffer,
		.data = (uintptr_t)run->buffer + HEADROOM,
		.data_end = (uintptr_t)run->buffer + HEADROOM + size,
		.tail = (uintptr_t)run->buffer + sizeof(run->buffer),
		.len = size,
		.ingress_ifindex = 7,
		.ifindex = 7,
	};
	sentry_trace[0] = (struct sentry_trace){ .wire_size = 0 };
	if (hook == XDP) {
		xdp_parse(&run->context, &pkt, PACKET_FOR_EVENTS | PACKET_FOR_REJECT);
		run->code = xdp_finish(&run->context, &pkt, decided);
	} else {
		tc_parse(&run->context, &pkt, PACKET_FOR_EVENTS | PACKET_FOR_REJECT);
		run->code = hook == TC_INGRESS ? tc_finish_ingress(&run->context, &pkt, decided) :
						 tc_finish_egress(&run->context, &pkt, decided);
	}
}

static void run_hex(struct run *run, enum hook hook, const char *hex, uint32_t decided)
{
	uint8_t data[1600];
	uint32_t size = hex_bytes(hex, data, sizeof(data));

	run_bytes(run, hook, data, size, decided);
}

#define SYN ETH("0800") IPV4("0028", "0000", "06") TCP("50", "02")

static void test_verdicts(void **state)
{
	struct run run;

	run_hex(&run, XDP, SYN, decision(0, SENTRY_ALLOW));
	assert_int_equal(run.code, XDP_PASS);
	run_hex(&run, XDP, SYN, decision(0, SENTRY_DENY));
	assert_int_equal(run.code, XDP_DROP);
	run_hex(&run, XDP, SYN, NO_DECISION);
	assert_int_equal(run.code, XDP_DROP);
	for (enum hook hook = TC_INGRESS; hook <= TC_EGRESS; hook++) {
		run_hex(&run, hook, SYN, decision(0, SENTRY_ALLOW));
		assert_int_equal(run.code, TC_ACT_UNSPEC);
		run_hex(&run, hook, SYN, decision(0, SENTRY_DENY));
		assert_int_equal(run.code, TC_ACT_SHOT);
	}
	run_hex(&run, XDP, SYN, decision(3, SENTRY_REJECT));
	assert_int_equal(sentry_trace[0].decided, 1);
	assert_int_equal(sentry_trace[0].slot, 3);
	assert_int_equal(sentry_trace[0].verdict, SENTRY_REJECT);
}

static void test_counters(void **state)
{
	struct packet pkt = { .bytes = 1000 };
	struct run run;

	memset(counters, 0, sizeof(counters));
	for (int i = 0; i < 3; i++)
		run_hex(&run, XDP, SYN "[6]", decision(2, SENTRY_ALLOW));
	count(&pkt, 1);
	count(&pkt, SENTRY_COUNTERS);
	assert_int_equal(counters[0].slots[2].packets, 3);
	assert_int_equal(counters[0].slots[2].bytes, 3 * 60);
	assert_int_equal(counters[0].slots[1].packets, 1);
	assert_int_equal(counters[0].slots[1].bytes, 1000);
	assert_int_equal(counters[0].slots[0].packets + counters[0].slots[3].packets, 0);
}

struct parsed {
	uint8_t data[256];
	struct native_frame context;
	struct packet pkt;
};

static struct packet *parse_hex(struct parsed *parsed, const char *hex)
{
	uint32_t size = hex_bytes(hex, parsed->data, sizeof(parsed->data));

	parsed->context = (struct native_frame){ .data = (uintptr_t)parsed->data, .data_end = (uintptr_t)parsed->data + size,
						 .len = size, .ifindex = 9, .ingress_ifindex = 9 };
	sentry_trace[0] = (struct sentry_trace){ .wire_size = 0 };
	assert_int_equal(xdp_parse(&parsed->context, &parsed->pkt, PACKET_FOR_EVENTS), PACKET_IP);
	return &parsed->pkt;
}

static void test_events(void **state)
{
	static const uint8_t source6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, dest4[16] = { 10, 0, 0, 2 };
	struct sentry_event *event = &events.records[0].event;
	struct parsed parsed;
	struct packet *pkt;
	unsigned taken = 0;

	native_clock = 123456789;
	events.used = 0;
	pkt = parse_hex(&parsed, ETH("8100") VLAN("0005", "0800") IPV4("0028", "0000", "06") TCP("50", "12"));
	event_log(pkt, 3, SENTRY_DENY);
	assert_int_equal(events.used, 1);
	assert_true(sentry_trace[0].logged && !sentry_trace[0].sampled);
	assert_int_equal(event->time_ns, 123456789);
	assert_int_equal(event->generation, sentry_generation);
	assert_int_equal(event->slot, 3);
	assert_int_equal(event->ifindex, 9);
	assert_int_equal(event->sampling, 1);
	assert_int_equal(event->bytes, 58);
	assert_memory_equal(event->dest, dest4, 16);
	assert_memory_equal(&event->dest_port, "\x00\x50", 2);
	assert_memory_equal(&event->source_port, "\x03\xe8", 2);
	assert_int_equal(event->vlan, 5);
	assert_int_equal(event->kind, SENTRY_EVENT_LOG);
	assert_int_equal(event->verdict, SENTRY_DENY);
	assert_int_equal(event->ip_version, 4);
	assert_int_equal(event->protocol, 6);
	assert_int_equal(event->tcp_flags, 0x12);

	events.used = 0;
	pkt = parse_hex(&parsed, ETH("86dd") IPV6("0008", "3a") ICMP("80", "03"));
	xdp_sample(&parsed.context, pkt, 2, SENTRY_ALLOW, 1);
	assert_int_equal(events.used, 1);
	assert_true(!sentry_trace[0].logged && sentry_trace[0].sampled);
	assert_memory_equal(event->source, source6, 16);
	assert_int_equal(event->kind, SENTRY_EVENT_SAMPLE);
	assert_int_equal(event->ip_version, 6);
	assert_int_equal(event->source_port, 0);
	assert_int_equal(event->dest_port, 0);
	assert_int_equal(event->vlan, SENTRY_NO_VLAN);
	assert_int_equal(event->tcp_flags, 0);
	assert_int_equal(event->icmp_type, 128);
	assert_int_equal(event->icmp_code, 3);

	for (int i = 0; i < 10000; i++)
		taken += sample_drawn((1ull << 32) / 10);
	assert_in_range(taken, 900, 1100);
	for (int i = 0; i < 10000; i++)
		assert_true(sample_drawn(1ull << 32));

	/* What finds no room is lost, and that is counted. */
	event_drops[0] = 0;
	events.used = NATIVE_EVENTS;
	event_log(pkt, 1, SENTRY_DENY);
	xdp_sample(&parsed.context, pkt, 1, SENTRY_DENY, 1);
	assert_int_equal(event_drops[0], 2);
}

/* A tag that is beside the frame is put where it was on the wire. */
static void test_samples_have_their_tag(void **state)
{
	struct sentry_sample *sample = &events.records[0];
	struct packet pkt = { .bytes = 200 };
	__u16 proto;
	uint8_t data[200];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i + 1);
	memcpy(&proto, "\x88\xa8", 2);
	for (uint32_t size = 14; size <= sizeof(data); size++) {
		struct native_frame context = { .data = (uintptr_t)data, .data_end = (uintptr_t)data + size, .len = size,
						.vlan_present = 1, .vlan_tci = 0xb005, .vlan_proto = proto };
		uint32_t captured = size + 4 < 128 ? size + 4 : 128;

		events.used = 0;
		memset(sample, 0xee, sizeof(*sample));
		tc_sample(&context, &pkt, 1, SENTRY_ALLOW, 7);
		assert_int_equal(sample->captured, captured);
		assert_memory_equal(sample->data, data, 12);
		assert_memory_equal(sample->data + 12, "\x88\xa8\xb0\x05", 4);
		assert_memory_equal(sample->data + 16, data + 12, captured - 16);
		for (uint32_t i = captured; i < sizeof(sample->data); i++)
			assert_int_equal(sample->data[i], 0);
	}
}

/* A sample has the frame's first 128 bytes, or all there are, and zeros behind them. */
static void test_samples_show_the_frame(void **state)
{
	struct sentry_sample *sample = &events.records[0];
	struct packet pkt = { .bytes = 1500 };
	uint8_t data[200];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i + 1);
	for (uint32_t size = 14; size <= sizeof(data); size++) {
		struct native_frame context = { .data = (uintptr_t)data, .data_end = (uintptr_t)data + size, .len = size };
		uint32_t captured = size < 128 ? size : 128;

		for (int hook = 0; hook < 2; hook++) {
			events.used = 0;
			memset(sample, 0xee, sizeof(*sample));
			if (hook)
				tc_sample(&context, &pkt, 1, SENTRY_ALLOW, 7);
			else
				xdp_sample(&context, &pkt, 1, SENTRY_ALLOW, 7);
			assert_int_equal(sample->event.sampling, 7);
			assert_int_equal(sample->event.bytes, 1500);
			assert_int_equal(sample->captured, captured);
			assert_memory_equal(sample->data, data, captured);
			for (uint32_t i = captured; i < sizeof(sample->data); i++)
				assert_int_equal(sample->data[i], 0);
		}
	}
}

/* --- answers ---------------------------------------------------------------- */

static unsigned u16_at(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static uint32_t u32_at(const uint8_t *bytes)
{
	return (uint32_t)u16_at(bytes) << 16 | u16_at(bytes + 2);
}

static uint32_t sum(const uint8_t *bytes, size_t size, uint32_t start)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		start += u16_at(bytes + i);
	if (size % 2)
		start += (uint32_t)bytes[size - 1] << 8;
	return start;
}

/* Of data with a right checksum in it the sum is all ones. */
static void assert_sum(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	assert_int_equal(value, 0xffff);
}

/*
 * The answer's link header (of `link` bytes), IP header and checksums are those of an
 * answer to `data`. Returns the transport header; *size becomes what is from there on.
 */
static const uint8_t *check_answer(const struct run *run, enum hook hook, const uint8_t *data, size_t link,
				   size_t *size)
{
	const uint8_t *frame = (const uint8_t *)(uintptr_t)run->context.data, *ip = frame + link, *old = data + link;
	size_t total = run->context.data_end - run->context.data;
	uint8_t proto;

	if (hook == XDP) {
		assert_int_equal(run->code, XDP_TX);
	} else {
		assert_int_equal(run->code, TC_ACT_REDIRECT);
		assert_int_equal(run->context.redirect_ifindex, 7);
		assert_int_equal(run->context.redirect_flags, hook == TC_INGRESS ? 0 : BPF_F_INGRESS);
	}
	assert_memory_equal(frame, data + 6, 6);
	assert_memory_equal(frame + 6, data, 6);
	assert_memory_equal(frame + 12, data + 12, link - 12);
	if (old[0] >> 4 == 4) {
		assert_int_equal(ip[0], 0x45);
		assert_int_equal(u16_at(ip + 2), total - link);
		assert_int_equal(ip[8], 64);
		assert_memory_equal(ip + 12, old + 16, 4);
		assert_memory_equal(ip + 16, old + 12, 4);
		assert_sum(sum(ip, 20, 0));
		proto = ip[9];
		*size = total - link - 20;
		assert_sum(sum(ip + 20, *size, proto == 1 ? 0 : sum(ip + 12, 8, proto + (uint32_t)*size)));
		return ip + 20;
	}
	assert_int_equal(ip[0], 0x60);
	assert_int_equal(u16_at(ip + 4), total - link - 40);
	assert_int_equal(ip[7], 64);
	assert_memory_equal(ip + 8, old + 24, 16);
	assert_memory_equal(ip + 24, old + 8, 16);
	*size = total - link - 40;
	assert_sum(sum(ip + 40, *size, sum(ip + 8, 32, ip[6] + (uint32_t)*size)));
	return ip + 40;
}

struct reset_case {
	const char *hex;
	size_t link;
	uint32_t seq, ack;
	unsigned flags;
};

static void test_reset(void **state)
{
	/* The SEG.SEQ of all is 0x1000, the SEG.ACK 0x2000. */
	static const struct reset_case cases[] = {
		{ SYN, 14, 0, 0x1001, 0x14 },
		{ SYN "[6]", 14, 0, 0x1001, 0x14 },
		{ ETH("0800") IPV4("0032", "0000", "06") TCP("50", "02") "[10]", 14, 0, 0x100b, 0x14 },
		{ ETH("0800") IPV4("0032", "0000", "06") TCP("60", "03") "[10]", 14, 0, 0x1008, 0x14 },
		{ ETH("0800") IPV4("0032", "0000", "06") TCP("50", "18") "[10]", 14, 0x2000, 0, 0x04 },
		{ ETH("0800") IPV4("0028", "0000", "06") TCP("50", "01"), 14, 0, 0x1001, 0x14 },
		{ ETH("8100") VLAN("2005", "0800") IPV4("0028", "0000", "06") TCP("50", "12"), 18, 0x2000, 0, 0x04 },
		{ ETH("0800") "4f 28 0050 0001 0000 40 06 0000 0a000001 0a000002 [40]" TCP("50", "02"), 14, 0, 0x1001,
		  0x14 },
		{ ETH("86dd") IPV6("0014", "06") TCP("50", "02"), 14, 0, 0x1001, 0x14 },
		{ ETH("88a8") VLAN("0005", "8100") VLAN("0006", "86dd") IPV6("0019", "06") TCP("50", "10") "[5]", 22,
		  0x2000, 0, 0x04 },
		{ ETH("86dd") IPV6("001f", "00") "0600 [6]" TCP("50", "00") "[3]", 14, 0, 0x1003, 0x14 },
	};
	uint8_t data[256];
	struct run run;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct reset_case *c = &cases[i];

		for (enum hook hook = XDP; hook < N_HOOKS_TESTED; hook++) {
			const uint8_t *tcp;
			size_t size;

			run_bytes(&run, hook, data, hex_bytes(c->hex, data, sizeof(data)), decision(0, SENTRY_REJECT));
			tcp = check_answer(&run, hook, data, c->link, &size);
			assert_int_equal(size, 20);
			assert_int_equal(u16_at(tcp), 80);
			assert_int_equal(u16_at(tcp + 2), 1000);
			assert_int_equal(u32_at(tcp + 4), c->seq);
			assert_int_equal(u32_at(tcp + 8), c->ack);
			assert_int_equal(tcp[12], 0x50);
			assert_int_equal(tcp[13], c->flags);
		}
	}
}

/* UDP of every length that matters, with other than zeros in it. */
static void check_unreachable(const char *headers, size_t link, size_t ip_size, size_t most)
{
	static const size_t payloads[] = { 0,  1,   2,   3,   4,   5,   7,    8,    15,   16,  17,
					   31, 100, 519, 520, 521, 522, 1183, 1184, 1185, 1400 };
	uint8_t data[1600];
	struct run run;

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		for (enum hook hook = XDP; hook < N_HOOKS_TESTED; hook++) {
			uint32_t size = hex_bytes(headers, data, sizeof(data));
			size_t left, length = ip_size + 8 + payloads[i], quote = length < most ? length : most;
			const uint8_t *icmp;

			for (size_t k = 0; k < payloads[i]; k++)
				data[size++] = (uint8_t)(k * 37 + 11);
			if (data[link] >> 4 == 4) {
				data[link + 2] = (uint8_t)(length >> 8);
				data[link + 3] = (uint8_t)length;
			} else {
				data[link + 4] = (uint8_t)((length - 40) >> 8);
				data[link + 5] = (uint8_t)(length - 40);
			}
			data[link + ip_size + 4] = (uint8_t)((8 + payloads[i]) >> 8);
			data[link + ip_size + 5] = (uint8_t)(8 + payloads[i]);
			while (size < 60)
				data[size++] = 0xaa; /* padding, which is not to be quoted */

			answers[0] = 0;
			run_bytes(&run, hook, data, size, decision(0, SENTRY_REJECT));
			icmp = check_answer(&run, hook, data, link, &left);
			assert_int_equal(icmp[0], data[link] >> 4 == 4 ? 3 : 1);
			assert_int_equal(icmp[1], data[link] >> 4 == 4 ? 13 : 1);
			assert_int_equal(u32_at(icmp + 4), 0);
			assert_int_equal(left, 8 + quote);
			assert_memory_equal(icmp + 8, data + link, quote);
		}
	}
}

static void test_unreachable(void **state)
{
	check_unreachable(ETH("0800") IPV4("0000", "0000", "11") UDP("0000"), 14, 20, 548);
	check_unreachable(ETH("8100") VLAN("0001", "0800") IPV4("0000", "0000", "11") UDP("0000"), 18, 20, 548);
	check_unreachable(ETH("88a8") VLAN("0001", "8100") VLAN("0002", "86dd") IPV6("0000", "11") UDP("0000"), 22, 40,
			  1232);
	check_unreachable(ETH("86dd") IPV6("0000", "11") UDP("0000"), 14, 40, 1232);
	check_unreachable(ETH("86dd") IPV6("0000", "00") "1101 [14]" UDP("0000"), 14, 56, 1232);
}

/* Packets that nobody may answer are dropped. */
static void test_no_answer(void **state)
{
	static const char *const frames[] = {
		ETH("0800") IPV4("0028", "0000", "06") TCP("50", "04"), /* a reset */
		ETH("0800") IPV4("0028", "0000", "06") TCP("50", "14"),
		ETH("86dd") IPV6("0014", "06") TCP("50", "04"),
		ETH("0800") IPV4("001c", "0000", "01") ICMP("03", "01"), /* ICMP errors */
		ETH("0800") IPV4("001c", "0000", "01") ICMP("0b", "00"),
		ETH("0800") IPV4("001c", "0000", "01") ICMP("05", "00"),
		ETH("0800") IPV4("001c", "0000", "01") ICMP("2a", "00"),
		ETH("86dd") IPV6("0008", "3a") ICMP("01", "00"),
		ETH("86dd") IPV6("0008", "3a") ICMP("89", "00"),
		ETH("0800") IPV4("001c", "0010", "11") UDP("0008"), /* later fragments */
		ETH("86dd") IPV6("0010", "2c") "11 00 0010 00000001 [8]",
		"ffffffffffff 020000000002 0800" IPV4("0028", "0000", "06") TCP("50", "02"), /* link-level groups */
		"01005e000001 020000000002 0800" IPV4("001c", "0000", "11") UDP("0008"),
		ETH("0800") "45 28 001c 0001 0000 40 11 0000 00000000 0a000002" UDP("0008"), /* sources */
		ETH("0800") "45 28 001c 0001 0000 40 11 0000 e0000001 0a000002" UDP("0008"),
		ETH("0800") "45 28 001c 0001 0000 40 11 0000 ffffffff 0a000002" UDP("0008"),
		ETH("0800") "45 28 001c 0001 0000 40 11 0000 0a000001 e00000fb" UDP("0008"), /* destinations */
		ETH("0800") "45 28 001c 0001 0000 40 11 0000 0a000001 ffffffff" UDP("0008"),
		ETH("86dd") "6280 0000 0008 11 40 [16] 20010db8000000000000000000000002" UDP("0008"),
		ETH("86dd") "6280 0000 0008 11 40 ff020000000000000000000000000001 "
			    "20010db8000000000000000000000002" UDP("0008"),
		ETH("86dd") "6280 0000 0008 11 40 20010db8000000000000000000000002 "
			    "ff020000000000000000000000000001" UDP("0008"),
		ETH("0806") "[28]", /* no IP at all */
		ETH("0800") IPV4("0013", "0000", "06") TCP("50", "02"),
	};
	uint8_t data[256];
	struct run run;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		uint32_t size = hex_bytes(frames[i], data, sizeof(data));

		for (enum hook hook = XDP; hook < N_HOOKS_TESTED; hook++) {
			run_bytes(&run, hook, data, size, decision(0, SENTRY_REJECT));
			assert_int_equal(run.code, hook == XDP ? XDP_DROP : TC_ACT_SHOT);
			assert_memory_equal((const void *)(uintptr_t)run.context.data, data, size);
		}
	}
	/* But these are answered. */
	answers[0] = 0;
	run_hex(&run, XDP, ETH("0800") IPV4("001c", "0000", "01") ICMP("08", "00"), decision(0, SENTRY_REJECT));
	assert_int_equal(run.code, XDP_TX);
	run_hex(&run, XDP, ETH("86dd") IPV6("0008", "3a") ICMP("80", "00"), decision(0, SENTRY_REJECT));
	assert_int_equal(run.code, XDP_TX);
	run_hex(&run, XDP, ETH("0800") IPV4("0014", "0000", "63"), decision(0, SENTRY_REJECT));
	assert_int_equal(run.code, XDP_TX);
	run_hex(&run, XDP, ETH("0800") IPV4("0028", "2000", "06") TCP("50", "10"), decision(0, SENTRY_REJECT));
	assert_int_equal(run.code, XDP_TX);
}

/* How many of `n` rejected packets are answered, and that the others are dropped unchanged. */
static unsigned answered(enum hook hook, const char *hex, unsigned n)
{
	unsigned sent = 0;
	struct run run;

	for (unsigned i = 0; i < n; i++) {
		run_hex(&run, hook, hex, decision(1, SENTRY_REJECT));
		assert_int_equal(sentry_trace[0].verdict, SENTRY_REJECT);
		if (run.code == (hook == XDP ? XDP_TX : TC_ACT_REDIRECT)) {
			sent++;
			continue;
		}
		assert_int_equal(run.code, hook == XDP ? XDP_DROP : TC_ACT_SHOT);
		assert_int_equal(run.context.data, (uintptr_t)run.buffer + HEADROOM);
	}
	return sent;
}

static void test_icmp_answers_are_limited(void **state)
{
	static const char *const frames[] = {
		ETH("0800") IPV4("001c", "0000", "11") UDP("0008"),
		ETH("86dd") IPV6("0008", "11") UDP("0008"),
	};
	unsigned sent;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		for (enum hook hook = XDP; hook < N_HOOKS_TESTED; hook++) {
			answers[0] = 0;
			native_clock = 1000000000000;
			memset(counters, 0, sizeof(counters));
			assert_int_equal(answered(hook, frames[i], 60), 50);
			assert_int_equal(counters[0].slots[1].packets, 60);

			/* One more for each millisecond that went by, and after a pause a burst, but not more. */
			native_clock += 999999;
			assert_int_equal(answered(hook, frames[i], 5), 0);
			native_clock += 1;
			assert_int_equal(answered(hook, frames[i], 5), 1);
			native_clock += 3000000;
			assert_int_equal(answered(hook, frames[i], 5), 3);
			native_clock += 3600000000000;
			assert_int_equal(answered(hook, frames[i], 60), 50);

			/* Ten packets a millisecond, for a second. */
			sent = 0;
			for (unsigned tenth = 0; tenth < 10000; tenth++) {
				native_clock += 100000;
				sent += answered(hook, frames[i], 1);
			}
			assert_int_equal(sent, 1000);
			/* Resets are as many as the packets they answer, and use nothing up. */
			assert_int_equal(answered(hook, SYN, 200), 200);
		}
	}
	native_clock = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_samples_show_the_frame),
		cmocka_unit_test(test_samples_have_their_tag),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_icmp_answers_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
