/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "set_buckets.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST 4 /* buckets of each version, so that a set that begins empty takes elements */
#define MAX_LENGTHS 129
#define FIRST_LENGTHS6 (sizeof(((struct sentry_set_head6 *)NULL)->lengths))

/* What the heads of both versions have in common. */
struct part {
	__u32 *mask;
	__u32 *first;
	__u32 *n;
	__u32 max_lengths;
	bool v6;
};

static struct part part_of(const struct set_buckets *table, unsigned int version)
{
	struct sentry_set_head4 *head4 = &table->buckets[0].head4;
	struct sentry_set_head6 *head6 = &table->buckets[1].head6;

	if (version == 4)
		return (struct part){ &head4->mask, &head4->first, &head4->n, SET_TABLE_LENGTHS4, false };
	return (struct part){ &head6->mask, &head6->first, &head6->n, SET_TABLE_LENGTHS6, true };
}

/* Where the length of this index stands. */
static __u8 *length_at(const struct set_buckets *table, bool v6, __u32 i)
{
	if (!v6)
		return &table->buckets[0].head4.lengths[i];
	return i < FIRST_LENGTHS6 ? &table->buckets[1].head6.lengths[i] :
				    &table->buckets[2].lengths6[i - FIRST_LENGTHS6];
}

static __u64 hash_of(const struct set_element *element)
{
	return element->version == 4 ? set_table_hash4((__u32)element->lo, element->length)
				     : set_table_hash6(element->hi, element->lo, element->length);
}

/* An entry by its number in the buckets in reach, in the order of a search. */
struct search {
	const struct set_buckets *table;
	struct part part;
	__u64 hash;
};

static __u32 entries_in_reach(const struct search *search)
{
	return SET_TABLE_REACH * (search->part.v6 ? SET_TABLE_ENTRIES6 : SET_TABLE_ENTRIES4);
}

/* The word that says whether the entry is in use, and, of IPv4, is the entry. */
static __u64 *word_at(const struct search *search, __u32 i, struct sentry_set_entry6 **entry)
{
	__u32 per_bucket = search->part.v6 ? SET_TABLE_ENTRIES6 : SET_TABLE_ENTRIES4;
	__u32 index = *search->part.first + (((__u32)search->hash + i / per_bucket) & *search->part.mask);
	struct sentry_set_bucket *bucket = &search->table->buckets[index];

	if (!search->part.v6)
		return &bucket->words[i % per_bucket];
	*entry = &bucket->entries[i % per_bucket];
	return &(*entry)->tag;
}

static struct search search_for(const struct set_buckets *table, const struct set_element *element)
{
	return (struct search){ table, part_of(table, element->version), hash_of(element) };
}

static __u64 word_of(const struct set_element *element)
{
	return element->version == 4 ? SET_TABLE_WORD4((__u32)element->lo, element->length)
				     : (__u64)SET_TABLE_USED + element->length;
}

/* The element's word, NULL if it is not there. */
static __u64 *find(const struct set_buckets *table, const struct set_element *element)
{
	struct search search = search_for(table, element);
	struct sentry_set_entry6 *entry = NULL;
	__u64 wanted = word_of(element);

	if (!*search.part.first)
		return NULL;
	for (__u32 i = 0; i < entries_in_reach(&search); i++) {
		__u64 *word = word_at(&search, i, &entry);

		if (*word == SET_TABLE_EMPTY)
			return NULL;
		if (*word == wanted && (!entry || (entry->hi == element->hi && entry->lo == element->lo)))
			return word;
	}
	return NULL;
}

bool set_buckets_has(const struct set_buckets *table, const struct set_element *element)
{
	return find(table, element) != NULL;
}

static void cut(struct set_element *element, unsigned int length)
{
	unsigned int bits = element->version == 4 ? length + 96 : length;

	element->hi &= bits >= 64 ? ~0ull : bits ? ~0ull << (64 - bits) : 0;
	element->lo &= bits > 64 ? ~0ull << (128 - bits) : 0;
	element->length = (__u8)length;
}

bool set_buckets_covering(const struct set_buckets *table, const struct set_element *element,
			  struct set_element *found)
{
	struct part part = part_of(table, element->version);

	for (__u32 i = 0; i < *part.n; i++) {
		unsigned int length = *length_at(table, part.v6, i);

		*found = *element;
		if (length > element->length)
			continue;
		cut(found, length);
		if (find(table, found))
			return true;
	}
	return false;
}

static bool has_length(const struct set_buckets *table, const struct part *part, __u8 length)
{
	for (__u32 i = 0; i < *part->n; i++) {
		if (*length_at(table, part->v6, i) == length)
			return true;
	}
	return false;
}

/* The byte first: who reads the new number finds it. */
static bool append_length(struct set_buckets *table, const struct part *part, __u8 length)
{
	if (has_length(table, part, length))
		return true;
	if (*part->n >= part->max_lengths)
		return false;
	__atomic_store_n(length_at(table, part->v6, *part->n), length, __ATOMIC_RELAXED);
	__atomic_store_n(part->n, *part->n + 1, __ATOMIC_RELEASE);
	return true;
}

