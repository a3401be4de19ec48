/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "selftest.h"

#include "elf_section.h"
#include "memory.h"
#include "trial.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "packet-sentry/tests/v1"

/* A test and all that its steps need. */
struct run {
	const struct manifest *manifest;
	struct trial *trial;
	struct selftest_report *report;
	struct failure *why;
	const char *test, *file;
	bool passed;
};

static const char *const verdict_words[] = {
	[SENTRY_ALLOW] = "allow", [SENTRY_DENY] = "deny", [SENTRY_REJECT] = "reject", NULL,
};

static bool damaged(struct failure *why, const char *what)
{
	return failure_set(why, EXIT_ENVIRONMENT, "the tests in the object are damaged: %s", what);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* A number from 0 to `max`. */
static bool number_of(const json_t *value, json_int_t max, json_int_t *number)
{
	*number = json_integer_value(value);
	return json_is_integer(value) && *number >= 0 && *number <= max;
}

static unsigned int line_of(const json_t *item)
{
	json_int_t line;

	return number_of(json_object_get(item, "line"), 0x7fffffff, &line) ? (unsigned int)line : 0;
}

/* --- results ----------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) note(struct selftest_report *report, const char *format, ...)
{
	size_t used = strlen(report->first);
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(report->first + used, sizeof(report->first) - used, format, args);
	va_end(args);
	/* Whole lines or none; but the first one always. */
	if (used && (length < 0 || (size_t)length >= sizeof(report->first) - used))
		report->first[used] = '\0';
}

static void compare(struct run *run, const json_t *step, const struct manifest_block *block,
		    const struct sentry_trace *got)
{
	const json_t *expect = json_object_get(step, "expect");
	const char *verdict = text_of(expect, "verdict"), *rule = text_of(expect, "rule");
	const char *got_verdict = got->verdict <= SENTRY_REJECT ? verdict_words[got->verdict] : "?";
	const struct manifest_rule *by = &run->manifest->rules[got->slot];
	char place[512] = "";

	if (strcmp(verdict, got_verdict) == 0 &&
	    (!rule || (strcmp(rule, by->name) == 0 && strcmp(block->name, by->block) == 0)))
		return;
	run->passed = false;
	if (by->line)
		snprintf(place, sizeof(place), " (%s:%lld)", by->file, by->line);
	note(run->report, "%s%s:%u: error: test \"%s\": %s: expected %s%s%s, got %s by %s%s",
	     *run->report->first ? "\n" : "", run->file, line_of(step), run->test, text_of(step, "text"), verdict,
	     rule ? " by " : "", rule ? rule : "", got_verdict, by->name, place);
}

/* --- steps ------------------------------------------------------------------- */

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* `out` has TRIAL_FRAME_MAX bytes. */
static bool read_frame(const json_t *step, unsigned char *out, struct trial_frame *frame)
{
	const json_t *hex = json_object_get(step, "packet"), *wire = json_object_get(step, "wire");
	const char *text = json_string_value(hex);
	size_t length = json_string_length(hex);
	json_int_t wire_size;

	if (!text || length % 2 || length / 2 > TRIAL_FRAME_MAX)
		return false;
	*frame = (struct trial_frame){ out, (__u32)(length / 2), (__u32)(length / 2) };
	for (size_t i = 0; i < length; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (unsigned char)(high << 4 | low);
	}
	if (!wire)
		return true;
	frame->wire_size = number_of(wire, 0xffffffff, &wire_size) ? (__u32)wire_size : 0;
	return frame->wire_size >= frame->size;
}

static bool judge(struct run *run, const json_t *step)
{
	const char *name = text_of(step, "block"), *verdict = text_of(json_object_get(step, "expect"), "verdict");
	const struct manifest_block *block = name ? manifest_block(run->manifest, name) : NULL;
	unsigned char bytes[TRIAL_FRAME_MAX];
	struct trial_frame frame;
	struct sentry_trace got;

	if (!block)
		return damaged(run->why, "a packet is for a block that is not there");
	if (!verdict || word_index(verdict_words, verdict) < 0 || !text_of(step, "text"))
		return damaged(run->why, "a packet has no verdict to expect, or no text");
	if (!read_frame(step, bytes, &frame))
		return damaged(run->why, "a packet is no frame");
	if (!trial_run(run->trial, block, &frame, &got, run->why))
		return false;
	run->report->packets++;
	compare(run, step, block, &got);
	return true;
}

