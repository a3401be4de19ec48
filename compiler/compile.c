/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "compile.h"

#include "clang.h"
#include "emit.h"
#include "manifest.h"
#include "parse.h"
#include "object.h"
#include "prove.h"
#include "section_sources.h"
#include "section_tests.h"

#include <linux/types.h>

#include "shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void compile_init(struct compile *compile)
{
	memset(compile, 0, sizeof(*compile));
	arena_init(&compile->arena);
	sources_init(&compile->sources, &compile->arena);
	diags_init(&compile->diags, &compile->arena);
}

void compile_fini(struct compile *compile)
{
	arena_fini(&compile->arena);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Notes how long the phase took that began at `*since`, and begins the next. */
static void phase_end(struct compile *compile, const char *name, double *since)
{
	double end = now();

	if (compile->n_phases < sizeof(compile->phases) / sizeof(compile->phases[0])) {
		compile->phases[compile->n_phases].name = name;
		compile->phases[compile->n_phases].seconds = end - *since;
		compile->n_phases++;
	}
	*since = end;
}

static void add_account(struct policy *policy, const struct account *account)
{
	policy->account.traffic |= account->traffic;
	if (account->flows)
		policy->account.flows = account->flows;
}

struct policy *compile_policy(struct compile *compile, const char *path, struct ast_file **tree)
{
	struct parse parse = { &compile->arena, &compile->sources, &compile->diags };
	struct resolve resolve = { &compile->arena, &compile->sources, &compile->diags, compile->query };
	double since = now();
	struct ast_file *file = NULL;
	struct policy *policy;

	if (object_is_file(path))
		path = section_sources_read(compile, path);
	if (path)
		file = parse_file(&parse, path);
	phase_end(compile, "parse", &since);
	if (tree)
		*tree = file;
	if (!file)
		return NULL;

	policy = resolve_policy(&resolve, file);
	if (policy)
		add_account(policy, &compile->account);
	phase_end(compile, "resolve", &since);
	return diags_have_errors(&compile->diags) ? NULL : policy;
}

bool compile_prove(struct compile *compile, const struct policy *policy)
{
	static const enum code quiet[] = { CODE_REDUNDANT_RULE, CODE_CROSSING_RULES, CODE_FAIL_OPEN };
	enum severity *severity = compile->diags.severity;
	double since = now();
	struct effort effort;

	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (severity[quiet[i]] != SEVERITY_ERROR && !(quiet[i] == CODE_CROSSING_RULES && policy->strict))
			severity[quiet[i]] = SEVERITY_OFF;
	effort_init(&effort, EFFORT_SECONDS, EFFORT_NODES);
	prove_policy(&compile->arena, &compile->diags, policy, &effort);
	phase_end(compile, "prove", &since);
	return !diags_have_errors(&compile->diags);
}

struct program *compile_program(struct compile *compile, const struct policy *policy)
{
	struct lower lower = { &compile->arena, &compile->diags };
	double since = now();
	struct program *program = lower_policy(&lower, policy);

	phase_end(compile, "lower", &since);
	return diags_have_errors(&compile->diags) ? NULL : program;
}

struct bytes compile_c(struct compile *compile, const struct program *program)
{
	struct emit_options options = { .no_line = compile->no_line, .main = compile->sources.first };
	double since = now();
	struct bytes c;

	c.data = emit_program(&compile->arena, program, &options, &c.size);
	phase_end(compile, "emit", &since);
	return c;
}

/* The block's program, NULL if there is none. */
static const struct object_function *entry_of(const struct program_block *block, const struct object_info *info)
{
	for (size_t i = 0; i < info->n_functions; i++)
		if (info->functions[i].entry && !strcmp(info->functions[i].name, block->ident))
			return &info->functions[i];
	return NULL;
}

/* Of the sets that are kept as tables, those that a function asks; a set may be asked for either end. */
static uint64_t questions_by(const struct program *program, const char *function)
{
	uint64_t n = 0;

	for (size_t i = 0; i < program->n_sets; i++)
		for (unsigned k = 0; k < 2; k++)
			n += program->sets[i]->structure == SET_TABLE && program->sets[i]->questions[k] != NO_QUESTION &&
			     !strcmp(program->sets[i]->ask_ident, function);
	return n;
}

static struct block_cost *block_costs(struct compile *compile, const struct program *program,
				      const struct object_info *info)
{
	struct block_cost *costs = ARENA_ARRAY(&compile->arena, struct block_cost, program->n_blocks);

	for (size_t b = 0; b < program->n_blocks; b++) {
		const struct program_block *block = &program->blocks[b];
		const struct object_function *entry = entry_of(block, info);
		uint64_t insns[FUNCTION_FRAME + 1] = { 0 }, questions = 0;

		for (size_t i = 0; i < info->n_functions; i++) {
			/* What only other blocks ask costs this one nothing. */
			if (entry && !entry->calls[i])
				continue;
			insns[program_function_role(program, block, info->functions[i].name)] += info->functions[i].insns;
			questions += questions_by(program, info->functions[i].name);
		}
		costs[b] = budget_block_cost(block, &(struct block_insns){ .ladder = insns[FUNCTION_LADDER],
									   .frame = insns[FUNCTION_FRAME],
									   .tables = insns[FUNCTION_TABLES],
									   .questions = questions });
	}
	return costs;
}

static struct block_extent *block_extents(struct compile *compile, const struct program *program,
					  const struct object_info *info)
{
	struct block_extent *extents = ARENA_ARRAY(&compile->arena, struct block_extent, program->n_blocks);

	for (size_t b = 0; b < program->n_blocks; b++) {
		const struct object_function *entry = entry_of(&program->blocks[b], info);

		if (entry)
			extents[b] = (struct block_extent){ entry->stack, entry->maps, entry->frames,
							    entry->functions, entry->longest, entry->branches };
	}
	return extents;
}

/* The classifiers' tables, which the C declares and leaves empty: megabytes of numbers are not clang's business. */
static bool fill_tables(struct compile *compile, const struct program *program, enum target target, struct bytes built)
{
	bool swapped = (target == TARGET_BPFEB) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);

	for (size_t i = 0; i < program->n_blocks; i++) {
		const struct program_block *block = &program->blocks[i];
		struct bytes tables;

		if (block->strategy != STRATEGY_CLASSES)
			continue;
		if (!object_variable(built, block->tables_ident, &tables) || tables.size != block->classifier->bytes) {
			snprintf(compile->error, sizeof(compile->error), "the tables of block %s are not in what clang built",
				 block->block->name);
			return false;
		}
		memcpy(tables.data, block->classifier->data, tables.size);
		if (swapped && target != TARGET_NATIVE)
			classify_swap(block->classifier, (uint8_t *)tables.data);
	}
	return true;
}

