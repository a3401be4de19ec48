/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "compile_report.h"

#include "budget.h"
#include "classifier_print.h"
#include "object.h"

#include <inttypes.h>

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

	classifier_print_head(block, out);
	fprintf(out, "  program     %" PRIu64 " instructions, about %" PRIu64 " of the verifier's work\n", cost->insns,
		cost->verified);
	classifier_print(block, out);
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
