/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The syntax tree: what was written, in order, with spans, and nothing resolved.
 * Lists are linked by `next` in the order of the text. All memory is in the arena
 * of the compilation; identifiers and strings are NUL-terminated copies.
 */
#ifndef SENTRY_AST_H
#define SENTRY_AST_H

#include "address.h"
#include "arena.h"
#include "span.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A word with its place; text NULL means it was not written. */
struct ast_name {
	const char *text;
	struct span span;
};

enum ast_expr_kind {
	AST_EXPR_ANY,
	AST_EXPR_ADDRESS,  /* address or prefix: family, value, prefix (host bits may be set: the resolver complains) */
	AST_EXPR_NUMBER,   /* number */
	AST_EXPR_NAME,     /* text: a declared name, or an IANA, ICMP, state or flag word */
	AST_EXPR_SET,      /* text: the name after '@' */
	AST_EXPR_STRING,   /* text: operand of `file` */
	AST_EXPR_GROUP,    /* text: the name after `group` */
	AST_EXPR_RANGE,    /* left - right: two numbers or two addresses */
	AST_EXPR_LIST,     /* items */
	AST_EXPR_NOT,      /* left */
	AST_EXPR_AND,      /* left, right */
	AST_EXPR_OR,
	AST_EXPR_SERVICE,  /* element of a service: text is the protocol, left its port, range or ICMP type, or NULL */
};

#define AST_DEPTH_MAX 100

struct ast_expr {
	enum ast_expr_kind kind;
	struct span span;
	const char *text;
	enum family family;
	u128 value;        /* address */
	unsigned prefix;   /* length; the family's bits for a plain address */
	bool has_prefix;   /* a length was written */
	uint64_t number;
	unsigned depth;    /* 1 for a leaf; at most AST_DEPTH_MAX, so recursion over a tree is bounded */
	struct ast_expr *left;
	struct ast_expr *right;
	struct ast_expr *items;
	struct ast_expr *next;
};

enum ast_verdict {
	AST_ALLOW,
	AST_DENY,
	AST_REJECT,
	AST_RATE_LIMIT,
	AST_SAMPLE,
};

/* "200/s burst 400 per src/24, port" or "10mbit/s" */
enum ast_rate_unit {
	AST_RATE_PACKETS,
	AST_RATE_BITS,
	AST_RATE_BYTES,
};

enum ast_key_kind {
	AST_KEY_SRC,
	AST_KEY_DST,
	AST_KEY_FLOW,
	AST_KEY_PORT, /* destination port */
};

struct ast_key {
	enum ast_key_kind kind;
	struct span span;
	bool has_prefix4, has_prefix6; /* src/24 is both families' default: 24 and 56; src/24/64 gives both */
	unsigned prefix4, prefix6;
	struct ast_key *next;
};

/* "20/m distinct port per src": not packets are counted, but different values */
enum ast_distinct {
	AST_DISTINCT_NONE,
	AST_DISTINCT_PORT, /* destination port */
	AST_DISTINCT_SRC,
	AST_DISTINCT_DST,
};

struct ast_rate {
	struct span span;
	enum ast_rate_unit unit;
	uint64_t amount;        /* packets, bits or bytes a period, prefixes k m g multiplied out (decimal) */
	uint64_t period_ns;
	bool has_burst;
	uint64_t burst;         /* packets, or bytes for bit and byte rates */
	struct ast_key *keys;   /* NULL: one bucket for the rule */
	enum ast_distinct distinct;
	struct span distinct_span;
	bool has_max;
	uint64_t max;           /* keys at a time */
	struct span max_span;
};