static struct set_element element_in(bool v6, __u64 word, const struct sentry_set_entry6 *entry)
{
	return (struct set_element){
		.hi = v6 ? entry->hi : 0, .lo = v6 ? entry->lo : word >> 32, .lifetime_ns = SENTRY_FOREVER,
		.version = v6 ? 6 : 4, .length = (__u8)((__u32)word - SET_TABLE_USED),
	};
}

static enum set_place put(struct set_buckets *table, const struct set_element *element)
{
	struct search search = search_for(table, element);

	if (!*search.part.first)
		return PLACE_NO_ROOM;
	for (__u32 i = 0; i < entries_in_reach(&search); i++) {
		struct sentry_set_entry6 *entry = NULL;
		__u64 *word = word_at(&search, i, &entry);

		if (*word != SET_TABLE_EMPTY && *word != SET_TABLE_GRAVE)
			continue;
		if (!append_length(table, &search.part, element->length))
			return PLACE_TOO_MANY_LENGTHS;
		if (entry) {
			__atomic_store_n(&entry->hi, element->hi, __ATOMIC_RELAXED);
			__atomic_store_n(&entry->lo, element->lo, __ATOMIC_RELAXED);
		}
		__atomic_store_n(word, word_of(element), __ATOMIC_RELEASE);
		return PLACE_TAKEN;
	}
	return PLACE_NO_ROOM;
}

/* Marks what an element covers, or lies in; or takes the mark of what it covered away: nothing else did. */
static void mark(struct set_buckets *table, const struct set_element *element, bool there)
{
	__u32 address = (__u32)element->lo, cover = table->buckets[0].head4.cover;
	__u64 n = element->length < 24 ? 1ull << (24 - element->length) : 1;
	__u64 bit = element->length <= 24 ? SET_TABLE_COVERED : SET_TABLE_PARTLY;

	if (element->version != 4 || !cover || (!there && bit == SET_TABLE_PARTLY))
		return;
	for (__u64 i = 0; i < n; i++, address += 256) {
		__u64 *word = &table->buckets[cover + (address >> 16)].words[set_table_cover_word(address)];
		__u64 bits = bit << set_table_cover_shift(address);

		__atomic_store_n(word, there ? *word | bits : *word & ~bits, __ATOMIC_RELEASE);
	}
}

enum set_place set_buckets_add(struct set_buckets *table, const struct set_element *element)
{
	enum set_place place = put(table, element);

	if (place == PLACE_TAKEN)
		mark(table, element, true);
	return place;
}

bool set_buckets_remove(struct set_buckets *table, const struct set_element *element)
{
	__u64 *word = find(table, element);

	if (!word)
		return false;
	__atomic_store_n(word, SET_TABLE_GRAVE, __ATOMIC_RELEASE);
	mark(table, element, false);
	return true;
}

static size_t power_of_two(size_t n)
{
	size_t power = SMALLEST;

	while (power < n)
		power *= 2;
	return power;
}

struct frequency {
	unsigned int length;
	size_t n;
};

static int by_frequency(const void *left, const void *right)
{
	const struct frequency *a = left, *b = right;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return (int)b->length - (int)a->length;
}

/* The lengths in use, most frequent first: most packets that hit, hit early. */
static bool put_lengths(struct set_buckets *table, unsigned int version, const struct set_elements *elements)
{
	struct frequency frequencies[MAX_LENGTHS] = { 0 };
	struct part part = part_of(table, version);

	for (unsigned int i = 0; i < MAX_LENGTHS; i++)
		frequencies[i].length = i;
	for (size_t i = 0; i < elements->n; i++) {
		if (elements->items[i].version == version)
			frequencies[elements->items[i].length].n++;
	}
	qsort(frequencies, MAX_LENGTHS, sizeof(frequencies[0]), by_frequency);
	for (unsigned int i = 0; i < MAX_LENGTHS && frequencies[i].n; i++) {
		if (!append_length(table, &part, (__u8)frequencies[i].length))
			return false;
	}
	return true;
}

static void set_sizes(struct set_buckets *table, size_t n4, size_t n6)
{
	struct part part4 = part_of(table, 4), part6 = part_of(table, 6);

	*part4.first = SET_TABLE_HEAD;
	*part4.mask = (__u32)n4 - 1;
	*part6.first = (__u32)(SET_TABLE_HEAD + n4);
	*part6.mask = (__u32)n6 - 1;
}

/*
 * Room by moving others on within their reach, in a table that nobody reads yet. What has been asked to move and
 * could not comes twice in a chain only if that has more than DEPTH links; then one would be lost.
 */
#define DEPTH 2

static bool displace(struct set_buckets *table, const struct set_element *element, unsigned int depth)
{
	struct search search = search_for(table, element);

	for (__u32 i = 0; i < entries_in_reach(&search); i++) {
		struct sentry_set_entry6 *entry = NULL;
		__u64 *word = word_at(&search, i, &entry);
		struct set_element there = element_in(search.part.v6, *word, entry);

		if (put(table, &there) != PLACE_TAKEN && (!depth || !displace(table, &there, depth - 1)))
			continue;
		if (entry) {
			entry->hi = element->hi;
			entry->lo = element->lo;
		}
		*word = word_of(element);
		return true;
	}
	return false;
}

