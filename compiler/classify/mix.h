/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Scattering of numbers. */
#ifndef SENTRY_MIX_H
#define SENTRY_MIX_H

#include <stdint.h>

/* The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t mix64(uint64_t value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): the upper half of the product is the better one, so the lower takes it in. */
static inline uint64_t mix_product(uint64_t value)
{
	value *= 0x9e3779b97f4a7c15u;
	return value ^ value >> 32;
}

#endif
