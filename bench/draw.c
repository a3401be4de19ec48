/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "draw.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_HEADER 14
/* Of the IP packet, the same for all unless a rule asks: then packets differ in little but what rules ask for. */
#define PACKET_LENGTH 64
#define TRANSPORT_BYTES 20

enum {
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,

	FLAG_SYN = 2,
};

/* The smallest prefix that holds all addresses that rules name. */
struct hull {
	bool any;
	u128 lo, hi;
};

struct draw {
	const struct block *block;
	uint64_t random;
	size_t n;               /* rules that have terms */
	const struct rule **rules; /* in an order of chance: the first are the frequent ones */
	double *sums;           /* of 1, 1/2, 1/3, … */
	struct hull hulls[N_FAMILIES];
	size_t n_hosts;
	u128 *hosts;            /* IPv6 addresses that rules name one by one, sorted */
};

/* splitmix64 */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t number(struct draw *draw)
{
	return mix(draw->random += 0x9e3779b97f4a7c15);
}

static uint64_t below(struct draw *draw, uint64_t n)
{
	return number(draw) % n;
}

/* Always two numbers, so that the same rules in another family meet the same chances. */
static u128 wide(struct draw *draw)
{
	u128 high = number(draw);

	return high << 64 | number(draw);
}

/* --- what rules name ------------------------------------------------------------- */

static void widen(struct hull *hull, struct range range)
{
	if (!hull->any || range.lo < hull->lo)
		hull->lo = range.lo;
	if (!hull->any || range.hi > hull->hi)
		hull->hi = range.hi;
	hull->any = true;
}

/* Visits the addresses of all rules: widens the hulls, and notes single IPv6 addresses if there is room for them. */
static void note_addresses(struct draw *draw)
{
	for (size_t r = 0; r < draw->block->n_rules; r++)
		for (size_t t = 0; t < draw->block->rules[r]->n_terms; t++) {
			const struct term *term = &draw->block->rules[r]->terms[t];

			for (size_t p = 0; p < term->n; p++) {
				const struct pred *pred = &term->preds[p];

				if (pred->kind != PRED_RANGES || (pred->field != FIELD_SRC && pred->field != FIELD_DST))
					continue;
				for (size_t i = 0; i < pred->ranges->n; i++) {
					struct range range = pred->ranges->ranges[i];

					widen(&draw->hulls[term->family], range);
					if (term->family != FAMILY_V6 || range.lo != range.hi)
						continue;
					if (draw->hosts)
						draw->hosts[draw->n_hosts] = range.lo;
					draw->n_hosts++;
				}
			}
		}
}

