/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "verify_parts.h"

#include <string.h>
#include <unistd.h>

#define SEED 0x70733031

void verify_options_init(struct verify_options *options)
{
	*options = (struct verify_options){
		.regions = VERIFY_REGIONS,
		.witnesses = VERIFY_WITNESSES,
		.frames = VERIFY_FRAMES,
		.seed = SEED,
		.engines = { true, true, geteuid() == 0 },
		.may_lack_kernel = true,
	};
}

/* splitmix64 */
uint64_t verify_random(struct verify_run *run)
{
	uint64_t z = run->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t verify_look_up(struct verify_run *run, const struct reference_point *point)
{
	struct class_packet packet = { point->family, point->end[0], point->end[1], run->values };

	for (size_t i = 0; i < run->reference.n_asks; i++)
		if (run->source_of[i])
			run->values[run->source_of[i] - 1] = point->values[i] == REFERENCE_ABSENT ? CLASSIFY_ABSENT :
												     point->values[i];
	return classify_lookup(run->classifier, &packet);
}

void verify_differ(struct verify_run *run, const struct verify_difference *difference)
{
	struct verify *verify = run->verify;
	struct verify_difference *slot;

	verify->different++;
	if (run->result->differences++ >= VERIFY_SHOWN)
		return;
	slot = arena_push(verify->arena, &verify->differences, &verify->n_differences, &verify->differences_room, sizeof(*slot));
	*slot = *difference;
}

static struct verify_answer answer_of_rule(const struct verify_run *run, const struct rule *rule)
{
	if (!rule)
		return (struct verify_answer){ NULL, slot_names[SLOT_DEFAULT], run->block->default_verdict };
	return (struct verify_answer){ rule, rule->name, rule->verdict };
}

/* What tables that are damaged say need not be a rule. */
static struct verify_answer answer_of_number(const struct verify_run *run, uint32_t number)
{
	uint64_t at = (uint64_t)(number >> 2) - run->block->first_id - SLOT_RULES;
	struct verify_answer answer;

	if (number == CLASSIFY_NONE)
		return answer_of_rule(run, NULL);
	if (at >= run->block->n_rules)
		return (struct verify_answer){ NULL, "a rule that is not there", number % N_VERDICTS };
	answer = answer_of_rule(run, run->block->rules[at]);
	answer.verdict = (number & 3) % N_VERDICTS;
	return answer;
}

void verify_compare(struct verify_run *run, const struct reference_point *point, size_t first)
{
	const struct rule *rule = first == REFERENCE_NONE ? NULL : run->reference.terms[first].rule;
	uint32_t got;

	run->result->checked++;
	verify_sample(run, point);
	if (!run->classifier)
		return;
	got = verify_look_up(run, point);
	if (got != (rule ? rule->id << 2 | rule->verdict : CLASSIFY_NONE)) {
		struct verify_difference difference = {
			.block = run->block, .by = "tables", .right = answer_of_rule(run, rule), .got = answer_of_number(run, got),
		};

		if (run->result->differences < VERIFY_SHOWN)
			difference.packet = verify_packet_text(run, point, &difference.when);
		verify_differ(run, &difference);
	}
}

/* Which source of the classifier an ask is; the classifier does without what is always true. */
static void match_sources(struct verify_run *run)
{
	const struct classifier *classifier = run->classifier;

	run->source_of = ARENA_ARRAY(run->reference.arena, size_t, run->reference.n_asks + 1);
	run->values = ARENA_ARRAY(run->reference.arena, uint32_t, classifier ? classifier->n_sources + 1 : 1);
	for (size_t i = 0; i < run->reference.n_asks; i++)
		for (size_t s = 0; classifier && s < classifier->n_sources; s++) {
			const struct reference_ask *ask = &run->reference.asks[i];
			const struct class_source *source = &classifier->sources[s];
			bool same = false;

			switch (source->kind) {
			case SOURCE_FIELD:
				same = ask->kind == PRED_RANGES && ask->field == source->field;
				break;
			case SOURCE_STATE:
				same = ask->kind == PRED_STATE;
				break;
			case SOURCE_MEMBER:
				same = ask->kind == PRED_MEMBER && ask->field == source->field && ask->set == source->set;
				break;
			}
			if (same)
				run->source_of[i] = s + 1;
		}
}

static void begin_run(struct verify_run *run, struct arena *arena, const struct program_block *block, bool tables)
{
	run->block = block->block;
	run->classifier = tables ? block->classifier : NULL;
	run->random = run->verify->options.seed;
	reference_build(arena, &run->reference, block->block, tables ? block->classified : NULL);
	match_sources(run);
	verify_find_points(run);
}

static void run_tables(struct verify_run *run, struct arena *arena, const struct program_block *block)
{
	run->result->looked_up = true;
	begin_run(run, arena, block, true);
	run->result->by_regions = verify_regions(run);
	if (!run->result->by_regions)
		verify_witnesses(run, run->verify->options.witnesses);
}

void verify_tables(struct verify *verify, const struct program_block *block, struct verify_block *result)
{
	struct verify_run run = { .verify = verify, .result = result };
	struct arena arena;

	arena_init(&arena);
	result->block = block->block;
	run_tables(&run, &arena, block);
	arena_fini(&arena);
}

static uint64_t frames_of(const struct verify *verify, const struct program_block *block)
{
	uint64_t affordable = VERIFY_QUESTIONS / (block->n_rules + 1);

	affordable = affordable > VERIFY_FRAMES_LEAST ? affordable : VERIFY_FRAMES_LEAST;
	return verify->options.frames < affordable ? verify->options.frames : affordable;
}

/* Half of the frames are of those packets that were looked up, the others are made from all rules of the block. */
static bool verify_block(struct compile *compile, struct verify *verify, const struct program_block *block,
			 struct verify_block *result, struct engine *const engines[N_ENGINES])
{
	uint64_t frames = engines[ENGINE_MODEL] ? frames_of(verify, block) : 0;
	struct verify_run tables = { .verify = verify, .result = result, .sample = { .room = frames / 2 } };
	struct verify_block other = { 0 };
	struct verify_run all = { .verify = verify, .result = &other };
	const char *why = NULL;
	struct arena arena;
	bool good = true;

	arena_init(&arena);
	result->block = block->block;
	if (block->strategy == STRATEGY_CLASSES)
		run_tables(&tables, &arena, block);
	if (frames) {
		begin_run(&all, &arena, block, false);
		all.sample.room = frames - tables.sample.n;
		verify_witnesses(&all, all.sample.room);
		all.result = result;
		good = verify_engines(&tables, engines, &why) && verify_engines(&all, engines, &why);
	}
	if (!good)
		snprintf(compile->error, sizeof(compile->error), "%s", why);
	arena_fini(&arena);
	return good;
}

static bool wants_frames(const struct verify *verify)
{
	return verify->options.frames && (verify->options.engines[ENGINE_NATIVE] || verify->options.engines[ENGINE_KERNEL]);
}

/* Can a table be full within the frames that follow each other? */
static bool makes_room(const struct policy *policy)
{
	bool makes = policy->states.used && policy->states.max < VERIFY_RESET_EVERY;

	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t i = 0; i < policy->blocks[b]->n_rules; i++) {
			const struct rule *rule = policy->blocks[b]->rules[i];

			makes |= rule->action == ACTION_RATE_LIMIT && rule->rate.keys && rule->rate.max < VERIFY_RESET_EVERY;
			for (const struct add *add = rule->adds; add; add = add->next)
				makes |= add->set->max < VERIFY_RESET_EVERY;
		}
	return makes;
}

