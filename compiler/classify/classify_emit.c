/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "emission.h"
#include "tuples.h"
#include "vectors.h"

#include <inttypes.h>
#include <stdio.h>

const char *emit_read(struct emission *e, const struct class_region *region, const char *index)
{
	return arena_printf(e->arena, "class_u%u(tables, %" PRIu32 ", %#" PRIx32 ", %s)", region->width * 8u, region->offset,
			    region_mask(region), index);
}

const char *emit_place(struct emission *e, const struct class_region *region, const char *index)
{
	return arena_printf(e->arena, "class_place(tables, %" PRIu32 ", %#" PRIx32 ", %s)", region->offset, region_mask(region), index);
}

/* The number of a matrix at `row`, NULL where that is 0, and `column`. */
static const char *read_matrix(struct emission *e, const struct class_matrix *matrix, const char *row, const char *column)
{
	const char *plus = row ? arena_printf(e->arena, "%s + ", row) : "", *block;

	if (!matrix->bits)
		return emit_read(e, &matrix->rows, arena_printf(e->arena, "%s%s", plus, column));
	block = emit_read(e, &matrix->rows, arena_printf(e->arena, "%s(%s >> %u)", plus, column, matrix->outer ? matrix->outer : matrix->bits));
	if (matrix->outer)
		block = emit_read(e, &matrix->middle, arena_printf(e->arena, "((__u64)%s << %u) + (%s >> %u & %#x)", block,
								     matrix->outer - matrix->bits, column, matrix->bits,
								     (1u << (matrix->outer - matrix->bits)) - 1));
	return emit_read(e, &matrix->blocks, arena_printf(e->arena, "((__u64)%s << %u) + (%s & %#x)", block, matrix->bits,
							    column, (1u << matrix->bits) - 1));
}

void emit_statement(struct emission *e, const char *variable, const char *operator, const char *expression)
{
	writer_printf(e->w, "%s %s %s;", variable, operator, expression);
	writer_newline(e->w);
}

static void note(struct emission *e, const char *text)
{
	writer_printf(e->w, "/* %s */", text);
	writer_newline(e->w);
}

/* --- kinds --------------------------------------------------------------------- */

const char *emit_number(struct emission *e, const struct class_source *source)
{
	const char *number;

	if (source->kind != SOURCE_FIELD)
		return e->names->source(e->names->context, source);
	number = arena_printf(e->arena, "packet_number(pkt, %s)", field_table[source->field].member);
	/* The only field that may be larger than its table. */
	if (source->field == FIELD_LENGTH)
		return arena_printf(e->arena, "class_least(%s, %#" PRIx32 ")", number, source_size(source) - 1);
	return number;
}

static void emit_space(struct emission *e, const struct class_space *space, const char *kind)
{
	for (size_t i = 0; i < space->n_steps; i++) {
		const struct space_step *step = &space->steps[i];
		const char *number = emit_number(e, &e->classifier->sources[step->source]), *class;

		/* Read once, where two reads come of it. */
		if (step->classes.bits) {
			emit_statement(e, "value", "=", number);
			number = "value";
		}
		class = read_matrix(e, &step->classes, NULL, number);
		if (i)
			class = emit_read(e, &step->cross,
					    arena_printf(e->arena, "(__u64)%s * %" PRIu32 " + %s", kind, step->n, class));
		emit_statement(e, kind, "=", class);
	}
}

/* --- groups -------------------------------------------------------------------- */

/* The group's class of an end. */
static const char *class_of(struct emission *e, const struct class_side *side, const struct class_group *group, unsigned end)
{
	const char *name = end_names[end];

	if (group->n[end] == 1)
		return "0";
	if (group->column[end] < 0)
		return name;
	return emit_column(e, &side->rows[end], end, (unsigned)group->column[end]);
}

/* Sets `list` to the number of the packet's cell; of a hash, to the displacement; of patterns, to the head of the row. */
static void emit_cell(struct emission *e, const struct class_side *side, const struct class_group *group, const char *list,
		      const char *cell)
{
	const char *src = class_of(e, side, group, 0), *dst = class_of(e, side, group, 1), *row;

	switch (group->cells) {
	case CELLS_ONE:
		emit_statement(e, list, "=", arena_printf(e->arena, "%" PRIu32, group->only));
		return;
	case CELLS_DENSE:
		row = arena_printf(e->arena, "(__u64)%s * %" PRIu32, src, group->table.row);
		emit_statement(e, list, "=", read_matrix(e, &group->table, group->n[0] == 1 ? NULL : row, dst));
		return;
	case CELLS_PATTERNS:
		emit_statement(e, list, "=", emit_read(e, &group->heads, group->along ? dst : src));
		return;
	default:
		break;
	}
	emit_statement(e, cell, "=", arena_printf(e->arena, "(__u64)%s * %" PRIu32 " + %s", src, group->n[1], dst));
	emit_statement(e, list, "=", emit_read(e, &group->displacements, arena_printf(e->arena, "class_hash(%s)", cell)));
}