static bool add(struct run *run, const json_t *step)
{
	const struct manifest_set *set = manifest_set(run->manifest, text_of(step, "add"));
	const char *text = text_of(step, "element");
	const json_t *timeout = json_object_get(step, "timeout_ns");
	char problem[ELEMENT_PROBLEM];
	struct set_element element;
	json_int_t ns;

	if (!set || !text)
		return damaged(run->why, "an element is for a set that is not there");
	if (!element_parse(&element, set, text, strlen(text), TIMES_REFUSED, problem))
		return damaged(run->why, problem);
	if (number_of(timeout, INT64_MAX / 4, &ns))
		element.lifetime_ns = (__u64)ns;
	else if (!json_is_null(timeout))
		return damaged(run->why, "an element has no time");
	return trial_add(run->trial, set, &element, run->why);
}

static bool run_step(struct run *run, const json_t *step)
{
	json_int_t ns;

	if (text_of(step, "packet"))
		return judge(run, step);
	if (text_of(step, "add"))
		return add(run, step);
	/* The compiler lets a test last a year; so there is no end of the clock to come to. */
	if (!number_of(json_object_get(step, "wait_ns"), INT64_MAX / 4, &ns) ||
	    run->trial->time_ns + (__u64)ns > INT64_MAX / 2)
		return damaged(run->why, "a step is none that this program knows");
	run->trial->time_ns += (__u64)ns;
	return true;
}

static bool run_test(struct run *run, const json_t *test)
{
	const json_t *steps = json_object_get(test, "steps");

	run->test = text_of(test, "name");
	run->file = text_of(test, "file");
	run->passed = true;
	if (!run->test || !json_is_array(steps))
		return damaged(run->why, "a test has no name, or no steps");
	if (!run->file)
		run->file = run->manifest->policy;
	if (!trial_reset(run->trial, run->why))
		return false;
	for (size_t i = 0; i < json_array_size(steps); i++) {
		if (!run_step(run, json_array_get(steps, i)))
			return false;
	}
	run->report->tests++;
	run->report->failed += !run->passed;
	return true;
}

/* --- all --------------------------------------------------------------------- */

/* The first line is the message; it says if there is more. */
static bool tests_failed(const struct selftest_report *report, struct failure *why)
{
	size_t length = strcspn(report->first, "\n");

	if (report->failed > 1)
		failure_set(why, EXIT_POLICY, "%.*s (%zu of %zu tests fail in this kernel)", (int)length, report->first,
			    report->failed, report->tests);
	else
		failure_set(why, EXIT_POLICY, "%.*s", (int)length, report->first);
	why->placed = true;
	return false;
}

static bool run_tests(const struct manifest *manifest, const json_t *tests, const void *image, size_t size,
		      struct selftest_report *report, struct failure *why)
{
	struct run run = { .manifest = manifest, .report = report, .why = why };
	struct trial trial;
	bool ok = true;

	if (!trial_open(&trial, manifest, image, size, why))
		return false;
	run.trial = &trial;
	for (size_t i = 0; ok && i < json_array_size(tests); i++)
		ok = run_test(&run, json_array_get(tests, i));
	trial_close(&trial);
	if (ok && report->failed)
		ok = tests_failed(report, why);
	return ok;
}

static bool run_text(const struct object *object, const char *text, size_t size, struct selftest_report *report,
		     struct failure *why)
{
	json_error_t error;
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	const char *schema = text_of(json, "schema");
	bool ok;

	if (!json)
		ok = damaged(why, error.text);
	else if (!schema || strcmp(schema, SCHEMA) != 0)
		ok = failure_set(why, EXIT_ENVIRONMENT, "the tests in the object are '%.80s', this program knows %s",
				 schema ? schema : "", SCHEMA);
	else if (!json_is_array(json_object_get(json, "tests")))
		ok = damaged(why, "there is no list of them");
	else
		ok = run_tests(&object->manifest, json_object_get(json, "tests"), object->file, object->image_size, report,
			       why);
	json_decref(json);
	return ok;
}

bool selftest_run(const struct object *object, struct selftest_report *report, struct failure *why)
{
	const struct elf_section *section;
	struct elf_sections sections;
	bool ok;

	*report = (struct selftest_report){ 0 };
	if (!elf_sections_read(&sections, object->file, object->image_size, why))
		return false;
	section = elf_section(&sections, SENTRY_TESTS_SECTION);
	ok = !section || !section->data || run_text(object, section->data, section->size, report, why);
	elf_sections_free(&sections);
	return ok;
}