static bool build_native(struct compile *compile, const char *file_name, const struct program *program, struct bytes c,
			 struct bytes *object)
{
	double since = now();
	bool good = clang_build(compile, file_name, c, TARGET_NATIVE, object);

	if (good && !fill_tables(compile, program, TARGET_NATIVE, *object)) {
		free(object->data);
		good = false;
	}

	phase_end(compile, "clang", &since);
	return good;
}

/* What the programs came to is known only when they are built: hence the manifest last. */
static bool finish(struct compile *compile, const struct manifest *manifest, struct bytes built, struct bytes *object)
{
	struct arena *arena = &compile->arena;
	const struct added_section sections[] = {
		{ SENTRY_MANIFEST_SECTION, manifest_build(arena, manifest) },
		{ SENTRY_TESTS_SECTION, section_tests_build(arena, manifest->program, compile->sources.first) },
		{ SENTRY_SOURCES_SECTION, section_sources_build(arena, &compile->sources) },
	};

	return object_finish(built, sections, sizeof(sections) / sizeof(sections[0]), object);
}

bool compile_object(struct compile *compile, const struct program *program, struct bytes c, enum target target,
		    struct bytes *object)
{
	const char *file_name = emit_file_name(&compile->arena, program->policy);
	struct bytes built = { 0 };
	struct object_info info;
	struct manifest manifest = {
		.program = program,
		.sources = &compile->sources,
		.target = target == TARGET_BPFEB ? "bpfeb" : "bpfel",
		.object = &info,
	};
	char layout_hash[17];
	double since = now();
	bool good;

	if (target == TARGET_NATIVE)
		return build_native(compile, file_name, program, c, object);

	good = clang_check(compile, file_name, c, target, layout_hash);
	phase_end(compile, "libclang", &since);
	if (!good)
		return false;

	good = clang_build(compile, file_name, c, target, &built);
	manifest.compiler = good ? clang_version(compile) : NULL;
	phase_end(compile, "clang", &since);
	if (good && !manifest.compiler)
		snprintf(compile->error, sizeof(compile->error), "clang does not tell its version");
	if (!good || !manifest.compiler) {
		free(built.data);
		return false;
	}

	manifest.layout_hash = layout_hash;
	good = fill_tables(compile, program, target, built) && object_read(&compile->arena, built, &info);
	if (good) {
		manifest.costs = compile->costs = block_costs(compile, program, &info);
		good = budget_check_costs(&compile->diags, program, manifest.costs);
		/* Both are said: who raises a budget shall not be told next of what none can raise. */
		good &= budget_check_extents(&compile->diags, program, block_extents(compile, program, &info));
		good = good && finish(compile, &manifest, built, object);
	}
	if (!good && !diags_have_errors(&compile->diags) && !*compile->error)
		snprintf(compile->error, sizeof(compile->error), "the object cannot be completed");
	free(built.data);
	phase_end(compile, "manifest", &since);
	return good;
}