/* Sets `list` from the head of the row to the number of the cell. */
static void emit_pattern(struct emission *e, const struct class_side *side, const struct class_group *group, const char *list)
{
	const char *row = arena_printf(e->arena, "(%s >> %u) * %" PRIu32, list, group->row_bits, group->table.row), *several;

	emit_statement(e, "value", "=", read_matrix(e, &group->table, row, class_of(e, side, group, !group->along)));
	emit_statement(e, list, "&=", arena_printf(e->arena, "%#" PRIx32, (uint32_t)((1ull << group->row_bits) - 1)));
	if (!group->several.n) {
		emit_statement(e, list, "=", arena_printf(e->arena, "class_in_row(%s, value)", list));
		return;
	}
	several = emit_read(e, &group->several, arena_printf(e->arena, "class_beyond(%s, value, %" PRIu32 ", 0)", list, group->row_many));
	emit_statement(e, list, "=", arena_printf(e->arena, "class_of_row(%s, value, %" PRIu32 ", %s)", list, group->row_many, several));
}

/* Sets `list` from what emit_cell() left there to the number of the cell. */
static void emit_slot(struct emission *e, const struct class_side *side, const struct class_group *group, const char *list,
		      const char *cell)
{
	if (group->cells == CELLS_PATTERNS)
		emit_pattern(e, side, group, list);
	if (group->cells != CELLS_HASH)
		return;
	emit_statement(e, "value", "=", arena_printf(e->arena, "class_slot(class_hash(%s), %s, %" PRIu32 ")", cell, list, group->slots.n));
	emit_statement(e, list, "=", arena_printf(e->arena, "class_number(%s, %s, %u)", emit_read(e, &group->slots, "value"), cell, slot_bits(group)));
}

/* Sets `list` to where the answer stands; where the number says what the list is, `which` to the place in it. */
static void emit_list(struct emission *e, const struct class_group *group, const char *list, const char *which)
{
	const char *kind = arena_printf(e->arena, "kind%" PRIu32, group->space), *row;

	switch (group->lists) {
	case LISTS_ONE:
		break;
	case LISTS_DIRECT:
		emit_statement(e, list, "+=", kind);
		break;
	case LISTS_SHAPED:
		row = arena_printf(e->arena, "(__u64)%s", emit_read(e, &group->answers, list));
		emit_statement(e, list, "+=", arena_printf(e->arena, "1 + %s", read_matrix(e, &group->shapes, row, kind)));
		break;
	case LISTS_PACKED:
		row = arena_printf(e->arena, "(%s >> %u) * %" PRIu32, list, group->bits, group->shapes.row);
		emit_statement(e, which, "=", read_matrix(e, &group->shapes, row, kind));
		emit_statement(e, list, "&=", arena_printf(e->arena, "%#" PRIx32, (uint32_t)((1ull << group->bits) - 1)));
		break;
	}
}

static const char *emit_answer(struct emission *e, const struct class_group *group, const char *list, const char *which)
{
	const char *several;

	if (group->lists == LISTS_ONE)
		return arena_printf(e->arena, "(__u32)(%s - 1)", list);
	if (group->lists != LISTS_PACKED)
		return emit_read(e, &group->answers, list);
	if (!group->answers.n)
		return arena_printf(e->arena, "class_only(%s, %s)", list, which);
	several = emit_read(e, &group->answers, arena_printf(e->arena, "class_beyond(%s, %s, %" PRIu32 ", %u)", list, which, group->many, group->align));
	return arena_printf(e->arena, "class_packed(%s, %s, %" PRIu32 ", %s)", list, which, group->many, several);
}

/* Variables of a group. */
struct group_names {
	const char *list, *cell, *which;
};

