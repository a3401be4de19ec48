/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which program goes on which interface: the manifest's blocks and roles, what
 * --bind says and the interfaces there are, brought together. Touches nothing.
 */
#ifndef SENTRY_PLAN_H
#define SENTRY_PLAN_H

#include "failure.h"
#include "hook.h"
#include "interfaces.h"
#include "manifest.h"

struct plan {
	size_t n;
	struct attachment *items; /* strings belong to the manifest */
};

/*
 * `parts` are the manifests of all objects that become one generation. A hook has one program.
 *
 * `tc` is how blocks on the tc hook are attached: MEANS_TCX or MEANS_CLSACT.
 *
 * A role stands for what --bind gives it, else for its default device. A block on
 * `any` goes to the interfaces that --bind gives `any`, or else to those of all roles of
 * the policy, or, if it has none, to all that are up, except loopback and those without
 * Ethernet header, which are named on stderr.
 */
bool plan_make(struct plan *plan, const struct manifest *const *parts, size_t n_parts, const struct bindings *bindings,
	       const struct interfaces *interfaces, enum means tc, struct failure *why);
void plan_free(struct plan *plan);

#endif
