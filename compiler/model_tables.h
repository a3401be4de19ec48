/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the model remembers between packets: connections, rates and sets, as docs/state.md
 * says them. Interpreted, and sharing nothing with the templates, which are held against it.
 */
#ifndef SENTRY_MODEL_TABLES_H
#define SENTRY_MODEL_TABLES_H

#include "engine.h"
#include "table.h"

/* One end of a packet. */
struct model_end {
	u128 address;
	uint64_t port;
};

/* Both ends in one order for both directions. No padding: it is a key. */
struct model_ends {
	struct model_end low, high;
};

struct model_set {
	const struct set *set;
	bool adds;            /* some rule adds to it: the least recently used make room */
	bool asks[2];         /* some rule asks about the source, about the destination */
	struct table *elements;
	size_t lengths[N_FAMILIES][129]; /* how many elements have each prefix length */
	bool asked;           /* in the present packet: what the answers are */
	bool members[2];
};

struct model_tables {
	const struct policy *policy;
	struct table *states;
	struct table **limits; /* by slot; NULL for what is no limit */
	struct model_set *sets; /* by policy.sets */
};

/* NULL without memory. */
struct model_tables *model_tables_new(const struct policy *policy);
void model_tables_free(struct model_tables *tables);
void model_tables_reset(struct model_tables *tables);
/* The answers that sets gave are those of one packet. */
void model_tables_next_packet(struct model_tables *tables);

/* The ends of a packet, ports 0 where it has none; true if the source is the lower. */
bool model_ends_of(const struct model_packet *packet, struct model_ends *ends);

/* model_state.c */
bool model_states_new(struct model_tables *tables);
enum state model_state_of(struct model_tables *tables, const struct model_packet *packet, uint64_t now);
/* The packet was allowed. */
void model_state_commit(struct model_tables *tables, const struct model_packet *packet, uint64_t now);

/* model_limit.c */
bool model_limit_new(struct model_tables *tables, const struct rule *rule);
bool model_limit_exceeds(struct model_tables *tables, const struct rule *rule, const struct model_packet *packet,
			 uint64_t now);
bool model_flow_sampled(const struct policy *policy, const struct model_packet *packet, uint32_t one_of);

/* model_set.c */
bool model_set_new(struct model_tables *tables, size_t index);
void model_set_clear(struct model_set *set);
bool model_set_has(struct model_tables *tables, const struct set *set, const struct model_packet *packet, enum field field,
		   uint64_t now);
void model_set_take(struct model_tables *tables, const struct add *add, const struct model_packet *packet, uint64_t now);
/* 0, -E2BIG or -ENOMEM. */
int model_set_put(struct model_set *set, const struct set_element *element, uint64_t now, uint64_t timeout_ns);

#endif
