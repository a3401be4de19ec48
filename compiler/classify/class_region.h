/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The tables of a classifier as one array of bytes: making them, and reading them back as the program does. */
#ifndef SENTRY_CLASS_REGION_H
#define SENTRY_CLASS_REGION_H

#include "classifier.h"

#include <string.h>

/* A table of `n` numbers behind the others, all 0. Its offset is known at once; the array may move with the next. */
struct class_region region_new(struct arena *arena, struct classifier *classifier, const char *what, size_t n,
			       unsigned width);

/* The same, filled from 32-bit numbers in as few bytes as the largest of them takes. */
struct class_region region_of(struct arena *arena, struct classifier *classifier, const char *what,
			      const uint32_t *numbers, size_t n);

static inline void region_set(struct classifier *classifier, const struct class_region *region, size_t at,
			      uint64_t number)
{
	uint8_t *place = classifier->data + region->offset + at * region->width;

	switch (region->width) {
	case 1:
		*place = (uint8_t)number;
		break;
	case 2:
		memcpy(place, &(uint16_t){ (uint16_t)number }, 2);
		break;
	case 4:
		memcpy(place, &(uint32_t){ (uint32_t)number }, 4);
		break;
	default:
		memcpy(place, &number, 8);
	}
}

/* As the templates read: the index is masked, so that it stays within the array whatever it is. */
static inline uint64_t region_get(const struct classifier *classifier, const struct class_region *region, uint64_t at)
{
	const uint8_t *place = classifier->data + region->offset + (at & region_mask(region)) * region->width;
	uint16_t half;
	uint32_t word;
	uint64_t number;

	switch (region->width) {
	case 1:
		return *place;
	case 2:
		memcpy(&half, place, 2);
		return half;
	case 4:
		memcpy(&word, place, 4);
		return word;
	default:
		memcpy(&number, place, 8);
		return number;
	}
}

/*
 * Numbers of some bytes each, one behind the other in a region of width 1, wherever they begin: the lowest byte first
 * whatever the target, which is why the target's byte order does not change them.
 */
static inline void region_put(struct classifier *classifier, const struct class_region *region, size_t at, uint64_t number,
			      unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		classifier->data[region->offset + at + i] = (uint8_t)(number >> 8 * i);
}

/* As class_bytes() of the templates: eight bytes, of which the caller takes as many as are his. */
static inline uint64_t region_bytes(const struct classifier *classifier, const struct class_region *region, uint64_t at)
{
	const uint8_t *place = classifier->data + region->offset + (at & region_mask(region));
	uint64_t number = 0;

	for (unsigned i = 0; i < 8; i++)
		number |= (uint64_t)place[i] << 8 * i;
	return number;
}

/* Room behind the last table: a masked index may reach up to twice as far as the largest table is long. */
void regions_finish(struct arena *arena, struct classifier *classifier);

#endif
