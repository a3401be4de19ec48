/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The `test` blocks of policies, run, and how they went: between verb_test.c and its reports. */
#ifndef SENTRY_TEST_RUN_H
#define SENTRY_TEST_RUN_H

#include "compile.h"
#include "coverage.h"

/* What is said of a slot: "ssh" and where it stands. */
struct slot_place {
	const char *name;
	struct span span;
};

struct packet_result {
	const struct test_packet *packet;
	struct decision got;
	struct slot_place got_by;
	bool passed;
};

struct test_result {
	const struct test *test;
	struct packet_result *packets; /* test->n_packets */
	bool passed;
};

/* What is wrong beside the packets of a test: the policy itself, or that too little is tested. */
struct suite_failure {
	const char *name; /* as a test's: "policy", "tests", "coverage" */
	const char *message;
};

#define SUITE_FAILURES 2

/* One policy's tests. */
struct test_suite {
	const struct policy *policy; /* NULL: it could not be tested, and a failure says why */
	const char *file;
	struct test_result *results; /* policy->n_tests */
	size_t passed, failed;
	const struct coverage *coverage; /* NULL: not asked for */
	struct suite_failure failures[SUITE_FAILURES];
	size_t n_failures;
};

struct test_report {
	enum engine_kind engine;
	const struct test_suite **suites;
	size_t n_suites;
	size_t passed, failed;
	size_t other_failures; /* of suites */
};

/* 0, or negative errno with engine->error set. */
int test_run(struct arena *arena, const struct policy *policy, struct engine *engine, struct test_suite *suite);

/* To standard output. In text, failures of suites are left to standard error. */
void test_report_text(const struct test_report *report);
void test_report_json(const struct test_report *report);
void test_report_junit(const struct test_report *report);
void test_report_tap(const struct test_report *report);

/* "expected allow by ssh, got deny by default (edge.sp:30)"; arena memory. */
char *test_difference(struct arena *arena, const struct packet_result *result);

#endif