static void emit_groups(struct emission *e, enum family family)
{
	const struct class_side *side = e->classifier->sides[family];
	bool has_best = tuples_of(e->classifier, family);
	struct group_names *names = ARENA_ARRAY(e->arena, struct group_names, side->n_groups + 1);

	for (size_t i = 0; i < side->n_groups; i++) {
		const struct class_group *group = &side->groups[i];

		names[i].list = arena_printf(e->arena, "list%zu", i);
		names[i].cell = arena_printf(e->arena, "cell%zu", i);
		names[i].which = arena_printf(e->arena, "which%zu", i);
		note(e, arena_printf(e->arena, "%zu terms: %" PRIu32 " by %" PRIu32 " classes, %" PRIu32 " lists", group->n_terms,
				     group->n[0], group->n[1], group->n_lists));
		emit_cell(e, side, group, names[i].list, names[i].cell);
	}
	for (size_t i = 0; i < side->n_groups; i++)
		emit_slot(e, side, &side->groups[i], names[i].list, names[i].cell);
	for (size_t i = 0; i < side->n_groups; i++)
		emit_list(e, &side->groups[i], names[i].list, names[i].which);
	/* The answers that come last are compared last: a hash is a read more than others. */
	for (unsigned late = 0; late < 2; late++)
		for (size_t i = side->n_groups; i--;) {
			const char *answer;

			if ((side->groups[i].cells == CELLS_HASH) != late)
				continue;
			answer = emit_answer(e, &side->groups[i], names[i].list, names[i].which);
			emit_statement(e, "best", "=", has_best ? arena_printf(e->arena, "(__u32)class_least(best, %s)", answer) : answer);
			has_best = true;
		}
}

static bool asks_space(const struct class_side *side, size_t space)
{
	if (!side)
		return false;
	for (size_t i = 0; i < side->n_groups; i++)
		if (side->groups[i].space == space && side->groups[i].lists != LISTS_ONE)
			return true;
	return side->vectors;
}

/* The kinds that both IP versions ask for come before all else; those of one are found for its packets alone. */
static void emit_spaces(struct emission *e, bool of_both, const struct class_side *side)
{
	const struct classifier *c = e->classifier;

	for (size_t i = 0; i < c->n_spaces; i++) {
		bool both = asks_space(c->sides[FAMILY_V4], i) && asks_space(c->sides[FAMILY_V6], i);

		if (both == of_both && (both || asks_space(side, i)))
			emit_space(e, &c->spaces[i], arena_printf(e->arena, "kind%zu", i));
	}
}

static void emit_side(struct emission *e, enum family family)
{
	const struct class_side *side = e->classifier->sides[family];

	emit_tuples(e, family);
	if (!side)
		return;
	/* Addresses are the longest chain of reads, so they begin, and kinds are found while these wait. */
	emit_ends(e, side);
	emit_spaces(e, false, side);
	if (side->vectors)
		emit_vectors(e, family);
	else
		emit_groups(e, family);
}

static bool some_side_has(const struct classifier *classifier, bool vectors)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (classifier->sides[f] && !classifier->sides[f]->vectors == !vectors)
			return true;
	return false;
}

static bool asks_end(const struct classifier *classifier, enum family family, unsigned end)
{
	return classifier->sides[family] && classifier->sides[family]->ends[end].n_classes > 1;
}

static bool finds_by(const struct classifier *classifier, unsigned end, enum end_structure by)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (asks_end(classifier, f, end) && classifier->sides[f]->ends[end].by == by)
			return true;
	return false;
}

static bool walks_keys(const struct classifier *classifier, unsigned end)
{
	return finds_by(classifier, end, END_KEYS);
}

/* Is a difference kept before it is shifted? */
static bool holds_key(const struct classifier *classifier, unsigned end)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (asks_end(classifier, f, end) && classifier->sides[f]->ends[end].by == END_KEYS &&
		    classifier->sides[f]->ends[end].keys.layout != KEYS_WIDE)
			return true;
	return false;
}

/* Words of rows that are read. */
static unsigned most_words(const struct classifier *classifier, unsigned end)
{
	unsigned most = 0;

	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct class_side *side = classifier->sides[f];

		if (side && side->rows[end].stride && side->rows[end].words > most)
			most = side->rows[end].words;
	}
	return most;
}

/* Are numbers read that stand anywhere: leaves, or rows? */
static bool reads_bytes(const struct classifier *classifier)
{
	for (unsigned end = 0; end < 2; end++)
		if (walks_keys(classifier, end) || most_words(classifier, end))
			return true;
	return false;
}

/* Does a number of the packet come to its class by two reads? */
static bool reads_blocks(const struct classifier *classifier)
{
	for (size_t s = 0; s < classifier->n_spaces; s++)
		for (size_t i = 0; i < classifier->spaces[s].n_steps; i++)
			if (classifier->spaces[s].steps[i].classes.bits)
				return true;
	return false;
}

