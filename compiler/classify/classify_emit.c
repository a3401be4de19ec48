/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "emission.h"

#include <inttypes.h>
#include <stdio.h>

const char *emit_read(struct emission *e, const struct class_region *region, const char *index)
{
	return arena_printf(e->arena, "class_u%u(tables, %" PRIu32 ", %#" PRIx32 ", %s)", region->width * 8u, region->offset,
			    region_mask(region), index);
}

/* The number of a matrix at `row`, NULL where that is 0, and `column`. */
static const char *read_matrix(struct emission *e, const struct class_matrix *matrix, const char *row, const char *column)
{
	const char *plus = row ? arena_printf(e->arena, "%s + ", row) : "", *block;

	if (!matrix->bits)
		return emit_read(e, &matrix->rows, arena_printf(e->arena, "%s%s", plus, column));
	block = emit_read(e, &matrix->rows, arena_printf(e->arena, "%s(%s >> %u)", plus, column, matrix->bits));
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

static const char *number_of(struct emission *e, const struct class_source *source)
{
	const char *number;

	if (source->kind != SOURCE_FIELD)
		return e->names->source(e->names->context, source);
	number = arena_printf(e->arena, "packet_read(pkt, %s)", field_table[source->field].member);
	/* The only field that may be larger than its table. */
	if (source->field == FIELD_LENGTH)
		return arena_printf(e->arena, "class_least(%s, %#" PRIx32 ")", number, source_size(source) - 1);
	return number;
}

static void emit_space(struct emission *e, const struct class_space *space, const char *kind)
{
	for (size_t i = 0; i < space->n_steps; i++) {
		const struct space_step *step = &space->steps[i];
		const char *class = emit_read(e, &step->classes, number_of(e, &e->classifier->sources[step->source]));

		if (i)
			class = emit_read(e, &step->cross,
					    arena_printf(e->arena, "(__u64)%s * %" PRIu32 " + %s", kind, step->n, class));
		emit_statement(e, kind, "=", class);
	}
}

/* --- addresses ----------------------------------------------------------------- */

static void emit_trie(struct emission *e, const struct class_trie *trie, const char *end)
{
	unsigned shift = 32 - trie->strides[0];

	emit_statement(e, end, "=", emit_read(e, &trie->entries, arena_printf(e->arena, "packet_read(pkt, %s.v4) >> %u", end, shift)));
	for (unsigned level = 1; level < trie->n_levels; level++) {
		shift -= trie->strides[level];
		emit_statement(e, end, "=", arena_printf(e->arena, "class_trie(tables, %" PRIu32 ", %#" PRIx32 ", %s, packet_read(pkt, %s.v4) >> %u & %#x)",
						    trie->entries.offset, region_mask(&trie->entries), end, end, shift,
						    (1u << trie->strides[level]) - 1));
	}
}

/* Down the tree: sets `leaf`. The first node is known already. */
static void emit_levels(struct emission *e, const struct class_keys *keys)
{
	uint32_t root = keys->root;

	if (!keys->n_levels) {
		emit_statement(e, "leaf", "=", arena_printf(e->arena, "%" PRIu32, root));
		return;
	}
	emit_statement(e, "leaf", "=", emit_read(e, &keys->nodes,
			arena_printf(e->arena, "%" PRIu32 " + (%s << %" PRIu32 " >> 1 >> %" PRIu32 ")",
				     root & ((1u << KEY_BASE_BITS) - 1), root & KEY_LOW ? "address.lo" : "address.hi",
				     root >> KEY_BASE_BITS & 63, root >> KEY_RIGHT & 63)));
	for (unsigned level = 1; level < keys->n_levels; level++)
		emit_statement(e, "leaf", "=", emit_read(e, &keys->nodes, keys->low ? "class_next(leaf, address)" :
								       "class_next_of(leaf, address.hi)"));
}

static void emit_keys(struct emission *e, const struct class_keys *keys, const char *end)
{
	static const char *const leaf[KEY_NUMBERS] = { "leaf", "leaf + 1", "leaf + 2", "leaf + 3" };
	const char *numbers[KEY_NUMBERS];
	struct writer *w = e->w;

	for (size_t i = 0; i < keys_numbers(keys); i++)
		numbers[i] = emit_read(e, &keys->leaves, leaf[i]);
	if (keys->layout == KEYS_NARROW)
		writer_printf(w, "address = (struct ip6){ (__u64)packet_read(pkt, %s.v4) << 32, 0 };", end);
	else
		writer_printf(w, "address = (struct ip6){ packet_read(pkt, %s.v6.hi), packet_read(pkt, %s.v6.lo) };", end, end);
	writer_newline(w);
	emit_levels(e, keys);
	emit_statement(e, "leaf", "*=", arena_printf(e->arena, "%zu", keys_numbers(keys)));
	switch (keys->layout) {
	case KEYS_NARROW:
		emit_statement(e, "value", "=", numbers[0]);
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_reached((address.hi ^ value) >> 32 << 1 | 1, %s, %u)", numbers[1],
							  keys->n_lengths));
		emit_statement(e, "value", "&=", "0xffffffff");
		break;
	case KEYS_FOLDED:
		emit_statement(e, "value", "=", arena_printf(e->arena, "class_fold(address.hi ^ %s, address.lo ^ %s)", numbers[0],
							numbers[1]));
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_reached(value, %s, %u)", numbers[2], keys->n_lengths));
		emit_statement(e, "value", "=", numbers[3]);
		break;
	case KEYS_WIDE:
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_shared(address.hi ^ %s, address.lo ^ %s)", numbers[0],
							  numbers[1]));
		emit_statement(e, "value", "=", numbers[3]);
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_count(reached, %s, value >> 32)", numbers[2]));
		emit_statement(e, "value", "&=", "0xffffffff");
		break;
	}
	emit_statement(e, end, "=", "(__u32)(value + reached)");
}

