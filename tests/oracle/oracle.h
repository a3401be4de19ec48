/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * An oracle for the prover: random policies, of which it knows by counting through all
 * packets what `sentryc check` and `sentryc diff` must say. It shares no code with
 * the compiler, so that one mistake is not made twice: policies are its own structures,
 * written out as text, and answers come back as JSON.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef unsigned __int128 u128;

enum field {
	F_PROTO, F_FRAGMENT, F_DST, F_SRC, F_SPORT, F_DPORT, F_FLAGS, F_TYPE, F_CODE, F_VLAN, F_LENGTH, F_TTL, F_DSCP,
	N_FIELDS
};

enum { V4, V6, N_VERSIONS };
enum { WHOLE, FIRST, LATER, N_FRAGMENTS };
enum { SRC, DST, N_SIDES };
enum verdict { ALLOW, DENY, REJECT, N_VERDICTS };
enum action { DECIDE, RATE_LIMIT, SAMPLE };

enum {
	N_STATES = 4,
	N_SETS = 2,
	N_NETS = 2,
	N_LITERALS = 4,
	MAX_RULES = 12, /* of a block */
	MAX_BLOCKS = 2,
	MAX_ASSERTS = 4,
	MAX_BITS = 64,  /* rules and assertions of two policies */
	VLAN_NONE = 4096,
};

struct range {
	u128 lo, hi;
};

/* Clauses with numbers. */
struct values {
	bool used, negated;
	unsigned n;
	struct range ranges[N_LITERALS];
};

struct literal {
	int version;
	struct range range;
	int prefix; /* -1: not written as a prefix */
};

enum form {
	ADDR_ANY, ADDR_LIT, ADDR_NOT_LIT, ADDR_NET, ADDR_NOT_NET, ADDR_NET_AND_NOT_LIT, ADDR_SET, ADDR_NOT_SET,
	ADDR_LIT_AND_SET, ADDR_LIT_AND_NOT_SET, ADDR_LIT_OR_SET, ADDR_LIT_OR_NOT_SET,
};

struct address {
	enum form form;
	unsigned n;
	struct literal literals[N_LITERALS];
	unsigned set, net;
};

enum icmp { ICMP_NO, ICMP_BOTH, ICMP_4, ICMP_6 };

struct match {
	int ip;                       /* 0: not said */
	enum icmp icmp;
	unsigned icmp_word;           /* 0: none; 1: echo-request; 2: echo-reply */
	struct address side[N_SIDES];
	struct values values[N_FIELDS];
	bool has_flags;
	uint8_t flags_set, flags_mask;
	int fragment;                 /* -1: not said */
	unsigned states;              /* 0: not said; else a bit for each */
};

struct rule {
	unsigned id;                  /* its name: the same in two policies is the same rule */
	enum action action;
	enum verdict verdict;
	bool log, log_sample, count, add;
	unsigned add_set;
	uint64_t overrides;           /* ids; only those of earlier rules of the block count */
	struct match match;
	unsigned bit, line;
};

struct assertion {
	unsigned id;
	enum verdict verdict;
	unsigned block;
	bool under_limits;
	struct match match;
	unsigned bit, line;
};

struct block {
	bool egress;
	unsigned n;
	struct rule rules[MAX_RULES];
	enum verdict fallback;
};

struct net {
	unsigned n;
	struct literal literals[N_LITERALS];
};

struct policy {
	uint64_t seed;
	bool strict;
	struct net nets[N_SIDES][N_NETS];
	unsigned n_blocks, n_asserts;
	struct block blocks[MAX_BLOCKS];
	struct assertion asserts[MAX_ASSERTS];
	unsigned next_id;
};

/* random.c, generate.c, mutate.c */
struct random {
	uint64_t state;
};
uint64_t random_next(struct random *random);
unsigned random_below(struct random *random, unsigned n);
bool random_chance(struct random *random, unsigned percent);

struct features {
	bool versions[N_VERSIONS];
	bool ports, flags, icmp, vlan, fragment, length, ttl, dscp, state, sets, limits, samples, nets;
};
extern const char *const kind_names[]; /* ends with NULL */
struct features features_choose(struct random *random, const char *kind, int version);
void generate_policy(struct random *random, const struct features *features, struct policy *policy);
void generate_rule(struct random *random, const struct features *features, struct policy *policy, struct rule *rule);
void generate_match(struct random *random, const struct features *features, struct policy *policy,
		    struct match *match);
void mutate_policy(struct random *random, const struct features *features, struct policy *policy);

/* write.c: also sets `line` of rules and assertions. */
void write_policy(struct policy *policy, FILE *out);

/* Concrete packets: evaluate.c */
struct packet {
	int version;
	u128 value[N_FIELDS];
};

struct world {
	unsigned state;
	bool member[N_SIDES][N_SETS];
	uint64_t exceeded; /* a bit for each rule id */
};

