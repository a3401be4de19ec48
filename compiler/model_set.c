/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Run-time sets. An element is found under its own prefix: the model tries all lengths that there are. */
#include "model_tables.h"

#include <errno.h>
#include <string.h>

/* No padding: it is a key. */
struct key {
	u128 address;
	uint64_t family_prefix;
	uint64_t port_proto;
};

static void make_key(struct key *key, enum family family, u128 address, unsigned prefix, const uint32_t port_proto[2])
{
	unsigned bits = family_bits(family);

	memset(key, 0, sizeof(*key));
	key->address = prefix ? address >> (bits - prefix) << (bits - prefix) : 0;
	key->family_prefix = (uint64_t)family << 32 | prefix;
	key->port_proto = (uint64_t)port_proto[0] << 32 | port_proto[1];
}

static bool has_type(const struct set *set, enum ast_set_type type)
{
	for (unsigned i = 0; i < set->n_types; i++)
		if (set->types[i] == type)
			return true;
	return false;
}

static bool rule_asks(const struct rule *rule, const struct set *set, enum field field)
{
	for (size_t t = 0; t < rule->n_terms; t++)
		for (size_t p = 0; p < rule->terms[t].n; p++) {
			const struct pred *pred = &rule->terms[t].preds[p];

			if (pred->kind == PRED_MEMBER && pred->set == set && pred->field == field)
				return true;
		}
	return false;
}

bool model_set_new(struct model_tables *tables, size_t index)
{
	const struct policy *policy = tables->policy;
	struct model_set *set = &tables->sets[index];

	set->set = policy->sets[index];
	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t r = 0; r < policy->blocks[b]->n_rules; r++) {
			const struct rule *rule = policy->blocks[b]->rules[r];

			set->asks[0] |= rule_asks(rule, set->set, FIELD_SRC);
			set->asks[1] |= rule_asks(rule, set->set, FIELD_DST);
			for (const struct add *add = rule->adds; add; add = add->next)
				set->adds |= add->set == set->set;
		}
	set->elements = table_new(sizeof(struct key), sizeof(uint64_t), set->set->max, set->adds);
	return set->elements != NULL;
}

void model_set_clear(struct model_set *set)
{
	table_clear(set->elements);
	memset(set->lengths, 0, sizeof(set->lengths));
	set->asked = false;
}

/* False if the packet has no port, and elements have one. */
static bool end_of(const struct set *set, const struct model_packet *packet, enum field field, uint32_t port_proto[2])
{
	enum field port = field == FIELD_SRC ? FIELD_SPORT : FIELD_DPORT;

	port_proto[0] = has_type(set, AST_SET_PORT) ? (uint32_t)packet->value[port] : 0;
	port_proto[1] = has_type(set, AST_SET_PROTO) ? (uint32_t)packet->value[FIELD_PROTO] : 0;
	return !has_type(set, AST_SET_PORT) || packet->has[port];
}

static bool is_member(struct model_set *set, const struct model_packet *packet, enum field field, uint64_t now)
{
	uint32_t port_proto[2];

	if (!end_of(set->set, packet, field, port_proto))
		return false;
	for (unsigned length = 0; length <= family_bits(packet->family); length++) {
		const uint64_t *expires;
		struct key key;

		if (!set->lengths[packet->family][length])
			continue;
		make_key(&key, packet->family, packet->value[field], length, port_proto);
		expires = table_find(set->elements, &key);
		if (expires && now < *expires)
			return true;
	}
	return false;
}

/* All that rules ask of one set is answered at once. */
static void ask(struct model_set *set, const struct model_packet *packet, uint64_t now)
{
	if (set->asked)
		return;
	set->asked = true;
	for (unsigned i = 0; i < 2; i++)
		set->members[i] = set->asks[i] && is_member(set, packet, i ? FIELD_DST : FIELD_SRC, now);
}

bool model_set_has(struct model_tables *tables, const struct set *set, const struct model_packet *packet, enum field field,
		   uint64_t now)
{
	ask(&tables->sets[set->id], packet, now);
	return tables->sets[set->id].members[field != FIELD_SRC];
}

static int put(struct model_set *set, const struct key *key, enum family family, unsigned prefix, uint64_t expires)
{
	uint64_t *old = table_find(set->elements, key);

	if (old) {
		if (*old < expires)
			*old = expires;
		return 0;
	}
	if (!set->adds && table_size(set->elements) >= set->set->max)
		return -E2BIG;
	if (!table_insert(set->elements, key, &expires, NULL))
		return -ENOMEM;
	set->lengths[family][prefix]++;
	return 0;
}

void model_set_take(struct model_tables *tables, const struct add *add, const struct model_packet *packet, uint64_t now)
{
	uint64_t timeout = add->timeout_ns ? add->timeout_ns : add->set->timeout_ns;
	struct model_set *set = &tables->sets[add->set->id];
	enum field field = add->source ? FIELD_SRC : FIELD_DST;
	unsigned bits = family_bits(packet->family);
	uint32_t port_proto[2];
	struct key key;

	ask(set, packet, now);
	if (!end_of(add->set, packet, field, port_proto))
		return;
	make_key(&key, packet->family, packet->value[field], bits, port_proto);
	put(set, &key, packet->family, bits, timeout ? now + timeout : UINT64_MAX);
}

int model_set_put(struct model_set *set, const struct set_element *element, uint64_t now, uint64_t timeout_ns)
{
	uint32_t port_proto[2] = { element->port, element->proto };
	struct key key;

	make_key(&key, element->family, element->address, element->prefix, port_proto);
	return put(set, &key, element->family, element->prefix, timeout_ns ? now + timeout_ns : UINT64_MAX);
}
