/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items as JSON: packet-sentry/event/v1 and its sisters, and as the Elastic Common Schema and OCSF see them. */
#ifndef SENTRY_ITEM_JSON_H
#define SENTRY_ITEM_JSON_H

#include "item.h"
#include "text_buffer.h"

enum item_schema {
	SCHEMA_NATIVE,
	SCHEMA_ECS,
	SCHEMA_OCSF,
	N_ITEM_SCHEMAS,
};

extern const char *const item_schema_words[N_ITEM_SCHEMAS + 1]; /* native, ecs, ocsf */

extern const char *const item_fields[]; /* the names that the native schema has; NULL-terminated */

struct item_format {
	enum item_schema schema;
	const char *const *fields; /* of the native schema: these and no others; NULL-terminated; NULL: all */
};

/* One object, without a newline. */
void item_json(struct text_buffer *buffer, const struct item *item, const struct item_format *format);

#endif
