/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a policy means for one packet, as the manual says it: nothing here is clever. */
#include "oracle.h"

bool has_ports(unsigned proto)
{
	return proto == 6 || proto == 17 || proto == 132;
}

static unsigned icmp_proto(int version)
{
	return version == V4 ? 1 : 58;
}

/* IPv6: hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6. */
bool is_extension(unsigned proto)
{
	return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60 || proto == 135 || proto == 139 ||
	       proto == 140;
}

unsigned least_length(int version, unsigned proto, int fragment)
{
	unsigned least = version == V4 ? 20 : 40;

	if (version == V6 && fragment != WHOLE)
		least += 8;
	if (fragment == LATER)
		return least;
	if (proto == icmp_proto(version))
		return least + 8;
	switch (proto) {
	case 6: return least + 20;
	case 17: return least + 8;
	case 132: return least + 12;
	case 47: return least + 4;
	case 50: return least + 8;
	default: return least;
	}
}

bool packet_has(const struct packet *packet, enum field field)
{
	unsigned proto = (unsigned)packet->value[F_PROTO];
	bool later = packet->value[F_FRAGMENT] == LATER;

	switch (field) {
	case F_SPORT:
	case F_DPORT: return has_ports(proto) && !later;
	case F_FLAGS: return proto == 6 && !later;
	case F_TYPE:
	case F_CODE: return proto == icmp_proto(packet->version) && !later;
	case F_VLAN: return packet->value[F_VLAN] != VLAN_NONE;
	default: return true;
	}
}

bool packet_possible(const struct packet *packet)
{
	unsigned proto = (unsigned)packet->value[F_PROTO];
	int fragment = (int)packet->value[F_FRAGMENT];

	if (packet->version == V6 && fragment != LATER && is_extension(proto))
		return false;
	return packet->value[F_LENGTH] >= least_length(packet->version, proto, fragment) &&
	       packet->value[F_LENGTH] <= (packet->version == V4 ? 65535 : 65575);
}

bool in_values(const struct values *values, u128 value)
{
	bool in = false;

	for (unsigned i = 0; i < values->n; i++)
		in |= value >= values->ranges[i].lo && value <= values->ranges[i].hi;
	return in != values->negated;
}

bool in_literals(const struct literal *literals, unsigned n, int version, u128 address)
{
	for (unsigned i = 0; i < n; i++)
		if (literals[i].version == version && address >= literals[i].range.lo && address <= literals[i].range.hi)
			return true;
	return false;
}

static bool has_version(const struct literal *literals, unsigned n, int version)
{
	for (unsigned i = 0; i < n; i++)
		if (literals[i].version == version)
			return true;
	return false;
}

bool address_static(const struct policy *policy, int side, const struct address *address, int version, u128 value)
{
	const struct net *net = &policy->nets[side][address->net];
	bool in = in_literals(address->literals, address->n, version, value);
	bool narrow = has_version(address->literals, address->n, version);

	switch (address->form) {
	case ADDR_NOT_LIT: return narrow && !in;
	case ADDR_NET: return in_literals(net->literals, net->n, version, value);
	case ADDR_NOT_NET: return !in_literals(net->literals, net->n, version, value);
	case ADDR_NET_AND_NOT_LIT: return in_literals(net->literals, net->n, version, value) && narrow && !in;
	case ADDR_ANY:
	case ADDR_SET:
	case ADDR_NOT_SET: return true;
	default: return in;
	}
}

bool address_holds(const struct address *address, bool fixed, const bool member[N_SETS])
{
	switch (address->form) {
	case ADDR_SET:
	case ADDR_LIT_AND_SET: return fixed && member[address->set];
	case ADDR_NOT_SET:
	case ADDR_LIT_AND_NOT_SET: return fixed && !member[address->set];
	case ADDR_LIT_OR_SET: return fixed || member[address->set];
	case ADDR_LIT_OR_NOT_SET: return fixed || !member[address->set];
	default: return fixed;
	}
}

