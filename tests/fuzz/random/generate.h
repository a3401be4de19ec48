/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Random policies of all of the language, weighted toward what is easily got wrong: values at the ends of their ranges,
 * prefixes of length 0 and of full length, operands that overlap. What contradicts itself within a rule is mostly
 * avoided; where it is not, the compiler refuses the rule, and the rule goes (run_text.c).
 */
#ifndef RANDOM_GENERATE_H
#define RANDOM_GENERATE_H

#include "address.h"
#include "doc.h"
#include "rng.h"

struct generate_options {
	uint64_t seed;
	uint64_t rules; /* 0: as the seed says */
};

/* Fills an initialised, empty document. */
void generate_policy(struct doc *doc, const struct generate_options *options);

/* For mutations: another text for a leaf, in the document's memory. */
const char *generate_other(struct doc *doc, struct rng *rng, enum piece_tag tag);

/* --- what the files of the generator share ------------------------------------------ */

#define NAMED_MAX 12
#define BASES 10

struct word_list {
	size_t n;
	const char *const *words;
};

struct named_set {
	unsigned n_types;
	bool is_net; /* prefixes: no rule adds to it */
	bool has_port, has_proto;
};

struct generator {
	struct doc *doc;
	struct rng rng;
	u128 bases[N_FAMILIES][BASES]; /* a few addresses about which all others are */
	unsigned n_bases;
	unsigned ports[8];
	bool may[N_FAMILIES]; /* IP versions that are written out */
	unsigned n_nets, n_ports, n_services, n_sets;
	struct named_set sets[NAMED_MAX];
	/* Percentages. */
	unsigned exact; /* rules from one host to a port of another: many of them are looked up as tuples */
	unsigned simple, sets_used, states_used, limits, samples, modifiers, negation;
	size_t n_odd; /* odd names that are taken */
	uint64_t n_rules, wanted;
	uint64_t block_first; /* number of the block's first rule */
};

static inline unsigned below(struct generator *g, unsigned n)
{
	return rng_below(&g->rng, n);
}

static inline bool chance(struct generator *g, unsigned percent)
{
	return rng_chance(&g->rng, percent);
}

/* generate_value.c: operands, as children of `parent`. `families`: bit per IP version that may be written out. */
void generate_bases(struct generator *g);
const char *address_text(struct generator *g, enum family family);
/* Of one of the networks that all others are about: no prefix, no range. */
const char *address_text_plain(struct generator *g, enum family family);
const char *host_text(struct generator *g, enum family family);
void add_addresses(struct generator *g, struct piece *parent, unsigned families);
void add_address_list(struct generator *g, struct piece *parent, unsigned families, unsigned n);
void add_ports(struct generator *g, struct piece *parent);
void add_port_list(struct generator *g, struct piece *parent, unsigned n);
void add_numbers(struct generator *g, struct piece *parent, unsigned max, const struct word_list *words);
const char *generate_rate(struct generator *g);

/* generate_words.c */
extern const struct word_list proto_words, port_words, dscp_words;
const char *icmp_type_word(struct generator *g, enum family family);
/* "3 code host-unreachable" */
const char *icmp_code_words(struct generator *g, enum family family);

/* generate_rule.c */
void add_rule(struct generator *g, struct piece *block);
/* Clauses of an assertion or a rule: what matches. */
void add_matches(struct generator *g, struct piece *parent);

#endif
