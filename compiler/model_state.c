/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Connections: the tables of docs/state.md as tables. */
#include "model_tables.h"

#include "ip_proto.h"

#include <string.h>

enum stage {
	NONE,
	OPENING,
	SYN2,
	SYNACK,
	ESTABLISHED,
	FIN1,
	FIN2,
	CLOSED,
	N_STAGES,
	/* What is in cells beside stages. */
	XX, /* invalid */
	ST, /* the entry keeps its stage, whatever it is */
	FF, /* FIN1, or FIN2 if the other side has sent one */
	AA, /* invalid, but in a loose policy ESTABLISHED */
};

enum segment {
	SEGMENT_SYN,
	SEGMENT_SYNACK,
	SEGMENT_ACK,
	SEGMENT_FIN,
	SEGMENT_RST,
	N_SEGMENTS,
	SEGMENT_BAD,
};

/* [stage][segment][from the responder] */
static const unsigned char transitions[N_STAGES][N_SEGMENTS][2] = {
	/*                SYN o, r              SYN+ACK o, r        ACK o, r                    FIN o, r    RST o, r */
	[NONE] =        { { OPENING, OPENING }, { XX, XX },         { AA, AA },                 { XX, XX }, { XX, XX } },
	[OPENING] =     { { ST, SYN2 },         { XX, SYNACK },     { AA, ST },                 { XX, XX }, { CLOSED, CLOSED } },
	[SYN2] =        { { ST, ST },           { SYNACK, SYNACK }, { XX, XX },                 { XX, XX }, { CLOSED, CLOSED } },
	[SYNACK] =      { { ST, XX },           { ST, ST },         { ESTABLISHED, ST },        { FF, FF }, { CLOSED, CLOSED } },
	[ESTABLISHED] = { { ST, XX },           { XX, ST },         { ST, ST },                 { FF, FF }, { CLOSED, CLOSED } },
	[FIN1] =        { { ST, XX },           { XX, ST },         { ST, ST },                 { FF, FF }, { CLOSED, CLOSED } },
	[FIN2] =        { { ST, XX },           { XX, ST },         { CLOSED, CLOSED },         { ST, ST }, { CLOSED, CLOSED } },
	[CLOSED] =      { { OPENING, OPENING }, { XX, ST },         { ST, ST },                 { ST, ST }, { CLOSED, CLOSED } },
};

/* What an ICMP message is, by its IP version: request of each query or reply. */
static const struct {
	enum family family;
	unsigned request, reply;
} queries[] = {
	{ FAMILY_V4, 8, 0 }, { FAMILY_V4, 13, 14 }, { FAMILY_V4, 15, 16 }, { FAMILY_V4, 17, 18 }, { FAMILY_V6, 128, 129 },
};

/* No padding: it is a key. */
struct key {
	struct model_ends ends;
	uint32_t family, proto, vlan, high_requests;
};

struct entry {
	enum stage stage;
	bool originator_high;
	bool replied;
	bool fin_high;     /* FIN1 */
	uint64_t expires;
};

/* A packet, or one that is quoted, as the table sees it. */
struct tracked {
	enum {
		PLAIN,     /* anything but TCP that may begin a connection */
		SEGMENT,
		ONLY_REPLY,
		ERROR,
		UNTRACKED,
		INVALID,
	} kind;
	enum segment segment;
	struct key key;
	bool from_high;
};

bool model_states_new(struct model_tables *tables)
{
	if (!tables->policy->states.used)
		return true;
	tables->states = table_new(sizeof(struct key), sizeof(struct entry), tables->policy->states.max, true);
	return tables->states != NULL;
}

static bool is_icmp(enum family family, unsigned proto)
{
	return proto == (family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6);
}

