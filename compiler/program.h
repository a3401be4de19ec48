/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the data path does, hook by hook, still free of C: made from a policy by
 * lower.c, printed as C by emit.c. Everything a template needs to know is here;
 * emit decides nothing.
 */
#ifndef SENTRY_PROGRAM_H
#define SENTRY_PROGRAM_H

#include "classifier.h"
#include "policy.h"
#include "reduce.h"

/* A condition: tests joined by and/or, common tests of a rule's terms factored out. */
enum cond_kind {
	COND_TRUE,
	COND_AND,    /* items */
	COND_OR,     /* items; none of them: false */
	COND_FAMILY, /* the packet is of `family` */
	COND_RANGES, /* field in ranges (few, tested in line) */
	COND_TABLE,  /* address field in table (many, searched) */
	COND_BITS,   /* (field & mask) == bits */
	COND_STATE,  /* the connection's state is one of `bits` */
	COND_MEMBER, /* the end of the packet that `field` names is in `set`, or is not: negated */
};

struct table;
struct program_set;

struct cond {
	enum cond_kind kind;
	struct span span;
	enum family family;             /* FAMILY; RANGES and TABLE on addresses */
	enum field field;
	const struct rangeset *ranges;
	const struct table *table;
	uint32_t bits, mask;
	const struct program_set *set;
	bool negated;
	size_t n;
	struct cond **items;
};

/* A read-only sorted array of the ranges of one family, searched by halving. */
struct table {
	const char *ident;              /* C identifier: "net_mgmt_v4", "rule_x_from_v4" */
	enum family family;             /* FAMILY_V4 also for numbers: 32 bits are enough for them */
	bool numbers;                   /* ports and the like, not addresses */
	const struct rangeset *ranges;
	const struct rule *rule;        /* the first that asks it */
	uint32_t id;
};

/* Ranges that the templates' search in a table gets to the end of: 2 to the power of its SEARCH_STEPS. */
#define TABLE_MOST (1u << 22)

/* Bytes of one entry of a table: two ends, as in the templates' struct range4 and range6. */
#define TABLE_ENTRY_V4 8u
#define TABLE_ENTRY_V6 32u

static inline uint64_t program_table_bytes(const struct table *table)
{
	return (uint64_t)table->ranges->n * (table->family == FAMILY_V4 ? TABLE_ENTRY_V4 : TABLE_ENTRY_V6);
}

/* How a run-time set is kept: docs/state.md, and the templates' set.h. */
enum set_structure {
	SET_TABLE,                      /* one array: no timeouts, and no rule adds */
	SET_HASH,                       /* the kernel's hash table */
	SET_LRU,                        /* the same, where the least recently used make room: rules add */
};

extern const char *const set_structure_names[]; /* "table", "hash", "lru" */

/* Not part of any question. */
#define NO_QUESTION UINT32_MAX

struct program_set {
	const struct set *set;
	enum set_structure structure;
	const char *map_ident;          /* "set_abusers" */
	const char *ask_ident;          /* "ask_abusers": answers the questions below */
	const char *add_ident;          /* "add_abusers"; only of SET_LRU */
	bool has_port, has_proto;       /* an element is more than an address */
	uint32_t questions[2];          /* of the source, of the destination: number of the question, or NO_QUESTION */
	uint32_t count;                 /* index in `table_counts`; not of SET_TABLE */
};

/* Rules may name a set whose answer makes no difference to them. */
static inline bool program_set_is_asked(const struct program_set *set)
{
	return set->questions[0] != NO_QUESTION || set->questions[1] != NO_QUESTION;
}

/* What a rate-limit keeps and asks. Times in sixteenths of a nanosecond but where they say so. */
struct program_limit {
	const struct rule *rule;
	const char *map_ident;          /* "limit_ssh" */
	const char *exceeds_ident;      /* "exceeds_ssh" */
	enum limit_key {
		LIMIT_KEY_NONE,         /* one bucket */
		LIMIT_KEY_END,          /* an address or a port or both */
		LIMIT_KEY_FLOW,         /* source and destination, or the flow */
	} key;
	const struct ast_key *src, *dst; /* NULL where it is no part of the key */
	bool port, flow;
	bool bytes;                     /* the cost of a packet is length * period / amount, else `cost` */
	uint64_t cost, tolerance;
	uint64_t period, amount;
	uint32_t sketch_bits;           /* distinct: size, and how many bits may be set */
	uint32_t sketch_limit;
	uint32_t count;                 /* index in `table_counts` */
};

enum action_kind {
	DO_COUNT,                       /* in the rule's own slot; who decides is counted without being told */
	DO_LOG,                         /* write a record; `verdict` is what it says of the packet */
	DO_SAMPLE,                      /* the same of one packet in `one_of`, or of all packets of one flow in so many */
	DO_ADD,                         /* an end of the packet becomes an element of `set` */
	DO_DECIDE,                      /* the verdict is `verdict`, and nothing comes after it */
};

