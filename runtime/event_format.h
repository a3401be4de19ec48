/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Records of the ring buffer as people and programs read them. Fields that a packet does not have are left out. */
#ifndef SENTRY_EVENT_FORMAT_H
#define SENTRY_EVENT_FORMAT_H

#include "item.h"
#include "record.h"

#include <linux/types.h>

#include "shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EVENT_SCHEMA "packet-sentry/event/v1"
#define TIMESTAMP_SIZE 40

struct event_view {
	const struct sentry_event *event;
	const __u8 *frame;           /* of a sample: the frame's first bytes */
	__u32 captured;              /* how many; 0 for a log record */
	const struct record *record; /* of the generation whose ring buffer it came from */
	size_t part;                 /* of its objects, the one */
	const char *interface;       /* NULL: not known any more */
	int64_t clock_offset;        /* CLOCK_REALTIME minus CLOCK_MONOTONIC, in nanoseconds */
};

/* A record as it is in the ring buffer, copied to `sample`, which `view` then shows. False if it is too short to be one. */
bool event_read(struct event_view *view, struct sentry_sample *sample, const void *data, size_t size);

/* CLOCK_REALTIME minus CLOCK_MONOTONIC now. */
int64_t event_clock_offset(void);
/* "2026-01-30T10:00:00.123456789Z" */
void event_timestamp(int64_t nanoseconds, char text[static TIMESTAMP_SIZE]);

/* The rule that wrote it; NULL if its slot is out of range. */
const struct manifest_rule *event_rule(const struct event_view *view);

/* "log", "sample", "limit" (of a rate-limit, when it exceeds) or "detect". */
const char *event_kind(const struct event_view *view);
/* The name of the detection that a record of kind "detect" tells of; "" of others. */
const char *event_detection(const struct event_view *view);

/* As an item, without a sequence; it points to what `view` does. */
void event_item(const struct event_view *view, struct item *item);
json_t *event_json(const struct event_view *view);
/* One line. */
void event_text(const struct event_view *view, FILE *out);

#endif
