/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A generation is one applied policy: its programs, maps and record, pinned together.
 * It comes into force in three steps that know nothing of each other's insides:
 *
 *	stage    everything made, verified and pinned in staged-N; no packet has met it
 *	commit   the hooks change over to it; on failure they are changed back
 *	collect  the generation before is taken apart
 *
 * Commit moves one link after another. A dispatcher that flips all hooks by one
 * store takes its place without touching the other two.
 */
#ifndef SENTRY_GENERATION_H
#define SENTRY_GENERATION_H

#include "failure.h"
#include "hook.h"
#include "object.h"
#include "pin.h"
#include "plan.h"
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
void generation_close(struct generation *generation);

/*
 * A number that no other generation has had since the machine started: of this one,
 * and, without reading its record, of the one in force (0: none). The generations'
 * own numbers begin again after --remove.
 */
__u32 generation_identity(const struct generation *generation);
__u32 generation_current_identity(const struct site *site);

/* A pinned map, -1 with errno if it is not there. */
int generation_map(const struct generation *generation, const char *name);
/* The program of one of its attachments; -1 with errno. */
int generation_program(const struct generation *generation, const struct attachment *attachment);
bool generation_program_path(const struct generation *generation, const struct attachment *attachment,
			     struct path *path);
__u32 generation_program_id(const struct generation *generation, const struct attachment *attachment);
const struct attachment *generation_attachment(const struct generation *generation, const struct hook *hook);

/* What happened to an attachment in a commit, for the report. */
struct outcome {
	bool created;       /* the hook was free before */
	enum xdp_mode mode;
	int native_error;   /* why the mode is generic, if it is */
};

/* `object` is loaded; `plan->items[].made_qdisc` is filled in. On failure nothing is left. */
bool generation_stage(const struct site *site, const struct object *object, struct plan *plan, unsigned int number,
		      const char *message, struct generation *staged, struct failure *why);

/*
 * `old` may be NULL. `outcomes` has one entry per attachment. On failure `old` is in
 * force as before, or, if what was changed could not be changed back, `why` says so with
 * code EXIT_APPLY_FAILED, and `staged` stays pinned.
 */
bool generation_commit(const struct site *site, struct generation *staged, const struct generation *old,
		       struct outcome *outcomes, struct failure *why);

/* Takes apart all but `kept` (NULL: all). What cannot be removed is reported and left for the next time. */
void generation_collect(const struct site *site, const struct generation *kept);

/*
 * Puts right what an applier that was killed left behind: a commit that had changed
 * all hooks is finished, another is undone. Says what it did. *whole is false if
 * something could not be undone: it stays pinned, and a commit still puts it right.
 */
bool generation_recover(const struct site *site, bool *whole, struct failure *why);

#endif
