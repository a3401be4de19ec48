/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "end.h"

#include "cost.h"
#include "class_region.h"

/* Instructions of one level of the walk. */
#define LEVEL_INSNS 9

/* A larger root would be a waste of cache on most sets. */
#define MOST_STRIDE 16

#define BITS 32

/* How many nodes a trie has at each depth: prefixes of that length within which a class ends. */
static void count_nodes(const struct intervals *intervals, uint64_t nodes[BITS + 1])
{
	for (unsigned depth = 0; depth < BITS; depth++) {
		uint64_t low = (1ull << (BITS - depth)) - 1;
		uint64_t last = UINT64_MAX;

		nodes[depth] = 0;
		for (size_t i = 1; i < intervals->n; i++) {
			uint64_t start = (uint64_t)intervals->starts[i], node = start >> (BITS - depth);

			if ((start & low) && node != last) {
				nodes[depth]++;
				last = node;
			}
		}
	}
	nodes[BITS] = 0;
}

struct strides {
	unsigned n;
	unsigned bits[TRIE_LEVELS];
	double ns;
	uint64_t entries;
};

/* All ways to go on from `depth`, the cheapest kept. */
static void choose(const uint64_t nodes[BITS + 1], unsigned depth, const struct strides *so_far, struct strides *best)
{
	if (!nodes[depth]) {
		if (so_far->ns < best->ns)
			*best = *so_far;
		return;
	}
	if (so_far->n == TRIE_LEVELS)
		return;
	for (unsigned bits = 1; bits <= MOST_STRIDE && depth + bits <= BITS; bits++) {
		uint64_t entries = nodes[depth] << bits;
		struct strides next = *so_far;

		next.bits[next.n++] = bits;
		next.entries += entries;
		next.ns += LEVEL_INSNS * COST_INSN + cost_read(entries * sizeof(uint32_t));
		if (next.ns < best->ns)
			choose(nodes, depth + bits, &next, best);
	}
}

struct filling {
	struct classifier *classifier;
	struct class_trie *trie;
	const struct intervals *intervals;
	const struct class_rows *rows; /* may be NULL */
	uint32_t used;       /* entries */
};

/* One node at `base`, which covers the addresses from `first` on; `interval` is the one that `first` lies in. */
static void fill(struct filling *f, unsigned level, unsigned depth, uint32_t base, uint64_t first, size_t interval)
{
	const struct intervals *intervals = f->intervals;
	unsigned stride = f->trie->strides[level];
	uint64_t step = 1ull << (BITS - depth - stride);

	for (uint64_t slot = 0; slot < 1ull << stride; slot++) {
		uint64_t begin = first + slot * step, last = begin + step - 1;
		bool whole;

		while (interval + 1 < intervals->n && (uint64_t)intervals->starts[interval + 1] <= begin)
			interval++;
		whole = interval + 1 == intervals->n || (uint64_t)intervals->starts[interval + 1] > last;
		if (whole) {
			region_set(f->classifier, &f->trie->entries, base + slot,
				   f->rows ? rows_word(f->rows, 0, intervals->classes[interval]) : intervals->classes[interval]);
		} else {
			uint32_t child = f->used;

			f->used += 1u << f->trie->strides[level + 1];
			region_set(f->classifier, &f->trie->entries, base + slot, TRIE_INNER | child);
			fill(f, level + 1, depth + stride, child, begin, interval);
		}
	}
}

double trie_plan(const struct intervals *intervals, struct class_trie *trie)
{
	struct strides best = { .ns = 1e9 }, none = { 0 };
	uint64_t nodes[BITS + 1];

	count_nodes(intervals, nodes);
	choose(nodes, 0, &none, &best);
	trie->n_levels = best.n;
	trie->n_entries = best.entries;
	for (unsigned i = 0; i < best.n; i++)
		trie->strides[i] = best.bits[i];
	return best.ns;
}

void trie_build(struct arena *arena, struct classifier *classifier, const char *what, const struct intervals *intervals,
		const struct class_rows *rows, struct class_trie *trie)
{
	struct filling f = { .classifier = classifier, .trie = trie, .intervals = intervals, .rows = rows };

	trie->entries = region_new(arena, classifier, what, trie->n_entries, sizeof(uint32_t));
	f.used = 1u << trie->strides[0];
	fill(&f, 0, 0, 0, 0, 0);
}

uint32_t trie_lookup(const struct classifier *classifier, const struct class_trie *trie, uint32_t address)
{
	unsigned shift = BITS - trie->strides[0];
	uint32_t entry = (uint32_t)region_get(classifier, &trie->entries, address >> shift);

	for (unsigned level = 1; level < trie->n_levels; level++) {
		uint32_t mask = (1u << trie->strides[level]) - 1;

		shift -= trie->strides[level];
		if (entry & TRIE_INNER)
			entry = (uint32_t)region_get(classifier, &trie->entries,
						     (entry & ~TRIE_INNER) + (address >> shift & mask));
	}
	return entry;
}
