/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Flows as people and programs read them: with the names that records of events have (event_format.h). */
#ifndef SENTRY_FLOW_FORMAT_H
#define SENTRY_FLOW_FORMAT_H

#include "item.h"
#include "record.h"

#include <jansson.h>
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

#define FLOW_SCHEMA "packet-sentry/flow/v1"

json_t *flow_json(const struct flow_view *view);
/* As an item; it points to what `view` does. */
void flow_item(const struct flow_view *view, struct item *item);

/* One line, under those of flow_text_head(). */
void flow_text_head(FILE *out);
void flow_text(const struct flow_view *view, FILE *out);

#endif
