/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the files of the resolver share; the door is resolve_policy() in policy.h.
 *
 *	resolve.c         the order of things
 *	resolve_states.c  states, seed
 *	resolve_account.c account
 *	resolve_names.c   the table of names, unknown names, "did you mean"
 *	resolve_decl.c    net, port, set, group, interface
 *	resolve_service.c services
 *	resolve_list.c    list files
 *	resolve_value.c   or, and, not over operands: what all fields have in common
 *	resolve_number.c  ports, protocols, ICMP types, states and other numbers
 *	resolve_addr.c    addresses, with run-time sets
 *	resolve_clause.c  one clause -> alternatives
 *	resolve_match.c   clauses -> terms
 *	resolve_rate.c    rates
 *	resolve_rule.c    actions, modifiers, metadata
 *	resolve_block.c   blocks and which interfaces they are on
 *	resolve_test.c    assertions and tests
 *	resolve_element.c elements of sets, in tests
 *	resolve_packet.c  packets of tests and command lines
 *
 * A function that returns bool has reported its error when it returns false.
 */
#ifndef SENTRY_RESOLVER_H
#define SENTRY_RESOLVER_H

#include "policy.h"
#include "rangeset.h"
#include "source.h"
#include "spell.h"

enum {
	/* Of lists in lists, negations of negations, names of names. Lists may be as long as they like. */
	NESTING_MAX = 200,
	/* Of one rule: alternatives that only run-time sets can make. */
	TERMS_MAX = 64,
};

/* A year: longer than any timeout that is meant, and far from what overflows. */
#define TIMEOUT_MAX_NS (365 * 86400 * 1000000000ull)

/* names */

enum decl_kind {
	DECL_NET,
	DECL_PORT,
	DECL_SERVICE,
	DECL_SET,
	DECL_GROUP,
	DECL_INTERFACE,
	DECL_RULE,
	DECL_ASSERT,
	DECL_TEST,
	N_DECL_KINDS
};

enum decl_progress {
	DECL_NEW,
	DECL_ACTIVE, /* being resolved: to meet it again is a cycle */
	DECL_DONE,
	DECL_BAD,    /* an error was reported: users of the name stay silent */
};

struct decl {
	enum decl_kind kind;
	const char *name;
	struct span span; /* of the name */
	const struct ast_node *node;
	enum decl_progress progress;
	struct net *net;
	const struct rangeset *ports;
	struct service *service;
	struct set *set;
	uint32_t index;   /* of an interface */
	const struct block *block; /* of a rule that was resolved */
	const struct rule *rule;
};

struct names {
	struct decl **items; /* in the order of the text */
	size_t n, room;
	struct decl **slots; /* open addressing; a power of two */
	size_t n_slots;
	size_t unknown;      /* errors so far: spelling is only looked up for the first few */
};

/* A list file that was read; several nets may be made of it. */
struct list_file {
	const struct source *source;
	const struct valueset *values; /* NULL: bad */
};

struct resolver {
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
	struct names names;
	struct policy *policy;
	bool incomplete; /* the parser left statements out: what is missing may have been among them */
	unsigned depth; /* of nested operands and names: see NESTING_MAX */
	struct list_file *lists;
	size_t n_lists, lists_room;
};

/* The new declaration, or NULL after reporting a duplicate. */
struct decl *names_add(struct resolver *r, enum decl_kind kind, struct ast_name name, const struct ast_node *node);
struct decl *names_find(const struct resolver *r, enum decl_kind kind, const char *name);
/* Reports an unknown name, with what it may have been; silent if the parser may have lost its declaration. */
struct decl *names_need(struct resolver *r, enum decl_kind kind, const char *name, struct span span);
/* Notes to an error about `name` which other kinds know it. */
void names_note_other_kinds(struct resolver *r, struct diag *diag, enum decl_kind kind, const char *name);
/* True for the first unknown names: later ones are not worth a search through everything declared. */
bool names_may_spell(struct resolver *r);
void names_offer(const struct resolver *r, struct spell *spell, enum decl_kind kind);

/* What the user wrote there, on one line, shortened; for messages. */
const char *span_words(struct arena *arena, struct span span);

/* values */

enum {
	IN_V4 = 1u << FAMILY_V4,
	IN_V6 = 1u << FAMILY_V6,
	IN_BOTH = IN_V4 | IN_V6,
};

/*
 * Values of a field, IPv4 and IPv6 apart. `families` are those that the text speaks
 * of: a literal of one IP version speaks of that one, and so does its negation. A
 * name speaks of both, whatever it holds. The ranges of other families are empty.
 */
struct valueset {
	unsigned families;
	const struct rangeset *ranges[N_FAMILIES];
};

/* How the operands of one kind of field are written. */
struct value_kind {
	const char *noun;          /* "port": for messages */
	const char *nouns;
	unsigned bits[N_FAMILIES];
	/* Anything but lists, not, and, or, any. */
	bool (*leaf)(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
		     struct valueset *out);
	/* For kinds of words: the numbers of a word, family by family; false without a report if it is none. */
	bool (*word)(struct resolver *r, const struct value_kind *kind, const char *word, struct valueset *out);
	void (*offer)(struct resolver *r, const struct value_kind *kind, struct spell *spell);
	const struct valueset *types; /* of ICMP codes: what their words belong to */
	unsigned families;            /* whose words are meant: icmp4, icmp6 */
};

bool resolve_values(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
		    struct valueset *out);
/* resolve_values at the top of a clause: to be empty is an error there. */
bool resolve_operand(struct resolver *r, const struct value_kind *kind, const struct ast_expr *expr,
		     struct valueset *out);
