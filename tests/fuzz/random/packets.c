/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "packets.h"

#include "ip_proto.h"

#include <string.h>

static uint32_t pick(struct packets *packets, uint32_t n)
{
	return rng_below(packets->rng, n);
}

/* The first fill the room, later ones take the place of others. */
static size_t place(struct packets *packets, size_t *n)
{
	return *n < CORNERS ? (*n)++ : pick(packets, CORNERS);
}

static void note_range(struct packets *packets, const struct term *term, const struct pred *pred, struct range range)
{
	bool address = pred->field == FIELD_SRC || pred->field == FIELD_DST;
	u128 most = address ? u128_ones(family_bits(term->family)) : u128_ones(field_table[pred->field].bits);
	u128 corners[4] = { range.lo, range.hi, range.lo ? range.lo - 1 : most, range.hi < most ? range.hi + 1 : 0 };

	for (unsigned i = 0; i < 4; i++)
		if (address)
			packets->addresses[term->family][place(packets, &packets->n_addresses[term->family])] =
				corners[i];
		else
			packets->values[pred->field][place(packets, &packets->n_values[pred->field])] =
				(uint32_t)corners[i];
}

void packets_init(struct packets *packets, struct arena *arena, struct rng *rng, const struct policy *policy,
		  const struct captured *captured)
{
	size_t n = 0;

	memset(packets, 0, sizeof(*packets));
	packets->arena = arena;
	packets->rng = rng;
	packets->policy = policy;
	packets->captured = captured;
	for (unsigned pass = 0; pass < 2; pass++) {
		if (pass)
			packets->terms = ARENA_ARRAY(arena, const struct term *, n + 1);
		for (size_t b = 0; b < policy->n_blocks; b++)
			for (size_t r = 0; r < policy->blocks[b]->n_rules; r++)
				for (size_t t = 0; t < policy->blocks[b]->rules[r]->n_terms; t++) {
					if (pass)
						packets->terms[packets->n_terms++] =
							&policy->blocks[b]->rules[r]->terms[t];
					n += !pass;
				}
	}
	for (size_t t = 0; t < packets->n_terms; t++)
		for (size_t p = 0; p < packets->terms[t]->n; p++) {
			const struct pred *pred = &packets->terms[t]->preds[p];

			if (pred->kind != PRED_RANGES || !pred->ranges->n)
				continue;
			note_range(packets, packets->terms[t], pred,
				   pred->ranges->ranges[pick(packets, (uint32_t)pred->ranges->n)]);
		}
	packets->next_term = packets->n_terms ? pick(packets, (uint32_t)packets->n_terms) : 0;
}

void packets_focus(struct packets *packets, const struct rule *rule)
{
	packets->n_terms = rule->n_terms;
	packets->terms = ARENA_ARRAY(packets->arena, const struct term *, rule->n_terms + 1);
	for (size_t i = 0; i < rule->n_terms; i++)
		packets->terms[i] = &rule->terms[i];
	packets->next_term = 0;
}

u128 packets_address(struct packets *packets, enum family family)
{
	static const uint32_t v4[] = { 0x0a000001, 0xc0000201, 0xffffffff, 0, 0xe0000001 };
	static const u128 v6[] = { 1, (u128)0x20010db8 << 96 | 1, (u128)0xff02 << 112 | 1, 0, ~(u128)0 };

	if (packets->n_addresses[family] && pick(packets, 4))
		return packets->addresses[family][pick(packets, (uint32_t)packets->n_addresses[family])];
	if (!pick(packets, 3))
		return ((u128)rng_next(packets->rng) << 64 | rng_next(packets->rng)) & u128_ones(family_bits(family));
	return family == FAMILY_V4 ? v4[pick(packets, 5)] : v6[pick(packets, 5)];
}

static uint32_t corner(struct packets *packets, enum field field, uint32_t otherwise)
{
	if (packets->n_values[field] && pick(packets, 4))
		return packets->values[field][pick(packets, (uint32_t)packets->n_values[field])];
	return pick(packets, 5) ? otherwise :
				  (uint32_t)rng_next(packets->rng) & (uint32_t)u128_ones(field_table[field].bits);
}

static uint8_t icmp_of(enum family family)
{
	return family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6;
}

/* What the frame needs to be what it says: fields that the protocol has not are left out. */
static void settle(struct packets *packets, struct packet_spec *spec)
{
	bool later = spec->fragment == 2;

	spec->has_ports = !later && (spec->proto == PROTO_TCP || spec->proto == PROTO_UDP || spec->proto == PROTO_SCTP);
	if (spec->length && spec->length < 40)
		spec->length = 40;
	if (spec->length > 65535)
		spec->length = 65535;
	spec->icmp_id = (uint16_t)(1 + pick(packets, 2));
}