static enum segment segment_of(unsigned flags)
{
	static const struct {
		unsigned flags;
		enum segment segment;
	} good[] = {
		/* FIN 1, SYN 2, RST 4, ACK 16, URG 32 */
		{ 2, SEGMENT_SYN }, { 2 | 32, SEGMENT_SYN }, { 2 | 16, SEGMENT_SYNACK }, { 4, SEGMENT_RST },
		{ 4 | 16, SEGMENT_RST }, { 1 | 16, SEGMENT_FIN }, { 1 | 16 | 32, SEGMENT_FIN }, { 16, SEGMENT_ACK },
		{ 16 | 32, SEGMENT_ACK },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if ((flags & (1 | 2 | 4 | 16 | 32)) == good[i].flags)
			return good[i].segment;
	return SEGMENT_BAD;
}

static bool is_error(enum family family, unsigned type)
{
	if (family == FAMILY_V4)
		return type == 3 || type == 4 || type == 11 || type == 12;
	return type == 1 || type == 2 || type == 3 || type == 4;
}

/* A query or its reply: its key goes by the identifier and by who asks. False for other messages. */
static bool track_query(enum family family, unsigned type, unsigned id, u128 src, u128 dst, struct tracked *tracked)
{
	struct model_ends *ends = &tracked->key.ends;

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		bool asks = type == queries[i].request;
		struct model_end asking, asked;
		bool asking_low;

		if (queries[i].family != family || (!asks && type != queries[i].reply))
			continue;
		asking = (struct model_end){ asks ? src : dst, id };
		asked = (struct model_end){ asks ? dst : src, queries[i].request * 256 };
		asking_low = asking.address <= asked.address;
		ends->low.address = asking_low ? asking.address : asked.address;
		ends->low.port = asking_low ? asking.port : asked.port;
		ends->high.address = asking_low ? asked.address : asking.address;
		ends->high.port = asking_low ? asked.port : asking.port;
		tracked->key.high_requests = !asking_low;
		tracked->from_high = asks ? !asking_low : asking_low;
		tracked->kind = asks ? PLAIN : ONLY_REPLY;
		return true;
	}
	return false;
}

static void track(const struct model_packet *packet, struct tracked *tracked)
{
	unsigned proto = (unsigned)packet->value[FIELD_PROTO], type = (unsigned)packet->value[FIELD_ICMP_TYPE];

	memset(tracked, 0, sizeof(*tracked));
	tracked->key.family = packet->family;
	tracked->key.proto = proto;
	/* Identifier 0 is no VLAN. */
	tracked->key.vlan = packet->has[FIELD_VLAN] && packet->value[FIELD_VLAN] ? (uint32_t)packet->value[FIELD_VLAN] : UINT32_MAX;
	tracked->kind = PLAIN;
	if (packet->value[FIELD_FRAGMENT] == 2) {
		tracked->kind = INVALID;
		return;
	}
	if (is_icmp(packet->family, proto)) {
		if (track_query(packet->family, type, packet->icmp_id, packet->value[FIELD_SRC],
				packet->value[FIELD_DST], tracked))
			return;
		tracked->kind = is_error(packet->family, type) ? ERROR : UNTRACKED;
		if (packet->family == FAMILY_V4 && type == 5)
			tracked->kind = INVALID;
		return;
	}
	tracked->from_high = !model_ends_of(packet, &tracked->key.ends);
	if (proto != PROTO_TCP)
		return;
	tracked->segment = segment_of((unsigned)packet->value[FIELD_FLAGS]);
	tracked->kind = tracked->segment == SEGMENT_BAD ? INVALID : SEGMENT;
}

static uint64_t timeout_of(const struct states *states, const struct key *key, enum stage stage)
{
	static const enum state_timeout tcp[N_STAGES] = {
		[OPENING] = TIMEOUT_TCP_OPENING, [SYN2] = TIMEOUT_TCP_OPENING, [SYNACK] = TIMEOUT_TCP_OPENING,
		[ESTABLISHED] = TIMEOUT_TCP_ESTABLISHED, [FIN1] = TIMEOUT_TCP_CLOSING, [FIN2] = TIMEOUT_TCP_CLOSING,
		[CLOSED] = TIMEOUT_TCP_CLOSED,
	};

	if (key->proto == PROTO_TCP)
		return states->timeout_ns[tcp[stage]];
	if (key->proto == PROTO_UDP)
		return states->timeout_ns[stage == OPENING ? TIMEOUT_UDP_OPENING : TIMEOUT_UDP_ESTABLISHED];
	return states->timeout_ns[is_icmp(key->family, key->proto) ? TIMEOUT_ICMP : TIMEOUT_OTHER];
}

static struct entry *find_live(struct model_tables *tables, const struct key *key, uint64_t now)
{
	struct entry *entry = table_find(tables->states, key);

	return entry && now < entry->expires ? entry : NULL;
}

static enum stage next_stage(const struct states *states, const struct tracked *tracked, const struct entry *before, bool reply)
{
	enum stage cell = transitions[before->stage][tracked->segment][reply];

