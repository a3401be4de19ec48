/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Where things are kept: our corner of the bpf file system. The pinned objects are
 * the whole state; no file on disk is needed to know what is in force.
 *
 *	DIR/                        --bpffs, one lock for all who change something below
 *	  net-COOKIE/               one network namespace
 *	    links/                  one pinned link per hook: xdp-2, tcx-egress-2 (number of the interface)
 *	    gen-N/                  the generation in force
 *	      manifest              frozen map with one value: the record (record.h)
 *	      counters events event_drops
 *	      set_NAME states limit_RULE table_counts
 *	      prog-NAME             its programs
 *	    staged-N/               one that is being put in force; renamed to gen-N once it is
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
bool site_link_path(const struct site *site, const struct hook *hook, struct path *path);

/* Unpins everything in a directory, and the directory. The record goes first: without it, the rest is no generation. */
int pin_remove_directory(const struct path *directory);

#endif
