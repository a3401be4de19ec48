/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Flows of the kernel as items, and as people and programs read them. */
#ifndef SENTRY_FLOW_FORMAT_H
#define SENTRY_FLOW_FORMAT_H

#include "item.h"
#include "record.h"

#include <stdint.h>
#include <stdio.h>

#include <linux/types.h>

#include "shared.h"

struct flow_view {
	const struct sentry_flow *flow;
	const struct record *record; /* of its generation */
	size_t part;
	const char *interface;       /* NULL: not known any more */
	int64_t clock_offset;        /* event_clock_offset() */
};

/* As an item; it points to what `view` does. */
void flow_item(const struct flow_view *view, struct item *item);

/* The fields that a flow has which is looked at, and not told of: for item_json(). */
extern const char *const flow_fields[];

/* The head of what item_flow_text() prints. */
void flow_text_head(FILE *out);

#endif