	if (tracked->kind != SEGMENT) {
		if (before->stage == NONE)
			return tracked->kind == ONLY_REPLY ? XX : OPENING;
		return reply ? ESTABLISHED : before->stage;
	}
	switch (cell) {
	case ST:
		return before->stage;
	case AA:
		return states->loose ? ESTABLISHED : XX;
	case FF:
		return before->stage == FIN1 && before->fin_high != tracked->from_high ? FIN2 : FIN1;
	default:
		return cell;
	}
}

/* The packet's state, and the entry as it will be if the packet is allowed. */
static enum state step(const struct states *states, const struct tracked *tracked, const struct entry *before,
		       struct entry *after)
{
	bool reply = before->stage != NONE && tracked->from_high != before->originator_high;
	enum stage next = next_stage(states, tracked, before, reply);
	bool anew = before->stage == NONE || (before->stage == CLOSED && next == OPENING);

	*after = *before;
	if (next == XX)
		return STATE_INVALID;
	if (anew)
		*after = (struct entry){ .originator_high = tracked->from_high };
	else if (reply)
		after->replied = true;
	if (next == FIN1 && before->stage != FIN1)
		after->fin_high = tracked->from_high;
	after->stage = next;
	return after->replied ? STATE_ESTABLISHED : STATE_NEW;
}

static enum state state_of_error(struct model_tables *tables, const struct model_packet *packet, uint64_t now)
{
	const struct model_quoted *quoted = &packet->quoted;
	struct model_packet inner = { .family = packet->family };
	struct tracked tracked;

	if (!quoted->there || quoted->src != packet->value[FIELD_DST])
		return STATE_INVALID;
	inner.value[FIELD_SRC] = quoted->src;
	inner.value[FIELD_DST] = quoted->dst;
	inner.value[FIELD_PROTO] = quoted->proto;
	inner.has[FIELD_SPORT] = inner.has[FIELD_DPORT] = true;
	inner.value[FIELD_SPORT] = quoted->sport;
	inner.value[FIELD_DPORT] = quoted->dport;
	inner.value[FIELD_ICMP_TYPE] = quoted->icmp_type;
	inner.value[FIELD_FLAGS] = 16; /* which are not quoted; any good ones */
	inner.has[FIELD_VLAN] = packet->has[FIELD_VLAN];
	inner.value[FIELD_VLAN] = packet->value[FIELD_VLAN];
	inner.icmp_id = quoted->icmp_id;
	track(&inner, &tracked);
	if (tracked.kind == ERROR || tracked.kind == UNTRACKED || tracked.kind == INVALID)
		return STATE_INVALID;
	return find_live(tables, &tracked.key, now) ? STATE_RELATED : STATE_INVALID;
}

enum state model_state_of(struct model_tables *tables, const struct model_packet *packet, uint64_t now)
{
	const struct entry none = { .stage = NONE };
	const struct entry *entry;
	struct tracked tracked;
	struct entry after;

	track(packet, &tracked);
	switch (tracked.kind) {
	case INVALID:
		return STATE_INVALID;
	case UNTRACKED:
		return STATE_NEW;
	case ERROR:
		return state_of_error(tables, packet, now);
	default:
		entry = find_live(tables, &tracked.key, now);
		return step(&tables->policy->states, &tracked, entry ? entry : &none, &after);
	}
}

void model_state_commit(struct model_tables *tables, const struct model_packet *packet, uint64_t now)
{
	const struct states *states = &tables->policy->states;
	const struct entry none = { .stage = NONE };
	struct entry *entry, after;
	struct tracked tracked;
	uint64_t timeout;

	track(packet, &tracked);
	if (tracked.kind == INVALID || tracked.kind == UNTRACKED || tracked.kind == ERROR)
		return;
	entry = find_live(tables, &tracked.key, now);
	if (step(states, &tracked, entry ? entry : &none, &after) == STATE_INVALID)
		return;
	timeout = timeout_of(states, &tracked.key, after.stage);
	after.expires = (now + timeout) / 256 * 256;
	/* Nothing but the time would change, and that by little. */
	if (entry && entry->stage == after.stage && entry->originator_high == after.originator_high &&
	    entry->replied == after.replied && entry->fin_high == after.fin_high &&
	    after.expires - entry->expires <= timeout / 16)
		return;
	table_insert(tables->states, &tracked.key, &after, NULL);
}
