/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The steps of a test are those that every engine is taken through (test_steps.h): here the engine writes down
 * what it is given and decides nothing.
 */
#include "section_tests.h"

#include "json_out.h"
#include "source_name.h"
#include "test_steps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct recorder {
	struct engine engine;
	struct arena *arena;
	const struct program *program;
	const struct test *test;
	json_t *steps;
	uint64_t told_ns; /* when it is after the steps so far */
};

static void set_number(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key, json_integer((json_int_t)number));
}

static void set_line(json_t *object, struct span span)
{
	if (span.source)
		set_number(object, "line", source_position(span.source, span.begin).line);
}

/* The time that went by before a step. */
static void tell_time(struct recorder *recorder)
{
	json_t *wait;

	if (recorder->engine.time_ns == recorder->told_ns)
		return;
	wait = json_object();
	set_number(wait, "wait_ns", recorder->engine.time_ns - recorder->told_ns);
	json_array_append_new(recorder->steps, wait);
	recorder->told_ns = recorder->engine.time_ns;
}

static int record_reset(struct engine *engine)
{
	return 0;
}

static int record_run(struct engine *engine, size_t block, const struct frame *frame, struct decision *decision)
{
	memset(decision, 0, sizeof(*decision));
	return 0;
}

/* Its parts in the order of the set's types, as the runtime takes them. */
static const char *element_text(struct arena *arena, const struct set *set, const struct set_element *element)
{
	char address[ADDRESS_TEXT];
	const char *text = "";

	for (unsigned i = 0; i < set->n_types; i++) {
		const char *blank = i ? " " : "";

		switch (set->types[i]) {
		case AST_SET_PORT:
			text = arena_printf(arena, "%s%s%u", text, blank, element->port);
			break;
		case AST_SET_PROTO:
			text = arena_printf(arena, "%s%s%u", text, blank, element->proto);
			break;
		default:
			text = arena_printf(arena, "%s%s%s", text, blank,
					    address_format(element->family, element->address, address));
			if (set->types[i] == AST_SET_NET)
				text = arena_printf(arena, "%s/%u", text, element->prefix);
			break;
		}
	}
	return text;
}

static int record_add(struct engine *engine, size_t index, const struct set_element *element, uint64_t timeout_ns)
{
	struct recorder *recorder = (struct recorder *)engine;
	const struct set *set = NULL;
	json_t *step;

	/* A set that no rule names is not in the object. */
	for (size_t i = 0; i < recorder->program->n_sets; i++)
		if (recorder->program->sets[i]->set->id == index)
			set = recorder->program->sets[i]->set;
	if (!set)
		return 0;
	tell_time(recorder);
	step = json_object();
	json_set_text(step, "add", set->name);
	json_set_text(step, "element", element_text(recorder->arena, set, element));
	json_object_set_new(step, "timeout_ns", timeout_ns ? json_integer((json_int_t)timeout_ns) : json_null());
	json_array_append_new(recorder->steps, step);
	return 0;
}

static const struct engine_ops record_ops = {
	.run = record_run,
	.reset = record_reset,
	.add = record_add,
};

static const char *hexadecimal(struct arena *arena, const struct frame *frame)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(arena, 2 * (size_t)frame->size + 1);

	for (uint32_t i = 0; i < frame->size; i++) {
		text[2 * i] = digits[frame->data[i] >> 4];
		text[2 * i + 1] = digits[frame->data[i] & 15];
	}
	return text;
}

static const char *program_of(const struct program *program, const struct block *block)
{
	for (size_t i = 0; i < program->n_blocks; i++)
		if (program->blocks[i].block == block)
			return program->blocks[i].ident;
	return NULL;
}

static void judged(void *context, size_t index, const struct frame *frame, const struct decision *decision)
{
	struct recorder *recorder = context;
	const struct test_packet *packet = &recorder->test->packets[index];
	json_t *step = json_object(), *expect = json_object();

	tell_time(recorder);
	json_set_text(step, "packet", hexadecimal(recorder->arena, frame));
	if (frame->wire_size > frame->size)
		set_number(step, "wire", frame->wire_size);
	json_set_text(step, "block", packet->block->name);
	json_set_text(step, "program", program_of(recorder->program, packet->block));
	json_set_text(expect, "verdict", verdict_names[packet->expect]);
	json_set_text(expect, "rule", packet->by);
	json_object_set_new(step, "expect", expect);
	json_set_text(step, "text", packet->text);
	set_line(step, packet->span);
	json_array_append_new(recorder->steps, step);
}

static json_t *test_object(struct recorder *recorder, const struct test *test, const struct source *main)
{
	json_t *object = json_object();

	recorder->test = test;
	recorder->steps = json_array();
	recorder->told_ns = ENGINE_TIME_BEGIN;
	json_set_text(object, "name", test->name);
	if (test->span.source)
		json_set_text(object, "file", source_short_name(recorder->arena, main, test->span.source));
	set_line(object, test->span);
	test_steps_run(recorder->arena, recorder->program->policy, &recorder->engine, test,
		       &(struct test_watcher){ recorder, judged });
	json_object_set_new(object, "steps", recorder->steps);
	return object;
}

struct bytes section_tests_build(struct arena *arena, const struct program *program, const struct source *main)
{
	const struct policy *policy = program->policy;
	struct recorder recorder = { .engine = { .ops = &record_ops, .policy = policy }, .arena = arena,
				     .program = program };
	json_t *document, *tests;
	struct bytes bytes = { 0 };

	if (!policy->n_tests)
		return bytes;
	document = json_document(TESTS_SCHEMA);
	tests = json_array();
	for (size_t i = 0; i < policy->n_tests; i++)
		json_array_append_new(tests, test_object(&recorder, &policy->tests[i], main));
	json_object_set_new(document, "tests", tests);
	bytes.data = json_line(arena, document, &bytes.size);
	return bytes;
}
