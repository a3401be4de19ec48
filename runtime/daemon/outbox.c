/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "outbox.h"

#include "memory.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

struct outbox {
	struct telemetry *telemetry;
	void (*deliver)(void *context, struct block *block);
	void *context;
	struct block *block;
	struct alerts *alerts; /* NULL: none */
	uint32_t run;
	uint64_t sequence;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct outbox *outbox_new(struct telemetry *telemetry, void (*deliver)(void *context, struct block *block), void *context)
{
	struct outbox *outbox = allocate(1, sizeof(*outbox));

	outbox->telemetry = telemetry;
	outbox->deliver = deliver;
	outbox->context = context;
	outbox->block = block_new();
	if (getrandom(&outbox->run, sizeof(outbox->run), 0) != sizeof(outbox->run))
		outbox->run = (uint32_t)now_ns();
	return outbox;
}

void outbox_flush(struct outbox *outbox)
{
	if (!block_items(outbox->block))
		return;
	outbox->deliver(outbox->context, outbox->block);
	block_free(outbox->block);
	outbox->block = block_new();
}

static void put(struct outbox *outbox, struct item *item)
{
	item->sequence_high = outbox->run;
	item->sequence = ++outbox->sequence;
	if (!item->time_ns)
		item->time_ns = now_ns();
	if (!item->generation)
		item->generation = outbox->telemetry->generation;
	if (block_add(outbox->block, item))
		return;
	outbox_flush(outbox);
	block_add(outbox->block, item);
}

static void take_alert(void *context, const struct item *alert)
{
	struct outbox *outbox = context;
	struct item item = *alert;

	outbox->telemetry->alerts++;
	put(outbox, &item);
}

void outbox_add(struct outbox *outbox, struct item *item)
{
	put(outbox, item);
	if (outbox->alerts)
		alerts_item(outbox->alerts, item);
}

void outbox_set_alerts(struct outbox *outbox, const struct alerts_settings *settings)
{
	if (outbox->alerts)
		alerts_free(outbox->alerts);
	outbox->alerts = settings ? alerts_new(settings, now_ns(), take_alert, outbox) : NULL;
	outbox->telemetry->n_scores = 0;
}

void outbox_tick(struct outbox *outbox)
{
	if (!outbox->alerts)
		return;
	alerts_tick(outbox->alerts, now_ns(), outbox->telemetry);
	outbox->telemetry->scores = alerts_scores(outbox->alerts, &outbox->telemetry->n_scores);
}

void outbox_free(struct outbox *outbox)
{
	outbox_set_alerts(outbox, NULL);
	outbox_flush(outbox);
	block_free(outbox->block);
	free(outbox);
}
