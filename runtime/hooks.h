/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The hooks of a network namespace that have a dispatcher of ours. Where a dispatcher is, stays it: what it
 * calls is what changes (gate.h).
 */
#ifndef SENTRY_HOOKS_H
#define SENTRY_HOOKS_H

#include "attach.h"
#include "gate.h"
#include "pin.h"
#include "plan.h"

/* A dispatcher that is attached. */
struct held {
	struct hook hook;    /* ifindex 0: the interface is gone, the pin is still there */
	unsigned int number; /* of the hook, in the program arrays */
	bool made_qdisc;     /* clsact: the qdisc was not there before */
	__u32 program;       /* id of the dispatcher */
	struct path pin;
};

struct hooks {
	size_t n;
	struct held *items;
};

/* Of what bpffs has. A clsact filter that somebody else has replaced or removed is not listed. */
bool hooks_read(struct hooks *hooks, const struct site *site, struct failure *why);
void hooks_free(struct hooks *hooks);
const struct held *hooks_find(const struct hooks *hooks, const struct hook *hook);

/* Fails, naming it, if a program of somebody else sits where one of ours would have to be created. */
bool hooks_check_foreign(const struct hooks *hooks, const struct plan *plan, struct failure *why);

/* What happened to an attachment, for the report. */
struct outcome {
	bool created;       /* the hook had no dispatcher before */
	enum xdp_mode mode;
	int native_error;   /* why the mode is generic, if it is */
};

/*
 * Attaches a dispatcher that lets all packets pass in every slot, so that nothing changes yet; adds it to `hooks`.
 * Pinned, or not there: a kill in between leaves nothing.
 */
bool hooks_add(struct hooks *hooks, struct gate *gate, const struct site *site, const struct attachment *item,
	       struct outcome *outcome, struct failure *why);

/* Detaches and unpins. The entry stays in its list. */
bool hooks_remove(struct gate *gate, const struct held *held, struct failure *why);

/* Pins whose interface or filter is gone: unpinned. */
bool hooks_sweep(struct gate *gate, const struct site *site, struct failure *why);

/* Programs of others that run on the hook of `held` before ours, as tcx_ahead; our own dispatchers are left out. */
size_t hooks_ahead(const struct hooks *hooks, const struct hook *hook, __u32 ours, __u32 *ids, size_t room);

/* How packets may meet several of these hooks one after another: then they must be stamped. */
bool hooks_need_stamp(const struct hooks *hooks);

#endif