static struct packet_spec mixed(struct packets *packets, enum family family)
{
	static const uint8_t protos[] = { 6, 6, 6, 17, 17, 132, 1, 58, 47, 50, 255 };
	static const uint8_t flags[] = { 2, 18, 16, 24, 17, 4, 0, 255, 41, 20 };
	struct packet_spec spec = { .family = family };

	spec.src = packets_address(packets, family);
	spec.dst = packets_address(packets, family);
	spec.proto = (uint8_t)corner(packets, FIELD_PROTO, protos[pick(packets, sizeof(protos))]);
	if ((spec.proto == PROTO_ICMP || spec.proto == PROTO_ICMPV6) && pick(packets, 5))
		spec.proto = icmp_of(family);
	spec.sport = (uint16_t)corner(packets, FIELD_SPORT, 40000);
	spec.dport = (uint16_t)corner(packets, FIELD_DPORT, 80);
	spec.tcp_flags = pick(packets, 4) ? flags[pick(packets, sizeof(flags))] : (uint8_t)pick(packets, 256);
	spec.icmp_type = (uint8_t)corner(packets, FIELD_ICMP_TYPE, family == FAMILY_V4 ? 8 : 128);
	spec.icmp_code = (uint8_t)corner(packets, FIELD_ICMP_CODE, 0);
	spec.ttl = (uint8_t)corner(packets, FIELD_TTL, 64);
	spec.dscp = (uint8_t)corner(packets, FIELD_DSCP, 0);
	if (packets->n_values[FIELD_VLAN] ? pick(packets, 2) : !pick(packets, 12)) {
		spec.n_vlans = 1 + !pick(packets, 4);
		spec.vlans[0] = (uint16_t)(corner(packets, FIELD_VLAN, 1) & 4095);
		spec.vlans[1] = (uint16_t)pick(packets, 4096);
	}
	spec.fragment = pick(packets, packets->n_values[FIELD_FRAGMENT] ? 3 : 15) ? 0 : (uint8_t)(1 + pick(packets, 2));
	if (packets->n_values[FIELD_LENGTH] && pick(packets, 2))
		spec.length = corner(packets, FIELD_LENGTH, 100);
	if (!pick(packets, 12) && family == FAMILY_V4)
		spec.options = 4 * pick(packets, 11);
	if (!pick(packets, 12) && family == FAMILY_V6)
		spec.n_exts = 1 + pick(packets, 2);
	for (unsigned i = 0; i < spec.n_exts; i++)
		spec.exts[i] = i ? FRAME_EXT_DEST : pick(packets, 4);
	return spec;
}

static void set_field(struct packet_spec *spec, enum field field, u128 value)
{
	switch (field) {
	case FIELD_VLAN:
		spec->n_vlans = spec->n_vlans ? spec->n_vlans : 1;
		spec->vlans[0] = (uint16_t)(value & 4095);
		break;
	case FIELD_PROTO:
		spec->proto = (uint8_t)value;
		break;
	case FIELD_SRC:
		spec->src = value;
		break;
	case FIELD_DST:
		spec->dst = value;
		break;
	case FIELD_DSCP:
		spec->dscp = (uint8_t)(value & 63);
		break;
	case FIELD_TTL:
		spec->ttl = (uint8_t)value;
		break;
	case FIELD_LENGTH:
		spec->length = (uint32_t)value;
		break;
	case FIELD_FRAGMENT:
		spec->fragment = (uint8_t)(value % 3);
		break;
	case FIELD_SPORT:
		spec->sport = (uint16_t)value;
		break;
	case FIELD_DPORT:
		spec->dport = (uint16_t)value;
		break;
	case FIELD_FLAGS:
		spec->tcp_flags = (uint8_t)value;
		break;
	case FIELD_ICMP_TYPE:
		spec->icmp_type = (uint8_t)value;
		break;
	case FIELD_ICMP_CODE:
		spec->icmp_code = (uint8_t)value;
		break;
	default:
		break;
	}
}

/* A value of the predicate, more often than not at an end of a range; or one just beyond. */
static void meet(struct packets *packets, const struct term *term, const struct pred *pred, bool beyond,
		 struct packet_spec *spec)
{
	bool address = pred->field == FIELD_SRC || pred->field == FIELD_DST;
	unsigned bits = address ? family_bits(term->family) : field_table[pred->field].bits;
	struct range range;
	u128 value;

