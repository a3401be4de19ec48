/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Where things are kept: our corner of the bpf file system. The pinned objects are
 * the whole state; no file on disk is needed to know what is in force.
 *
 *	DIR/                        --bpffs, one lock for all who change something below
 *	  net-COOKIE/               one network namespace
 *	    links/                  one pinned link to a dispatcher per hook: xdp-2-0, tcx-egress-2-1 (number of the
 *	                            interface, number of the hook); clsact-egress-2-1: the dispatcher itself, and
 *	                            with -made behind it if the qdisc was not there before
 *	    gate deadman misses stampers xdp_programs tc_programs
 *	                            the maps of the dispatchers (dispatch.h); `gate` says which generation is in force
 *	    ledger                  what rules of generations that are gone have counted (ledger.h)
 *	    gen-N/                  a generation that is or was in force
 *	      manifest              frozen map with one value: the record (record.h)
 *	      0/ 1/ ...             of each object that was applied:
 *	        counters events event_drops
 *	        set_NAME states limit_RULE table_counts
 *	        traffic flow_cache flow_ends flow_losses
 *	        traffic flow_cache flow_ends flow_losses
 *	        version-NAME        what is in set NAME
 *	        prog-NAME           its programs
 *	    staged-N/               one that is being made; renamed to gen-N once it is in force
 */
#ifndef SENTRY_PIN_H
#define SENTRY_PIN_H

#include "failure.h"
#include "hook.h"
#include "path.h"

#include <stdbool.h>
#include <stddef.h>

#define BPFFS_DEFAULT "/sys/fs/bpf/packet-sentry"

struct site {
	struct path root; /* DIR */
	struct path home; /* DIR/net-COOKIE */
	struct path links;
	int lock;         /* descriptor of DIR, -1 unless locked */
};

/* Finds the place of the present network namespace; touches nothing. */
bool site_init(struct site *site, const char *dir, struct failure *why);
/* Makes the directories, mounting a bpf file system (and saying so) where there is none, and locks. */
bool site_prepare(struct site *site, struct failure *why);
/* Locks without making anything; false with code 0 if there is nothing to lock. */
bool site_lock(struct site *site, struct failure *why);
/* Whether somebody else holds the lock. */
bool site_is_locked(const struct site *site);
void site_close(struct site *site);
/* Removes the directories that are empty, from the bottom up. */
void site_prune(const struct site *site);

/* A hint for readers who find nothing; NULL if there is none. */
const char *site_hint(const struct site *site);

struct generation_id {
	unsigned int number;
	bool staged;
};

/* All generations there are, by rising number. Nothing there: n is 0. */
bool site_generations(const struct site *site, struct generation_id **ids, size_t *n, struct failure *why);
bool site_generation_path(const struct site *site, struct generation_id id, struct path *path);

/* A name in links/: of the hook with that number. `made`: of clsact, its qdisc is ours. */
bool site_link_path(const struct site *site, const struct hook *hook, unsigned int number, bool made,
		    struct path *path);
/* Reads such a name. */
bool site_link_name(const char *name, struct hook *hook, unsigned int *number, bool *made);

/* A pin of the whole network namespace, such as a map of the dispatchers. */
bool site_pin_path(const struct site *site, const char *name, struct path *path);

/*
 * Unpins everything in a generation's directory, and the directory. The record goes first: without it, the rest is
 * no generation. `before` (may be NULL) is called before each pin goes.
 */
int pin_remove_directory(const struct path *directory, void (*before)(const char *path));

#endif
