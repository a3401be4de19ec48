/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How sentryctl prints events and flows, of the kernel and of the history. */
#ifndef SENTRY_CTL_EVENTS_H
#define SENTRY_CTL_EVENTS_H

#include "ctl.h"
#include "item_json.h"
#include "pcapng.h"
#include "text_buffer.h"

#include <stdint.h>

struct event_writer {
	const struct ctl *ctl;
	struct item_format format;
	struct text_buffer buffer;
	struct pcapng *capture;  /* -o pcapng */
	uint64_t without_frame;  /* records that are not in it */
};

void event_writer_begin(struct event_writer *writer, const struct ctl *ctl);
void event_writer_put(struct event_writer *writer, const struct item *item);
/* `what` was lost: "records", … */
void event_writer_lost(const struct event_writer *writer, const char *what, const char *policy, unsigned int generation,
		       uint64_t lost);
void event_writer_end(struct event_writer *writer);

#endif
