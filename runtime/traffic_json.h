/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What was counted of traffic as the ledger keeps it. */
#ifndef SENTRY_TRAFFIC_JSON_H
#define SENTRY_TRAFFIC_JSON_H

#include "traffic.h"

#include <jansson.h>

json_t *traffic_json(const struct traffic *traffic);
/* Adds it. */
void traffic_add_json(struct traffic *traffic, json_t *object);

/* What interfaces have counted that are gone goes to "others": their numbers never come back. */
void traffic_forget(struct traffic *traffic);

#endif