/* What the groups of one number need, of both sides. */
static void emit_group_variables(struct emission *e, size_t number, bool *needs_value)
{
	bool hash = false, packed = false, patterns = false;

	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct class_side *side = e->classifier->sides[f];

		if (!side || number >= side->n_groups)
			continue;
		hash |= side->groups[number].cells == CELLS_HASH;
		patterns |= side->groups[number].cells == CELLS_PATTERNS;
		packed |= side->groups[number].lists == LISTS_PACKED;
	}
	writer_printf(e->w, "__u64 list%zu%s", number, hash || packed ? ", " : ";");
	if (hash)
		writer_printf(e->w, "cell%zu%s", number, packed ? ", " : ";");
	if (packed)
		writer_printf(e->w, "which%zu;", number);
	writer_newline(e->w);
	*needs_value |= hash || patterns;
}

static size_t most_groups(const struct classifier *classifier)
{
	size_t n = 0;

	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (classifier->sides[f] && classifier->sides[f]->n_groups > n)
			n = classifier->sides[f]->n_groups;
	return n;
}

/* Those that the function uses: an unused one is a warning, and warnings are errors. */
static void emit_variables(struct emission *e)
{
	const struct classifier *c = e->classifier;
	bool needs_value = false;
	struct writer *w = e->w;

	writer_printf(w, "const volatile __u64 *tables = %s;", e->names->tables);
	writer_newline(w);
	writer_puts(w, "__u32 best = NO_DECISION;");
	if (some_side_has(c, true))
		writer_puts(w, "struct class_search search;");
	for (unsigned end = 0; end < 2; end++) {
		if (asks_end(c, FAMILY_V4, end) || asks_end(c, FAMILY_V6, end)) {
			writer_printf(w, "__u32 %s;", end_names[end]);
			writer_newline(w);
		}
		for (unsigned word = 0; word < most_words(c, end); word++) {
			writer_printf(w, "__u64 %s_row%u;", end_names[end], word);
			writer_newline(w);
		}
		if (walks_keys(c, end) || finds_by(c, end, END_SEARCH)) {
			writer_printf(w, "struct ip6 %s_address;", end_names[end]);
			writer_newline(w);
		}
		if (walks_keys(c, end)) {
			writer_printf(w, "struct class_leaf %s_leaf;", end_names[end]);
			writer_newline(w);
		}
	}
	for (size_t i = 0; i < most_groups(c); i++)
		emit_group_variables(e, i, &needs_value);
	if (needs_value || holds_key(c, 0) || holds_key(c, 1) || reads_blocks(c))
		writer_puts(w, "__u64 value;");
	if (walks_keys(c, 0) || walks_keys(c, 1))
		writer_puts(w, "__u64 reached;");
	if (reads_bytes(c))
		writer_puts(w, "const volatile __u8 *place;");
	for (size_t i = 0; i < c->n_spaces; i++) {
		if (!asks_space(c->sides[FAMILY_V4], i) && !asks_space(c->sides[FAMILY_V6], i))
			continue;
		writer_printf(w, "__u32 kind%zu = 0;", i);
		writer_newline(w);
	}
	writer_puts(w, "");
}

size_t classify_dimensions(const struct classifier *classifier)
{
	size_t most = 0;

	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct class_side *side = classifier->sides[f];

		if (side && side->vectors && side->vectors->n_dimensions > most)
			most = side->vectors->n_dimensions;
	}
	return most;
}

void classify_emit(struct writer *writer, struct arena *arena, const struct classifier *classifier,
		   const struct classify_names *names)
{
	struct emission e = { writer, arena, classifier, names };
	static const char *const tests[N_FAMILIES] = { "if (match_ip4(pkt)) {", "if (match_ip6(pkt)) {" };

	writer_printf(writer, "CLASS_TABLES(%s, %" PRIu64 ");", names->tables, classifier->bytes / 8);
	writer_newline(writer);
	writer_puts(writer, "");
	for (unsigned f = 0; f < N_FAMILIES; f++)
		emit_vector_steps(&e, f);
	writer_printf(writer, "static %s __u32 %s(const struct packet *pkt)",
		      names->apart ? "__noinline" : "__always_inline", names->function);
	writer_newline(writer);
	writer_puts(writer, "{");
	writer->indent++;
	emit_variables(&e);
	emit_spaces(&e, true, NULL);
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		if (!classifier->sides[f] && !tuples_of(classifier, f))
			continue;
		writer_puts(writer, tests[f]);
		writer->indent++;
		emit_side(&e, f);
		writer->indent--;
		writer_puts(writer, "}");
	}
	writer_puts(writer, "return best;");
	writer->indent--;
	writer_puts(writer, "}");
	writer_puts(writer, "");
}
