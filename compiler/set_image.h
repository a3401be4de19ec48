/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The elements that tests and replays put into a set, and the table that they make (set_table.h), for
 * the engines that run compiled code.
 */
#ifndef SENTRY_SET_IMAGE_H
#define SENTRY_SET_IMAGE_H

#include "program.h"

#include <linux/types.h>

#include "set_table.h"
#include "shared.h"

struct set_image {
	const struct program_set *set; /* NULL: no rule looks into it or adds to it */
	size_t n, room;
	struct set_element *elements;  /* of SET_TABLE only */
	bool changed;                  /* since the table was last built */
};

/* One per policy.sets; NULL without memory. */
struct set_image *set_images_new(const struct program *program);
void set_images_free(struct set_image *images, size_t n);

/* 0, or -ENOMEM. An element that is there already stays as it is. */
int set_image_add(struct set_image *image, const struct set_element *element);

/* The table: *n buckets, to be freed; NULL without memory. */
struct sentry_set_bucket *set_image_build(const struct set_image *image, uint32_t *n);

/* An element as key of a hash table. */
struct sentry_end_key set_image_key(const struct program_set *set, const struct set_element *element);

#endif
