/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the steps of a classifier cost, in nanoseconds: docs/classification.md says how it was measured. */
#ifndef SENTRY_CLASS_COST_H
#define SENTRY_CLASS_COST_H

#include <stdint.h>

/* Of one plain instruction, several of which run at once. */
#define COST_INSN 0.06

/* Of a read from a table of so many bytes whose index is at hand: reads of one packet overlap. */
double cost_read(uint64_t bytes);

/* More for a read that waits for the one before it: `sentry-bench cost` has reads chained and apart. */
#define COST_CHAINED 0.9

/* Of a rule's tests in a ladder. */
#define COST_RULE 0.2

/* Of a ladder in a function of its own: the call, and that it has the packet's fields from memory. */
#define COST_CALL 12.0

#endif