enum ast_clause_kind {
	/* matches */
	AST_CLAUSE_PROTO,    /* text: tcp udp icmp icmp4 icmp6 sctp gre esp, or NULL and value: proto N, list */
	AST_CLAUSE_SERVICE,  /* text */
	AST_CLAUSE_FROM,     /* value address expression, or NULL; port or NULL */
	AST_CLAUSE_TO,
	AST_CLAUSE_PORT,     /* value */
	AST_CLAUSE_FLAGS,    /* flags_set, flags_mask; has_mask */
	AST_CLAUSE_ICMP,     /* text icmp, icmp4 or icmp6; value type or NULL; port holds the code or NULL */
	AST_CLAUSE_STATE,    /* value: names */
	AST_CLAUSE_VLAN,     /* value */
	AST_CLAUSE_DSCP,
	AST_CLAUSE_TTL,
	AST_CLAUSE_LENGTH,
	AST_CLAUSE_FRAGMENT, /* first */
	AST_CLAUSE_IP,       /* number 4 or 6 */
	/* modifiers */
	AST_CLAUSE_ELSE,     /* verdict of a rate-limit */
	AST_CLAUSE_LOG,
	AST_CLAUSE_DETECT,   /* text: the detection, as user space calls it */
	AST_CLAUSE_COUNT,
	AST_CLAUSE_SAMPLE,   /* number: N of 1/N; first: of flows */
	AST_CLAUSE_ADD,      /* text: set; first: source address, else destination; number: ns, 0 when not given */
	AST_CLAUSE_OVERRIDES,/* text: rule */
	AST_CLAUSE_LINT_OFF, /* text: finding; reason */
	/* metadata */
	AST_CLAUSE_OWNER,    /* text */
	AST_CLAUSE_TICKET,
	AST_CLAUSE_NOTE,
	AST_CLAUSE_EXPIRES,  /* number: days since 1970-01-01 */
};

/* Bits of the TCP flags as on the wire. */
#define AST_TCP_FLAGS 8
extern const char *const ast_tcp_flag_names[AST_TCP_FLAGS]; /* fin syn rst psh ack urg ece cwr: bit 0 to 7 */

/* Of a rule: the matches in the order of the text, then else, modifiers and metadata, in the order that fmt writes. */
struct ast_clause {
	enum ast_clause_kind kind;
	struct span span;
	struct span text_span;
	const char *text;
	const char *reason;
	struct ast_expr *value;
	struct ast_expr *port;
	uint64_t number;
	uint8_t flags_set, flags_mask;
	bool has_mask;
	bool first;
	enum ast_verdict verdict;
	struct ast_clause *next;
};

struct ast_rule {
	struct ast_name name;
	enum ast_verdict verdict;
	struct span verdict_span;
	struct ast_rate rate;       /* AST_RATE_LIMIT */
	uint64_t sample;            /* AST_SAMPLE: N of 1/N */
	bool sample_flow;           /* of flows, not of packets */
	struct ast_clause *clauses;
};

struct ast_where {
	struct span span;
	bool egress;
	struct ast_name on;         /* optional: which of several blocks */
};

/* PROTO SRC[:PORT] > DST[:PORT] [FLAGS | TYPE] [key=value…] [quoting PACKET] */
struct ast_packet_key {
	struct ast_name name;
	struct ast_name value;      /* as written: a number, two joined by '.', or a word */
	struct ast_packet_key *next;
};

struct ast_packet {
	struct span span;
	struct ast_name proto;      /* tcp udp icmp icmp4 icmp6 sctp gre esp arp, or the number of `proto N` as text */
	struct ast_expr *src, *dst; /* AST_EXPR_ADDRESS; NULL for arp */
	struct ast_expr *sport, *dport;  /* AST_EXPR_NUMBER or AST_EXPR_NAME; NULL when not written */
	struct ast_name words;      /* TCP flags with commas, or an ICMP type, as written; optional */
	struct ast_packet_key *keys;
	struct ast_packet *quoted;  /* in an ICMP error; NULL when not written */
};

struct ast_expect {
	struct ast_packet *packet;
	struct ast_where where;     /* without a span: as the test says */
	enum ast_verdict verdict;
	struct span verdict_span;
	struct ast_name by;         /* rule, or default, non-ip, malformed; optional */
};

/* A step of a test: ADDRESS[/LENGTH] [port PORT] [proto PROTOCOL] to @SET [for DURATION] */
struct ast_add {
	struct ast_expr *address;   /* AST_EXPR_ADDRESS */
	struct ast_expr *port;      /* AST_EXPR_NUMBER or AST_EXPR_NAME; NULL when not written */
	struct ast_name proto;      /* a word or a number as text; optional */
	struct ast_name set;
	uint64_t timeout_ns;        /* 0 when not given */
	struct span timeout_span;
};