static int compare_hosts(const void *a, const void *b)
{
	const u128 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool note_rules(struct draw *draw)
{
	const struct block *block = draw->block;

	draw->rules = calloc(block->n_rules + 1, sizeof(draw->rules[0]));
	draw->sums = calloc(block->n_rules + 1, sizeof(draw->sums[0]));
	if (!draw->rules || !draw->sums)
		return false;
	for (size_t r = 0; r < block->n_rules; r++)
		if (block->rules[r]->n_terms)
			draw->rules[draw->n++] = block->rules[r];
	for (size_t i = draw->n; i > 1; i--) {
		size_t other = below(draw, i);
		const struct rule *rule = draw->rules[other];

		draw->rules[other] = draw->rules[i - 1];
		draw->rules[i - 1] = rule;
	}
	for (size_t i = 0; i < draw->n; i++)
		draw->sums[i] = (i ? draw->sums[i - 1] : 0) + 1.0 / (double)(i + 1);
	return true;
}

struct draw *draw_new(const struct block *block, uint64_t seed)
{
	struct draw *draw = calloc(1, sizeof(*draw));

	if (!draw)
		return NULL;
	draw->block = block;
	draw->random = seed;
	note_addresses(draw);
	draw->hosts = calloc(draw->n_hosts + 1, sizeof(draw->hosts[0]));
	if (!draw->hosts || !note_rules(draw)) {
		draw_free(draw);
		return NULL;
	}
	draw->n_hosts = 0;
	note_addresses(draw);
	qsort(draw->hosts, draw->n_hosts, sizeof(draw->hosts[0]), compare_hosts);
	return draw;
}

void draw_free(struct draw *draw)
{
	if (!draw)
		return;
	free(draw->rules);
	free(draw->sums);
	free(draw->hosts);
	free(draw);
}

/* --- fields ---------------------------------------------------------------------- */

static u128 address_anywhere(struct draw *draw, enum family family)
{
	const struct hull *hull = &draw->hulls[family];
	u128 value = wide(draw), free_bits = u128_ones(family_bits(family));

	if (hull->any)
		for (free_bits = 0; (hull->lo | free_bits) != (hull->hi | free_bits);)
			free_bits = free_bits << 1 | 1;
	return (hull->lo & ~free_bits) | (value & free_bits);
}

/* A value that the ranges hold. */
static u128 within(struct draw *draw, const struct rangeset *ranges)
{
	const struct range *range = &ranges->ranges[below(draw, ranges->n)];
	u128 size = range->hi - range->lo + 1, value = wide(draw);

	return range->lo + (size ? value % size : value);
}

static const struct pred *find_pred(const struct term *term, enum field field)
{
	for (size_t i = 0; i < term->n; i++)
		if (term->preds[i].field == field && ((term->preds[i].kind == PRED_RANGES && term->preds[i].ranges->n) ||
						      term->preds[i].kind == PRED_BITS))
			return &term->preds[i];
	return NULL;
}

static const struct rule *frequent_rule(struct draw *draw)
{
	double wanted = (double)(number(draw) >> 11) / 9007199254740992.0 * draw->sums[draw->n - 1];
	size_t low = 0, high = draw->n - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (draw->sums[middle] >= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return draw->rules[low];
}

/* A term of any rule of the family; after some tries of any family, whose numbers will do. */
static const struct term *any_term(struct draw *draw, enum family family)
{
	const struct term *term = NULL;

	for (int tries = 0; tries < 8; tries++) {
		const struct rule *rule = draw->rules[below(draw, draw->n)];

		term = &rule->terms[below(draw, rule->n_terms)];
		if (term->family == family)
			break;
	}
	return term;
}

static u128 draw_address(struct draw *draw, const struct term *term, enum field field, enum family family)
{
	const struct pred *pred = term->family == family ? find_pred(term, field) : NULL;

	return pred && pred->kind == PRED_RANGES ? within(draw, pred->ranges) : address_anywhere(draw, family);
}

/* Of a field of numbers; `otherwise` where the term says nothing. */
static uint32_t draw_number(struct draw *draw, const struct term *term, enum field field, uint32_t otherwise)
{
	const struct pred *pred = find_pred(term, field);

	if (!pred)
		return otherwise;
	if (pred->kind == PRED_BITS)
		return pred->bits | ((uint32_t)number(draw) & ~pred->mask & 0x3f);
	return (uint32_t)within(draw, pred->ranges);
}

/* What fits to the rest of the term, and more often TCP and UDP than anything else. */
static uint8_t draw_proto(struct draw *draw, const struct term *term, enum family family)
{
	const uint8_t icmp = family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMP6;
	const struct pred *pred = find_pred(term, FIELD_PROTO);
	uint64_t chance = below(draw, 8);

	if (pred && pred->kind == PRED_RANGES && pred->ranges->ranges[0].hi - pred->ranges->ranges[0].lo < 128)
		return (uint8_t)within(draw, pred->ranges);
	if (find_pred(term, FIELD_FLAGS))
		return PROTO_TCP;
	if (find_pred(term, FIELD_ICMP_TYPE) || find_pred(term, FIELD_ICMP_CODE))
		return icmp;
	if (find_pred(term, FIELD_SPORT) || find_pred(term, FIELD_DPORT))
		return chance & 1 ? PROTO_TCP : PROTO_UDP;
	return chance < 4 ? PROTO_TCP : chance < 7 ? PROTO_UDP : icmp;
}

static bool has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

/* --- packets --------------------------------------------------------------------- */

/*
 * The same bytes behind the ports, whatever the protocol: a length for UDP, for TCP a sequence number and flags, for
 * others what they make of it. So packets differ in little but their 5-tuples, and the driver has little to copy.
 */
static struct frame finish(struct arena *arena, const struct packet_spec *spec)
{
	struct frame frame = frame_build(arena, spec);
	uint32_t ip = ETHERNET_HEADER + 4 * spec->n_vlans, header = spec->family == FAMILY_V4 ? 20 : 40;
	uint32_t length = (spec->length ? spec->length : PACKET_LENGTH) - header;
	uint8_t flags = spec->proto == PROTO_TCP ? spec->tcp_flags : FLAG_SYN;
	uint8_t same[TRANSPORT_BYTES - 4] = { (uint8_t)(length >> 8), (uint8_t)length, [8] = 0x50, [9] = flags, 4 };
	uint8_t *copy;

	if (spec->fragment || length < TRANSPORT_BYTES || frame.size < ip + header + TRANSPORT_BYTES)
		return frame;
	copy = arena_alloc(arena, frame.size);
	memcpy(copy, frame.data, frame.size);
	memcpy(copy + ip + header + 4, same, sizeof(same));
	frame.data = copy;
	return frame;
}

struct frame draw_packet(struct draw *draw, struct arena *arena, bool anew)
{
	uint64_t kind = below(draw, 4);
	struct packet_spec spec = { .ttl = 64, .length = PACKET_LENGTH };
	const struct term nothing = { .family = draw->hulls[FAMILY_V4].any ? FAMILY_V4 : FAMILY_V6 };
	const struct term *first = &nothing, *terms[N_FIELDS];
	uint32_t length, vlan;

	if (draw->n) {
		const struct rule *rule = kind ? draw->rules[below(draw, draw->n)] : frequent_rule(draw);

		first = &rule->terms[below(draw, rule->n_terms)];
	}
	spec.family = first->family;
	for (size_t field = 0; field < N_FIELDS; field++)
		terms[field] = kind < 2 || !draw->n ? first : any_term(draw, spec.family);

	spec.proto = draw_proto(draw, terms[FIELD_PROTO], spec.family);
	spec.src = draw_address(draw, terms[FIELD_SRC], FIELD_SRC, spec.family);
	spec.dst = draw_address(draw, terms[FIELD_DST], FIELD_DST, spec.family);
	if (anew || (kind == 3 && below(draw, 2)))
		spec.src = address_anywhere(draw, spec.family);
	if (anew || (kind == 3 && below(draw, 2)))
		spec.dst = address_anywhere(draw, spec.family);
	spec.has_ports = has_ports(spec.proto);
	spec.sport = (uint16_t)draw_number(draw, terms[FIELD_SPORT], FIELD_SPORT, (uint32_t)below(draw, 65536));
	spec.dport = (uint16_t)draw_number(draw, terms[FIELD_DPORT], FIELD_DPORT, (uint32_t)below(draw, 65536));
	if (!spec.has_ports)
		spec.sport = spec.dport = 0;
	spec.icmp_type = (uint8_t)draw_number(draw, terms[FIELD_ICMP_TYPE], FIELD_ICMP_TYPE,
					      spec.family == FAMILY_V4 ? 8 : 128);
	spec.icmp_code = (uint8_t)draw_number(draw, terms[FIELD_ICMP_CODE], FIELD_ICMP_CODE, 0);
	if (spec.proto == PROTO_TCP)
		spec.tcp_flags = (uint8_t)draw_number(draw, terms[FIELD_FLAGS], FIELD_FLAGS, FLAG_SYN);
	spec.ttl = (uint8_t)draw_number(draw, terms[FIELD_TTL], FIELD_TTL, 64);
	spec.dscp = (uint8_t)draw_number(draw, terms[FIELD_DSCP], FIELD_DSCP, 0);
	spec.fragment = (uint8_t)draw_number(draw, terms[FIELD_FRAGMENT], FIELD_FRAGMENT, 0);
	length = draw_number(draw, terms[FIELD_LENGTH], FIELD_LENGTH, 0);
	/* What is shorter would be malformed, and what is longer no frame. */
	if (length >= PACKET_LENGTH && length <= 1500)
		spec.length = length;
	vlan = draw_number(draw, terms[FIELD_VLAN], FIELD_VLAN, UINT32_MAX);
	if (vlan < 4096) {
		spec.n_vlans = 1;
		spec.vlans[0] = (uint16_t)vlan;
	}
	return finish(arena, &spec);
}

/* a.b.c.d as 2001:db8:aabb:ccdd:: with the interface identifier that a rule about that host has, if there is one. */
static u128 address6(struct draw *draw, uint32_t address)
{
	u128 prefix = (u128)0x20010db8 << 96 | (u128)address << 64, host = prefix | mix(address);

	if (bsearch(&host, draw->hosts, draw->n_hosts, sizeof(draw->hosts[0]), compare_hosts))
		return host;
	return prefix | number(draw);
}

struct frame draw_classbench(struct draw *draw, struct arena *arena, const unsigned values[5], bool ip6)
{
	struct packet_spec spec = {
		.family = ip6 ? FAMILY_V6 : FAMILY_V4,
		.proto = (uint8_t)(ip6 && values[4] == PROTO_ICMP ? PROTO_ICMP6 : values[4]),
		.src = ip6 ? address6(draw, values[0]) : values[0],
		.dst = ip6 ? address6(draw, values[1]) : values[1],
		.has_ports = has_ports((uint8_t)values[4]),
		.ttl = 64,
		.length = PACKET_LENGTH,
	};

	if (spec.has_ports) {
		spec.sport = (uint16_t)values[2];
		spec.dport = (uint16_t)values[3];
	}
	if (spec.proto == PROTO_TCP)
		spec.tcp_flags = FLAG_SYN;
	if (spec.proto == PROTO_ICMP || spec.proto == PROTO_ICMP6)
		spec.icmp_type = ip6 ? 128 : 8;
	return finish(arena, &spec);
}