bool packet_has(const struct packet *packet, enum field field);
bool packet_possible(const struct packet *packet);
unsigned least_length(int version, unsigned proto, int fragment);
bool is_extension(unsigned proto);
bool has_ports(unsigned proto);
bool in_values(const struct values *values, u128 value);
bool in_literals(const struct literal *literals, unsigned n, int version, u128 address);
/* The part of an address clause that does not hang on a set. */
bool address_static(const struct policy *policy, int side, const struct address *address, int version, u128 value);
/* The whole of it. */
bool address_holds(const struct address *address, bool fixed, const bool member[N_SETS]);
bool match_wants(const struct match *match, enum field field);
/* One clause, for a packet that has the field. */
bool field_holds(const struct policy *policy, const struct match *match, int version, enum field field, u128 value);
/* Has the clause any address of that version? Fields of a match that has none are not fields that the policy asks for. */
bool match_version(const struct policy *policy, const struct match *match, int version);
bool match_holds(const struct policy *policy, const struct match *match, const struct packet *packet,
		 const struct world *world);

struct trace {
	enum verdict verdict;
	const struct rule *rule;               /* NULL: the default */
	uint64_t reached;                      /* by bit, rules that matched on the walk */
	uint64_t acted, consulted, sampled;
};
/* `matches` has a bit for each rule that matches. `skip` (or NULL) is taken out. */
struct trace block_walk(const struct block *block, uint64_t matches, uint64_t exceeded, const struct rule *skip);

/* big.c: numbers below 2^512. */
struct big {
	uint32_t part[16];
};
struct big big_from(u128 value);
struct big big_add(struct big a, struct big b);
struct big big_mul(struct big a, struct big b);
bool big_equal(struct big a, struct big b);
bool big_parse(const char *text, struct big *out);
void big_text(struct big value, char text[160]);

/*
 * subject.c, classes.c: all packets of one IP version. A class is the packets that the same
 * clauses hold for; `holds` has the matches of which everything but sets and state
 * holds, `fixed` the static part of addresses that join a set by `or`.
 */
struct class {
	uint64_t holds;
	uint64_t fixed[N_SIDES];
	struct big weight;
};
struct classes {
	size_t n, room;
	struct class *list;
	size_t *table;      /* of room * 2 */
	double points;      /* how many combinations of values were looked at */
};
struct subject {
	unsigned n;
	const struct policy *policy[MAX_BITS];
	const struct match *match[MAX_BITS];
	bool wants_state, wants_set[N_SIDES][N_SETS];
	uint64_t limits;    /* ids of rate-limits */
};
/* Gives bits to the rules and assertions. */
void subject_init(struct subject *subject);
void subject_add(struct subject *subject, struct policy *policy);
void classes_build(const struct subject *subject, int version, struct classes *classes);
/* True if it is a new one. */
bool classes_add(struct classes *classes, const struct class *class);
void classes_free(struct classes *classes);
/* Steps through all worlds that can make a difference; begin with a world of zeros. False after the last. */
bool world_next(const struct subject *subject, struct world *world);
bool limits_next(const struct subject *subject, uint64_t *exceeded);
uint64_t class_matches(const struct subject *subject, const struct class *class, const struct world *world);

/* expect.c */
struct answers {
	uint64_t matched;             /* by bit: rules and assertions that match any packet */
	uint64_t reached;             /* rules that some packet gets to */
	uint64_t needed;              /* rules whose removal changes something */
	uint64_t failed;              /* assertions */
	uint64_t meets[MAX_BITS];     /* pairs with a common packet */
	uint64_t outside[MAX_BITS];   /* [a] bit b: a packet is in a and not in b */
	double points;
};
void expect_answers(struct policy *policy, struct answers *answers);
bool rule_is_dead(const struct answers *answers, const struct rule *rule);
bool rule_is_redundant(const struct answers *answers, const struct rule *rule);
uint64_t rule_crosses(const struct answers *answers, const struct block *block, const struct rule *later);

/* sentryc.c */
extern const char *sentryc_path, *work_dir;
/* NULL with a message on stderr if it did not do what it should; *code is the exit code. */
json_t *sentryc_json(const char *const *arguments, int *code);

/* What is done to an expected answer, to see that the comparison notices. */
enum flip { FLIP_NONE, FLIP_DEAD, FLIP_REDUNDANT, FLIP_ASSERT, FLIP_CROSS, FLIP_COUNT, FLIP_EQUIVALENT, N_FLIPS };
extern const char *const flip_names[N_FLIPS];

struct tally {
	unsigned long policies, pairs, dead, redundant, crossing, asserts, failed, empty, changes, equivalent, witnesses;
	double points;
};

/* Comparisons: true if they agree, else what differs in `why`. */
struct verdict_text {
	char text[600];
};
bool compare_check(struct policy *policy, const char *file, const json_t *findings, enum flip flip,
		   struct tally *tally, struct verdict_text *why);
bool compare_diff(struct policy *old, struct policy *new, const json_t *document, enum flip flip, struct tally *tally,
		  struct verdict_text *why);
/* witness.c: false if the text cannot be read. */
bool witness_read(const struct policy *policy, const char *text, const char *when, struct packet *packet,
		  struct world *world);
const char *rule_name(const struct rule *rule, char text[16]);

#endif
