/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* cost.bpf.c as an object, built with the bench. */
#ifndef BENCH_COST_IMAGE_H
#define BENCH_COST_IMAGE_H

#include <stddef.h>

extern const unsigned char cost_image[];
extern const size_t cost_image_size;

#endif
