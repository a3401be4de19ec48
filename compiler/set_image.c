/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "set_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Elements a bucket, on average: more than that and some do not find room within reach. */
#define LOAD4 2
#define LOAD6 1

/* Lengths of IPv4 prefixes from which on there is a cover. */
#define COVER_LENGTHS 3

struct set_image *set_images_new(const struct program *program)
{
	struct set_image *images = calloc(program->policy->n_sets + 1, sizeof(*images));

	for (size_t i = 0; images && i < program->n_sets; i++)
		images[program->sets[i]->set->id].set = program->sets[i];
	return images;
}

void set_images_free(struct set_image *images, size_t n)
{
	for (size_t i = 0; images && i < n; i++)
		free(images[i].elements);
	free(images);
}

static bool same_element(const struct set_element *a, const struct set_element *b)
{
	return a->family == b->family && a->address == b->address && a->prefix == b->prefix;
}

int set_image_add(struct set_image *image, const struct set_element *element)
{
	/* Whoever adds many adds them in order, without repeating any: only the last can be the same. */
	if (image->n && same_element(&image->elements[image->n - 1], element))
		return 0;
	if (image->n == image->room) {
		size_t room = image->room ? image->room * 2 : 64;
		struct set_element *elements = realloc(image->elements, room * sizeof(*elements));

		if (!elements)
			return -ENOMEM;
		image->elements = elements;
		image->room = room;
	}
	image->elements[image->n++] = *element;
	image->changed = true;
	return 0;
}

static void add_length(uint8_t *lengths, uint32_t *n, unsigned length)
{
	for (uint32_t i = 0; i < *n; i++)
		if (lengths[i] == length)
			return;
	lengths[(*n)++] = (uint8_t)length;
}

static bool put4(struct sentry_set_bucket *buckets, const struct set_element *element)
{
	const struct sentry_set_head4 *head = &buckets[0].head4;
	uint32_t at = (uint32_t)set_table_hash4((uint32_t)element->address, element->prefix);
	uint64_t word = SET_TABLE_WORD4((uint32_t)element->address, element->prefix);

	for (uint32_t reach = 0; reach < SET_TABLE_REACH; reach++) {
		uint64_t *words = (uint64_t *)buckets[head->first + ((at + reach) & head->mask)].words;

		for (unsigned i = 0; i < SET_TABLE_ENTRIES4; i++) {
			if (words[i] == word)
				return true;
			if (words[i] == SET_TABLE_EMPTY) {
				words[i] = word;
				return true;
			}
		}
	}
	return false;
}

static bool put6(struct sentry_set_bucket *buckets, const struct set_element *element)
{
	const struct sentry_set_head6 *head = &buckets[1].head6;
	struct sentry_set_entry6 entry = {
		.hi = (uint64_t)(element->address >> 64), .lo = (uint64_t)element->address,
		.tag = SET_TABLE_USED + element->prefix,
	};
	uint32_t at = (uint32_t)set_table_hash6(entry.hi, entry.lo, element->prefix);

	for (uint32_t reach = 0; reach < SET_TABLE_REACH; reach++) {
		struct sentry_set_entry6 *entries = buckets[head->first + ((at + reach) & head->mask)].entries;

		for (unsigned i = 0; i < SET_TABLE_ENTRIES6; i++) {
			if (!memcmp(&entries[i], &entry, sizeof(entry)))
				return true;
			if (entries[i].tag == SET_TABLE_EMPTY) {
				entries[i] = entry;
				return true;
			}
		}
	}
	return false;
}

static void mark(struct sentry_set_bucket *cover, const struct set_element *element)
{
	uint32_t address = (uint32_t)element->address;
	uint64_t n = element->prefix < 24 ? 1ull << (24 - element->prefix) : 1;
	uint64_t bit = element->prefix <= 24 ? SET_TABLE_COVERED : SET_TABLE_PARTLY;

	for (uint64_t i = 0; i < n; i++, address += 256)
		cover[address >> 16].words[set_table_cover_word(address)] |= bit << set_table_cover_shift(address);
}

/* Of IPv4: how many, up to those that make a cover worth its while. */
static unsigned count_lengths(const struct set_image *image)
{
	bool seen[SET_TABLE_LENGTHS4] = { false };
	unsigned n = 0;

	for (size_t i = 0; i < image->n && n < COVER_LENGTHS; i++)
		if (image->elements[i].family == FAMILY_V4 && !seen[image->elements[i].prefix]) {
			seen[image->elements[i].prefix] = true;
			n++;
		}
	return n;
}

/* False if an element finds no room: twice as many buckets will do. */
static bool fill(struct sentry_set_bucket *buckets, const struct set_image *image)
{
	struct sentry_set_head4 *head4 = &buckets[0].head4;
	struct sentry_set_head6 *head6 = &buckets[1].head6;
	uint8_t lengths6[SET_TABLE_LENGTHS6 + 1] = { 0 };

	for (size_t i = 0; i < image->n; i++) {
		const struct set_element *element = &image->elements[i];

		if (element->family == FAMILY_V4 ? !put4(buckets, element) : !put6(buckets, element))
			return false;
		if (element->family == FAMILY_V4 && head4->cover)
			mark(buckets + head4->cover, element);
		if (element->family == FAMILY_V4)
			add_length(head4->lengths, &head4->n, element->prefix);
		else if (head6->n < SET_TABLE_LENGTHS6)
			add_length(lengths6, &head6->n, element->prefix);
	}
	memcpy(head6->lengths, lengths6, sizeof(head6->lengths));
	memcpy(buckets[2].lengths6, lengths6 + sizeof(head6->lengths), sizeof(buckets[2].lengths6));
	return true;
}

static uint32_t power_of_two(size_t n)
{
	uint32_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

struct sentry_set_bucket *set_image_build(const struct set_image *image, uint32_t *n)
{
	bool cover = count_lengths(image) >= COVER_LENGTHS;
	size_t n4 = 0;

	for (size_t i = 0; i < image->n; i++)
		n4 += image->elements[i].family == FAMILY_V4;
	for (uint32_t grown = 1; grown; grown *= 2) {
		uint32_t buckets4 = power_of_two(n4 / LOAD4 + 1) * grown;
		uint32_t buckets6 = power_of_two((image->n - n4) / LOAD6 + 1) * grown;
		struct sentry_set_bucket *buckets;

		*n = SET_TABLE_HEAD + buckets4 + buckets6 + (cover ? SET_TABLE_COVER : 0);
		buckets = calloc(*n, sizeof(*buckets));
		if (!buckets)
			return NULL;
		buckets[0].head4.cover = cover ? SET_TABLE_HEAD + buckets4 + buckets6 : 0;
		buckets[0].head4.mask = buckets4 - 1;
		buckets[0].head4.first = SET_TABLE_HEAD;
		buckets[1].head6.mask = buckets6 - 1;
		buckets[1].head6.first = SET_TABLE_HEAD + buckets4;
		if (fill(buckets, image))
			return buckets;
		free(buckets);
	}
	return NULL;
}

struct sentry_end_key set_image_key(const struct program_set *set, const struct set_element *element)
{
	struct sentry_end_key key = {
		.hi = (uint64_t)(element->address >> 64),
		.lo = (uint64_t)element->address,
		.port = set->has_port ? element->port : 0,
		.protocol = set->has_proto ? element->proto : 0,
		.ip_version = element->family == FAMILY_V4 ? 4 : 6,
	};

	return key;
}