static void emit_end(struct emission *e, const struct class_end *end, const char *name)
{
	if (end->n_classes == 1)
		return;
	if (end->by_keys)
		emit_keys(e, &end->keys, name);
	else
		emit_trie(e, &end->trie, name);
}

/* --- groups -------------------------------------------------------------------- */

/* The group's class of an end. */
static const char *class_of(struct emission *e, const struct class_side *side, const struct class_group *group, unsigned end)
{
	const char *name = end ? "dst" : "src";

	if (group->n[end] == 1)
		return "0";
	if (group->column[end] < 0)
		return name;
	return emit_read(e, &side->columns[end],
			   arena_printf(e->arena, "(__u64)%s * %" PRIu32 " + %d", name, side->n_columns[end], group->column[end]));
}

/* Sets `value` to the number of the packet's cell. */
static void emit_cell(struct emission *e, const struct class_side *side, const struct class_group *group)
{
	const char *src = class_of(e, side, group, 0), *dst = class_of(e, side, group, 1), *cell;

	switch (group->cells) {
	case CELLS_ONE:
		emit_statement(e, "value", "=", arena_printf(e->arena, "%" PRIu32, group->only));
		return;
	case CELLS_DENSE:
		cell = arena_printf(e->arena, "(__u64)%s * %" PRIu32, src, group->table.row);
		emit_statement(e, "value", "=", read_matrix(e, &group->table, group->n[0] == 1 ? NULL : cell, dst));
		return;
	case CELLS_HASH:
		break;
	}
	emit_statement(e, "cell", "=", arena_printf(e->arena, "(__u64)%s * %" PRIu32 " + %s", src, group->n[1], dst));
	emit_statement(e, "value", "=", "class_hash(cell)");
	emit_statement(e, "value", "=", arena_printf(e->arena, "class_slot(value, %s, %" PRIu32 ")",
						emit_read(e, &group->displacements, "value"), group->slots.n));
	emit_statement(e, "value", "=", arena_printf(e->arena, "class_number(%s, cell)", emit_read(e, &group->slots, "value")));
}

