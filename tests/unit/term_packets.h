/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The terms of a classifier as sets of packets: which packets each answer decides. For tests; after cmocka.h. */
#ifndef TERM_PACKETS_H
#define TERM_PACKETS_H

#include "classifier.h"
#include "cube.h"
#include "packetset.h"
#include "rangeset.h"

#define MOST_NODES 4000000u

/* As the policy would say it. False: a set is empty. */
static inline bool term_of(struct arena *arena, const struct classify_input *input, const struct class_term *in,
		    struct term *out)
{
	*out = (struct term){ .family = in->family, .preds = ARENA_ARRAY(arena, struct pred, in->n_tests + 2) };
	if (in->src)
		out->preds[out->n++] = (struct pred){ .kind = PRED_RANGES, .field = FIELD_SRC, .ranges = in->src };
	if (in->dst)
		out->preds[out->n++] = (struct pred){ .kind = PRED_RANGES, .field = FIELD_DST, .ranges = in->dst };
	for (size_t i = 0; i < in->n_tests; i++) {
		const struct class_source *source = &input->sources[in->tests[i].source];
		const struct rangeset *values = in->tests[i].values;
		struct pred pred = { .kind = PRED_RANGES, .field = source->field, .ranges = values };

		assert_true(in->tests[i].source < input->n_sources);
		assert_true(!i || in->tests[i - 1].source < in->tests[i].source);
		if (!values->n)
			return false;
		if (source->kind == SOURCE_MEMBER) {
			if (values->ranges[0].lo != values->ranges[0].hi)
				continue;
			pred.kind = PRED_MEMBER;
			pred.set = source->set;
			pred.negated = !values->ranges[0].lo;
		} else if (source->kind == SOURCE_STATE) {
			pred.kind = PRED_STATE;
			for (unsigned state = 0; state < N_STATES; state++)
				pred.states |= rangeset_contains(values, state) ? 1u << state : 0;
		}
		out->preds[out->n++] = pred;
	}
	return (!in->src || in->src->n) && (!in->dst || in->dst->n);
}

static inline packetset set_of_term(struct arena *arena, const struct space *space, const struct term *term)
{
	struct cube cube;

	return cube_from_term(arena, space, term, &cube) ? packetset_cube(&cube) : packetset_none();
}

static inline packetset set_of(struct arena *arena, const struct space *space, const struct classify_input *input,
			       size_t i)
{
	struct term term;

	return term_of(arena, input, &input->terms[i], &term) ? set_of_term(arena, space, &term) : packetset_none();
}

/* What each answer decides. */
struct decisions {
	size_t n;
	uint32_t *answers;
	packetset *sets;
};

static inline void decide(struct decisions *d, uint32_t answer, packetset set, packetset *open)
{
	packetset decided = packetset_and(set, *open);

	if (!d->n || d->answers[d->n - 1] != answer) {
		assert_true(!d->n || d->answers[d->n - 1] < answer);
		d->answers[d->n] = answer;
		d->sets[d->n++] = packetset_none();
	}
	d->sets[d->n - 1] = packetset_or(d->sets[d->n - 1], decided);
	*open = packetset_minus(*open, set);
}

static inline struct decisions decisions_new(struct arena *arena, size_t n)
{
	return (struct decisions){ 0, ARENA_ARRAY(arena, uint32_t, n + 1), ARENA_ARRAY(arena, packetset, n + 1) };
}

static inline struct decisions decisions_of(struct arena *arena, const struct space *space,
					    const struct classify_input *input)
{
	struct decisions d = decisions_new(arena, input->n_terms);
	packetset open = packetset_all();

	for (size_t i = 0; i < input->n_terms; i++)
		if (input->terms[i].family == space->family)
			decide(&d, input->terms[i].answer, set_of(arena, space, input, i), &open);
	return d;
}

static inline packetset decided_by(const struct decisions *d, uint32_t answer)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->answers[i] == answer)
			return d->sets[i];
	return packetset_none();
}

static inline bool same(const struct decisions *a, const struct decisions *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->sets[i] != decided_by(b, a->answers[i]))
			return false;
	for (size_t i = 0; i < b->n; i++)
		if (b->sets[i] != decided_by(a, b->answers[i]))
			return false;
	return true;
}

/* A space in which all terms can be said. */
static inline const struct space *space_of(struct arena *arena, const struct classify_input *input, enum family family)
{
	struct rule rule = { .name = "rule", .terms = ARENA_ARRAY(arena, struct term, input->n_terms + 1) };
	struct rule *rules[] = { &rule };
	struct block block = { .n_rules = 1, .rules = rules };
	struct block *blocks[] = { &block };
	struct policy policy = { .n_blocks = 1, .blocks = blocks };
	const struct policy *policies[] = { &policy };

	for (size_t i = 0; i < input->n_terms; i++)
		term_of(arena, input, &input->terms[i], &rule.terms[rule.n_terms++]);
	return space_build(arena, policies, 1, family);
}

static inline bool equivalent(struct arena *arena, const struct classify_input *before,
			      const struct classify_input *after)
{
	bool equal = true;

	for (unsigned f = 0; f < N_FAMILIES && equal; f++) {
		const struct space *space = space_of(arena, before, (enum family)f);
		struct decisions was, is;
		struct effort effort;

		effort_init(&effort, 0, MOST_NODES);
		assert_true(packetset_open(space, &effort));
		was = decisions_of(arena, space, before);
		is = decisions_of(arena, space, after);
		assert_true(packetset_decided());
		equal = same(&was, &is);
		packetset_close();
	}
	return equal;
}

#endif