struct program_action {
	enum action_kind kind;
	enum verdict verdict;
	uint32_t one_of;
	bool flow;                      /* DO_SAMPLE */
	const struct program_set *set;  /* DO_ADD */
	bool source;
	uint64_t timeout_ns;            /* 0: for ever */
};

struct program_rule {
	const struct rule *rule;        /* for its name, its text and its place: what it does is all below */
	const char *ident;              /* "rule_ssh_admin" */
	const char *slot_ident;         /* "SLOT_SSH_ADMIN" */
	uint32_t slot;
	struct cond *cond;              /* NULL where the block's classifier answers for the rule */
	const struct program_limit *limit; /* what comes is done for packets that exceed it; NULL: for all */
	bool plain;                     /* it only tests the packet, and decides */
	uint64_t insns;                 /* about so many its tests come to */
	size_t n_actions;               /* what a match leads to, in order; without DO_DECIDE the next rule is asked */
	struct program_action *actions;
};

/* How a block finds the rule that decides. */
enum strategy {
	STRATEGY_LADDER,                /* ask one rule after another */
	STRATEGY_CLASSES,               /* look the rules up that `classified` names, ask the others one after another */
};

/* What asking one after another is called. */
#define STRAIGHT_TESTS "straight tests"
#define LONG_LISTS "long lists looked up, straight tests for the others"

struct program_block {
	const struct block *block;      /* for its names, its place and where it is attached */
	const char *ident;              /* function name, at most 15 bytes where it can: "ingress_uplink" */
	const char *slot_idents[SLOT_RULES]; /* "SLOT_INGRESS_MALFORMED", … */
	enum verdict verdicts[SLOT_RULES]; /* of packets that no rule decides */
	enum strategy strategy;
	const struct classifier *classifier; /* CLASSES */
	bool *classified;               /* by rule: the classifier answers for it, and it has no condition of its own */
	const char *tables_ident;       /* array of the classifier's tables */
	const char *classify_ident;     /* function */
	struct reduction reduction;     /* of the terms that were to be looked up */
	struct classify_options options; /* what was considered */
	double ns;                      /* predicted: what finding the rule adds to the floor */
	uint32_t fields;                /* bit per enum field that some rule reads */
	bool events;                    /* some rule logs or samples, and records show more fields */
	bool samples;                   /* some rule samples: records show the frame itself */
	bool rejects;                   /* some verdict is reject, and answers depend on more fields */
	size_t n_rules;
	struct program_rule *rules;
};

struct program {
	const struct policy *policy;
	bool events, samples, rejects;  /* of any block: what the object must have in it */
	size_t n_tables;
	struct table **tables;
	size_t n_blocks;
	struct program_block *blocks;
	uint64_t table_bytes;
	size_t n_sets;
	struct program_set **sets;      /* those that some rule asks or adds to, in order of declaration */
	uint32_t n_questions;
	size_t n_limits;
	struct program_limit **limits;
	uint32_t n_counts;              /* entries of `table_counts`: that of the connection table is 0 */
};

/*
 * So many rules asked one after another are made part of the entry, which saves a call. There the verifier walks them once
 * for each way through the parser; and rules that are not plain, that do more than test the packet and decide, leave it
 * with more than one state, each of which it walks the rest with: of these there are few.
 */
static inline bool program_in_entry(size_t n_rules, bool plain, uint64_t insns)
{
	return n_rules <= (plain ? 24 : 8) && insns <= 4096;
}

/*
 * A long ladder is cut into functions of at most so many rules and about so many instructions, each verified alone: a jump
 * reaches 32,767 instructions far, and the verifier keeps 8,192 branches that it has yet to walk.
 */
#define PROGRAM_GROUP 128u
#define PROGRAM_GUARDED_GROUP 64u /* of rules beside those that are looked up */
#define PROGRAM_GROUP_INSNS 16384u

/* How many of the block's rules, of which `rules` are the numbers, the first function holds; more than `most` it does not. */
size_t program_group(const struct program_block *block, const size_t *rules, size_t n, size_t most);

struct lower {
	struct arena *arena;
	struct diags *diags;
};

/* NULL when the policy uses what cannot be compiled (reported). */
struct program *lower_policy(struct lower *lower, const struct policy *policy);

/* What a function of the object is to a block. */
enum function_role {
	FUNCTION_FOREIGN, /* another block's or another hook's: the verifier does not meet it */
	FUNCTION_LADDER,  /* the block's rules */
	FUNCTION_TABLES,  /* what asks connections, sets and limits */
	FUNCTION_FRAME,   /* its entry, and what it calls of the templates */
};

/* How many of a block's rules its classifier answers for. */
size_t program_looked_up(const struct program_block *block);

/* The rule writes records. */
bool program_rule_records(const struct program_rule *rule);

enum function_role program_function_role(const struct program *program, const struct program_block *block,
					 const char *function);

void program_dump(const struct program *program, FILE *out);

#endif
