/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "model_tables.h"

#include <stdlib.h>
#include <string.h>

static bool make_limits(struct model_tables *tables)
{
	const struct policy *policy = tables->policy;

	tables->limits = calloc(policy->n_slots + 1, sizeof(tables->limits[0]));
	if (!tables->limits)
		out_of_memory();
	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t r = 0; r < policy->blocks[b]->n_rules; r++) {
			const struct rule *rule = policy->blocks[b]->rules[r];

			if (rule->action == ACTION_RATE_LIMIT && !model_limit_new(tables, rule))
				return false;
		}
	return true;
}

static bool make_sets(struct model_tables *tables)
{
	tables->sets = calloc(tables->policy->n_sets + 1, sizeof(tables->sets[0]));
	if (!tables->sets)
		out_of_memory();
	for (size_t i = 0; i < tables->policy->n_sets; i++)
		if (!model_set_new(tables, i))
			return false;
	return true;
}

struct model_tables *model_tables_new(const struct policy *policy)
{
	struct model_tables *tables = calloc(1, sizeof(*tables));

	if (!tables)
		out_of_memory();
	tables->policy = policy;
	if (model_states_new(tables) && make_limits(tables) && make_sets(tables))
		return tables;
	model_tables_free(tables);
	return NULL;
}

void model_tables_free(struct model_tables *tables)
{
	if (!tables)
		return;
	table_free(tables->states);
	for (size_t i = 0; tables->limits && i < tables->policy->n_slots; i++)
		table_free(tables->limits[i]);
	for (size_t i = 0; tables->sets && i < tables->policy->n_sets; i++)
		table_free(tables->sets[i].elements);
	free(tables->limits);
	free(tables->sets);
	free(tables);
}

void model_tables_reset(struct model_tables *tables)
{
	if (tables->states)
		table_clear(tables->states);
	for (size_t i = 0; i < tables->policy->n_slots; i++)
		if (tables->limits[i])
			table_clear(tables->limits[i]);
	for (size_t i = 0; i < tables->policy->n_sets; i++)
		model_set_clear(&tables->sets[i]);
}

void model_tables_next_packet(struct model_tables *tables)
{
	for (size_t i = 0; i < tables->policy->n_sets; i++)
		tables->sets[i].asked = false;
}

static uint64_t port_of(const struct model_packet *packet, enum field field)
{
	return packet->has[field] ? (uint64_t)packet->value[field] : 0;
}

bool model_ends_of(const struct model_packet *packet, struct model_ends *ends)
{
	struct model_end source = { packet->value[FIELD_SRC], port_of(packet, FIELD_SPORT) };
	struct model_end dest = { packet->value[FIELD_DST], port_of(packet, FIELD_DPORT) };
	bool source_low = source.address < dest.address ||
			  (source.address == dest.address && source.port <= dest.port);

	memset(ends, 0, sizeof(*ends));
	ends->low.address = source_low ? source.address : dest.address;
	ends->low.port = source_low ? source.port : dest.port;
	ends->high.address = source_low ? dest.address : source.address;
	ends->high.port = source_low ? dest.port : source.port;
	return source_low;
}
