/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "class_region.h"

/* class_bytes() reads on from any place of a region of bytes: all of a leaf but its rows, or all of a row. */
#define REGION_READ_ON 64

/* The array grows to this multiple of what is needed. */
#define GROWTH 2

static void reserve(struct arena *arena, struct classifier *classifier, uint64_t bytes, uint64_t *room)
{
	uint8_t *data;

	if (bytes <= *room)
		return;
	*room = bytes * GROWTH;
	data = arena_alloc(arena, *room);
	if (classifier->bytes)
		memcpy(data, classifier->data, classifier->bytes);
	classifier->data = data;
}

struct class_region region_new(struct arena *arena, struct classifier *classifier, const char *what, size_t n,
			       unsigned width)
{
	/* A cache line each: small tables that are read together then do not share lines by chance. */
	uint64_t offset = (classifier->bytes + 63) & ~63ull;
	struct class_region region = { .offset = (uint32_t)offset, .n = (uint32_t)n, .width = (uint8_t)width, .what = what };
	struct class_region *slot;

	reserve(arena, classifier, offset + n * width, &classifier->room);
	classifier->bytes = offset + n * width;
	if (n)
		memset(classifier->data + offset, 0, n * width);
	slot = arena_push(arena, &classifier->regions, &classifier->n_regions, &classifier->regions_room, sizeof(*slot));
	*slot = region;
	return region;
}

struct class_region region_of(struct arena *arena, struct classifier *classifier, const char *what,
			      const uint32_t *numbers, size_t n)
{
	struct class_region region;
	uint32_t largest = 0;

	for (size_t i = 0; i < n; i++)
		if (numbers[i] > largest)
			largest = numbers[i];
	region = region_new(arena, classifier, what, n, largest < 0x100 ? 1 : largest < 0x10000 ? 2 : 4);
	for (size_t i = 0; i < n; i++)
		region_set(classifier, &region, i, numbers[i]);
	return region;
}

void regions_finish(struct arena *arena, struct classifier *classifier)
{
	uint64_t end = classifier->bytes;

	for (size_t i = 0; i < classifier->n_regions; i++) {
		const struct class_region *region = &classifier->regions[i];
		uint64_t reach = region->offset + ((uint64_t)region_mask(region) + 1) * region->width;

		if (region->width == 1)
			reach += REGION_READ_ON;
		if (reach > end)
			end = reach;
	}
	end = (end + 7) & ~7ull;
	reserve(arena, classifier, end, &classifier->room);
	classifier->bytes = end;
}
