/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What one measurement found, for the printers. */
#ifndef BENCH_CLASSIFY_H
#define BENCH_CLASSIFY_H

#include "runner.h"

#include <stdio.h>

struct measurement {
	const char *policy_path, *capture_path;
	const struct compile *compile;   /* its phases */
	const struct program_block *block;
	const struct traffic *traffic;
	unsigned rounds;
	uint32_t rejected;               /* packets left out: the program would have answered them */
	uint32_t deciders;               /* different rules that decided a packet */
	uint32_t compared;               /* packets that the file of --expected says something of */
	bool stateful;
	uint64_t object_bytes;
	const struct timed *nothing, *floor, *policy;
	const struct timed *linear;     /* NULL: not measured */
	const struct linear *linear_rules;
	const char *why_not_linear;      /* asked for, and not there; else NULL */
};

void measurement_print(const struct measurement *measurement);
/* packet-sentry/bench-classify/v1 */
void measurement_print_json(const struct measurement *measurement);

#endif