/* Any, or all, of several operands. */
bool values_any(struct resolver *r, const struct value_kind *kind, const struct ast_expr *const *operands, size_t n,
		struct valueset *out);
bool values_all(struct resolver *r, const struct value_kind *kind, const struct ast_expr *const *operands, size_t n,
		struct valueset *out);
void values_single(struct resolver *r, unsigned families, u128 lo, u128 hi, struct valueset *out);
void values_full(struct resolver *r, const struct value_kind *kind, unsigned families, struct valueset *out);
bool values_empty(const struct valueset *values);
/* Around whatever calls itself for a part of what was written. */
bool nesting_enter(struct resolver *r, struct span span);
void nesting_leave(struct resolver *r);
/* `not` directly inside a list of several: never what is meant. */
bool list_has_no_not(struct resolver *r, const struct ast_expr *list);
/* The operands of a list, or of a chain of one operator, in order; arena memory. */
const struct ast_expr **expr_operands(struct arena *arena, const struct ast_expr *expr, size_t *n);

/* numbers */

extern const struct value_kind port_values, proto_values, icmp_type_values, icmp_code_values, state_values;
extern const struct value_kind vlan_values, dscp_values, ttl_values, length_values;

/* addresses */

extern const struct value_kind address_values; /* no run-time sets */

struct member {
	const struct set *set;
	bool negated;
	struct span span;
};

/* Static addresses and memberships, all at once. */
struct conj {
	const struct rangeset *ranges[N_FAMILIES];
	size_t n_members;
	struct member *members; /* in the order of set ids */
};

/* Any of them. */
struct dnf {
	size_t n, room;
	struct conj *conjs;
};

bool resolve_addresses(struct resolver *r, const struct ast_expr *expr, struct dnf *out);
/* A set whose elements are addresses or prefixes, or begin with an address. */
const struct set *resolve_address_set(struct resolver *r, const char *name, struct span span);

/* list files */

bool resolve_list(struct resolver *r, const struct ast_expr *string, struct valueset *out);

/* declarations */

struct service {
	size_t n[N_FAMILIES];
	struct term *terms[N_FAMILIES]; /* without spans */
};

/* Enters the name of a declaration; what it says is resolved once all names are known. */
void declare(struct resolver *r, const struct ast_node *node);
void resolve_declarations(struct resolver *r);
/*
 * Around the resolution of a name: false for a cycle (reported), or when it is known
 * to be bad. name_leave passes `ok` on.
 */
bool name_enter(struct resolver *r, struct decl *decl, struct span use);
bool name_leave(struct resolver *r, struct decl *decl, bool ok);
/* The values of names, resolved now if they are not yet. False when the declaration is bad (reported). */
bool net_values(struct resolver *r, const char *name, struct span use, struct valueset *out);
bool port_name_values(struct resolver *r, struct decl *decl, struct span use, const struct rangeset **out);
bool resolve_service(struct resolver *r, struct decl *decl, struct span use);
const struct service *service_named(struct resolver *r, const char *name, struct span use);
/* The finding that a word of `lint` or `lint-off` names; N_CODES after an error. */
enum code resolve_finding(struct resolver *r, const char *word, struct span span);

/* matches */

/* What one clause allows: any of the terms. */
struct alternatives {
	const struct ast_clause *clause;
	size_t n, room;
	struct term *terms;
};

bool resolve_clause(struct resolver *r, const struct ast_clause *clause, struct alternatives *out);
void alternatives_add(struct resolver *r, struct alternatives *alternatives, const struct term *term);
/* The order of predicates in a term: by field, kind and set; <0, 0, >0. */
int pred_compare(const struct pred *a, const struct pred *b);

/* All clauses that match. False if there is nothing that they can match together. */
bool resolve_match(struct resolver *r, const struct ast_clause *clauses, size_t *n_terms, struct term **terms);
bool clause_is_match(enum ast_clause_kind kind);
/* "'from'", "the protocol": how messages call a clause. */
const char *clause_word(enum ast_clause_kind kind);

/* rules, blocks, tests */

/* What a statement `account` says. */
void resolve_account(struct resolver *r, const struct ast_node *node);

/* What a statement `states` says, or where there is none (NULL) what it would. */
void resolve_states(struct resolver *r, const struct ast_node *node);
/* Once the rules are known: does one ask for `state`? */
void find_states_used(struct policy *policy);
void resolve_rate(struct resolver *r, const struct ast_rate *ast, struct rate *rate);

/* False if it is longer than TIMEOUT_MAX_NS. */
bool timeout_ok(struct resolver *r, uint64_t timeout_ns, struct span span);
struct rule *resolve_rule(struct resolver *r, const struct ast_node *node, const struct block *block);
void resolve_interfaces(struct resolver *r, const struct ast_node *body);
/* "ingress on uplink via tc": what messages point at; the body is too much. */
struct span head_span(const struct ast_node *node);
void resolve_blocks(struct resolver *r, const struct ast_node *body);
/* The block a test or assertion speaks of; NULL after an error. */
const struct block *resolve_where(struct resolver *r, const struct ast_where *where);
bool resolve_verdict(struct resolver *r, enum ast_verdict verdict, struct span span, const char *where,
		     enum verdict *out);
/* What a test adds to a set. */
bool resolve_element(struct resolver *r, const struct ast_add *ast, const struct set **out,
		     struct set_element *element);
void resolve_tests(struct resolver *r, const struct ast_node *body);
/* What `sentryc query` asks, into policy->query. */
void resolve_query(struct resolver *r, const struct ast_node *node);

#endif
