/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A cube in the words of the language, as a person would write it: prefixes and
 * ranges, names of nets and ports where a set is one unchanged, `not` where the
 * complement is shorter, protocols only where ports do not say them. What the language
 * has no words for (no VLAN tag, a rate, odd flags) follows in parentheses.
 *	"tcp from 10.0.0.0/8 and not @bogons to 192.0.2.10 port 22 state new"
 * What reads like a match is one: in `sentryc query` and `assert` it means the same packets.
 * Of long lists only the first elements are shown, and how many more there are.
 */
#ifndef SENTRY_REGION_H
#define SENTRY_REGION_H

#include "cube.h"

/* Arena memory. "every IPv4 packet" as "ip4". */
const char *region_text(struct arena *arena, const struct space *space, const struct cube *cube);

/* 64230 as "64,230", 2^70 as "1.18e21": for text; JSON has the number itself, as a string. Arena memory. */
const char *region_count_text(struct arena *arena, const char *count);

#endif
