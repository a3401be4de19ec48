/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Where items begin their way: numbered, shown to the alerts, put into blocks that all sinks share. One thread. */
#ifndef SENTRY_DAEMON_OUTBOX_H
#define SENTRY_DAEMON_OUTBOX_H

#include "alerts.h"
#include "block.h"
#include "telemetry.h"

struct outbox;

/* `deliver` shares the block if it keeps it. */
struct outbox *outbox_new(struct telemetry *telemetry, void (*deliver)(void *context, struct block *block), void *context);
void outbox_free(struct outbox *outbox);

/* Fills in the sequence, and the time if it is 0. */
void outbox_add(struct outbox *outbox, struct item *item);
void outbox_flush(struct outbox *outbox);

/* With these, or with none. Those from before are freed, and tell what they have not told. */
void outbox_set_alerts(struct outbox *outbox, const struct alerts_settings *settings);
void outbox_tick(struct outbox *outbox);

#endif
