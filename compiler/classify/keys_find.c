/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "keys.h"

#include <stdlib.h>
#include <string.h>

/* Where two addresses part: at bit `length`, their class is what stands here; UNASKED: there are keys on both sides. */
#define UNASKED 0xffffffffu

struct finding {
	struct arena *arena;
	unsigned shift;             /* an IPv4 address is the upper 32 of the 128 bits */
	const struct intervals *intervals;
	struct key *keys;
	size_t n, room;
	uint32_t beside[KEY_BITS];      /* on the path from the root: the class of what parts at this bit */
};

/* The path's classes as steps. False where there are more than a leaf tells apart. */
static bool take_steps(const struct finding *f, unsigned depth, uint32_t own, struct key *key)
{
	uint32_t class = UNASKED;

	key->n = 0;
	for (unsigned length = 0; length <= depth; length++) {
		uint32_t next = length < depth ? f->beside[length] : own;

		if (next == UNASKED || next == class)
			continue;
		if (class == UNASKED) {
			key->first = next;
		} else {
			if (key->n == LENGTHS)
				return false;
			key->lengths[key->n] = (uint8_t)length;
			key->classes[key->n++] = next;
		}
		class = next;
	}
	return true;
}

static void push_key(struct finding *f, const struct key *key)
{
	struct key *slot = arena_push(f->arena, &f->keys, &f->n, &f->room, sizeof(*slot));

	*slot = *key;
	if (key->n)
		return;
	/* One that does not matter: leaves have one at least. */
	slot->lengths[0] = (uint8_t)(KEY_BITS - f->shift);
	slot->classes[0] = key->first;
	slot->n = 1;
}

/* The class that the fewest bits of the path lead to in one run, and where the run is. */
static unsigned shortest_run(const struct finding *f, unsigned depth, unsigned *begin, unsigned *end)
{
	unsigned runs = 0, best = KEY_BITS + 1;

	for (unsigned i = 0; i < depth;) {
		unsigned k = i, n = 0;

		for (; k < depth && (f->beside[k] == UNASKED || f->beside[k] == f->beside[i]); k++)
			n += f->beside[k] != UNASKED;
		if (f->beside[i] != UNASKED && n) {
			runs++;
			if (n < best) {
				best = n;
				*begin = i;
				*end = k;
			}
		}
		i = f->beside[i] == UNASKED ? i + 1 : k;
	}
	return runs;
}

/*
 * An address at the end of a path of `depth` bits, of class `own`. Where the path has more steps than a leaf tells
 * apart, what parts from it in the shortest runs has keys of its own, until the rest are few enough.
 */
static void add_key(struct finding *f, u128 address, unsigned depth, uint32_t own)
{
	uint32_t path[KEY_BITS], parting[KEY_BITS];
	struct key key = { .address = address };
	unsigned begin = 0, end = 0;

	memcpy(path, f->beside, sizeof(path));
	if (!take_steps(f, depth, own, &key)) {
		memset(parting, 0xff, sizeof(parting));
		while (shortest_run(f, depth, &begin, &end) > LENGTHS - 1)
			for (unsigned i = begin; i < end; i++) {
				parting[i] = f->beside[i] == UNASKED ? parting[i] : f->beside[i];
				f->beside[i] = UNASKED;
			}
		take_steps(f, depth, own, &key);
		for (unsigned i = 0; i < depth; i++) {
			u128 bit = (u128)1 << (KEY_BITS - 1 - i);
			struct key beside = { .address = (address ^ bit) & ~(bit - 1) };

			if (parting[i] == UNASKED)
				continue;
			take_steps(f, i + 1, parting[i], &beside);
			push_key(f, &beside);
		}
	}
	push_key(f, &key);
	memcpy(f->beside, path, sizeof(path));
}

