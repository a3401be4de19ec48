/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "cost.h"

#include <stddef.h>

/* Between these sizes the cost is interpolated on the logarithm of the size. */
static const struct {
	double bytes, ns;
} sizes[] = {
	{ 8e3, 0.3 }, { 32e3, 0.6 }, { 256e3, 3.0 }, { 1e6, 9.0 }, { 4e6, 24.0 }, { 32e6, 50.0 }, { 128e6, 90.0 },
};

#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static double log2_of(double value)
{
	double log = 0;

	for (; value >= 2; value /= 2)
		log++;
	return log + (value - 1);
}

double cost_read(uint64_t bytes)
{
	double size = (double)bytes;

	if (size <= sizes[0].bytes)
		return sizes[0].ns;
	for (size_t i = 1; i < N_SIZES; i++)
		if (size < sizes[i].bytes) {
			double part = log2_of(size / sizes[i - 1].bytes) / log2_of(sizes[i].bytes / sizes[i - 1].bytes);

			return sizes[i - 1].ns + part * (sizes[i].ns - sizes[i - 1].ns);
		}
	return sizes[N_SIZES - 1].ns;
}
