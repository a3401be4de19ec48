/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What was applied, on disk: the last generations of a network namespace, each with its objects, so that one can be
 * applied again when the kernel has it no more. Nothing here says what is in force: the gate does.
 *
 *	DIR/                     --state-dir
 *	  host/ | net-COOKIE-BOOT/   the network namespace of process 1; any other lasts no longer than the machine runs
 *	    N/                   a generation
 *	      entry.json         who, when, why, and how it was bound
 *	      0.bpf.o 1.bpf.o    its objects
 *	      taken-back         if it did not stay: why
 *	      again              if it was gone back to: when
 *	    new-N/               one that is being written, renamed when it is in force
 */
#ifndef SENTRY_HISTORY_H
#define SENTRY_HISTORY_H

#include "apply.h"
#include "failure.h"
#include "object.h"
#include "path.h"
#include "record.h"

#include <jansson.h>

#define HISTORY_KEPT 20

struct history {
	struct path dir; /* of the network namespace */
};

/* Of the present network namespace; touches nothing. */
bool history_init(struct history *history, const char *state_dir, struct failure *why);

/* The highest number there is; 0 if none. */
unsigned int history_last(const struct history *history);

/* Written in full before the switch, and put into its place after it. */
bool history_write(const struct history *history, const struct record_head *head, const struct apply *apply,
		   const struct object *objects, size_t n, struct failure *why);
/* Entries not in their place yet: of a generation that is in force, put there; others removed. And those beyond HISTORY_KEPT. */
void history_sweep(const struct history *history, unsigned int in_force);

/* It did not stay. */
void history_mark(const struct history *history, unsigned int generation, const char *reason);
/* It is in force again, since `time`: that it did not stay once is over. 0: no generation. */
void history_again(const struct history *history, unsigned int generation, const char *time);
/* Since when, into `time`; false if it was put in force once only, or nobody knows. */
bool history_since(const struct history *history, unsigned int generation, char *time, size_t size);

/* The entry; NULL if there is none. To be released. "taken_back" and "again_at" are in it if they were. */
json_t *history_read(const struct history *history, unsigned int generation);
/* The numbers there are, rising; to be freed. */
size_t history_list(const struct history *history, unsigned int **numbers);
bool history_object(const struct history *history, unsigned int generation, size_t part, struct path *path);

#endif
