/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the subcommands of sentryctl share. One file per subcommand: ctl_rules.c, … */
#ifndef SENTRY_CTL_H
#define SENTRY_CTL_H

#include "failure.h"
#include "item_json.h"
#include "packet_filter.h"
#include "pin.h"

#include <stdbool.h>
#include <stdint.h>

enum ctl_format {
	CTL_DEFAULT,
	CTL_TEXT,
	CTL_JSON,
	CTL_PCAPNG,
};

enum ctl_sort {
	CTL_SORT_DEFAULT,
	CTL_SORT_BYTES,
	CTL_SORT_PACKETS,
	CTL_SORT_NAME,
};

extern const char *const ctl_sort_words[];

/* Which of these a command takes is in sentryctl.c. */
struct ctl {
	struct site site; /* of the network namespace that was asked for; this process is in it. Not if it is about the past */
	enum ctl_format format;
	bool follow;
	bool list;
	struct packet_filter filter;
	enum item_schema schema;
	enum ctl_sort sort;
	bool has_most;         /* else as many as the command thinks right */
	unsigned long most;    /* so many; 0: all */
	bool past;             /* from the history, of the time from since_ns and before until_ns; else from the kernel */
	const char *db;
	int64_t since_ns, until_ns;
	uint64_t interval_ms;  /* 0: not said */
	uint64_t count;        /* 0: not said */
};

/* Results to stdout; on failure why->code is the exit code. */
bool ctl_events(const struct ctl *ctl, struct failure *why);
bool ctl_flows(const struct ctl *ctl, struct failure *why);
bool ctl_limits(const struct ctl *ctl, struct failure *why);
bool ctl_rules(const struct ctl *ctl, struct failure *why);
bool ctl_sets(const struct ctl *ctl, struct failure *why);
bool ctl_states(const struct ctl *ctl, struct failure *why);
bool ctl_stats(const struct ctl *ctl, struct failure *why);
bool ctl_top(const struct ctl *ctl, struct failure *why);

/* Those that know the past: the same from the history. */
bool ctl_past_alerts(const struct ctl *ctl, struct failure *why);
bool ctl_past_events(const struct ctl *ctl, struct failure *why);
bool ctl_past_flows(const struct ctl *ctl, struct failure *why);
bool ctl_past_rules(const struct ctl *ctl, struct failure *why);
bool ctl_past_top(const struct ctl *ctl, struct failure *why);

#endif
