/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct shrinking {
	struct doc *doc;
	const struct run_options *options;
	struct outcome *outcome;
	enum failure failure;
	time_t until;
	unsigned tries, gone; /* times that something could go */
};

static bool fails_still(struct shrinking *shrinking)
{
	struct run_options options = *shrinking->options;

	/* A crash may come from anywhere: all of the run is repeated, with the same random numbers. */
	options.only = shrinking->failure == FAILURE_CRASH ? FAILURE_NONE : shrinking->failure;
	shrinking->tries++;
	return run_in_child(shrinking->doc, &options, shrinking->outcome) &&
	       shrinking->outcome->failure == shrinking->failure;
}

/* Leaves out children of a piece, in ever smaller parts; then what is within those that stay. */
static void shrink_children(struct shrinking *shrinking, struct piece *piece)
{
	struct piece **children;
	size_t n = 0, at = 0;

	for (struct piece *child = piece->first; child; child = child->next)
		n += !shrinking->doc->dropped[child->id];
	if (!n)
		return;
	children = calloc(n, sizeof(struct piece *));
	if (!children)
		abort();
	for (struct piece *child = piece->first; child; child = child->next)
		if (!shrinking->doc->dropped[child->id])
			children[at++] = child;
	for (size_t part = n; part; part /= 2)
		for (at = 0; at < n && time(NULL) < shrinking->until; at += part) {
			size_t end = at + part < n ? at + part : n, left = 0;

			for (size_t i = at; i < end; i++)
				left += !shrinking->doc->dropped[children[i]->id];
			if (!left)
				continue;
			for (size_t i = at; i < end; i++)
				shrinking->doc->dropped[children[i]->id] |= 2;
			if (fails_still(shrinking)) {
				shrinking->gone++;
				continue;
			}
			for (size_t i = at; i < end; i++)
				shrinking->doc->dropped[children[i]->id] &= (uint8_t)~2;
		}
	for (size_t i = 0; i < n; i++)
		if (!shrinking->doc->dropped[children[i]->id])
			shrink_children(shrinking, children[i]);
	free(children);
}

unsigned shrink(struct doc *doc, const struct run_options *options, struct outcome *outcome, unsigned seconds)
{
	struct shrinking shrinking = { .doc = doc,
				       .options = options,
				       .outcome = outcome,
				       .failure = outcome->failure,
				       .until = time(NULL) + seconds };
	struct counts counts = outcome->counts;
	unsigned before;

	if (outcome->failure == FAILURE_TIMEOUT)
		return 0;
	/* What is declared can go once nothing names it: again, until nothing goes. */
	do {
		before = shrinking.gone;
		for (unsigned file = DOC_FILES; file-- > 0;)
			if (doc->files[file])
				shrink_children(&shrinking, doc->files[file]);
	} while (shrinking.gone != before && time(NULL) < shrinking.until);
	/* What a failed try left there is nothing of this failure. */
	fails_still(&shrinking);
	outcome->failure = shrinking.failure;
	outcome->counts = counts;
	return shrinking.tries;
}