enum ast_kind {
	AST_INCLUDE,    /* text */
	AST_POLICY,     /* name, body */
	AST_OWNER,      /* text */
	AST_STRICT,
	AST_INTERFACE,  /* name, text: the default interface */
	AST_NET,        /* name, value (AST_EXPR_STRING for a file) */
	AST_PORT,       /* name, value */
	AST_SERVICE,    /* name, value */
	AST_GROUP,      /* name, text: the label expression as written */
	AST_SET,        /* name, set */
	AST_BUDGET,     /* items: name and number each */
	AST_LINT,       /* name: finding; severity word in text */
	AST_BLOCK,      /* where.egress, interfaces or any, via, body */
	AST_RULE,       /* rule */
	AST_DEFAULT,    /* verdict */
	AST_NON_IP,     /* verdict */
	AST_MALFORMED,  /* verdict */
	AST_ASSERT,     /* name, verdict, where, clauses, under_limits */
	AST_TEST,       /* text, where, body of AST_EXPECT, AST_WAIT, AST_ADD */
	AST_EXPECT,     /* expect */
	AST_WAIT,       /* number: ns */
	AST_ADD,        /* add */
	AST_BUDGET_ITEM,/* name, number */
	AST_STATES,     /* AST_ITEMs: "max" (number), "loose", or timeouts */
	AST_ACCOUNT,    /* AST_ITEMs: "traffic", "flows", "flows max" (number) */
	AST_ITEM,       /* name, item; number: ns if that is a duration */
	AST_SEED,       /* number */
	AST_ON_FAILURE, /* verdict: allow or deny */
};

/* What stands behind the words of an item. */
enum ast_item {
	AST_ITEM_WORD,  /* nothing */
	AST_ITEM_NUMBER,
	AST_ITEM_DURATION,
};

enum ast_set_type {
	AST_SET_ADDR,
	AST_SET_NET,
	AST_SET_PORT,
	AST_SET_PROTO,
};

struct ast_set {
	enum ast_set_type types[4]; /* "addr . port" is two */
	unsigned n_types;
	bool has_max, has_timeout;
	uint64_t max;
	uint64_t timeout_ns;
	struct ast_name from;       /* file; optional */
};

struct ast_node {
	enum ast_kind kind;
	struct span span;           /* the whole statement, with its ';' or '}' */
	struct span open;           /* the '{' of a body */
	struct ast_name name;
	const char *text;
	struct span text_span;
	struct ast_expr *value;
	struct ast_set set;
	struct ast_rule rule;
	struct ast_expect expect;
	struct ast_add add;
	struct ast_where where;
	struct ast_name *interfaces; /* of a block */
	unsigned n_interfaces;
	bool any;
	struct ast_name via;
	enum ast_verdict verdict;
	struct span verdict_span;
	struct ast_clause *clauses;
	bool under_limits;
	enum ast_item item;
	uint64_t number;
	struct ast_node *body;
	struct ast_node *next;
};

struct ast_comment {
	struct span span;           /* from '#' to the end of the line, newline not included */
	bool trailing;              /* something else stands before it on its line */
	struct ast_comment *next;
};

struct ast_file {
	struct source *source;
	struct ast_node *nodes;
	struct ast_comment *comments;
	struct ast_file *includes;  /* parsed files this one includes, in order; each file once per compilation */
	struct ast_file *next;
};

/* The tree as an indented listing, for `compile --dump ast` and the golden tests. */
void ast_dump(const struct ast_file *file, FILE *out);

/*
 * The canonical text of one file (includes are not followed): what `sentryc fmt`
 * writes. Comments are kept; printing what was parsed from the result gives the
 * same bytes. The tree must come from a parse without errors.
 */
void ast_format(const struct ast_file *file, FILE *out);

/*
 * A rule ("allow tcp to self port web log": from its verdict on, without name and
 * ';') or a packet in canonical spelling on one line; arena memory.
 */
char *ast_rule_text(struct arena *arena, const struct ast_rule *rule);
char *ast_packet_text(struct arena *arena, const struct ast_packet *packet);

#endif
