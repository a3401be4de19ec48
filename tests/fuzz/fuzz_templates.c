/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any bytes as a frame, read by the templates under each hook and by the model: all
 * must see the same packet. The first byte of the input chooses how much more was
 * on the wire than is at hand, whether a tag lies beside the frame (tc), and how
 * much of the frame a socket buffer has at hand before it is fetched.
 */
#include "engine.h"
#include "fuzz.h"

#include <string.h>

#define SENTRY_NATIVE
#define SENTRY_SLOTS 4
#define SENTRY_WITH_EVENTS
#define SENTRY_WITH_SAMPLES
#define SENTRY_WITH_REJECT
#define SENTRY_WITH_STATE
#define SENTRY_STATES_MAX 16
#define SENTRY_STATES_LOOSE 0
#define SENTRY_STATES_COUNT 0
#define SENTRY_TIMEOUT_TCP_OPENING 1
#define SENTRY_TIMEOUT_TCP_ESTABLISHED 1
#define SENTRY_TIMEOUT_TCP_CLOSING 1
#define SENTRY_TIMEOUT_TCP_CLOSED 1
#define SENTRY_TIMEOUT_UDP_OPENING 1
#define SENTRY_TIMEOUT_UDP_ESTABLISHED 1
#define SENTRY_TIMEOUT_ICMP 1
#define SENTRY_TIMEOUT_OTHER 1
#define SENTRY_TABLES 1
#define SENTRY_WITH_CLOCK
/* The compiler has the same words with other numbers. */
#define STATE_NEW TEMPLATES_NEW
#define STATE_ESTABLISHED TEMPLATES_ESTABLISHED
#define STATE_RELATED TEMPLATES_RELATED
#define STATE_INVALID TEMPLATES_INVALID
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpointer-arith"
#include "../../bpf-templates/sentry.h"
#pragma GCC diagnostic pop

#define ALL ((PACKET_QUOTED << 1) - 1)

enum {
	INPUT_WIRE = 3,      /* bits: 0, 1 or 64 more bytes on the wire, or 65,536 */
	INPUT_TAG = 4,
	INPUT_REJECT = 8,    /* and what the hook answers */
	INPUT_HEADROOM = 16, /* whether there is room for an answer before the frame */
};

#define HEADROOM 64

/* Exactly its bytes and no more, so that the sanitizer sees each that is read beyond them. */
static struct native_frame frame_of(const uint8_t *data, uint32_t size, uint32_t headroom)
{
	uint8_t *copy = malloc(headroom + size ? headroom + size : 1);

	require(copy);
	if (size)
		memcpy(copy + headroom, data, size);
	return (struct native_frame){
		.head = (uintptr_t)copy,
		.data = (uintptr_t)copy + headroom,
		.data_end = (uintptr_t)copy + headroom + size,
		.tail = (uintptr_t)copy + headroom + size,
		.len = size,
		.ingress_ifindex = 3,
		.ifindex = 3,
	};
}

static void same_field(const struct model_packet *model, enum field field, u128 value, u128 absent)
{
	require(model->has[field] ? model->value[field] == value : value == absent);
}

static u128 number_of(const struct packet *pkt, const union packet_address *address)
{
	return pkt->version == 4 ? address->v4 : (u128)address->v6.hi << 64 | address->v6.lo;
}

