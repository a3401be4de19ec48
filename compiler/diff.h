/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What changes from one policy to another: exactly the packets whose verdict
 * changes, and what else a rule does that it did not do before. Spelling, order of
 * rules that have nothing in common, one rule or several for the same packets:
 * none of that is a change.
 */
#ifndef SENTRY_DIFF_H
#define SENTRY_DIFF_H

#include "diff_align.h"
#include "effort.h"
#include "policy.h"

/* Who decides in one of the two versions: a rule, or `default`, `non-ip`, `malformed` of a block. */
struct decider {
	const char *name;
	struct span span;
};

/* Packets that one rule of OLD and one rule of NEW decide differently. */
struct change {
	const char *block;        /* as OLD calls it */
	const char *family;       /* "ip4", "ip6"; NULL: not about IP packets */
	enum verdict from, to;
	struct decider old, new;
	size_t n_regions;         /* 0 where only the witness is known: of an inconclusive comparison */
	const char **regions;
	bool more_regions;
	const char *count;        /* decimal; NULL: not counted */
	const char *witness;
	const char *when;         /* or NULL */
	struct change *next;
};

/* What changes other than a verdict. */
struct effect {
	const char *kind;    /* "log", "detect", "sample", "add", "rate", "limit", "set", "state", "account", "rename" */
	const char *rule;    /* or NULL */
	const char *message;
	struct effect *next;
};

/* A block that is only in one version, or that meets other packets than before. */
struct block_change {
	const char *block;
	const char *kind;    /* "added", "removed", "interfaces", "hook" */
	const char *message;
	struct block_change *next;
};

struct diff {
	struct arena *arena;
	struct effort *effort;
	size_t max_regions;   /* of one change */
	const struct policy *old, *new;

	struct change *changes, **last_change;
	struct block_change *blocks, **last_block;
	struct effect *effects, **last_effect;
	const char *undecided;    /* what the effort did not suffice for: "ingress (ip4), …"; NULL: everything is exact */
	const char *broken;       /* a proof that the model contradicts: an error of this program */
};

/* Fills what follows `new`. */
void diff_policies(struct diff *diff);

/* Every packet gets the same verdict, and that is proved. */
bool diff_equivalent(const struct diff *diff);

void diff_add_change(struct diff *diff, const struct change *change);
void diff_add_block(struct diff *diff, const char *block, const char *kind, const char *message);
void diff_add_effect(struct diff *diff, const char *kind, const char *rule, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* "web (edge.sp:12)"; arena memory. */
const char *decider_text(struct arena *arena, const struct decider *decider);
struct decider rule_decider(const struct rule *rule);

/* One block in both versions, as the comparison sees it: diff_names.c, diff_cross.h, diff_effects.c. */
struct block_pair {
	struct diff *diff;
	const struct block *old, *new;               /* as written */
	const struct policy *old_policy, *new_policy; /* as compared: rate-limits of NEW under the names of OLD */
	const struct block *new_read;                 /* `new` in new_policy */
	const struct space *spaces[N_FAMILIES];
	const struct rulebook *old_books[N_FAMILIES], *new_books[N_FAMILIES];
};

/*
 * Sets new_policy and new_read: NEW, but that rate-limits of the block which only have
 * another name now have their old one, for it is the name that tells who exceeds a rate.
 */
void diff_read_names(struct block_pair *pair);

/* The verdicts of one IP version. */
void diff_cross(struct block_pair *pair, enum family family);

/* Modifiers, rates, names. */
void diff_block_effects(struct block_pair *pair);
/* Sets and state. */
void diff_policy_effects(struct diff *diff);

/* NULL if there is none. */
const struct rule *rule_by_name(const struct policy *policy, const char *name);
bool rates_equal(const struct rate *a, const struct rate *b);

#endif
