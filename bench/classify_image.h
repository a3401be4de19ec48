/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* classify.bpf.c as an object, built with the bench. */
#ifndef BENCH_CLASSIFY_IMAGE_H
#define BENCH_CLASSIFY_IMAGE_H

#include <stddef.h>

extern const unsigned char classify_image[];
extern const size_t classify_image_size;

#endif