/* The version whose buckets are too few, 0 if all went in. */
static unsigned int put_elements(struct set_buckets *table, const struct set_elements *elements)
{
	for (size_t i = 0; i < elements->n; i++) {
		if (put(table, &elements->items[i]) != PLACE_TAKEN &&
		    !displace(table, &elements->items[i], DEPTH))
			return elements->items[i].version;
	}
	return 0;
}

/* A cover takes 4 MiB: for sets whose prefixes would take several looks, and that are not small. */
#define COVER_ELEMENTS 1000
#define COVER_LENGTHS 3

static bool wants_cover(const struct set_elements *elements, size_t n4)
{
	bool seen[SET_TABLE_LENGTHS4] = { false };
	unsigned int n = 0;

	for (size_t i = 0; i < elements->n && n < COVER_LENGTHS && n4 >= COVER_ELEMENTS; i++) {
		const struct set_element *element = &elements->items[i];

		if (element->version != 4 || seen[element->length])
			continue;
		seen[element->length] = true;
		n++;
	}
	return n >= COVER_LENGTHS;
}

bool set_buckets_build(struct set_buckets *table, const struct set_elements *elements, struct failure *why)
{
	size_t n4 = 0, n6 = 0;
	bool cover;

	for (size_t i = 0; i < elements->n; i++)
		*(elements->items[i].version == 4 ? &n4 : &n6) += 1;
	cover = wants_cover(elements, n4);
	/* Half full. */
	n4 = power_of_two((2 * n4 + SET_TABLE_ENTRIES4 - 1) / SET_TABLE_ENTRIES4);
	n6 = power_of_two((2 * n6 + SET_TABLE_ENTRIES6 - 1) / SET_TABLE_ENTRIES6);
	for (;;) {
		unsigned int full;

		table->n = SET_TABLE_HEAD + n4 + n6 + (cover ? SET_TABLE_COVER : 0);
		table->buckets = allocate(table->n, sizeof(*table->buckets));
		set_sizes(table, n4, n6);
		table->buckets[0].head4.cover = cover ? (__u32)(SET_TABLE_HEAD + n4 + n6) : 0;
		if (!put_lengths(table, 4, elements) || !put_lengths(table, 6, elements)) {
			set_buckets_free(table);
			return failure_set(why, EXIT_POLICY,
					   "IPv6 prefixes of more than %d different lengths do not fit into one set: "
					   "take those of rare lengths apart",
					   SET_TABLE_LENGTHS6);
		}
		full = put_elements(table, elements);
		for (size_t i = 0; i < elements->n && !full; i++)
			mark(table, &elements->items[i], true);
		if (!full)
			return true;
		*(full == 4 ? &n4 : &n6) *= 2;
		set_buckets_free(table);
	}
}

void set_buckets_free(struct set_buckets *table)
{
	free(table->buckets);
	*table = (struct set_buckets){ 0 };
}

static bool part_valid(const struct set_buckets *table, unsigned int version)
{
	struct part part = part_of(table, version);
	size_t n = (size_t)*part.mask + 1;

	if (*part.n > part.max_lengths)
		return false;
	for (__u32 i = 0; i < *part.n; i++) {
		if (*length_at(table, part.v6, i) > (part.v6 ? 128 : 32))
			return false;
	}
	if (!*part.first)
		return *part.n == 0;
	return *part.first >= SET_TABLE_HEAD && (n & (n - 1)) == 0 && *part.first <= table->n &&
	       n <= table->n - *part.first;
}

bool set_buckets_valid(const struct set_buckets *table)
{
	__u32 cover;

	if (table->n < SET_TABLE_HEAD || !part_valid(table, 4) || !part_valid(table, 6))
		return false;
	cover = table->buckets[0].head4.cover;
	return !cover || (cover >= SET_TABLE_HEAD && cover <= table->n && SET_TABLE_COVER <= table->n - cover);
}

bool set_buckets_each(const struct set_buckets *table,
		      bool (*visit)(void *context, const struct set_element *element), void *context)
{
	for (unsigned int version = 4; version <= 6; version += 2) {
		struct part part = part_of(table, version);
		size_t per_bucket = part.v6 ? SET_TABLE_ENTRIES6 : SET_TABLE_ENTRIES4;
		size_t n = *part.first ? ((size_t)*part.mask + 1) * per_bucket : 0;

		for (size_t i = 0; i < n; i++) {
			const struct sentry_set_bucket *bucket = &table->buckets[*part.first + i / per_bucket];
			const struct sentry_set_entry6 *entry = &bucket->entries[part.v6 ? i % per_bucket : 0];
			__u64 word = part.v6 ? entry->tag : bucket->words[i % per_bucket];
			struct set_element element = element_in(part.v6, word, entry);

			if (word != SET_TABLE_EMPTY && word != SET_TABLE_GRAVE && !visit(context, &element))
				return false;
		}
	}
	return true;
}
