/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Numbers from a seed: splitmix64, the same on every machine. */
#include "oracle.h"

uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned random_below(struct random *random, unsigned n)
{
	return (unsigned)(random_next(random) >> 33) % n;
}

bool random_chance(struct random *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}
