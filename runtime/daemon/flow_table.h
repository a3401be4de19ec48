/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Flows as sentryd knows them: what several CPUs and generations have seen of one, put together, told of when it ends, when it
 * has gone on for the active timeout, or when it must make room. Lies in a file that is mapped into memory: after a kill,
 * what was not told of yet is still there.
 */
#ifndef SENTRY_DAEMON_FLOW_TABLE_H
#define SENTRY_DAEMON_FLOW_TABLE_H

#include "item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_NAME_SIZE 72
_Static_assert(sizeof(struct item_ends) == 44, "struct item_ends has other members");

/* Who decides a flow. Texts are cut to fit. */
struct flow_name {
	char policy[FLOW_NAME_SIZE], block[FLOW_NAME_SIZE], rule[FLOW_NAME_SIZE];
	uint32_t line;
	uint8_t verdict; /* 0 allow, 1 deny, 2 reject, 3 none */
};

struct flow_key {
	struct item_ends ends; /* tcp_flags are 0 */
	uint32_t ifindex;
	uint32_t name;         /* of flow_table_name() */
	uint32_t egress;
	uint32_t reserved[2];
};

struct flow_change {
	uint64_t packets, bytes;
	int64_t first_ns, last_ns; /* CLOCK_MONOTONIC */
	uint8_t tcp_flags;
	uint32_t generation;
};

struct flow_settings {
	int64_t active_ns, idle_ns;
	uint32_t most;
};

struct flow_table;

/*
 * `emit` gets items whose times are of CLOCK_REALTIME; texts and interface are filled in. `file` may be NULL. A file of another
 * size, version or run of the machine is begun anew. NULL with errno.
 */
struct flow_table *flow_table_open(const char *file, const struct flow_settings *settings,
				   void (*emit)(void *context, struct item *item), void *context);
/* Tells of all, if they are not to be there the next time. */
void flow_table_close(struct flow_table *table, bool tell);

/* The number of a name; 0 if there is no room for another, which is a name of nothing. */
uint32_t flow_table_name(struct flow_table *table, const struct flow_name *name);
void flow_table_add(struct flow_table *table, const struct flow_key *key, const struct flow_change *change);
/* Tells of those whose time has come. */
void flow_table_tick(struct flow_table *table, int64_t now_ns);

size_t flow_table_size(const struct flow_table *table);
/* How many had to make room. */
uint64_t flow_table_pressed(const struct flow_table *table);

#endif
