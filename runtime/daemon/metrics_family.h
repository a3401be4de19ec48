/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Families of metrics as text: their head, then their samples. Knows both formats, and nothing of sentryd. */
#ifndef SENTRY_DAEMON_METRICS_FAMILY_H
#define SENTRY_DAEMON_METRICS_FAMILY_H

#include "metrics.h"

enum family_type {
	FAMILY_COUNTER,
	FAMILY_GAUGE,
	FAMILY_INFO,
};

/* The name is without "_total" and "_info", which samples get by the type. */
struct family {
	struct text_buffer *buffer;
	enum metrics_format format;
	enum family_type type;
	const char *name;
};

/* `unit` is the end of the name, or "". */
void family_begin(struct family *family, enum family_type type, const char *name, const char *unit, const char *help);
/* Labels are pairs name, value, …, NULL. */
void family_count(const struct family *family, const char *const *labels, uint64_t value);
void family_value(const struct family *family, const char *const *labels, double value);
void family_end(struct text_buffer *buffer, enum metrics_format format);

#endif