static void emit_group(struct emission *e, const struct class_side *side, const struct class_group *group, bool first)
{
	const char *kind = arena_printf(e->arena, "kind%" PRIu32, group->space), *answer;

	note(e, arena_printf(e->arena, "%zu terms: %" PRIu32 " by %" PRIu32 " classes, %" PRIu32 " lists", group->n_terms,
			     group->n[0], group->n[1], group->n_lists));
	emit_cell(e, side, group);
	if (group->lists == LISTS_SHAPED) {
		const char *row = arena_printf(e->arena, "(__u64)%s", emit_read(e, &group->answers, "value"));
		const char *which = read_matrix(e, &group->shapes, row, kind);

		emit_statement(e, "value", "+=", arena_printf(e->arena, "1 + %s", which));
		answer = emit_read(e, &group->answers, "value");
	} else {
		answer = emit_read(e, &group->answers, arena_printf(e->arena, "value + %s", kind));
	}
	emit_statement(e, "best", "=", first ? answer : arena_printf(e->arena, "(__u32)class_least(best, %s)", answer));
}

static void emit_side(struct emission *e, enum family family)
{
	const struct class_side *side = e->classifier->sides[family];

	emit_end(e, &side->ends[0], "src");
	emit_end(e, &side->ends[1], "dst");
	if (side->vectors)
		emit_vectors(e, family);
	for (size_t i = 0; i < side->n_groups; i++)
		emit_group(e, side, &side->groups[i], !i);
}

static bool some_group_hashes(const struct classifier *classifier)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		for (size_t i = 0; classifier->sides[f] && i < classifier->sides[f]->n_groups; i++)
			if (classifier->sides[f]->groups[i].cells == CELLS_HASH)
				return true;
	return false;
}

static bool walks_keys(const struct classifier *classifier)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		for (unsigned end = 0; classifier->sides[f] && end < 2; end++)
			if (classifier->sides[f]->ends[end].n_classes > 1 && classifier->sides[f]->ends[end].by_keys)
				return true;
	return false;
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

/* Those that the function uses: an unused one is a warning, and warnings are errors. */
static void emit_variables(struct emission *e)
{
	const struct classifier *c = e->classifier;
	struct writer *w = e->w;

	writer_printf(w, "const volatile __u64 *tables = %s;", e->names->tables);
	writer_newline(w);
	writer_puts(w, "__u32 best = NO_DECISION;");
	if (some_side_has(c, false) || walks_keys(c))
		writer_puts(w, "__u64 value;");
	if (some_side_has(c, true))
		writer_puts(w, "struct class_search search;");
	if (asks_end(c, FAMILY_V4, 0) || asks_end(c, FAMILY_V6, 0))
		writer_puts(w, "__u32 src;");
	if (asks_end(c, FAMILY_V4, 1) || asks_end(c, FAMILY_V6, 1))
		writer_puts(w, "__u32 dst;");
	if (some_group_hashes(c))
		writer_puts(w, "__u64 cell;");
	if (walks_keys(c)) {
		writer_puts(w, "__u64 leaf, reached;");
		writer_puts(w, "struct ip6 address;");
	}
	for (size_t i = 0; i < c->n_spaces; i++) {
		writer_printf(w, "__u32 kind%zu = 0;", i);
		writer_newline(w);
	}
	writer_puts(w, "");
}

static bool asks_space(const struct class_side *side, size_t space)
{
	if (!side)
		return false;
	for (size_t i = 0; i < side->n_groups; i++)
		if (side->groups[i].space == space)
			return true;
	return side->vectors;
}

/* The kinds that both IP versions ask for come first; those of one are found for its packets alone. */
static void emit_spaces(struct emission *e, bool of_both, const struct class_side *side)
{
	const struct classifier *c = e->classifier;

	for (size_t i = 0; i < c->n_spaces; i++) {
		bool both = asks_space(c->sides[FAMILY_V4], i) && asks_space(c->sides[FAMILY_V6], i);

		if (both == of_both && (both || asks_space(side, i)))
			emit_space(e, &c->spaces[i], arena_printf(e->arena, "kind%zu", i));
	}
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
	writer_printf(writer, "static __always_inline __u32 %s(const struct packet *pkt)", names->function);
	writer_newline(writer);
	writer_puts(writer, "{");
	writer->indent++;
	emit_variables(&e);
	emit_spaces(&e, true, NULL);
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		if (!classifier->sides[f])
			continue;
		writer_puts(writer, tests[f]);
		writer->indent++;
		emit_spaces(&e, false, classifier->sides[f]);
		emit_side(&e, f);
		writer->indent--;
		writer_puts(writer, "}");
	}
	writer_puts(writer, "return best;");
	writer->indent--;
	writer_puts(writer, "}");
	writer_puts(writer, "");
}
