/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Finding the rule that decides without asking one after another: docs/classification.md has the
 * structures, their sources and the cost model.
 *
 * A classifier answers for the *terms* of a block that it was given: which is the first, in order, that a
 * packet satisfies? Its answer is a number that the term carries, and numbers rise with the order. It is
 * tables, and a short straight program that reads them: plan chooses, classify_build makes,
 * classify_emit writes the program, classify_lookup is a model of that program on the same bytes.
 */
#ifndef SENTRY_CLASSIFY_H
#define SENTRY_CLASSIFY_H

#include "arena.h"
#include "policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No term: more than every answer. The templates' NO_DECISION. */
#define CLASSIFY_NONE 0xffffffffu

/* Where a number comes from that terms ask about, but addresses. */
enum source_kind {
	SOURCE_FIELD,  /* a field of the packet */
	SOURCE_STATE,  /* enum state of its connection */
	SOURCE_MEMBER, /* 1: an end of the packet is in a set, 0: it is not */
};

struct class_source {
	enum source_kind kind;
	enum field field;              /* FIELD; of MEMBER: FIELD_SRC or FIELD_DST */
	const struct set *set;         /* MEMBER */
};

/* One condition of a term: the source's number is in `values`. A value that is absent is in none. */
struct class_test {
	uint32_t source;               /* index in classify_input.sources */
	const struct rangeset *values;
};

struct class_term {
	uint32_t answer;               /* rising, terms of one rule have the same */
	enum family family;
	const struct rangeset *src;    /* NULL: any */
	const struct rangeset *dst;
	size_t n_tests;
	struct class_test *tests;      /* by rising source, each source once at most */
};

struct classify_input {
	size_t n_sources;
	struct class_source *sources;
	size_t n_terms;
	struct class_term *terms;      /* in order */
};

/* All tables of a classifier lie in one array of bytes, each from a multiple of its element's width. */
struct class_region {
	uint32_t offset;               /* in bytes */
	uint32_t n;                    /* elements */
	uint8_t width;                 /* bytes of each: 1, 2, 4 or 8, in the byte order of the target */
	const char *what;              /* for reports: "source address, IPv4" */
};

/* The number that a region's index is masked with: so the kernel sees that no read leaves the array. */
static inline uint32_t region_mask(const struct class_region *region)
{
	return region->n > 1 ? (2u << (31 - __builtin_clz(region->n - 1))) - 1 : 0;
}

struct class_side;
struct class_space;
struct class_tuple;

/* tuples.h: terms that are looked up apart; the smallest answer counts. */
struct class_tuples {
	size_t n;
	struct class_tuple *tuples;
};

struct classifier {
	uint64_t bytes, room;          /* of `data` */
	uint8_t *data;                 /* this machine's byte order */
	size_t n_regions, regions_room;
	struct class_region *regions;
	size_t n_sources;
	const struct class_source *sources;
	size_t n_spaces;
	struct class_space *spaces;    /* kinds.h */
	struct class_side *sides[N_FAMILIES]; /* side.h; NULL: no term of the family, but of tuples */
	struct class_tuples tuples;
	double ns;                     /* predicted, over the floor */
	const char *plan;              /* one line */
};

/* What a build may take. */
struct classify_budget {
	uint64_t memory;               /* bytes of tables */
};

/* Something that was thought of, for --report. */
struct classify_option {
	const char *plan;
	double ns;
	uint64_t bytes;
	const char *why_not;           /* NULL: it was taken */
};

struct classify_options {
	size_t n, room;
	struct classify_option *options;
};

/* Why something is not taken, where several say so. */
#define TABLES_EXPLODE "its tables explode"
#define OVER_MEMORY "over the memory budget"

/* Notes one more; `why_not` NULL: it is taken. Nothing where `options` is NULL. */
void classify_note(struct arena *arena, struct classify_options *options, const char *plan, double ns, uint64_t bytes,
		   const char *why_not);

/*
 * The cheapest classifier for the terms that keeps within the budget; NULL where there is none. What was
 * considered goes to `options` unless that is NULL. Everything is made in `arena`.
 */
struct classifier *classify_build(struct arena *arena, const struct classify_input *input,
				  const struct classify_budget *budget, struct classify_options *options);

/* One of bit vectors, whether that is the cheapest or not. */
struct classifier *classify_build_vectors(struct arena *arena, const struct classify_input *input,
					  const struct classify_budget *budget);

/* One that looks up as many terms as tuples as it can, whether that is the cheapest or not; NULL where too few are. */
struct classifier *classify_build_tuples(struct arena *arena, const struct classify_input *input,
					 const struct classify_budget *budget);

/* A packet as a classifier sees it: values[i] of sources[i], CLASSIFY_ABSENT where the packet has none. */
struct class_packet {
	enum family family;
	u128 src, dst;
	const uint32_t *values;
};

#define CLASSIFY_ABSENT 0xffffffffu

/* What the emitted program answers. */
uint32_t classify_lookup(const struct classifier *classifier, const struct class_packet *packet);

/* The data in the other byte order, for a target of that. */
void classify_swap(const struct classifier *classifier, uint8_t *data);

#endif