bool match_wants(const struct match *match, enum field field)
{
	switch (field) {
	case F_FLAGS: return match->has_flags;
	case F_TYPE: return match->icmp_word || match->values[F_TYPE].used;
	case F_FRAGMENT: return match->fragment >= 0;
	case F_PROTO: return match->icmp || match->values[F_PROTO].used;
	case F_SRC: return match->side[SRC].form != ADDR_ANY;
	case F_DST: return match->side[DST].form != ADDR_ANY;
	default: return match->values[field].used;
	}
}

bool field_holds(const struct policy *policy, const struct match *match, int version, enum field field, u128 value)
{
	static const unsigned echo[N_VERSIONS][3] = { { 0, 8, 0 }, { 0, 128, 129 } };

	switch (field) {
	case F_PROTO:
		if (match->icmp)
			return value == icmp_proto(version);
		break;
	case F_FRAGMENT: return match->fragment < 0 || value == (u128)match->fragment;
	case F_SRC: return address_static(policy, SRC, &match->side[SRC], version, value);
	case F_DST: return address_static(policy, DST, &match->side[DST], version, value);
	case F_FLAGS: return !match->has_flags || (value & match->flags_mask) == match->flags_set;
	case F_TYPE:
		if (match->icmp_word)
			return value == echo[version][match->icmp_word];
		break;
	default:
		break;
	}
	return !match->values[field].used || in_values(&match->values[field], value);
}

static bool address_version(const struct policy *policy, int side, const struct address *address, int version)
{
	const struct net *net = &policy->nets[side][address->net];

	switch (address->form) {
	case ADDR_LIT:
	case ADDR_NOT_LIT:
	case ADDR_LIT_AND_SET:
	case ADDR_LIT_AND_NOT_SET: return has_version(address->literals, address->n, version);
	case ADDR_NET: return has_version(net->literals, net->n, version);
	case ADDR_NET_AND_NOT_LIT: {
		if (!has_version(address->literals, address->n, version))
			return false;
		for (unsigned i = 0; i < net->n; i++)
			for (u128 value = net->literals[i].range.lo; value <= net->literals[i].range.hi; value++)
				if (net->literals[i].version == version &&
				    !in_literals(address->literals, address->n, version, value))
					return true;
		return false;
	}
	default: return true;
	}
}

bool match_version(const struct policy *policy, const struct match *match, int version)
{
	if (match->ip && match->ip != (version == V4 ? 4 : 6))
		return false;
	if (match->icmp == (version == V4 ? ICMP_6 : ICMP_4))
		return false;
	return address_version(policy, SRC, &match->side[SRC], version) &&
	       address_version(policy, DST, &match->side[DST], version);
}

bool match_holds(const struct policy *policy, const struct match *match, const struct packet *packet,
		 const struct world *world)
{
	if (!match_version(policy, match, packet->version))
		return false;
	for (enum field field = 0; field < N_FIELDS; field++) {
		bool holds;

		if (!match_wants(match, field))
			continue;
		if (!packet_has(packet, field))
			return false;
		holds = field_holds(policy, match, packet->version, field, packet->value[field]);
		if (field == F_SRC || field == F_DST) {
			int side = field == F_SRC ? SRC : DST;

			holds = address_holds(&match->side[side], holds, world->member[side]);
		}
		if (!holds)
			return false;
	}
	return !match->states || match->states & 1u << world->state;
}

struct trace block_walk(const struct block *block, uint64_t matches, uint64_t exceeded, const struct rule *skip)
{
	struct trace trace = { .verdict = block->fallback };

	for (unsigned i = 0; i < block->n; i++) {
		const struct rule *rule = &block->rules[i];
		uint64_t bit = 1ull << rule->bit;

		if (rule == skip || !(matches & bit))
			continue;
		trace.reached |= bit;
		if (rule->action == RATE_LIMIT) {
			trace.consulted |= bit;
			if (!(exceeded & 1ull << rule->id))
				continue;
		}
		if (rule->log || rule->log_sample || rule->add)
			trace.acted |= bit;
		if (rule->action == SAMPLE) {
			trace.sampled |= bit;
			continue;
		}
		trace.verdict = rule->verdict;
		trace.rule = rule;
		break;
	}
	return trace;
}
