/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Packets for the rules of a block, drawn at random from a seed. */
#ifndef BENCH_DRAW_H
#define BENCH_DRAW_H

#include "policy.h"

struct draw;

/* NULL without memory. */
struct draw *draw_new(const struct block *block, uint64_t seed);
void draw_free(struct draw *draw);

/* The next packet. `anew`: addresses that no rule names, for where rules leave no choice. */
struct frame draw_packet(struct draw *draw, struct arena *arena, bool anew);

/* A line of a ClassBench trace: source, destination, both ports, protocol. */
struct frame draw_classbench(struct draw *draw, struct arena *arena, const unsigned values[5], bool ip6);

#endif
