/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Which packets of a match get a verdict, and from whom. */
#ifndef SENTRY_QUERY_H
#define SENTRY_QUERY_H

#include "effort.h"
#include "policy.h"

/* The packets of one IP version that one rule, or the default, decides. */
struct answer {
	const struct block *block;
	const struct rule *rule;  /* NULL: the default */
	const char *family;       /* "ip4", "ip6" */
	const char *count;        /* decimal */
	size_t n_regions;
	const char **regions;     /* in the words of the language */
	bool more_regions;
	const char *witness;
	const char *when;         /* what must hold on the host for the witness, or NULL */
};

struct query {
	struct arena *arena;
	const struct policy *policy; /* with policy->query */
	const struct block *block;   /* NULL: all */
	struct effort *effort;
	size_t max_regions;

	size_t n_answers;
	struct answer *answers;      /* by block, IP version, rule */
	bool possible;               /* some packet there can be matches, whatever becomes of it */
	const char *undecided;       /* "ingress (ip4), egress (ip6)": blocks where answers are missing; NULL: none */
	bool *open;                  /* by place in policy->blocks: the same */
	const char *broken;          /* an answer that the model contradicts: an error of this program */
};

/* Fills what follows `max_regions`. */
void query_ask(struct query *query);

#endif
