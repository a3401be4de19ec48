/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The resolved meaning of a policy: no names left to look up, every value in
 * range, IPv4 and IPv6 apart. Built by resolve.c; read by the model, the prover
 * and the lowering to a program. Immutable once built; memory is the arena's.
 *
 * A rule matches a packet if any of its terms does. A term is a conjunction of
 * predicates on fields of one IP version. A field that a packet does not have
 * (ports of a later fragment, the VLAN of an untagged frame) satisfies no
 * predicate; negation in the text has become a complement here.
 */
#ifndef SENTRY_POLICY_H
#define SENTRY_POLICY_H

#include "address.h"
#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "fields.h"
#include "frame.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The numbers are those of shared.h's SENTRY_ALLOW, SENTRY_DENY, SENTRY_REJECT (checked when built). */
enum verdict {
	VERDICT_ALLOW,
	VERDICT_DENY,
	VERDICT_REJECT,
	N_VERDICTS
};

extern const char *const verdict_names[N_VERDICTS]; /* "allow", "deny", "reject" */

enum action {
	ACTION_ALLOW,
	ACTION_DENY,
	ACTION_REJECT,
	ACTION_RATE_LIMIT,
	ACTION_SAMPLE,
};

/* Sorted, disjoint, not adjacent. Shared by all predicates that came from one name. */
struct rangeset {
	size_t n;
	struct range *ranges;
	const char *name; /* the net or port list it is, unchanged, of; else NULL */
};

struct set {
	const char *name;
	struct span span;
	enum ast_set_type types[4];
	unsigned n_types;
	uint64_t max;
	uint64_t timeout_ns; /* 0: none */
	const char *from;    /* file, or NULL */
	uint32_t id;         /* index in policy.sets */
};

enum pred_kind {
	PRED_RANGES, /* the field's value lies in `ranges` */
	PRED_BITS,   /* (value & mask) == bits: FIELD_FLAGS only */
	PRED_MEMBER, /* the field's value is an element of `set` (or is not: negated) */
	PRED_STATE,  /* the connection's state is one of `states` */
};

enum state {
	STATE_NEW,
	STATE_ESTABLISHED,
	STATE_RELATED,
	STATE_INVALID,
	N_STATES
};

extern const char *const state_names[N_STATES];

struct pred {
	enum pred_kind kind;
	enum field field; /* not for PRED_STATE */
	struct span span;
	const struct rangeset *ranges;
	uint32_t bits, mask;
	const struct set *set;
	bool negated;
	uint32_t states; /* bit per enum state */
};

/* Predicates in the order of enum field, each field at most once per kind and set. */
struct term {
	enum family family;
	size_t n;
	struct pred *preds;
};

/* The values of AST_DISTINCT_… */
enum distinct {
	DISTINCT_NONE, /* packets or bytes are counted */
	DISTINCT_PORT, /* different destination ports */
	DISTINCT_SRC,
	DISTINCT_DST,
};

#define RATE_MAX_KEYS 131072u     /* unless `max` says another number */
#define RATE_MAX_DISTINCT 256u

struct rate {
	enum ast_rate_unit unit;
	uint64_t amount;
	uint64_t period_ns;
	uint64_t burst;          /* not for DISTINCT_… */
	const struct ast_key *keys;
	enum distinct distinct;
	uint64_t max;            /* keys at a time; 1 where there are no `keys` */
};

struct add {
	const struct set *set;
	bool source; /* the packet's source address, else its destination */
	uint64_t timeout_ns;
	struct add *next;
};

struct lint_off {
	enum code code;
	const char *reason;
	struct lint_off *next;
};

struct rule {
	const char *name;
	struct span span;      /* from the name to the end of the statement */
	struct span name_span;
	const char *text;      /* canonical, one line, without the name */
	uint32_t id;           /* counter slot, see struct block */
	enum action action;
	enum verdict verdict;  /* of ACTION_ALLOW, DENY, REJECT; of RATE_LIMIT: when it exceeds */
	struct rate rate;
	uint32_t sample;       /* ACTION_SAMPLE: N of 1/N */
	bool sample_flow;      /* all packets of one flow in N */
	size_t n_terms;
	struct term *terms;    /* may be 0 only after an error was reported */

	bool log;              /* also of a rule that detects */
	const char *detect;    /* what its records are called in user space; NULL: it detects nothing */
	bool count;            /* its counter is wanted, whatever else it does */
	uint32_t log_sample;   /* modifier `sample 1/N`; 0: none */
	bool log_sample_flow;
	struct add *adds;
	const char *owner, *ticket, *note;
	bool has_expires;
	int64_t expires;       /* days since 1970-01-01 */
	size_t n_overrides;
	const char **overrides; /* names of earlier rules of the block */
	struct lint_off *lint_offs;
};

enum direction {
	DIRECTION_INGRESS,
	DIRECTION_EGRESS,
};

enum hook_id {
	HOOK_XDP,
	HOOK_TC,
	N_HOOKS
};

extern const char *const hook_names[N_HOOKS]; /* "xdp", "tc" */

struct interface {
	const char *role;
	const char *device; /* default; the role's own name when undeclared */
	struct span span;
};

/* Slots of every block that are not rules, counted from block.first_id. */
enum {
	SLOT_MALFORMED,
	SLOT_NON_IP,
	SLOT_DEFAULT,
	SLOT_RULES, /* the first rule */
};

extern const char *const slot_names[SLOT_RULES]; /* "malformed", "non-ip", "default" */

