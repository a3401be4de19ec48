/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Scattering of numbers: the finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
#ifndef SENTRY_MIX_H
#define SENTRY_MIX_H

#include <stdint.h>

static inline uint64_t mix64(uint64_t value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

#endif
