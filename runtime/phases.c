/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "phases.h"

#include "failure.h"
#include "set_parts.h"

void phases_begin(struct phases *phases)
{
	*phases = (struct phases){ .begin = monotonic_ns() };
	phases->last = phases->begin;
}

void phases_end(struct phases *phases, const char *name)
{
	__u64 now = monotonic_ns();

	if (phases->n < PHASES_MAX) {
		phases->items[phases->n].name = name;
		phases->items[phases->n++].ns = now - phases->last;
	}
	phases->last = now;
}

void phases_say(const struct phases *phases)
{
	for (size_t i = 0; i < phases->n; i++)
		say("%10.3f ms  %s", (double)phases->items[i].ns / 1e6, phases->items[i].name);
	say("%10.3f ms  in all", (double)(phases->last - phases->begin) / 1e6);
}
