/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the subcommands of sentryctl share. One file per subcommand: ctl_rules.c, … */
#ifndef SENTRY_CTL_H
#define SENTRY_CTL_H

#include "failure.h"
#include "pin.h"

#include <stdbool.h>

enum ctl_format {
	CTL_DEFAULT,
	CTL_TEXT,
	CTL_JSON,
};

struct ctl {
	struct site site; /* of the network namespace that was asked for; this process is in it */
	enum ctl_format format;
	bool follow;         /* events only, as the next two */
	const char *rule;    /* NULL: all */
	const char *verdict; /* NULL: all */
	bool list;           /* states only */
	bool has_most;       /* flows only, as the next */
	unsigned long most;  /* so many; 0: all */
};

/* Results to stdout; on failure why->code is the exit code. */
bool ctl_events(const struct ctl *ctl, struct failure *why);
bool ctl_flows(const struct ctl *ctl, struct failure *why);
bool ctl_limits(const struct ctl *ctl, struct failure *why);
bool ctl_rules(const struct ctl *ctl, struct failure *why);
bool ctl_sets(const struct ctl *ctl, struct failure *why);
bool ctl_states(const struct ctl *ctl, struct failure *why);
bool ctl_stats(const struct ctl *ctl, struct failure *why);

#endif
