/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * First match over the rules of a block, without the compiler: what the measured programs must have decided. Rules that
 * cannot match are passed over by bitmaps, one for each of a few hundred slices of the values of an address or
 * a port; a rule that may match is asked in full. Where rules ask for what only a running host knows, the reference is
 * the model engine.
 */
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include "policy.h"

/* Does any rule of the policy hang on connections, sets or rates? */
bool reference_needs_model(const struct policy *policy);

struct reference;

/* NULL without memory. The policy must need no model. */
struct reference *reference_new(const struct block *block);
void reference_free(struct reference *reference);

/* The slot that decides a frame. */
uint32_t reference_judge(const struct reference *reference, const struct frame *frame);

/* Of a slot of the block. */
enum verdict reference_verdict(const struct block *block, uint32_t slot);

#endif
