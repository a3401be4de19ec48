/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* --block: which block of a policy a packet is put through. */
#ifndef SENTRY_BLOCK_CHOICE_H
#define SENTRY_BLOCK_CHOICE_H

#include "sentryc.h"

/* `name` NULL: the only one. NULL with a message that lists the blocks: wrong usage. */
const struct block *block_choose(const struct verb *verb, const struct policy *policy, const char *name);

#endif
