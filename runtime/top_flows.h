/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Who talks to whom: what the flows of the kernel added to each address since they were last looked at. */
#ifndef SENTRY_TOP_FLOWS_H
#define SENTRY_TOP_FLOWS_H

#include "failure.h"
#include "generation.h"
#include "top_view.h"

#include <linux/types.h>

#include "shared.h"

struct top_flows {
	bool on;                    /* some policy in force keeps flows */
	size_t n, n_before;
	struct sentry_flow *flows;  /* by their ends */
	struct sentry_flow *before;
};

/* Those of all parts. */
bool top_flows_read(struct top_flows *flows, const struct generation *generation, struct failure *why);
/*
 * Sources and destinations, and protocols if nothing else has counted them. Flows that came and went between two looks are
 * not seen: the kernel tells sentryd of those.
 */
void top_flows_show(struct top_flows *flows, struct top_view *view);
void top_flows_free(struct top_flows *flows);

#endif
