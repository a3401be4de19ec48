/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What goes on when a generation is given up for an earlier one. Tables that both share need nothing. Where they have
 * one each, for its size has changed, the earlier one's is as old as the change: it gets what has come since.
 */
#ifndef SENTRY_CARRY_BACK_H
#define SENTRY_CARRY_BACK_H

#include "pin.h"

#include <linux/types.h>

/*
 * Copies entries of connections and buckets. `flags` as of bpf_map_update_elem: BPF_ANY before the switch, when nobody
 * writes to the tables of `to`; BPF_NOEXIST after it, for the entries that came in between. What cannot be read is left
 * out: it is more urgent to go back.
 */
void carry_back(const struct site *site, unsigned int from, unsigned int to, __u64 flags);

#endif
