/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The tests of a policy, which its object carries (section sentry.tests, schema packet-sentry/tests/v1), run in
 * this kernel: whatever its verifier and its JIT make of the programs is what will be in force.
 */
#ifndef SENTRY_RUNTIME_SELFTEST_H
#define SENTRY_RUNTIME_SELFTEST_H

#include "failure.h"
#include "object.h"

#include <stdbool.h>
#include <stddef.h>

struct selftest_report {
	size_t tests;     /* 0: the object carries none */
	size_t packets;
	size_t failed;    /* tests */
	char first[2048]; /* the first packets that were decided otherwise than expected: one a line, with file and line */
};

/*
 * Nothing is attached or pinned. False if a packet is decided otherwise than its test expects (EXIT_POLICY; all tests
 * were run), or if tests cannot be run (EXIT_ENVIRONMENT). After object_load: that shows what the verifier says.
 */
bool selftest_run(const struct object *object, struct selftest_report *report, struct failure *why);

#endif
