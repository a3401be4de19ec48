/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What rules have counted in generations that are gone, by policy, block and name, and traffic by interface. Each generation counts in a map of
 * its own; what a rule has counted is the sum over those that are still there, and this. A frozen map with one JSON text,
 * replaced in one step, so that a reader sees a generation's counts here or there, and never twice or not at all.
 */
#ifndef SENTRY_LEDGER_H
#define SENTRY_LEDGER_H

#include "failure.h"
#include "generation.h"

#include <jansson.h>
#include <linux/types.h>
#include <stdbool.h>

struct ledger {
	json_t *root; /* NULL: empty */
	__u32 id;     /* of the map; a reader that finds another one at its end begins again */
};

/* Safe without a lock. False with errno. */
bool ledger_read(struct ledger *ledger, const struct site *site);
void ledger_free(struct ledger *ledger);
__u32 ledger_id(const struct site *site);

/* Its counts are in the ledger already: a generation about to go. */
bool ledger_has(const struct ledger *ledger, const struct generation *generation);

/* Of one rule. */
struct count;
void ledger_count(const struct ledger *ledger, const char *policy, const struct manifest_rule *rule,
		  struct count *count);

/* Of traffic: adds what it has. */
struct traffic;
void ledger_traffic(const struct ledger *ledger, struct traffic *traffic);

/*
 * Each generation that counts, or has counted, and is not in the ledger yet. Ends with false from `visit`, or if one cannot
 * be opened.
 */
bool ledger_others(const struct ledger *ledger, const struct site *site, const struct generation *current,
		   bool (*visit)(void *context, const struct generation *generation, struct failure *why), void *context,
		   struct failure *why);

/* Adds the counts of a generation, and leaves out rules that no generation has any more. Needs the lock. */
bool ledger_absorb(const struct site *site, const struct generation *generation, struct failure *why);

void ledger_remove(const struct site *site);

#endif