	if (pred->kind == PRED_BITS) {
		spec->tcp_flags = (uint8_t)((pick(packets, 256) & ~pred->mask) | pred->bits);
		if (beyond)
			spec->tcp_flags ^= (uint8_t)(pred->mask & -pred->mask);
		return;
	}
	if (pred->kind != PRED_RANGES || !pred->ranges->n)
		return;
	range = pred->ranges->ranges[pick(packets, (uint32_t)pred->ranges->n)];
	value = pick(packets, 2) ? range.lo : range.hi;
	if (beyond)
		value = (value == range.lo ? range.lo - 1 : range.hi + 1) & u128_ones(bits);
	else if (!pick(packets, 3))
		value = range.lo + (range.hi - range.lo) / 2;
	set_field(spec, pred->field, value);
}

static struct packet_spec witness(struct packets *packets)
{
	const struct term *term = packets->terms[packets->next_term++ % packets->n_terms];
	struct packet_spec spec = mixed(packets, term->family);
	size_t beyond = pick(packets, 2) && term->n ? pick(packets, (uint32_t)term->n) : term->n;

	spec.fragment = 0;
	spec.n_exts = 0;
	for (size_t i = 0; i < term->n; i++)
		meet(packets, term, &term->preds[i], i == beyond, &spec);
	return spec;
}

static bool is_error(const struct packet_spec *spec)
{
	if (spec->proto != icmp_of(spec->family))
		return false;
	return spec->family == FAMILY_V6 ?
		       spec->icmp_type >= 1 && spec->icmp_type <= 4 :
		       spec->icmp_type == 3 || spec->icmp_type == 4 || spec->icmp_type == 11 || spec->icmp_type == 12;
}

/* Of the last conversation: back, on, or an error about it. */
static struct packet_spec conversation(struct packets *packets)
{
	static const uint8_t flags[] = { 2, 18, 16, 24, 17, 4 };
	const struct packet_spec *last = &packets->last;
	struct packet_spec spec = *last;
	bool turned = pick(packets, 2);

	spec.length = 0;
	if (turned) {
		spec.src = last->dst;
		spec.dst = last->src;
		spec.sport = last->dport;
		spec.dport = last->sport;
	}
	if (last->proto == PROTO_TCP)
		spec.tcp_flags = flags[pick(packets, sizeof(flags))];
	if (last->proto == PROTO_ICMP && last->icmp_type == 8 && turned)
		spec.icmp_type = 0;
	if (last->proto == PROTO_ICMPV6 && last->icmp_type == 128 && turned)
		spec.icmp_type = 129;
	if (!pick(packets, 5)) {
		packets->quoted = *last;
		packets->quoted.quoted = NULL;
		packets->quoted.length = 0;
		spec.proto = icmp_of(spec.family);
		spec.icmp_type = spec.family == FAMILY_V4 ? 3 : 1;
		spec.icmp_code = 1;
		spec.tcp_flags = 0;
	}
	if (is_error(&spec) && packets->quoted.proto && packets->quoted.family == spec.family &&
	    packets->quoted.fragment == 0)
		spec.quoted = &packets->quoted;
	return spec;
}

static void damage(struct packets *packets, struct frame *frame)
{
	memcpy(packets->room, frame->data, frame->size);
	frame->data = packets->room;
	if (frame->size > 15 && !pick(packets, 3)) {
		frame->size = 15 + pick(packets, frame->size - 15);
		/* Cut by a snap length, or never longer on the wire. */
		if (pick(packets, 2))
			frame->wire_size = frame->size;
		return;
	}
	for (unsigned n = 1 + pick(packets, 3); n; n--) {
		uint32_t reach = frame->size < 80 ? frame->size : 80;

		if (reach > 12)
			packets->room[12 + pick(packets, reach - 12)] =
				(uint8_t)(pick(packets, 4) ? pick(packets, 256) :
							     packets->room[12 + pick(packets, reach - 12)]);
	}
}

struct frame packets_next(struct packets *packets)
{
	unsigned kind = pick(packets, 20);
	struct packet_spec spec;
	struct frame frame;

	if (kind == 0 && packets->captured->n) {
		frame = packets->captured->frames[pick(packets, (uint32_t)packets->captured->n)];
		if (pick(packets, 2))
			damage(packets, &frame);
		return frame;
	}
	if (kind < 6 && packets->last.proto)
		spec = conversation(packets);
	else if (kind < 16 && packets->n_terms)
		spec = witness(packets);
	else
		spec = mixed(packets, pick(packets, 2) ? FAMILY_V4 : FAMILY_V6);
	settle(packets, &spec);
	frame = frame_build(packets->arena, &spec);
	if (!spec.quoted && !spec.fragment)
		packets->last = spec;
	if (kind >= 18)
		damage(packets, &frame);
	return frame;
}
