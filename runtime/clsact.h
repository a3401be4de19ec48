/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The tc hook before Linux 6.6: a cls_bpf filter of fixed priority and handle on the
 * interface's clsact qdisc. There is no link: the filter stays until it is taken away,
 * and which filter is ours is known by its program. Negative errno.
 */
#ifndef SENTRY_CLSACT_H
#define SENTRY_CLSACT_H

#include "hook.h"

#include <linux/types.h>
#include <stdbool.h>

/* Makes the qdisc if it is not there; *made says which. */
int clsact_prepare(unsigned int ifindex, bool *made);
/* Takes the qdisc away unless somebody has a filter on it. */
int clsact_release(unsigned int ifindex);

/* Id of the program at our priority and handle, 0 if there is none. */
int clsact_query(const struct hook *hook, __u32 *program);
/* `replace`: in one step, instead of -EEXIST. */
int clsact_attach(const struct hook *hook, int program, bool replace);
int clsact_detach(const struct hook *hook);

#endif
