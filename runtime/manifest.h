/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What an object says about itself: section sentry.manifest, schema packet-sentry/manifest/v1. */
#ifndef SENTRY_RUNTIME_MANIFEST_H
#define SENTRY_RUNTIME_MANIFEST_H

#include "failure.h"
#include "hook.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct manifest_role {
	const char *role;
	const char *device; /* the interface it stands for unless --bind says another */
};

struct manifest_block {
	const char *name;
	const char *program;
	enum direction direction;
	bool xdp;           /* else tc */
	bool any;           /* all bound interfaces */
	size_t n_roles;
	struct manifest_role *roles;
	bool reads_vlan;    /* some rule asks for the tag; false also if the object does not say */
};

/* A rule or pseudo-rule (malformed, non-ip, default); its index in `rules` is its slot. */
struct manifest_rule {
	const char *name;
	const char *block;
	const char *action;  /* allow, deny, reject, sample, … */
	const char *verdict; /* what it decides; "" if it does not */
	const char *detect;  /* the name of what it detects; "" if nothing */
	const char *text;    /* as in the policy; "" for pseudo-rules without a line of their own */
	const char *file;
	long long line;      /* 0: none */
};

enum set_type {
	SET_TYPE_ADDR,
	SET_TYPE_NET,
	SET_TYPE_PORT,
	SET_TYPE_PROTO,
};

enum set_structure {
	SET_STRUCTURE_TABLE,
	SET_STRUCTURE_HASH,
	SET_STRUCTURE_LRU,
};

extern const char *const set_type_words[];
extern const char *const set_structure_words[];

#define MAX_SET_TYPES 4
#define NO_COUNT (-1)

/* A set that changes at run time. Of its types, one is an address; `net` stands alone. */
struct manifest_set {
	const char *name;
	const char *map;
	const char *from;    /* file; NULL if none */
	size_t n_types;
	enum set_type types[MAX_SET_TYPES];
	enum set_structure structure;
	unsigned int max;
	unsigned long long timeout_ns; /* of elements that are added without a time; 0: they stay */
	long long count;     /* index in map `table_counts`, or NO_COUNT */
};

/* The table of connections. */
struct manifest_states {
	const char *map;     /* NULL: the policy asks for no state */
	unsigned int max;
	long long count;
};

/* What is counted beside the rules. */
struct manifest_account {
	bool traffic;
	unsigned int flows;  /* entries of the flow cache of each CPU; 0: no flows */
};

struct manifest_limit {
	const char *rule;
	const char *map;
	const char *kind;    /* rate or distinct */
	const char *distinct; /* "" but for kind distinct */
	const char *keys;    /* "": all packets have one bucket */
	unsigned int max;    /* 1 without keys */
	long long count;
	const json_t *json;  /* what else it says */
};

/* Strings belong to `json`. */
struct manifest {
	json_t *json;
	const char *policy;
	const char *owner;       /* "" if none */
	const char *source_hash;
	const char *layout_hash;
	bool on_failure_allow;   /* packets pass whose generation a hook cannot reach; false if not said */
	size_t n_blocks;
	struct manifest_block *blocks;
	size_t n_rules;
	struct manifest_rule *rules;
	size_t n_sets;
	struct manifest_set *sets;
	struct manifest_states states;
	struct manifest_account account;
	size_t n_limits;
	struct manifest_limit *limits;
};

/* The text of a section. On failure *manifest is empty and needs no free. */
bool manifest_parse(struct manifest *manifest, const char *text, size_t size, struct failure *why);
/* Takes its own reference on `json`. */
bool manifest_read(struct manifest *manifest, json_t *json, struct failure *why);
void manifest_free(struct manifest *manifest);

const struct manifest_block *manifest_block(const struct manifest *manifest, const char *name);
const struct manifest_set *manifest_set(const struct manifest *manifest, const char *name);
const struct manifest_limit *manifest_limit(const struct manifest *manifest, const char *map);
/* How many entries map `table_counts` must have: one behind the last index that something names. */
size_t manifest_n_counts(const struct manifest *manifest);
bool manifest_same_types(const struct manifest_set *left, const struct manifest_set *right);

/* For manifest.c: the sets, states, limits, and what is accounted for. */
bool manifest_read_tables(struct manifest *manifest, struct failure *why);

#endif
