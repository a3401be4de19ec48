/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "classifier_print.h"

#include "side.h"
#include "tuples.h"

#include <inttypes.h>

static const char *const family_names[N_FAMILIES] = { [FAMILY_V4] = "IPv4", [FAMILY_V6] = "IPv6" };

static void print_source(const struct class_source *source, FILE *out)
{
	if (source->kind == SOURCE_STATE)
		fputs("state", out);
	else if (source->kind == SOURCE_MEMBER)
		fprintf(out, "%s in @%s", source->field == FIELD_SRC ? "src" : "dst", source->set->name);
	else
		fputs(field_table[source->field].member, out);
}

/* Which fields are crossed, and how many classes each of them has. */
static void print_spaces(const struct classifier *classifier, FILE *out)
{
	fputs("\n  space   kinds  classes of fields\n", out);
	for (size_t i = 0; i < classifier->n_spaces; i++) {
		const struct class_space *space = &classifier->spaces[i];

		fprintf(out, "  %5zu %7" PRIu32 " ", i, space->n_kinds);
		for (size_t k = 0; k < space->n_steps; k++) {
			fprintf(out, " %" PRIu32 " ", space->steps[k].n);
			print_source(&classifier->sources[space->steps[k].source], out);
		}
		fputc('\n', out);
	}
}

/* How an address becomes its class. */
static void print_way(const struct class_end *end, FILE *out)
{
	if (end->n_classes == 1) {
		fputs("nothing\n", out);
	} else if (end->by == END_SEARCH) {
		fprintf(out, "a search of %u steps\n", end->search.n_steps);
	} else if (end->by == END_KEYS) {
		fprintf(out, "a tree of keys, %u levels%s%s\n", end->keys.n_levels, end->keys.compact ? ", compact" : "",
			end->keys.shares ? ", shared rows" : "");
	} else {
		fputs("a trie of", out);
		for (unsigned i = 0; i < end->trie.n_levels; i++)
			fprintf(out, " %u", end->trie.strides[i]);
		fputs(" bits\n", out);
	}
}

static void print_ends(const struct classifier *classifier, FILE *out)
{
	fputs("\n  IP    end          classes  by\n", out);
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct class_side *side = classifier->sides[f];

		for (unsigned end = 0; side && end < 2; end++) {
			fprintf(out, "  %s  %-11s %8" PRIu32 "  ", family_names[f], end ? "destination" : "source",
				side->ends[end].n_classes);
			print_way(&side->ends[end], out);
		}
	}
}

/* Bit vectors have none, and what is all tuples. */
static bool has_groups(const struct classifier *classifier)
{
	for (unsigned f = 0; f < N_FAMILIES; f++)
		if (classifier->sides[f] && classifier->sides[f]->n_groups)
			return true;
	return false;
}

static void print_groups(const struct classifier *classifier, FILE *out)
{
	fputs("\n  group  IP      terms  sources  destinations   kinds  cells  answers    lists  shapes\n", out);
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct class_side *side = classifier->sides[f];

		for (size_t i = 0; side && i < side->n_groups; i++) {
			const struct class_group *group = &side->groups[i];

			fprintf(out, "  %5zu  %s %8zu %8" PRIu32 " %13" PRIu32 " %7" PRIu32 "  %-5s  %-7s %8" PRIu32, i + 1,
				family_names[f], group->n_terms, group->n[0], group->n[1],
				classifier->spaces[group->space].n_kinds, cell_layout_names[group->cells],
				list_layout_names[group->lists], group->n_lists);
			fprintf(out, " %7" PRIu32 "\n", group->n_shapes);
		}
	}
}

/* Of addresses, so many bits are asked. */
static void print_tuples(const struct classifier *classifier, FILE *out)
{
	fputs("\n  tuple  IP      terms  source  destination    slots  of bytes  fields\n", out);
	for (size_t i = 0; i < classifier->tuples.n; i++) {
		const struct class_tuple *tuple = &classifier->tuples.tuples[i];

		fprintf(out, "  %5zu  %s %8zu %7u %12u %8" PRIu32 " %9u ", i + 1, family_names[tuple->family], tuple->n_terms,
			tuple->lengths[0], tuple->lengths[1], tuple->n_slots, tuple->n_words * 8);
		for (size_t k = 0; k < tuple->n_parts; k++)
			if (tuple->parts[k].end == TUPLE_FIELD)
				fprintf(out, " %s", field_table[classifier->sources[tuple->parts[k].source].field].member);
		fputc('\n', out);
	}
}

static void print_regions(const struct classifier *classifier, FILE *out)
{
	fputs("\n  table                        numbers  of bytes       bytes\n", out);
	for (size_t i = 0; i < classifier->n_regions; i++) {
		const struct class_region *region = &classifier->regions[i];

		fprintf(out, "  %-25s %10" PRIu32 " %9u %11" PRIu64 "\n", region->what, region->n, region->width,
			(uint64_t)region->n * region->width);
	}
}

/* What has no tables of its own, or was given up before it had, has no bytes. */
static void print_options(const struct classify_options *options, FILE *out)
{
	fputs("\n         ns       bytes  considered\n", out);
	for (size_t i = 0; i < options->n; i++) {
		const struct classify_option *option = &options->options[i];

		if (option->ns > 0)
			fprintf(out, "  %9.1f", option->ns);
		else
			fprintf(out, "  %9s", "-");
		if (option->bytes)
			fprintf(out, " %11" PRIu64, option->bytes);
		else
			fprintf(out, " %11s", "-");
		fprintf(out, "  %s: %s\n", option->plan, option->why_not ? option->why_not : "taken");
	}
}

void classifier_print_head(const struct program_block *block, FILE *out)
{
	size_t looked_up = program_looked_up(block);

	fprintf(out, "block %s: %zu rules, %zu looked up, %zu asked one after another\n", block->block->name, block->n_rules,
		looked_up, block->n_rules - looked_up);
	fprintf(out, "  strategy    %s\n", block->classifier ? block->classifier->plan : STRAIGHT_TESTS);
	fprintf(out, "  predicted   %.1f ns over the floor\n", block->ns);
}

void classifier_print(const struct program_block *block, FILE *out)
{
	const struct classifier *classifier = block->classifier;

	if (block->reduction.before)
		fprintf(out, "  terms       %zu, reduced to %zu\n", block->reduction.before, block->reduction.after);
	if (classifier) {
		fprintf(out, "  memory      %" PRIu64 " bytes in %zu tables\n", classifier->bytes, classifier->n_regions);
		if (classifier->tuples.n)
			print_tuples(classifier, out);
		if (classifier->sides[FAMILY_V4] || classifier->sides[FAMILY_V6]) {
			print_spaces(classifier, out);
			print_ends(classifier, out);
		}
		if (has_groups(classifier))
			print_groups(classifier, out);
		print_regions(classifier, out);
	}
	print_options(&block->options, out);
}

void classifier_dump(const struct program *program, FILE *out)
{
	for (size_t i = 0; i < program->n_blocks; i++) {
		if (i)
			fputc('\n', out);
		classifier_print_head(&program->blocks[i], out);
		classifier_print(&program->blocks[i], out);
	}
}
