/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The verbs of sentry-apply that change the kernel. Both return an exit code, having said what they did. */
#ifndef SENTRY_APPLY_H
#define SENTRY_APPLY_H

#include "interfaces.h"
#include "pin.h"
#include "set_source.h"

#include <stdbool.h>

enum tc_choice {
	TC_AUTO,
	TC_TCX,
	TC_CLSACT,
};

struct apply {
	const char *file;    /* object, policy (.sp) or "-" */
	const char *netns;   /* NULL: the present one */
	const char *bpffs;
	const char *message; /* NULL: none */
	const char *key_file; /* keys that may have signed the object; NULL: TRUSTED_KEYS of signature.h, if it is there */
	struct bindings bindings;
	struct set_arguments sets; /* NAME=FILE */
	enum tc_choice tc;
	bool atomic;
	bool dry_run;
	bool verbose;
};

int apply_policy(const struct apply *apply);
int apply_remove(const struct apply *apply);

#endif
