/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How long each phase of an apply took, for -v. */
#ifndef SENTRY_PHASES_H
#define SENTRY_PHASES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PHASES_MAX 16

struct phases {
	__u64 begin, last; /* monotonic clock */
	size_t n;
	struct {
		const char *name;
		__u64 ns;
	} items[PHASES_MAX];
};

void phases_begin(struct phases *phases);
/* What has gone by since the phase before belongs to this one. */
void phases_end(struct phases *phases, const char *name);
/* To stderr. */
void phases_say(const struct phases *phases);

#endif
