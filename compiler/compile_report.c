/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "compile_report.h"

#include "budget.h"
#include "object.h"
#include "side.h"

#include <inttypes.h>

static const char *const family_names[N_FAMILIES] = { [FAMILY_V4] = "IPv4", [FAMILY_V6] = "IPv6" };

static void print_phases(const struct compile *compile, FILE *out)
{
	double total = 0;

	fputs("phase              ms\n", out);
	for (size_t i = 0; i < compile->n_phases; i++) {
		fprintf(out, "%-12s %8.1f\n", compile->phases[i].name, compile->phases[i].seconds * 1e3);
		total += compile->phases[i].seconds;
	}
	fprintf(out, "%-12s %8.1f\n", "total", total * 1e3);
}

static void print_object(const struct compile_report *report, FILE *out)
{
	const struct program *program = report->program;
	const struct object_info *info = report->info;

	fputs("\nfunction                 insns\n", out);
	for (size_t i = 0; i < info->n_functions; i++)
		fprintf(out, "%-22s %7" PRIu64 "%s\n", info->functions[i].name, info->functions[i].insns,
			info->functions[i].entry ? "  program" : "");
	if (program->n_tables)
		fputs("\ntable                   ranges     bytes\n", out);
	for (size_t i = 0; i < program->n_tables; i++) {
		const struct table *table = program->tables[i];

		fprintf(out, "%-22s %7zu %9" PRIu64 "\n", table->ident, table->ranges->n, program_table_bytes(table));
	}
	fputs("\nmap              type           key  value   entries\n", out);
	for (size_t i = 0; i < info->n_maps; i++)
		fprintf(out, "%-16s %-13s %4u %6u %9u\n", info->maps[i].name, info->maps[i].type, info->maps[i].key_size,
			info->maps[i].value_size, info->maps[i].max_entries);
	fprintf(out, "\nobject: %zu bytes\n", report->object_bytes);
}

/* --- one block ----------------------------------------------------------------- */

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

static void print_measure(const struct block_measure *measure, FILE *out)
{
	if (!measure->n_packets) {
		fputs("\n  not measured: no packet was found that the program would not answer\n", out);
		return;
	}
	fputs("\n  measured here, ns of one packet repeated         least      median        most\n", out);
	fprintf(out, "  %3zu packets, decided in %3zu ways %19" PRIu32 " %11" PRIu32 " %11" PRIu32 "\n",
		measure->n_packets, measure->n_ways, measure->least, measure->median, measure->most);
	fprintf(out, "  a frame that is no IP %43" PRIu32 "\n", measure->non_ip);
}

static void print_block(const struct compile_report *report, size_t number, FILE *out)
{
	const struct program_block *block = &report->program->blocks[number];
	const struct block_cost *cost = &report->compile->costs[number];
	size_t looked_up = program_looked_up(block);

	fprintf(out, "\nblock %s: %zu rules, %zu looked up, %zu asked one after another\n", block->block->name,
		block->n_rules, looked_up, block->n_rules - looked_up);
	fprintf(out, "  strategy    %s\n", block->classifier ? block->classifier->plan : STRAIGHT_TESTS);
	fprintf(out, "  predicted   %.1f ns over the floor\n", block->ns);
	fprintf(out, "  program     %" PRIu64 " instructions, about %" PRIu64 " of the verifier's work\n", cost->insns,
		cost->verified);
	if (block->classifier) {
		fprintf(out, "  memory      %" PRIu64 " bytes in %zu tables\n", block->classifier->bytes,
			block->classifier->n_regions);
		print_groups(block->classifier, out);
		print_regions(block->classifier, out);
	}
	print_options(&block->options, out);
	if (report->measures)
		print_measure(&report->measures[number], out);
}

void compile_report_print(const struct compile_report *report, FILE *out)
{
	print_phases(report->compile, out);
	print_object(report, out);
	for (size_t i = 0; i < report->program->n_blocks; i++)
		print_block(report, i, out);
}