struct block {
	const char *name;          /* "ingress"; "ingress-uplink" where there are several of the direction */
	struct span span;
	enum direction direction;
	enum hook_id hook;
	bool any;                  /* all bound interfaces */
	size_t n_interfaces;
	const struct interface **interfaces;
	size_t n_rules;
	struct rule **rules;       /* in order; rules[i]->id == first_id + SLOT_RULES + i */
	uint32_t first_id;
	enum verdict default_verdict;
	enum verdict non_ip;
	enum verdict malformed;
	struct span default_span;
};

struct net {
	const char *name;
	struct span span;
	const struct rangeset *ranges[N_FAMILIES]; /* never NULL; n may be 0 */
};

struct assertion {
	const char *name;
	struct span span;
	enum verdict verdict;
	const struct block *block;
	bool under_limits;
	size_t n_terms;
	struct term *terms;
};

struct test_packet {
	struct span span;
	const struct block *block; /* the test's, unless the packet says another */
	const char *text;          /* canonical */
	struct packet_spec spec;
	enum verdict expect;
	const char *by;            /* NULL: any rule */
	uint32_t by_id;            /* slot, if by */
};

/* An element of a run-time set. Of a tuple, what its types do not name is 0. */
struct set_element {
	enum family family;
	u128 address;
	unsigned prefix;  /* the family's bits but for type net */
	uint16_t port;
	uint8_t proto;
};

enum test_step_kind {
	TEST_PACKET, /* judge packets[packet] */
	TEST_WAIT,   /* `wait_ns` go by */
	TEST_ADD,    /* `element` becomes a member of `set` */
};

struct test_step {
	enum test_step_kind kind;
	size_t packet;
	uint64_t wait_ns;
	const struct set *set;
	struct set_element element;
	uint64_t timeout_ns; /* of TEST_ADD; 0: as the set says */
};

/* Begins with empty tables and sets. */
struct test {
	const char *name;
	struct span span;
	const struct block *block;
	size_t n_packets;
	struct test_packet *packets;
	size_t n_steps;          /* the packets in order, and what is between them */
	struct test_step *steps;
};

enum state_timeout {
	TIMEOUT_TCP_OPENING,
	TIMEOUT_TCP_ESTABLISHED,
	TIMEOUT_TCP_CLOSING,
	TIMEOUT_TCP_CLOSED,
	TIMEOUT_UDP_OPENING,
	TIMEOUT_UDP_ESTABLISHED,
	TIMEOUT_ICMP,
	TIMEOUT_OTHER,
	N_STATE_TIMEOUTS
};

/* "tcp opening", "icmp", …, as in `states { … }` */
extern const char *const state_timeout_words[N_STATE_TIMEOUTS];

/* The connection table (docs/state.md). */
struct states {
	bool used;               /* some rule asks for `state` */
	struct span span;        /* of `states { … }`; no source where there is none */
	uint64_t max;            /* connections at a time */
	bool loose;
	uint64_t timeout_ns[N_STATE_TIMEOUTS]; /* whole milliseconds, at least one */
};

#define STATES_MAX 131072u   /* unless `max` says another number */
#define STATES_MAX_LIMIT 0x4000000u

/* What the data path counts beside the rules: docs/telemetry-account.md. */
struct account {
	struct span span;    /* of `account { … }`; no source where there is none */
	bool traffic;        /* by interface, direction, protocol and verdict */
	uint64_t flows;      /* entries of the cache of each CPU, a power of two; 0: no flows */
};

#define ACCOUNT_FLOWS 16384u /* unless `max` says another number */
#define ACCOUNT_FLOWS_LEAST 1024u
#define ACCOUNT_FLOWS_MOST 1048576u

/* `max` rounded up to what the cache can have; 0: out of range. */
uint64_t account_flows_size(uint64_t max);

struct budget {
	uint64_t insns;  /* 0: the default */
	uint64_t memory; /* bytes; 0: the default */
};

struct policy {
	const char *name;
	struct span span;
	const char *owner;
	bool strict;
	size_t n_interfaces; struct interface *interfaces;
	size_t n_nets;       struct net **nets;
	size_t n_sets;       struct set **sets;
	size_t n_blocks;     struct block **blocks;
	size_t n_asserts;    struct assertion *asserts;
	size_t n_tests;      struct test *tests;
	struct assertion *query; /* of `sentryc query`: of no block and no part of the policy; else NULL */
	struct budget budget;
	struct states states;
	struct account account;
	uint64_t seed;       /* of `sample flow` */
	bool on_failure_allow; /* packets pass that no generation can judge, since it cannot be reached; else not */
	struct span on_failure_span; /* without a source: not said */
	uint32_t n_slots;    /* of all blocks together */
};

struct resolve {
	struct arena *arena;
	struct sources *sources; /* `file` operands are read into it */
	struct diags *diags;
	const struct ast_node *query; /* to be resolved with the names of the policy; NULL: none */
};

/* NULL if there is no policy at all; else whatever resolved, with diags_have_errors() telling. */
struct policy *resolve_policy(struct resolve *resolve, const struct ast_file *file);

/*
 * One packet of a command line: what resolve_policy does for those of tests. *text is
 * its canonical spelling. False after an error; policy-declared names mean nothing here.
 */
bool resolve_packet(struct resolve *resolve, const struct ast_packet *packet, struct packet_spec *spec,
		    const char **text);

/* Its place in policy->blocks. */
size_t policy_block_index(const struct policy *policy, const struct block *block);

/* The block that a name as in `--block NAME` means: its name, or the direction if there is one such. NULL else. */
const struct block *policy_block(const struct policy *policy, const char *name);

/* What a slot is: "ssh", "default", …; *rule is NULL for the latter. */
const char *policy_slot_name(const struct policy *policy, uint32_t id, const struct block **block,
			     const struct rule **rule);

/* Indented listing, for `compile --dump policy` and the golden tests. */
void policy_dump(const struct policy *policy, FILE *out);

#endif
