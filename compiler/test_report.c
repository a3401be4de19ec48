/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Results of tests as text, JSON, JUnit XML and TAP. */
#include "test_run.h"

#include "json_out.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned line_of(struct span span)
{
	return span.source ? source_position(span.source, span.begin).line : 0;
}

static const char *file_of(const struct test_suite *suite, struct span span)
{
	return span.source ? span.source->name : suite->file;
}

static size_t n_tests(const struct test_suite *suite)
{
	return suite->policy ? suite->policy->n_tests : 0;
}

/* Of a policy that cannot be read the name is not known. */
static const char *suite_name(const struct test_suite *suite)
{
	return suite->policy ? suite->policy->name : suite->file;
}

void test_report_text(const struct test_report *report)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < report->n_suites; i++) {
		const struct test_suite *suite = report->suites[i];

		for (size_t j = 0; j < n_tests(suite); j++) {
			const struct test_result *result = &suite->results[j];
			const struct test *test = result->test;

			printf("%-4s  %s:%u: %s (%zu packet%s)\n", result->passed ? "ok" : "FAIL",
			       file_of(suite, test->span), line_of(test->span), test->name, test->n_packets,
			       test->n_packets == 1 ? "" : "s");
			for (size_t k = 0; k < test->n_packets; k++) {
				const struct packet_result *packet = &result->packets[k];

				if (!packet->passed)
					printf("      %s:%u: %s: %s\n", file_of(suite, packet->packet->span),
					       line_of(packet->packet->span), packet->packet->text,
					       test_difference(&arena, packet));
			}
		}
	}
	printf("%zu passed, %zu failed\n", report->passed, report->failed);
	for (size_t i = 0; i < report->n_suites; i++) {
		if (!report->suites[i]->coverage)
			continue;
		printf("\n%s: what the tests of policy %s reach\n", report->suites[i]->file, report->suites[i]->policy->name);
		coverage_print(report->suites[i]->coverage);
	}
	arena_fini(&arena);
}

static json_t *packet_json(const struct packet_result *result)
{
	json_t *object = json_object();

	json_set_text(object, "packet", result->packet->text);
	json_set_place(object, result->packet->span);
	json_object_set_new(object, "passed", json_boolean(result->passed));
	json_set_text(object, "expected", verdict_names[result->packet->expect]);
	json_set_text(object, "expected_rule", result->packet->by);
	json_set_text(object, "verdict", verdict_names[result->got.verdict]);
	json_set_text(object, "rule", result->got_by.name);
	if (result->got_by.span.source)
		json_object_set_new(object, "rule_line", json_integer(line_of(result->got_by.span)));
	return object;
}

static json_t *test_json(const struct test_result *result)
{
	json_t *object = json_object();
	json_t *packets = json_array();

	json_set_text(object, "name", result->test->name);
	json_set_text(object, "block", result->test->block->name);
	json_set_place(object, result->test->span);
	json_object_set_new(object, "passed", json_boolean(result->passed));
	for (size_t i = 0; i < result->test->n_packets; i++)
		json_array_append_new(packets, packet_json(&result->packets[i]));
	json_object_set_new(object, "packets", packets);
	return object;
}

void test_report_json(const struct test_report *report)
{
	json_t *document = json_document("packet-sentry/test/v1");
	json_t *policies = json_array();

	json_set_text(document, "engine", engine_names[report->engine]);
	json_object_set_new(document, "passed", json_integer((json_int_t)report->passed));
	json_object_set_new(document, "failed", json_integer((json_int_t)report->failed));
	json_object_set_new(document, "other_failures", json_integer((json_int_t)report->other_failures));
	for (size_t i = 0; i < report->n_suites; i++) {
		const struct test_suite *suite = report->suites[i];
		json_t *object = json_object();
		json_t *tests = json_array(), *failures = json_array();

		json_set_text(object, "policy", suite->policy ? suite->policy->name : NULL);
		json_set_text(object, "file", suite->file);
		for (size_t j = 0; j < n_tests(suite); j++)
			json_array_append_new(tests, test_json(&suite->results[j]));
		json_object_set_new(object, "tests", tests);
		for (size_t j = 0; j < suite->n_failures; j++) {
			json_t *failure = json_object();

			json_set_text(failure, "name", suite->failures[j].name);
			json_set_text(failure, "message", suite->failures[j].message);
			json_array_append_new(failures, failure);
		}
		json_object_set_new(object, "failures", failures);
		if (suite->coverage)
			json_object_set_new(object, "coverage", coverage_json(suite->coverage));
		json_array_append_new(policies, object);
	}
	json_object_set_new(document, "policies", policies);
	json_print(document);
}

/* Control characters have no spelling in XML 1.0 at all. */
static void print_xml(const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stdout);
			break;
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '"':
			fputs("&quot;", stdout);
			break;
		case '\t':
		case '\n':
			printf("&#%d;", *text);
			break;
		default:
			putchar((unsigned char)*text < ' ' ? '?' : *text);
		}
	}
}

