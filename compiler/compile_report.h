/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc compile --report: what an object came to, and why each block finds its rules as it does. */
#ifndef SENTRY_COMPILE_REPORT_H
#define SENTRY_COMPILE_REPORT_H

#include "compile_measure.h"

/* What was built: after compile_object. */
struct compile_report {
	const struct compile *compile;
	const struct program *program;
	const struct object_info *info;
	size_t object_bytes;
	const struct block_measure *measures; /* by block; NULL: not wanted */
};

void compile_report_print(const struct compile_report *report, FILE *out);
/* packet-sentry/report/v1 */
void compile_report_print_json(const struct compile_report *report, FILE *out);

#endif
