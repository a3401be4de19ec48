/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A generation is what one command put in force: the programs and maps of one or several objects (its parts)
 * and its record, pinned together. The gate says which is in force; others are there to go back to, and for
 * packets that still bear their stamp. This is how they are looked at; stage.h makes them, commit.h has the protocol.
 */
#ifndef SENTRY_GENERATION_H
#define SENTRY_GENERATION_H

#include "failure.h"
#include "hook.h"
#include "pin.h"
#include "record.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct generation {
	struct generation_id id;
	struct path path;
	struct record record;
};

enum presence {
	PRESENCE_FAILED = -1,
	PRESENCE_NONE,
	PRESENCE_FOUND,
};

bool generation_open(struct generation *generation, const struct site *site, struct generation_id id,
		     struct failure *why);
/* The one in force. Safe without a lock while others apply. */
enum presence generation_current(struct generation *generation, const struct site *site, struct failure *why);
/* The same, for those who can do nothing without one: that there is none is a failure. */
bool generation_needed(struct generation *generation, const struct site *site, struct failure *why);
void generation_close(struct generation *generation);

/*
 * A number that no other generation has had since the machine started: of this one,
 * and, without reading its record, of the one in force (0: none). The generations'
 * own numbers begin again after --remove.
 */
__u32 generation_identity(const struct generation *generation);
__u32 generation_current_identity(const struct site *site);

/* A pinned map of a part, -1 with errno if it is not there. */
int generation_map(const struct generation *generation, size_t part, const char *name);
/* The program of one of its attachments; -1 with errno. */
int generation_program(const struct generation *generation, const struct attachment *attachment);
__u32 generation_program_id(const struct generation *generation, const struct attachment *attachment);
const struct attachment *generation_attachment(const struct generation *generation, const struct hook *hook);

/* Passes packets that it should judge and cannot: if all of its policies say so. */
bool generation_fails_open(const struct generation *generation);

/* The part of that policy; n_parts if there is none. */
size_t generation_part(const struct generation *generation, const char *policy);

#endif
