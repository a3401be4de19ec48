/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "compile_report.h"

#include "budget.h"
#include "json_out.h"
#include "object.h"
#include "side.h"
#include "tuples.h"

#include <math.h>

static void set_number(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

/* Without digits that mean nothing. */
static void set_ns(json_t *object, const char *key, double ns)
{
	json_object_set_new(object, key, json_real(round(ns * 10) / 10));
}

static json_t *phases(const struct compile *compile)
{
	json_t *object = json_object();

	for (size_t i = 0; i < compile->n_phases; i++)
		json_object_set_new(object, compile->phases[i].name,
				    json_real(round(compile->phases[i].seconds * 1e6) / 1e6));
	return object;
}

static json_t *functions(const struct object_info *info)
{
	json_t *array = json_array();

	for (size_t i = 0; i < info->n_functions; i++) {
		json_t *object = json_object();

		json_set_text(object, "name", info->functions[i].name);
		set_number(object, "insns", info->functions[i].insns);
		json_object_set_new(object, "program", json_boolean(info->functions[i].entry));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *maps(const struct object_info *info)
{
	json_t *array = json_array();

	for (size_t i = 0; i < info->n_maps; i++) {
		const struct object_map *map = &info->maps[i];
		json_t *object = json_object();

		json_set_text(object, "name", map->name);
		json_set_text(object, "type", map->type);
		set_number(object, "key_size", map->key_size);
		set_number(object, "value_size", map->value_size);
		set_number(object, "max_entries", map->max_entries);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *range_tables(const struct program *program)
{
	json_t *array = json_array();

	for (size_t i = 0; i < program->n_tables; i++) {
		const struct table *table = program->tables[i];
		json_t *object = json_object();

		json_set_text(object, "name", table->ident);
		set_number(object, "ranges", table->ranges->n);
		set_number(object, "bytes", program_table_bytes(table));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *groups(const struct classifier *classifier)
{
	json_t *array = json_array();

	for (unsigned f = 0; f < N_FAMILIES; f++) {
		const struct class_side *side = classifier->sides[f];

		for (size_t i = 0; side && i < side->n_groups; i++) {
			const struct class_group *group = &side->groups[i];
			json_t *object = json_object();

			set_number(object, "ip", f == FAMILY_V4 ? 4 : 6);
			set_number(object, "terms", group->n_terms);
			set_number(object, "source_classes", group->n[0]);
			set_number(object, "destination_classes", group->n[1]);
			set_number(object, "kinds", classifier->spaces[group->space].n_kinds);
			json_set_text(object, "cells", cell_layout_names[group->cells]);
			json_set_text(object, "answers", list_layout_names[group->lists]);
			set_number(object, "lists", group->n_lists);
			set_number(object, "shapes", group->n_shapes);
			json_array_append_new(array, object);
		}
	}
	return array;
}

static json_t *tuples(const struct classifier *classifier)
{
	json_t *array = json_array();

	for (size_t i = 0; i < classifier->tuples.n; i++) {
		const struct class_tuple *tuple = &classifier->tuples.tuples[i];
		json_t *object = json_object(), *fields = json_array();

		set_number(object, "ip", tuple->family == FAMILY_V4 ? 4 : 6);
		set_number(object, "terms", tuple->n_terms);
		set_number(object, "source_bits", tuple->lengths[0]);
		set_number(object, "destination_bits", tuple->lengths[1]);
		for (size_t k = 0; k < tuple->n_parts; k++)
			if (tuple->parts[k].end == TUPLE_FIELD)
				json_array_append_new(fields, json_string(field_table[classifier->sources[tuple->parts[k].source].field].member));
		json_object_set_new(object, "fields", fields);
		set_number(object, "slots", tuple->n_slots);
		set_number(object, "slot_bytes", tuple->n_words * 8ull);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *regions(const struct classifier *classifier)
{
	json_t *array = json_array();

	for (size_t i = 0; i < classifier->n_regions; i++) {
		const struct class_region *region = &classifier->regions[i];
		json_t *object = json_object();

		json_set_text(object, "what", region->what);
		set_number(object, "numbers", region->n);
		set_number(object, "width", region->width);
		set_number(object, "bytes", (uint64_t)region->n * region->width);
		json_array_append_new(array, object);
	}
	return array;
}

/* What was not built has neither ns nor bytes. */
static json_t *considered(const struct classify_options *options)
{
	json_t *array = json_array();

	for (size_t i = 0; i < options->n; i++) {
		const struct classify_option *option = &options->options[i];
		json_t *object = json_object();

		json_set_text(object, "plan", option->plan);
		if (option->ns > 0)
			set_ns(object, "ns", option->ns);
		if (option->bytes)
			set_number(object, "bytes", option->bytes);
		json_object_set_new(object, "taken", json_boolean(!option->why_not));
		json_set_text(object, "why_not", option->why_not);
		json_array_append_new(array, object);
	}
	return array;
}

/* Of no packets there are no figures. */
static json_t *measured(const struct block_measure *measure)
{
	json_t *object = json_object();

	set_number(object, "packets", measure->n_packets);
	if (!measure->n_packets)
		return object;
	set_number(object, "ways", measure->n_ways);
	set_number(object, "least_ns", measure->least);
	set_number(object, "median_ns", measure->median);
	set_number(object, "most_ns", measure->most);
	set_number(object, "non_ip_ns", measure->non_ip);
	return object;
}

static json_t *block_object(const struct compile_report *report, size_t number)
{
	const struct program_block *block = &report->program->blocks[number];
	json_t *object = json_object();

	json_set_text(object, "name", block->block->name);
	json_set_text(object, "strategy", block->classifier ? block->classifier->plan : STRAIGHT_TESTS);
	set_number(object, "rules", block->n_rules);
	set_number(object, "looked_up", program_looked_up(block));
	set_ns(object, "predicted_ns", block->ns);
	set_number(object, "insns", report->compile->costs[number].insns);
	set_number(object, "verified", report->compile->costs[number].verified);
	set_number(object, "table_bytes", block->classifier ? block->classifier->bytes : 0);
	if (block->reduction.before) {
		set_number(object, "terms", block->reduction.before);
		set_number(object, "terms_reduced", block->reduction.after);
	}
	if (block->classifier) {
		json_object_set_new(object, "tuples", tuples(block->classifier));
		json_object_set_new(object, "groups", groups(block->classifier));
		json_object_set_new(object, "tables", regions(block->classifier));
	}
	json_object_set_new(object, "considered", considered(&block->options));
	if (report->measures)
		json_object_set_new(object, "measured", measured(&report->measures[number]));
	return object;
}

void compile_report_print_json(const struct compile_report *report, FILE *out)
{
	json_t *document = json_document("packet-sentry/report/v1"), *blocks = json_array();

	json_set_text(document, "policy", report->program->policy->name);
	json_object_set_new(document, "seconds", phases(report->compile));
	set_number(document, "object_bytes", report->object_bytes);
	json_object_set_new(document, "functions", functions(report->info));
	json_object_set_new(document, "maps", maps(report->info));
	json_object_set_new(document, "tables", range_tables(report->program));
	for (size_t i = 0; i < report->program->n_blocks; i++)
		json_array_append_new(blocks, block_object(report, i));
	json_object_set_new(document, "blocks", blocks);
	json_dumpf(document, out, JSON_INDENT(2));
	putc('\n', out);
	json_decref(document);
}
