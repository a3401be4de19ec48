/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The tests of a policy as JSON in a section of the object (packet-sentry/tests/v1), as frames and elements: the
 * runtime repeats them in the kernel that the policy is for, and needs no compiler for it.
 */
#ifndef SENTRY_SECTION_TESTS_H
#define SENTRY_SECTION_TESTS_H

#include "compile.h"

#define TESTS_SCHEMA "packet-sentry/tests/v1"

/* One line of JSON; arena memory. Empty if the policy has no tests. `main` is for the names of files. */
struct bytes section_tests_build(struct arena *arena, const struct program *program, const struct source *main);

#endif
