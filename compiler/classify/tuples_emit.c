/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The look-up of tuples as C. One after another: none waits for what another reads. */
#include "emission.h"
#include "tuples.h"

#include <inttypes.h>

static const char *part_value(struct emission *e, const struct class_tuple *tuple, const struct tuple_part *part)
{
	const char *value;
	unsigned right = part->right, bits = family_bits(tuple->family);

	if (part->end == TUPLE_FIELD)
		return emit_number(e, &e->classifier->sources[part->source]);
	if (tuple->family == FAMILY_V4)
		value = arena_printf(e->arena, "packet_number(pkt, %s.v4)", end_names[part->end]);
	else
		value = arena_printf(e->arena, "packet_number(pkt, %s.v6.%s)", end_names[part->end], right < 64 ? "lo" : "hi");
	right &= 63;
	if (right)
		value = arena_printf(e->arena, "(%s >> %u)", value, right);
	/* Bits above these are fixed, and in no key. */
	if (right + part->bits < (bits < 64 ? bits : 64))
		value = arena_printf(e->arena, "(%s & %#" PRIx64 "ull)", value, tuple_ones(part->bits));
	return value;
}

static void emit_key(struct emission *e, const struct class_tuple *tuple)
{
	for (unsigned word = 0; word < tuple->n_words; word++) {
		const char *key = NULL;

		for (size_t i = 0; i < tuple->n_parts; i++) {
			const struct tuple_part *part = &tuple->parts[i];
			const char *value;

			if (part->word != word)
				continue;
			value = part_value(e, tuple, part);
			if (part->shift)
				value = arena_printf(e->arena, "%s << %u", value, part->shift);
			key = key ? arena_printf(e->arena, "%s | %s", key, value) : value;
		}
		/* The answer may have a word of its own. */
		emit_statement(e, arena_printf(e->arena, "key[%u]", word), "=", key ? key : "0");
	}
}

static void emit_hash(struct emission *e, const struct class_tuple *tuple)
{
	const char *sum = NULL, *displacement;

	for (unsigned word = 0; word < tuple->n_words; word++) {
		const char *product = arena_printf(e->arena, "key[%u] * %#" PRIx64 "ull", word, tuple_factor(word));

		sum = sum ? arena_printf(e->arena, "%s + %s", sum, product) : product;
	}
	emit_statement(e, "hash", "=", sum);
	emit_statement(e, "hash", "^=", "hash >> 32");
	displacement = emit_read(e, &tuple->displacements, "hash");
	emit_statement(e, "hash", "=", arena_printf(e->arena, "class_slot(hash, %s, %" PRIu32 ") * %u", displacement, tuple->n_slots,
						      tuple->n_words));
}

static void emit_compare(struct emission *e, const struct class_tuple *tuple)
{
	uint64_t mask = tuple_ones(tuple->answer.bits);

	for (unsigned word = 0; word < tuple->n_words; word++) {
		const char *found = emit_read(e, &tuple->slots, word ? arena_printf(e->arena, "hash + %u", word) : "hash");
		const char *operator = word ? "|=" : "=";

		if (word != tuple->answer.word) {
			emit_statement(e, "differ", operator, arena_printf(e->arena, "%s ^ key[%u]", found, word));
			continue;
		}
		emit_statement(e, "answer", "=", found);
		emit_statement(e, "differ", operator, arena_printf(e->arena, "(answer ^ key[%u]) & %#" PRIx64 "ull", word,
								     ~(mask << tuple->answer.shift)));
	}
	for (size_t i = 0; i < tuple->n_fixed; i++)
		emit_statement(e, "differ", "|=", arena_printf(e->arena, "%s ^ %#" PRIx64 "ull",
								 part_value(e, tuple, &tuple->fixed[i].part), tuple->fixed[i].value));
	emit_statement(e, "best", "=", arena_printf(e->arena, "(__u32)class_least(best, class_tuple(answer >> %u & %#" PRIx64 ", differ))",
						      tuple->answer.shift, mask));
}

void emit_tuples(struct emission *e, enum family family)
{
	for (size_t i = 0; i < e->classifier->tuples.n; i++) {
		const struct class_tuple *tuple = &e->classifier->tuples.tuples[i];

		if (tuple->family != family)
			continue;
		writer_printf(e->w, "/* %zu terms by %u bits of source, %u of destination, %zu parts in all, %zu fixed */", tuple->n_terms,
			      tuple->lengths[0], tuple->lengths[1], tuple->n_parts + tuple->n_fixed, tuple->n_fixed);
		writer_newline(e->w);
		writer_puts(e->w, "{");
		e->w->indent++;
		writer_printf(e->w, "__u64 key[%u], hash, answer, differ;", tuple->n_words);
		writer_newline(e->w);
		writer_puts(e->w, "");
		emit_key(e, tuple);
		emit_hash(e, tuple);
		emit_compare(e, tuple);
		e->w->indent--;
		writer_puts(e->w, "}");
	}
}