static void same_quoted(const struct model_packet *model, const struct packet *pkt)
{
	const struct model_quoted *quoted = &model->quoted;
	bool icmp = pkt->quoted_proto == (pkt->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	require(pkt->quoted == quoted->there);
	if (model->has[FIELD_ICMP_TYPE])
		require(pkt->icmp_id == model->icmp_id);
	if (!quoted->there)
		return;
	require(number_of(pkt, &pkt->quoted_src) == quoted->src && number_of(pkt, &pkt->quoted_dst) == quoted->dst);
	require(pkt->quoted_proto == quoted->proto);
	require(pkt->quoted_sport == quoted->sport && pkt->quoted_dport == quoted->dport);
	/* Of the other version's ICMP nobody asks. */
	if (icmp)
		require(pkt->quoted_type == quoted->icmp_type && pkt->quoted_id == quoted->icmp_id);
}

static void same(const struct model_packet *model, int class, const struct packet *pkt)
{
	static const int classes[] = { [MODEL_IP] = PACKET_IP, [MODEL_NON_IP] = PACKET_NON_IP,
				       [MODEL_MALFORMED] = PACKET_MALFORMED };

	require(class == classes[model->class]);
	if (class != PACKET_IP)
		return;
	require(pkt->version == (model->family == FAMILY_V4 ? 4 : 6));
	same_field(model, FIELD_VLAN, pkt->vlan, PACKET_NO_VLAN);
	same_field(model, FIELD_PROTO, pkt->proto, 0);
	same_field(model, FIELD_SRC, number_of(pkt, &pkt->src), 0);
	same_field(model, FIELD_DST, number_of(pkt, &pkt->dst), 0);
	same_field(model, FIELD_DSCP, pkt->dscp, 0);
	same_field(model, FIELD_TTL, pkt->ttl, 0);
	same_field(model, FIELD_LENGTH, pkt->length, 0);
	same_field(model, FIELD_FRAGMENT, pkt->fragment, 0);
	same_field(model, FIELD_SPORT, pkt->sport, PACKET_NO_PORT);
	same_field(model, FIELD_DPORT, pkt->dport, PACKET_NO_PORT);
	same_field(model, FIELD_FLAGS, pkt->tcp_flags, PACKET_NO_FLAGS);
	same_field(model, FIELD_ICMP_TYPE, pkt->icmp_type, PACKET_NO_ICMP);
	same_field(model, FIELD_ICMP_CODE, pkt->icmp_code, PACKET_NO_ICMP);
	same_quoted(model, pkt);
}

/* What comes after reading: a sample, and the answer to a packet that is rejected, in the frame itself. */
static void act(struct native_frame *context, struct packet *pkt, bool xdp, uint8_t choice)
{
	int code;

	events.used = 0;
	require((xdp ? xdp_sample : tc_sample)(context, pkt, 1, SENTRY_REJECT, 2) == 0);
	require(events.used == 1 && events.records[0].captured <= SENTRY_SAMPLE_BYTES);
	require(events.records[0].captured <= context->len + 4);
	if (!(choice & INPUT_REJECT))
		return;
	code = xdp ? xdp_reject(context, pkt) : tc_reject(context, pkt, 0);
	require(xdp ? code == XDP_DROP || code == XDP_TX : code == TC_ACT_SHOT || code == TC_ACT_REDIRECT);
	require(context->data >= context->head && context->data_end <= context->tail);
}

static void read_by(bool xdp, const uint8_t *data, uint32_t size, uint8_t choice, const struct model_packet *model,
		    uint32_t wire, uint32_t tag)
{
	struct native_frame context = frame_of(data, size, choice & INPUT_HEADROOM ? HEADROOM : 0);
	struct packet pkt;
	int class;

	if (tag) {
		context.vlan_present = 1;
		context.vlan_tci = tag;
		context.vlan_proto = host_to_net16(ETHERTYPE_8021Q);
	}
	sentry_trace[0] = (struct sentry_trace){ .wire_size = wire };
	/* Nothing may be left over from the packet before. */
	memset(&pkt, 0xff, sizeof(pkt));
	class = xdp ? xdp_parse(&context, &pkt, ALL) : tc_parse(&context, &pkt, ALL);
	same(model, class, &pkt);
	require(pkt.bytes == wire + (tag ? 4 : 0) && pkt.ifindex == 3);
	if (class == PACKET_IP)
		act(&context, &pkt, xdp, choice);
	free((void *)(uintptr_t)context.head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t more[] = { 0, 1, 64, 65536 };
	static uint8_t tagged[FRAME_MAX];
	struct model_packet model;
	struct frame frame;
	uint8_t choice;

	if (!size || size > 8192)
		return 0;
	choice = data[0];
	frame = (struct frame){ .data = data + 1, .size = (uint32_t)(size - 1) };
	frame.wire_size = frame.size + more[choice & INPUT_WIRE];
	model_parse(&frame, &model);
	read_by(true, frame.data, frame.size, choice, &model, frame.wire_size, 0);
	read_by(false, frame.data, frame.size, choice, &model, frame.wire_size, 0);
	if (!(choice & INPUT_TAG) || frame.size < 14)
		return 0;

	/* To the model the tag lies where it was on the wire. */
	memcpy(tagged, frame.data, 12);
	memcpy(tagged + 12, "\x81\x00\xe0\x0a", 4);
	memcpy(tagged + 16, frame.data + 12, frame.size - 12);
	model_parse(&(struct frame){ .data = tagged, .size = frame.size + 4, .wire_size = frame.wire_size + 4 }, &model);
	read_by(false, frame.data, frame.size, choice, &model, frame.wire_size, 0xe00a);
	return 0;
}