static bool open_engines(struct compile *compile, struct verify *verify, struct engine *engines[N_ENGINES])
{
	for (enum engine_kind kind = 0; kind < N_ENGINES && wants_frames(verify); kind++) {
		/* The model is what the others are held against. */
		if (kind != ENGINE_MODEL && !verify->options.engines[kind])
			continue;
		engines[kind] = engine_open(compile, kind, verify->policy);
		if (engines[kind])
			continue;
		/* A program that the kernel refuses is a finding, not a kernel that is not there. */
		if (!compile->lacks_bpf || !verify->options.may_lack_kernel || diags_have_errors(&compile->diags))
			return false;
		verify->lacking = arena_strdup(verify->arena, compile->error);
		*compile->error = '\0';
	}
	if (engines[ENGINE_KERNEL] && makes_room(verify->policy)) {
		engine_close(engines[ENGINE_KERNEL]);
		engines[ENGINE_KERNEL] = NULL;
		verify->lacking = "it loaded the program, but which entry of a small table makes room is its own choice";
	}
	return true;
}

bool verify_program(struct compile *compile, const struct program *program, struct verify *verify)
{
	struct engine *engines[N_ENGINES] = { NULL };
	bool good = open_engines(compile, verify, engines);

	verify->blocks = ARENA_ARRAY(verify->arena, struct verify_block, program->n_blocks + 1);
	verify->n_blocks = program->n_blocks;
	for (size_t i = 0; i < program->n_blocks && good; i++)
		good = verify_block(compile, verify, &program->blocks[i], &verify->blocks[i], engines);
	for (size_t i = 0; i < N_ENGINES; i++)
		engine_close(engines[i]);
	return good;
}
