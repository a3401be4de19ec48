/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Bit vectors as C: for each side the bodies of two loops, over segments and over words. */
#include "emission.h"
#include "tuples.h"
#include "vectors.h"

#include <inttypes.h>

static const char *const versions[N_FAMILIES] = { "4", "6" };

static void line(struct emission *e, const char *text)
{
	writer_puts(e->w, text);
}

static void begin_step(struct emission *e, const char *what, enum family family, const char *index)
{
	line(e, arena_printf(e->arena, "static __noinline long %s_%s%s(__u32 %s, void *context)", e->names->function, what,
			     versions[family], index));
	line(e, "{");
	e->w->indent++;
	line(e, arena_printf(e->arena, "const volatile __u64 *tables = %s;", e->names->tables));
	line(e, "struct class_search *search = context;");
}

static void end_step(struct emission *e)
{
	e->w->indent--;
	line(e, "}");
	line(e, "");
}

/* A word that no dimension's aggregate rules out. */
static void emit_word_step(struct emission *e, const struct class_vectors *v, enum family family)
{
	begin_step(e, "word", family, "index");
	line(e, "__u64 below = (search->left & -search->left) - 1;");
	line(e, "__u64 number = class_ones(below), place = search->place + 64 * number;");
	line(e, arena_printf(e->arena, "__u64 segment = search->place / %u, word, answer;", SEGMENT_TERMS));
	line(e, "");
	line(e, "/* The smallest answer of the word: those behind it have larger ones. */");
	line(e, arena_printf(e->arena, "if (%s >= search->best)", emit_read(e, &v->answers, "place")));
	line(e, "\treturn 1;");
	for (size_t i = 0; i < v->n_dimensions; i++) {
		const char *skipped = emit_read(e, &v->skipped, arena_printf(e->arena, "segment * %zu + %zu", v->n_dimensions, i));
		const char *word = emit_read(e, &v->words, arena_printf(e->arena, "class_word_at(search, %zu, below)", i));

		emit_statement(e, "word", i ? "&=" : "=", arena_printf(e->arena, "%s | -(%s >> number & 1)", word, skipped));
	}
	emit_statement(e, "answer", "=", emit_read(e, &v->answers, "place + class_ones((word & -word) - 1)"));
	line(e, "answer |= class_if_zero(word) & NO_DECISION;");
	line(e, "search->best = class_least(search->best, answer);");
	line(e, "search->left &= search->left - 1;");
	line(e, "return class_is_zero(search->left);");
	end_step(e);
}

static void emit_segment_step(struct emission *e, const struct class_vectors *v, enum family family)
{
	begin_step(e, "segment", family, "segment");
	line(e, arena_printf(e->arena, "__u64 row, left = ~0ull, place = (__u64)segment * %u;", SEGMENT_TERMS));
	line(e, "");
	line(e, arena_printf(e->arena, "if (%s >= search->best)", emit_read(e, &v->answers, "place")));
	line(e, "\treturn 1;");
	for (size_t i = 0; i < v->n_dimensions; i++) {
		emit_statement(e, "row", "=", arena_printf(e->arena, "2 * ((__u64)search->rows[%zu] + segment)", i));
		emit_statement(e, arena_printf(e->arena, "search->has[%zu]", i), "=",
			       emit_read(e, &v->dimensions[i].rows, "row"));
		emit_statement(e, arena_printf(e->arena, "search->base[%zu]", i), "=",
			       emit_read(e, &v->dimensions[i].rows, "row + 1"));
		emit_statement(e, "left", "&=", arena_printf(e->arena, "search->has[%zu] | %s", i,
				emit_read(e, &v->skipped, arena_printf(e->arena, "(__u64)segment * %zu + %zu", v->n_dimensions, i))));
	}
	emit_statement(e, "search->left", "=", "left");
	emit_statement(e, "search->place", "=", "place");
	line(e, "if (left)");
	line(e, arena_printf(e->arena, "\tbpf_loop(%u, %s_word%s, search, 0);", SEGMENT_WORDS, e->names->function,
			     versions[family]));
	line(e, "return 0;");
	end_step(e);
}

void emit_vector_steps(struct emission *e, enum family family)
{
	const struct class_side *side = e->classifier->sides[family];

	if (!side || !side->vectors)
		return;
	emit_word_step(e, side->vectors, family);
	emit_segment_step(e, side->vectors, family);
}

static const char *class_of(struct emission *e, const struct class_side *side, const struct vector_dimension *dimension)
{
	const char *end = dimension->which == DIMENSION_SOURCE ? "src" : "dst";

	if (dimension->n_classes == 1)
		return "0";
	if (dimension->which >= DIMENSION_SPACES)
		return arena_printf(e->arena, "kind%u", dimension->which - DIMENSION_SPACES);
	return side->rows[dimension->which].words ? emit_column(e, &side->rows[dimension->which], dimension->which, 0) : end;
}

void emit_vectors(struct emission *e, enum family family)
{
	const struct class_side *side = e->classifier->sides[family];
	const struct class_vectors *v = side->vectors;

	emit_statement(e, "search.best", "=", tuples_of(e->classifier, family) ? "best" : "NO_DECISION");
	for (size_t i = 0; i < v->n_dimensions; i++)
		emit_statement(e, arena_printf(e->arena, "search.rows[%zu]", i), "=",
			       arena_printf(e->arena, "%s * %" PRIu32, class_of(e, side, &v->dimensions[i]), v->n_segments));
	line(e, arena_printf(e->arena, "bpf_loop(%" PRIu32 ", %s_segment%s, &search, 0);", v->n_segments, e->names->function,
			     versions[family]));
	emit_statement(e, "best", "=", "(__u32)search.best");
}