static void print_attribute(const char *name, const char *text)
{
	json_t *valid = json_string(text); /* NULL if it is not UTF-8 */

	printf(" %s=\"", name);
	print_xml(valid ? text : "(not UTF-8)");
	putchar('"');
	json_decref(valid);
}

static void print_junit_case(struct arena *arena, const struct test_suite *suite, const struct test_result *result)
{
	const struct test *test = result->test;

	fputs("    <testcase", stdout);
	print_attribute("name", test->name);
	print_attribute("classname", arena_printf(arena, "%s.%s", suite->policy->name, test->block->name));
	print_attribute("file", file_of(suite, test->span));
	printf(" line=\"%u\"", line_of(test->span));
	if (result->passed) {
		puts("/>");
		return;
	}
	puts(">");
	for (size_t i = 0; i < test->n_packets; i++) {
		const struct packet_result *packet = &result->packets[i];
		const char *difference;

		if (packet->passed)
			continue;
		difference = test_difference(arena, packet);
		fputs("      <failure", stdout);
		print_attribute("message", difference);
		putchar('>');
		print_xml(arena_printf(arena, "%s:%u: %s", file_of(suite, packet->packet->span),
				       line_of(packet->packet->span), packet->packet->text));
		puts("</failure>");
	}
	puts("    </testcase>");
}

static void print_junit_failure(const struct test_suite *suite, const struct suite_failure *failure)
{
	fputs("    <testcase", stdout);
	print_attribute("name", failure->name);
	print_attribute("classname", suite_name(suite));
	print_attribute("file", suite->file);
	puts(">");
	fputs("      <failure", stdout);
	print_attribute("message", failure->message);
	puts("/>\n    </testcase>");
}

void test_report_junit(const struct test_report *report)
{
	struct arena arena;

	arena_init(&arena);
	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	printf("<testsuites name=\"packet-sentry\" tests=\"%zu\" failures=\"%zu\">\n",
	       report->passed + report->failed + report->other_failures, report->failed + report->other_failures);
	for (size_t i = 0; i < report->n_suites; i++) {
		const struct test_suite *suite = report->suites[i];

		fputs("  <testsuite", stdout);
		print_attribute("name", suite_name(suite));
		print_attribute("file", suite->file);
		printf(" tests=\"%zu\" failures=\"%zu\">\n", suite->passed + suite->failed + suite->n_failures,
		       suite->failed + suite->n_failures);
		for (size_t j = 0; j < n_tests(suite); j++)
			print_junit_case(&arena, suite, &suite->results[j]);
		for (size_t j = 0; j < suite->n_failures; j++)
			print_junit_failure(suite, &suite->failures[j]);
		puts("  </testsuite>");
	}
	puts("</testsuites>");
	arena_fini(&arena);
}

/* A quoted JSON string is a YAML string. */
static void print_yaml(const char *indent, const char *key, const char *text)
{
	json_t *value = json_string(text);
	char *quoted = json_dumps(value, JSON_ENCODE_ANY);

	printf("%s%s: %s\n", indent, key, quoted ? quoted : "\"(not UTF-8)\"");
	free(quoted);
	json_decref(value);
}

/* '#' would begin a directive. */
static void print_tap_description(const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < ' ' ? '?' : *text);
	}
}

static void print_tap_diagnostics(struct arena *arena, const struct test_suite *suite, const struct test_result *result)
{
	const struct test *test = result->test;

	puts("  ---");
	print_yaml("  ", "file", file_of(suite, test->span));
	printf("  line: %u\n  packets:\n", line_of(test->span));
	for (size_t i = 0; i < test->n_packets; i++) {
		const struct packet_result *packet = &result->packets[i];

		if (packet->passed)
			continue;
		print_yaml("    - ", "packet", packet->packet->text);
		printf("      line: %u\n", line_of(packet->packet->span));
		print_yaml("      ", "message", test_difference(arena, packet));
	}
	puts("  ...");
}

void test_report_tap(const struct test_report *report)
{
	struct arena arena;
	size_t number = 0;

	arena_init(&arena);
	printf("TAP version 14\n1..%zu\n", report->passed + report->failed + report->other_failures);
	for (size_t i = 0; i < report->n_suites; i++) {
		const struct test_suite *suite = report->suites[i];

		for (size_t j = 0; j < n_tests(suite); j++) {
			const struct test_result *result = &suite->results[j];

			printf("%s %zu - ", result->passed ? "ok" : "not ok", ++number);
			print_tap_description(suite->policy->name);
			fputs(": ", stdout);
			print_tap_description(result->test->name);
			putchar('\n');
			if (!result->passed)
				print_tap_diagnostics(&arena, suite, result);
		}
		for (size_t j = 0; j < suite->n_failures; j++) {
			printf("not ok %zu - ", ++number);
			print_tap_description(suite_name(suite));
			fputs(": ", stdout);
			print_tap_description(suite->failures[j].name);
			puts("\n  ---");
			print_yaml("  ", "file", suite->file);
			print_yaml("  ", "message", suite->failures[j].message);
			puts("  ...");
		}
	}
	arena_fini(&arena);
}
