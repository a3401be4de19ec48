/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Where a program can sit, and the words for it. */
#ifndef SENTRY_RUNTIME_HOOK_H
#define SENTRY_RUNTIME_HOOK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

enum direction {
	DIRECTION_INGRESS,
	DIRECTION_EGRESS,
};

/* By what means a program is held there. A block `via tc` becomes TCX, or clsact before Linux 6.6. */
enum means {
	MEANS_XDP,
	MEANS_TCX,
	MEANS_CLSACT,
};

enum xdp_mode {
	XDP_MODE_NONE,
	XDP_MODE_NATIVE,
	XDP_MODE_GENERIC,
};

struct hook {
	enum means means;
	enum direction direction;
	unsigned int ifindex; /* 0: the interface is gone */
};

extern const char *const direction_words[]; /* NULL-terminated, indexed by the enum */
extern const char *const means_words[];
extern const char *const xdp_mode_words[];

static inline bool hook_equal(const struct hook *a, const struct hook *b)
{
	return a->means == b->means && a->direction == b->direction && a->ifindex == b->ifindex;
}

/* One program of a generation on one interface. The strings belong to whoever owns the list. */
struct attachment {
	struct hook hook;
	char interface[IF_NAMESIZE];
	size_t part; /* which of the generation's objects has the program */
	const char *program;
	const char *block;
};

#endif