/* The last of the intervals `low` to `high` that begins at or before the address. */
static size_t find_between(const struct finding *f, size_t low, size_t high, u128 address)
{
	const struct intervals *intervals = f->intervals;

	while (low < high) {
		size_t middle = high - (high - low) / 2;

		if (intervals->starts[middle] << f->shift <= address)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The keys in the prefix of `depth` bits from `first` on, which intervals `begin` to `end` are in, more than one. */
static void find_keys(struct finding *f, unsigned depth, u128 first, size_t begin, size_t end)
{
	const struct intervals *intervals = f->intervals;
	u128 half = first + ((u128)1 << (KEY_BITS - 1 - depth));
	size_t high = find_between(f, begin, end, half);
	size_t low = intervals->starts[high] << f->shift == half ? high - 1 : high;

	if (begin == low && high == end) {
		/* The half that is not like what is around: then there is one step less. */
		bool upper = depth && intervals->classes[low] == f->beside[depth - 1];

		f->beside[depth] = intervals->classes[upper ? low : high];
		add_key(f, upper ? half : first, depth + 1, intervals->classes[upper ? high : low]);
		return;
	}
	if (begin != low) {
		f->beside[depth] = high == end ? intervals->classes[high] : UNASKED;
		find_keys(f, depth + 1, first, begin, low);
	}
	if (high != end) {
		f->beside[depth] = begin == low ? intervals->classes[low] : UNASKED;
		find_keys(f, depth + 1, half, high, end);
	}
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* The keys of the prefix of `depth` bits from `first` on. */
static void find_in(struct finding *f, unsigned depth, u128 first)
{
	u128 last = depth ? first + ((u128)1 << (KEY_BITS - depth)) - 1 : ~(u128)0;
	size_t n = 0;

	memset(f->beside, 0xff, sizeof(f->beside));
	find_keys(f, depth, first, find_between(f, 0, f->intervals->n - 1, first), find_between(f, 0, f->intervals->n - 1, last));
	qsort(f->keys, f->n, sizeof(*f->keys), compare_keys);
	/* The same address may have come from several paths: what it parts from is the same in all. */
	for (size_t i = 0; i < f->n; i++)
		if (!n || f->keys[n - 1].address != f->keys[i].address)
			f->keys[n++] = f->keys[i];
	f->n = n;
}

/* The longest prefix outside of which all is of one class; `length` 0 where there is none, or nothing else within. */
static struct key_fence find_fence(const struct finding *f)
{
	const struct intervals *intervals = f->intervals;
	size_t end = intervals->n - 1;
	u128 first = intervals->starts[1] << f->shift, last = (intervals->starts[end] << f->shift) - 1;
	unsigned length = shared_bits(first, last), most = f->shift ? KEY_BITS - f->shift : 64;
	struct key_fence fence = { 0 };

	if (end < 2 || intervals->classes[0] != intervals->classes[end] || !length)
		return fence;
	length = length < most ? length : most;
	first &= ~(u128)0 << (KEY_BITS - length);
	if (find_between(f, 0, end, first) == find_between(f, 0, end, first + ((u128)1 << (KEY_BITS - length)) - 1))
		return fence;
	return (struct key_fence){ length, (uint64_t)(first >> 64), intervals->classes[0] };
}

static size_t count_lengths(const struct finding *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->keys[i].n;
	return n;
}

void keys_find(struct arena *scratch, enum family family, const struct intervals *intervals, bool fence, struct found_keys *found)
{
	struct finding all = { .arena = scratch, .intervals = intervals, .shift = KEY_BITS - family_bits(family) };
	struct finding within = all;

	find_in(&all, 0, 0);
	*found = (struct found_keys){ .keys = all.keys, .n = all.n };
	if (fence)
		found->fence = find_fence(&all);
	if (found->fence.length)
		find_in(&within, found->fence.length, (u128)found->fence.prefix << 64);
	if (count_lengths(&within) + within.n / 2 >= count_lengths(&all))
		found->fence.length = 0;
	if (!found->fence.length)
		return;
	found->keys = within.keys;
	found->n = within.n;
}
