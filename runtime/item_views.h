/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items in the words of other schemas. */
#ifndef SENTRY_ITEM_VIEWS_H
#define SENTRY_ITEM_VIEWS_H

#include "item.h"
#include "text_buffer.h"

#define ITEM_SCHEMA_PREFIX "packet-sentry/"

/* Elastic Common Schema 8.11: https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html */
void item_ecs(struct text_buffer *buffer, const struct item *item);
/* Open Cybersecurity Schema Framework 1.1: classes Network Activity (4001) and Detection Finding (2004). */
void item_ocsf(struct text_buffer *buffer, const struct item *item);

#endif
