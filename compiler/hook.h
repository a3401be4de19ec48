/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What differs between the hooks, for the emitter: names of the templates' functions and types. */
#ifndef SENTRY_HOOK_H
#define SENTRY_HOOK_H

#include "policy.h"

struct hook_ops {
	const char *section;   /* SEC("xdp") */
	const char *context;   /* "struct xdp_md" */
	const char *prefix;    /* of the templates' functions for this hook alone: "xdp_" */
	const char *parse;     /* "xdp_parse" */
	const char *finish[2]; /* by enum direction: which way an answer to `reject` travels */
};

extern const struct hook_ops hook_ops[N_HOOKS];

#endif
