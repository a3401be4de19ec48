/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* All hooks that we hold in a network namespace, and how they become what a generation wants. */
#ifndef SENTRY_HOOKS_H
#define SENTRY_HOOKS_H

#include "attach.h"
#include "generation.h"

/* Something of ours that is attached. */
struct held {
	struct hook hook;
	__u32 program;
	struct path pin;         /* "" for clsact */
	struct path program_pin; /* "" if no generation here has the program */
};

struct hooks {
	size_t n;
	struct held *items;
};

/* Reads links from bpffs, and asks the kernel for the filters that any generation there tells of. */
bool hooks_read(struct hooks *hooks, const struct site *site, struct failure *why);
void hooks_free(struct hooks *hooks);
const struct held *hooks_find(const struct hooks *hooks, const struct hook *hook);

/* How many hooks would change. */
size_t hooks_changes(const struct hooks *hooks, const struct plan *plan);

/* Fails, naming it, if a program of somebody else sits where one of ours would have to be created. */
bool hooks_check_foreign(const struct hooks *hooks, const struct plan *plan, struct failure *why);

/*
 * Makes the hooks carry what `wanted` (NULL: nothing) wants. First come hooks that have
 * no program of ours yet, since only that can fail through others; then the others are
 * moved, XDP last, so that they are as near to each other in time as can be; last of all
 * goes what is not wanted. No hook that had a program and shall have one is ever without.
 * Run again after a crash, it continues. `best_effort` goes on after a failure.
 */
bool hooks_converge(const struct site *site, const struct generation *wanted, bool best_effort,
		    struct outcome *outcomes, struct failure *why);

#endif
